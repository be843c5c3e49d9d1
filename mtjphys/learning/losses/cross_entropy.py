"""Cross-entropy of classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import ParameterError
from mtjphys.learning.losses.loss import LOSSES, are_classes


@LOSSES.register("cross_entropy")
@dataclass(frozen=True)
class CrossEntropy:
    """Cross-entropy of the softmax, ``L = -sum_k t_k ln softmax(a)_k``.

    Targets are class numbers (t is 1 for that class and 0 for the others), or values t. The loss of
    a class is exact to rounding however sure the network is: small losses keep all their digits.

    Examples
    --------
    >>> CrossEntropy()(np.zeros((1, 10)), np.array([3])).round(4).tolist()
    [2.3026]
    """

    def _are_classes(self, outputs: NDArray[Any], targets: NDArray[Any]) -> bool:
        if outputs.shape[1] < 2:
            raise ParameterError(
                "cross-entropy of one output is zero whatever it is: give two outputs, or SquaredError"
            )
        return are_classes(outputs, targets)

    def __call__(self, outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[Any]:
        """Return the loss of each sample, (n_samples,)."""
        classes = self._are_classes(outputs, targets)
        samples = np.arange(len(outputs))
        largest = outputs.argmax(axis=1)
        shifted = outputs - outputs[samples, largest][:, None]
        odds = np.exp(shifted)
        # The largest has odds 1: left out of the sum, it does not round the others away.
        odds[samples, largest] = 0
        log_sum = np.log1p(odds.sum(axis=1))
        if classes:
            return log_sum - shifted[samples, targets]
        values = targets.astype(outputs.dtype, copy=False)
        return log_sum * values.sum(axis=1) - np.einsum("ij,ij->i", values, shifted)

    def gradient(self, outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[Any]:
        """Return ``softmax(a) sum_k t_k - t``, (n_samples, n_outputs)."""
        classes = self._are_classes(outputs, targets)
        odds = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        if classes:
            samples = np.arange(len(outputs))
            # softmax - 1 of the class itself, without the cancellation.
            odds[samples, targets] = 0
            odds[samples, targets] = -odds.sum(axis=1)
            return odds
        values = targets.astype(outputs.dtype, copy=False)
        return odds * values.sum(axis=1, keepdims=True) - values
