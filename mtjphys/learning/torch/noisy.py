"""Inference, and back-propagation, of a module whose pre-activations are noisy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mtjphys.learning.noise.source import NoiseSource
from mtjphys.learning.torch.chains import ChainsOnDevice
from mtjphys.learning.torch.layers import Layers
from mtjphys.learning.torch.passes import Call, Passes, share_of, split
from mtjphys.learning.torch.tensors import perturbation_tensor


@contextmanager
def noisy(module: Any, noise: NoiseSource | ChainsOnDevice, layers: Layers = None) -> Iterator[None]:
    """Add noise to the pre-activations of a module in every pass, as `NodePerturbation` does.

    Gradients go through: ``loss.backward()`` inside is back-propagation with the same noise in its one pass, the `BP`
    of `mtjphys.learning`.

    Parameters
    ----------
    module : torch.nn.Module
        The module.
    noise : NoiseSource
        Where the volts come from; a pass takes one reading of every unit for every sample.
    layers : sequence of str or torch.nn.Module, optional
        What is perturbed; see `NodePerturbation`.

    Raises
    ------
    ParameterError
        If the module has no such layers.

    Examples
    --------
    What the noise of a junction does to a trained module:

    >>> import torch
    >>> from mtjphys import learning
    >>> module, x = torch.nn.Linear(4, 2), torch.ones(5, 4)
    >>> with torch.no_grad(), noisy(module, learning.GaussianNoise(0.01, seed=1)):
    ...     outputs = module(x)
    >>> bool(0.0 < (outputs - module(x)).abs().max() < 0.1)
    True
    """
    passes = Passes(module, layers)
    shares: list[Any] = []
    done = 0  # calls of a layer in this pass
    looking: list[bool] = []

    def begin(module: Any, arguments: tuple[Any, ...]) -> None:
        nonlocal shares, done
        if looking:
            return
        looking.append(True)
        try:
            units = passes.units(arguments)
        finally:
            looking.pop()
        eps = perturbation_tensor(
            noise, len(arguments[0]), passes.n_units(arguments), passes.parameter.dtype, passes.parameter.device
        )
        shares, done = split(eps, units), 0

    def change(k: int, call: Call, a: Any) -> Any:
        nonlocal done
        if looking:
            return a
        done += 1
        return a + share_of(shares, done - 1, a)

    with module.register_forward_pre_hook(begin), passes.tapped(change):
        yield
