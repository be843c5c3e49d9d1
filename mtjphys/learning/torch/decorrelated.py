"""Layers whose inputs are decorrelated, as those of `mtjphys.learning.Network` are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from mtjphys.core.errors import ParameterError
from mtjphys.learning.decorrelation import Decorrelation
from mtjphys.learning.torch.installed import nn, torch


class DecorrelatedLinear(nn.Linear):
    """A linear layer behind a decorrelating matrix, ``a = W xb + b`` with ``xb = R x + c``.

    R starts as the identity and c at zero. They are buffers, so that an optimiser leaves them alone: `Decorrelation`
    moves them, in `NodePerturbation` or in `decorrelating`.

    Parameters
    ----------
    in_features, out_features : int
        As for `torch.nn.Linear`.
    **keywords
        As for `torch.nn.Linear`.

    Attributes
    ----------
    decorrelation : torch.Tensor
        R, shape (in_features, in_features).
    centre : torch.Tensor
        c, shape (in_features,).

    Examples
    --------
    >>> layer = DecorrelatedLinear(64, 10)
    >>> layer(torch.ones(5, 64)).shape, layer.decorrelation.shape
    (torch.Size([5, 10]), torch.Size([64, 64]))
    """

    def __init__(self, in_features: int, out_features: int, **keywords: Any) -> None:
        super().__init__(in_features, out_features, **keywords)
        self.register_buffer("decorrelation", torch.eye(in_features).to(self.weight))
        self.register_buffer("centre", torch.zeros(in_features).to(self.weight))

    def decorrelated(self, x: Any) -> Any:
        """Return xb, shape (..., in_features)."""
        return nn.functional.linear(x, self.decorrelation, self.centre)

    def forward(self, x: Any) -> Any:
        """Return the pre-activations."""
        return nn.functional.linear(self.decorrelated(x), self.weight, self.bias)


class DecorrelatedConv2d(nn.Conv2d):
    """A convolution of decorrelated patches: ``a = W xb + b`` at every place, with ``xb = R patch + c``.

    A patch is what the kernel sees at one place, all channels together; R and c are the same everywhere. The layer
    computes the convolution with the kernel ``W R`` and the bias ``b + W c``, which is the same.

    Parameters
    ----------
    in_channels, out_channels, kernel_size
        As for `torch.nn.Conv2d`.
    **keywords
        As for `torch.nn.Conv2d`; `groups` and `padding_mode` must have their defaults, `padding` be given by numbers.

    Attributes
    ----------
    decorrelation : torch.Tensor
        R, shape (d, d) with d the input channels times the places of the kernel.
    centre : torch.Tensor
        c, shape (d,).

    Raises
    ------
    ParameterError
        If the convolution has groups, or padding that is no number.

    Examples
    --------
    >>> layer = DecorrelatedConv2d(3, 8, 3, padding=1)
    >>> layer(torch.ones(5, 3, 6, 6)).shape, layer.decorrelation.shape
    (torch.Size([5, 8, 6, 6]), torch.Size([27, 27]))
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Any, **keywords: Any) -> None:
        super().__init__(in_channels, out_channels, kernel_size, **keywords)
        if self.groups != 1 or self.padding_mode != "zeros" or isinstance(self.padding, str):
            raise ParameterError(
                f"groups={self.groups}, padding_mode={self.padding_mode!r}, padding={self.padding!r}: decorrelated "
                "patches need groups=1, padding_mode='zeros' and padding by numbers"
            )
        size = self.weight[0].numel()
        self.register_buffer("decorrelation", torch.eye(size).to(self.weight))
        self.register_buffer("centre", torch.zeros(size).to(self.weight))

    def decorrelated(self, x: Any) -> Any:
        """Return xb of every place, shape (n_samples, places, d)."""
        patches = nn.functional.unfold(x, self.kernel_size, self.dilation, self.padding, self.stride)
        return nn.functional.linear(patches.transpose(1, 2), self.decorrelation, self.centre)

    def forward(self, x: Any) -> Any:
        """Return the pre-activations."""
        weight = self.weight.flatten(1)
        kernel, shift = (weight @ self.decorrelation).view_as(self.weight), weight @ self.centre
        bias = shift if self.bias is None else self.bias + shift
        return nn.functional.conv2d(x, kernel, bias, self.stride, self.padding, self.dilation)


DECORRELATED = (DecorrelatedLinear, DecorrelatedConv2d)
"""The layers that have a matrix R and a shift c."""


def decorrelate(layer: Any, x: Any, rule: Decorrelation) -> None:
    """Move R and c of a layer by a step of `Decorrelation`: ``-eta_R ((1 - k) C + k V) R`` and ``-eta_c <xb>``.

    The mean is over samples and, of a convolution, over places.

    Parameters
    ----------
    layer : DecorrelatedLinear or DecorrelatedConv2d
        Whose R and c move.
    x : torch.Tensor
        What the layer was called with.
    rule : Decorrelation
        Its rates.
    """
    with torch.no_grad():
        matrix, k = layer.decorrelation, rule.whitening
        xb = layer.decorrelated(x).flatten(0, -2)
        projected = xb.T @ ((1.0 - k) / len(xb) * (xb @ matrix))
        factors = (2.0 * k - 1.0) * xb.square().mean(0) - k
        # New tensors: a pass may have kept the old ones for its own backward pass.
        layer.decorrelation = matrix - rule.learning_rate * (projected + factors[:, None] * matrix)
        layer.centre = layer.centre - rule.centring * xb.mean(0)


@contextmanager
def decorrelating(module: Any, rule: Decorrelation) -> Iterator[None]:
    """Decorrelate the inputs of a module's layers with every pass in training mode, whatever its gradients come from.

    Parameters
    ----------
    module : torch.nn.Module
        Holds `DecorrelatedLinear` or `DecorrelatedConv2d`.
    rule : Decorrelation
        Its rates.

    Raises
    ------
    ParameterError
        If no layer is decorrelated.

    Examples
    --------
    >>> from mtjphys import learning
    >>> layer = DecorrelatedLinear(2, 1)
    >>> with decorrelating(layer, learning.Decorrelation(0.1)):
    ...     _ = layer(torch.tensor([[1.0, 2.0]]))
    >>> bool((layer.decorrelation - torch.tensor([[1.0, -0.2], [-0.2, 1.0]])).abs().max() < 1e-6)
    True
    """

    def hook(layer: Any, arguments: tuple[Any, ...], output: Any) -> None:
        if layer.training:
            decorrelate(layer, arguments[0], rule)

    layers = decorrelated_layers(module)
    if not layers:
        raise ParameterError("no layer is decorrelated: build the module with DecorrelatedLinear or DecorrelatedConv2d")
    with ExitStack() as stack:
        for layer in layers:
            stack.enter_context(layer.register_forward_hook(hook))
        yield


def decorrelated_layers(module: Any) -> list[Any]:
    """Return the parts of a module that have a matrix R."""
    return [part for part in module.modules() if isinstance(part, DECORRELATED)]
