"""From signals at pre-activations to the gradients of a layer's parameters."""

from __future__ import annotations

from typing import Any

from mtjphys.learning.torch.decorrelated import DecorrelatedConv2d, DecorrelatedLinear
from mtjphys.learning.torch.installed import nn, torch
from mtjphys.learning.torch.layers import preactivations
from mtjphys.learning.torch.passes import Call

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


def add_gradients(call: Call, signal: Any) -> None:
    r"""Add :math:`\langle s\,\partial a/\partial\theta\rangle` to the gradients of the parameters of a layer.

    The derivative is that of the layer alone, at what it was called with: nothing is carried from layer to layer. For a
    linear layer it is :math:`\langle s\,x^T\rangle`; for a convolution also the sum over the places.

    Parameters
    ----------
    call : Call
        The layer and its inputs, samples first.
    signal : torch.Tensor
        s, an estimate of dL/da for every sample.
    """
    layer, share = call.layer, signal / len(signal)
    parameters = [p for p in layer.parameters() if p.requires_grad]
    for parameter, gradient in zip(parameters, _gradients(call, share, parameters), strict=True):
        if gradient is not None:
            parameter.grad = gradient if parameter.grad is None else parameter.grad.add_(gradient)


def _gradients(call: Call, share: Any, parameters: list[Any]) -> list[Any]:
    layer, kind = call.layer, type(call.layer)
    if kind in (nn.Linear, DecorrelatedLinear):
        x = call.arguments[0] if kind is nn.Linear else layer.decorrelated(call.arguments[0])
        rows, x = share.flatten(0, -2), x.flatten(0, -2)
        known = {id(layer.weight): rows.T @ x, id(layer.bias): rows.sum(0)}
        return [known[id(p)] for p in parameters]
    if kind in _CONVOLUTIONS and layer.padding_mode == "zeros" and not isinstance(layer.padding, str):
        return _of_convolution(layer, call.arguments[0], share, parameters)
    # Statistics and other buffers have been updated by the pass itself.
    kept = [(b, b.clone()) for b in layer.buffers()] if kind is not DecorrelatedConv2d else []
    with torch.enable_grad():
        arguments = _detached(call.arguments)
        a = preactivations(layer, arguments, {name: _detached(value) for name, value in call.keywords.items()})
        gradients = torch.autograd.grad(a, parameters, share, allow_unused=True)
    for buffer, value in kept:
        buffer.copy_(value)
    return list(gradients)


def _of_convolution(layer: Any, x: Any, share: Any, parameters: list[Any]) -> list[Any]:
    """Return the gradients of kernel and bias without doing the convolution again."""
    weight, bias, rest = layer.weight, layer.bias, (layer.stride, layer.padding, layer.dilation)
    wanted = [False, weight.requires_grad, bias is not None and bias.requires_grad]
    sizes = None if bias is None else list(bias.shape)
    backward = torch.ops.aten.convolution_backward
    _, of_weight, of_bias = backward(share, x, weight, sizes, *rest, False, [0], layer.groups, wanted)
    return [of_weight if p is weight else of_bias for p in parameters]


def _detached(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach()
    return type(value)(map(_detached, value)) if isinstance(value, (tuple, list)) else value
