"""Which parts of a module have pre-activations, and what these are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mtjphys.core.errors import ParameterError
from mtjphys.learning.torch.cells import CELLS
from mtjphys.learning.torch.installed import nn, torch

Layers = Sequence[Any] | None
_NORMALISATIONS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
_DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)
_MIXING = (*_NORMALISATIONS, *_DROPOUTS, nn.RReLU)


def find_layers(module: Any, layers: Layers = None) -> dict[Any, str]:
    """Return the layers of a module that are perturbed, and their names.

    Without a list these are all parts that hold trainable parameters and no other part that does: linear and
    convolutional layers, normalisations, embeddings, recurrent cells. Their outputs (of a recurrent cell what its gates
    are functions of) are the pre-activations. In a module that is frozen as a whole all its parameters count.

    Parameters
    ----------
    module : torch.nn.Module
        The whole.
    layers : sequence of str or torch.nn.Module, optional
        Parts, or their names as in ``module.named_modules()``; each is taken as one layer, whatever it is made of.

    Returns
    -------
    dict of torch.nn.Module to str
        In the order of ``module.named_modules()``.

    Raises
    ------
    ParameterError
        If there is no such part, one is in another, or a trainable parameter belongs to none.
    """
    if isinstance(module, torch.jit.ScriptModule) or type(module).__name__ == "OptimizedModule":
        raise ParameterError(
            f"a {type(module).__name__} is compiled, and nothing can be added inside: give the module it was made of"
        )
    names = {part: name for name, part in module.named_modules()}
    counted = {id(p) for p in module.parameters() if p.requires_grad} or {id(p) for p in module.parameters()}
    found = {part: name for part, name in names.items() if _is_layer(part, counted)} if layers is None else {}
    for given in layers or ():
        part = next((p for p, name in names.items() if p is given or name == given), None)
        if part is None:
            known = ", ".join(name or "''" for name in [*names.values()][:8])
            raise ParameterError(f"layer {given!r} is no part of the module; its parts are {known} ...")
        found[part] = names[part]
    found = {part: name for part, name in names.items() if part in found}
    if not found:
        raise ParameterError(
            f"{type(module).__name__} has no parameters, and so no layers: there is nothing to perturb"
        )
    _check_parameters(module, found, counted, listed=layers is not None)
    hidden = next((part for part in found if layers is None and isinstance(part, nn.RNNBase)), None)
    if hidden is not None:
        kind = type(hidden).__name__
        raise ParameterError(
            f"{kind} {found[hidden]!r} does not show its pre-activations: build it of nn.{kind}Cell, or name it among "
            "layers=, which takes it as one layer, with noise at the first of its outputs"
        )
    return found


def _is_layer(part: Any, counted: set[int]) -> bool:
    """Return whether a part holds parameters that count itself, and is made of nothing else that does."""
    own = any(id(p) in counted for p in part.parameters(recurse=False))
    return own and not any(id(p) in counted for child in part.children() for p in child.parameters())


def _check_parameters(module: Any, found: dict[Any, str], counted: set[int], *, listed: bool) -> None:
    """Raise unless every parameter that counts belongs to a layer, and no layer is inside another one."""
    for part, name in found.items():
        for inner, inner_name in found.items():
            if inner is not part and any(inner is other for other in part.modules()):
                raise ParameterError(f"layer {inner_name!r} is inside layer {name!r}: list one of them")
    held = {id(p) for part in found for p in part.parameters()}
    for name, parameter in module.named_parameters():
        if id(parameter) in counted and id(parameter) not in held:
            owner, _, own = name.rpartition(".")
            kind = type(module.get_submodule(owner)).__name__
            raise ParameterError(
                f"parameter {own!r} of {owner or 'the module'} ({kind}) belongs to no layer with pre-activations and "
                f"would never learn: name {repr(owner) if owner and not listed else 'what holds it'} among layers=, "
                "which then takes it as one layer, or freeze it with requires_grad_(False)"
            )


def preactivations(layer: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Return the pre-activations of a layer without any noise, a tensor."""
    cell = CELLS.get(type(layer))
    output = layer.forward(*arguments, **keywords) if cell is None else cell.preactivations(layer, *arguments)
    return output[0] if isinstance(output, tuple) else output


def mixes_samples(module: Any) -> bool:
    """Return whether a pass draws random numbers, or a sample's output depends on which others are in its batch."""
    return any(part.training and _is_mixing(part) for part in module.modules())


def _is_mixing(part: Any) -> bool:
    dropout = getattr(part, "dropout", 0.0)  # of attention and of recurrent layers
    return isinstance(part, _MIXING) or (isinstance(dropout, float) and dropout > 0.0)
