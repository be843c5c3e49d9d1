"""Squared error of values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.learning.losses.loss import LOSSES, are_classes


@LOSSES.register("squared_error")
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
        error = self.gradient(outputs, targets)
        return np.asarray(np.einsum("ij,ij->i", error, error) / 2)

    def gradient(self, outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[Any]:
        """Return ``a - t``, (n_samples, n_outputs)."""
        if not are_classes(outputs, targets):
            return outputs - targets.astype(outputs.dtype, copy=False)
        error = outputs.copy()
        error[np.arange(len(outputs)), targets] -= 1
        return error
