"""Losses of one sample, and their gradients with respect to the output of the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mtjphys.errors import ParameterError


class Loss(Protocol):
    """A loss for every sample of a batch; nothing is averaged here."""

    def __call__(self, outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[Any]:
        """Return the loss of each sample, (n_samples,)."""
        ...

    def gradient(self, outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[Any]:
        """Return dL/d(outputs) of each sample, (n_samples, n_outputs)."""
        ...


def _one_hot(outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[Any]:
    """Return class numbers as rows of zeros and a one; other targets as they are."""
    if np.issubdtype(targets.dtype, np.integer) and targets.ndim == 1:
        if targets.size and not (targets.min() >= 0 and targets.max() < outputs.shape[1]):
            raise ParameterError(
                f"class numbers {targets.min()} to {targets.max()} for {outputs.shape[1]} outputs: "
                f"they must lie in [0, {outputs.shape[1] - 1}]"
            )
        rows = np.zeros_like(outputs)
        rows[np.arange(targets.size), targets] = 1
        return rows
    if targets.shape != outputs.shape:
        raise ParameterError(
            f"targets of shape {targets.shape} for outputs of shape {outputs.shape}: "
            "give class numbers (n_samples,) or values of the outputs' shape"
        )
    return targets.astype(outputs.dtype)


@dataclass(frozen=True)
class CrossEntropy:
    """Cross-entropy of the softmax, ``L = -sum_k t_k ln softmax(a)_k``; targets are class numbers.

    Examples
    --------
    >>> CrossEntropy()(np.zeros((1, 10)), np.array([3])).round(4).tolist()
    [2.3026]
    """

    def __call__(self, outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[Any]:
        """Return the loss of each sample, (n_samples,)."""
        shifted = outputs - outputs.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(shifted).sum(axis=1))
        rows = _one_hot(outputs, targets)
        return log_sum * rows.sum(axis=1) - (rows * shifted).sum(axis=1)

    def gradient(self, outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[Any]:
        """Return ``softmax(a) sum_k t_k - t``, (n_samples, n_outputs)."""
        odds = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        rows = _one_hot(outputs, targets)
        return odds * rows.sum(axis=1, keepdims=True) - rows


@dataclass(frozen=True)
class SquaredError:
    """Squared error, ``L = |a - t|^2 / 2``; targets are values, or class numbers (then one-hot).

    Examples
    --------
    >>> SquaredError()(np.array([[1.0, 2.0]]), np.array([[0.0, 0.0]])).tolist()
    [2.5]
    """

    def __call__(self, outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[Any]:
        """Return the loss of each sample, (n_samples,)."""
        return 0.5 * np.square(outputs - _one_hot(outputs, targets)).sum(axis=1)

    def gradient(self, outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[Any]:
        """Return ``a - t``, (n_samples, n_outputs)."""
        return outputs - _one_hot(outputs, targets)
