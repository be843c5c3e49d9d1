"""Slopes of the functions that are called on pre-activations, seen while a module runs."""

from __future__ import annotations

from typing import Any

from mtjphys.learning.torch.installed import nn, torch

_NAMES = (
    "relu leaky_relu elu selu celu gelu silu mish softplus softsign hardtanh hardsigmoid hardswish relu6 logsigmoid"
)
_ELEMENTWISE = {getattr(nn.functional, name) for name in [*_NAMES.split(), "tanh", "sigmoid"]}
_ELEMENTWISE |= {torch.relu, torch.relu_, torch.tanh, torch.sigmoid, torch.Tensor.relu, torch.Tensor.relu_}
_ELEMENTWISE |= {torch.Tensor.tanh, torch.Tensor.sigmoid, torch.clamp, torch.Tensor.clamp, torch.Tensor.clamp_min}


class Slopes(torch.overrides.TorchFunctionMode):
    """While it is active, notes f' of every function of torch that works element by element on a watched tensor.

    Parameters
    ----------
    n_samples : int
        First rows of the tensors, of which the slopes are taken.
    """

    def __init__(self, n_samples: int) -> None:
        super().__init__()
        self._n = n_samples
        self._watched: dict[int, tuple[int, Any]] = {}
        self._slopes: dict[int, Any] = {}

    def watch(self, k: int, preactivations: Any) -> None:
        """Look out for what is called on the pre-activations of the k-th call of a layer, in the first pass."""
        self._watched[id(preactivations)] = k, preactivations  # kept, so that no other tensor gets its number

    def times_slope(self, k: int, values: Any) -> Any:
        """Return values times f' of the k-th call, or as they are where no function was seen."""
        return values * self._slopes[k] if k in self._slopes else values

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Note the slope, and call the function."""
        kwargs = kwargs or {}
        if func in _ELEMENTWISE and args:
            k, tensor = self._watched.pop(id(args[0]), (-1, None))
            if tensor is not None:
                with torch.enable_grad():
                    a = tensor[: self._n].detach().clone().requires_grad_()
                    (self._slopes[k],) = torch.autograd.grad(func(a.clone(), *args[1:], **kwargs).sum(), a)
        return func(*args, **kwargs)
