"""Passes of a module whose pre-activations are perturbed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from mtjphys.core.errors import ParameterError
from mtjphys.learning.torch.cells import CELLS
from mtjphys.learning.torch.installed import nn, torch
from mtjphys.learning.torch.layers import Layers, find_layers, mixes_samples


class Call(NamedTuple):
    """A layer's turn in a pass: what it was called with."""

    layer: Any
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]


class Pass(NamedTuple):
    """What a pass leaves behind; samples are the first axis of every tensor."""

    outputs: Any
    calls: list[Call]
    preactivations: list[Any]  # of each call, noise included
    output_call: int | None  # whose pre-activations are the outputs


class Pair(NamedTuple):
    """What two passes on the same samples leave behind."""

    first: Pass  # without its pre-activations
    second_outputs: Any
    changes: list[Any]  # a(1) - a(2) of each call


Watch = Callable[[int, Any], None]


class Passes:
    """A module, its layers, and how it is run with noise at their pre-activations.

    A layer that is called several times in a pass, as a recurrent cell is, counts as several layers.

    Parameters
    ----------
    module : torch.nn.Module
        The module.
    layers : sequence of str or torch.nn.Module, optional
        See `find_layers`.
    batched : bool, optional
        Whether two passes are done as one of twice the samples; by default where no sample's output depends on the
        others in its batch, nor on random numbers, which the two passes have to share.
    """

    def __init__(self, module: Any, layers: Layers = None, batched: bool | None = None) -> None:
        self.module, self.layers = module, find_layers(module, layers)
        self._batched = batched
        self._units: dict[Any, list[tuple[Any, Any]]] = {}  # layer and shape of each call, by the inputs' shapes

    @property
    def parameter(self) -> Any:
        """A parameter, whose type and device are those of the module."""
        return next(p for layer in self.layers for p in layer.parameters())

    @property
    def batched(self) -> bool:
        """Whether two passes are done as one."""
        return not mixes_samples(self.module) if self._batched is None else self._batched

    def units(self, inputs: tuple[Any, ...]) -> list[Any]:
        """Return the shape of the pre-activations of one sample, for every call of a layer in a pass.

        They are looked up in a pass of at most two samples, in the module's mode of evaluation.
        """
        return [shape for _, shape in self._plan(inputs)]

    def n_units(self, inputs: tuple[Any, ...]) -> int:
        """Return the number of units in all: channels times places, over all calls."""
        return sum(map(math.prod, self.units(inputs)))

    def _plan(self, inputs: tuple[Any, ...]) -> list[tuple[Any, Any]]:
        key = tuple(each.shape[1:] for each in inputs)
        if key not in self._units:
            found: list[tuple[Any, Any]] = []
            training = [part for part in self.module.modules() if part.training]
            self.module.eval()
            try:
                with torch.no_grad(), self.tapped(lambda k, call, a: _note(found, call, a)):
                    self.module(*(each[:2] for each in inputs))
            finally:
                for part in training:
                    part.training = True
            if not found:
                raise ParameterError(
                    f"none of the layers {[*self.layers.values()]} is called as a module: call it, or list other layers"
                )
            n_samples = min(2, len(inputs[0]))
            for layer, shape in found:
                if not shape or shape[0] != n_samples:
                    raise ParameterError(
                        f"layer {self.layers[layer]!r} has pre-activations of shape {tuple(shape)} for {n_samples} "
                        "samples: samples must be on the first axis; list other layers"
                    )
            self._units[key] = [(layer, shape[1:]) for layer, shape in found]
        return self._units[key]

    @contextmanager
    def tapped(self, change: Callable[[int, Call, Any], Any], *, once: Any = None) -> Iterator[None]:
        """Have ``change(k, call, a)`` say what becomes of the pre-activations of the k-th call of a layer.

        `once` is the first layer to be called, if its arguments are those of two passes that begin alike, one after the
        other: they are halved, and `change` gets the pre-activations of one pass.
        """
        count = 0

        def at(layer: Any, arguments: tuple[Any, ...], keywords: dict[str, Any], output: Any) -> Any:
            nonlocal count
            a, *rest = output if isinstance(output, tuple) else (output,)
            changed = change(count, Call(layer, arguments, keywords), a)
            count += 1
            return (changed, *rest) if isinstance(output, tuple) else changed

        def halve(layer: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
            if count:
                return None
            half = {name: each[: len(each) // 2] for name, each in keywords.items()}
            return tuple(each[: len(each) // 2] for each in arguments), half

        with ExitStack() as stack:
            for layer in self.layers:
                if type(layer) in CELLS:
                    stack.enter_context(_taken_apart(layer, at))
                else:
                    stack.enter_context(layer.register_forward_hook(at, with_kwargs=True))
            if once is not None:
                stack.enter_context(once.register_forward_pre_hook(halve, with_kwargs=True))
            yield

    def run(self, inputs: tuple[Any, ...], eps: Any = None, watch: Watch | None = None) -> Pass:
        """Run a pass, with the perturbations `eps`, shape (n_samples, n_units), if there are any.

        Parameters
        ----------
        inputs : tuple of torch.Tensor
            Arguments of the module.
        eps : torch.Tensor, optional
            Perturbation of all units.
        watch : callable, optional
            ``watch(k, a)`` is called with the pre-activations of the k-th call of a layer.

        Returns
        -------
        Pass
            What it leaves behind.
        """
        shares = None if eps is None else split(eps, self.units(inputs))
        calls: list[Call] = []
        preactivations: list[Any] = []
        last: list[Any] = [None, None, 0]

        def change(k: int, call: Call, a: Any) -> Any:
            calls.append(call)
            perturbed = a if shares is None else a + share_of(shares, k, a)
            preactivations.append(perturbed.clone())  # what follows may overwrite them
            if watch is not None:
                watch(k, perturbed)
            last[:] = k, perturbed, perturbed._version
            return perturbed

        with self.tapped(change):
            outputs = self.module(*inputs)
        if shares is not None:
            check_calls(calls, shares)
        return Pass(outputs, calls, preactivations, output_call(outputs, *last))

    def pair(self, inputs: tuple[Any, ...], eps: Any, watch: Watch | None = None) -> Pair:
        """Run two passes on the same samples.

        Parameters
        ----------
        inputs : tuple of torch.Tensor
            Arguments of the module.
        eps : torch.Tensor of shape (2 n_samples, n_units)
            Perturbation of the first pass, then of the second.
        watch : callable, optional
            ``watch(k, a)`` is called with the pre-activations of the k-th call of a layer, those of the first pass in
            the first rows.

        Returns
        -------
        Pair
            What they leave behind.
        """
        n = len(inputs[0])
        if self.batched:
            return self._pair_in_one(inputs, eps, watch)
        with self.alike() as again:
            first = self.run(inputs, eps[:n], watch)
            with again():
                second = self.run(inputs, eps[n:])
        changes = [a1 - a2 for a1, a2 in zip(first.preactivations, second.preactivations, strict=True)]
        return Pair(first._replace(preactivations=[]), second.outputs, changes)

    def _pair_in_one(self, inputs: tuple[Any, ...], eps: Any, watch: Watch | None) -> Pair:
        n, plan = len(inputs[0]), self._plan(inputs)
        shares = split(eps, self.units(inputs))
        calls: list[Call] = []
        changes: list[Any] = []
        last: list[Any] = [None, None, 0]
        # What does not depend on the noise is done once, by layers of one argument.
        once = plan[0][0] if isinstance(plan[0][0], OF_ONE_TENSOR) else None

        def change(k: int, call: Call, a: Any) -> Any:
            if k == 0 and once is not None:
                a = torch.cat([a, a])
            perturbed = a + share_of(shares, k, a)
            calls.append(Call(call.layer, *(_half(part, n) for part in call[1:])))
            changes.append(perturbed[:n] - perturbed[n:])
            if watch is not None:
                watch(k, perturbed)
            last[:] = k, perturbed, perturbed._version
            return perturbed

        with self.tapped(change, once=once):
            outputs = self.module(*(torch.cat([each, each]) for each in inputs))
        check_calls(calls, shares)
        return Pair(
            Pass(_half(outputs, n), calls, [], output_call(outputs, *last)), _half(outputs, n, second=True), changes
        )

    @contextmanager
    def alike(self) -> Iterator[Callable[[], Any]]:
        """Give a context in which a pass sees the random numbers, and leaves the statistics, of the first one."""
        device = self.parameter.device
        devices = [] if device.type == "cpu" else [device]
        cpu = torch.get_rng_state()
        there = [torch.get_device_module(device).get_rng_state(device) for _ in devices]

        @contextmanager
        def again() -> Iterator[None]:
            kept = [(b, b.clone()) for part in self.module.modules() if _counts(part) for b in part.buffers()]
            with torch.random.fork_rng(devices, device_type=device.type if devices else "cuda"):
                torch.set_rng_state(cpu)
                for state in there:
                    torch.get_device_module(device).set_rng_state(state, device)
                yield
            for buffer, value in kept:
                buffer.copy_(value)

        yield again


OF_ONE_TENSOR = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


def as_tuple(inputs: Any) -> tuple[Any, ...]:
    """Return the arguments of a module: a tensor, or several in a tuple."""
    return tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)


def split(eps: Any, shapes: list[Any]) -> list[Any]:
    """Return the perturbations of the units of each call, in the shape of its pre-activations."""
    # Streams have the samples of a unit side by side, layers the units of a sample: to add across takes four times as
    # long as to turn it first.
    parts = eps.contiguous().split([math.prod(shape) for shape in shapes], dim=1)
    return [part.unflatten(1, shape) if len(shape) else part[:, 0] for part, shape in zip(parts, shapes, strict=True)]


def share_of(shares: list[Any], k: int, a: Any) -> Any:
    """Return the perturbation of the k-th call, or raise if the module did not do what it did before."""
    if k >= len(shares) or shares[k].shape != a.shape:
        raise ParameterError(
            f"call {k + 1} of a layer has pre-activations of shape {tuple(a.shape)}, and a pass of these inputs had "
            f"{len(shares)} calls: the module must call the same layers in the same order every time"
        )
    return shares[k].to(a.dtype)


def check_calls(calls: list[Call], shares: list[Any]) -> None:
    """Raise if a pass called fewer layers than one before."""
    if len(calls) != len(shares):
        raise ParameterError(
            f"a pass had {len(calls)} calls of layers, and one of these inputs had {len(shares)}: the module must call "
            "the same layers in the same order every time"
        )


def output_call(outputs: Any, k: int | None, perturbed: Any, version: int) -> int | None:
    """Return the call that the outputs are the pre-activations of, as they were; None if there is none."""
    return k if perturbed is outputs and outputs._version == version else None


def _note(found: list[tuple[Any, Any]], call: Call, a: Any) -> Any:
    found.append((call.layer, a.shape))
    return a


def _half(value: Any, n: int, *, second: bool = False) -> Any:
    """Return the rows of the first of two passes, or of the second, in whatever is made of tensors."""
    if isinstance(value, torch.Tensor):
        return value if value.ndim == 0 or len(value) != 2 * n else value[n:] if second else value[:n]
    if isinstance(value, (tuple, list)):
        return type(value)(_half(each, n, second=second) for each in value)
    if isinstance(value, dict):
        return {name: _half(each, n, second=second) for name, each in value.items()}
    return value


def _counts(part: Any) -> bool:
    """Return whether a part keeps statistics of what it sees."""
    return part.training and getattr(part, "running_mean", None) is not None


@contextmanager
def _taken_apart(cell: Any, at: Callable[..., Any]) -> Iterator[None]:
    """Have a recurrent cell call ``at`` with its pre-activations."""
    kind = CELLS[type(cell)]

    def forward(x: Any, hx: Any = None) -> Any:
        arguments = (x,) if hx is None else (x, hx)
        return kind.outputs(cell, at(cell, arguments, {}, kind.preactivations(cell, *arguments)), *arguments)

    outer = vars(cell).get("forward")
    cell.forward = forward
    try:
        yield
    finally:
        if outer is None:
            del cell.forward
        else:
            cell.forward = outer
