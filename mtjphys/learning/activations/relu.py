"""The rectifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.learning.activations.activation import ACTIVATIONS


@ACTIVATIONS.register("relu")
@dataclass(frozen=True)
class ReLU:
    """Rectifier, ``f(a) = max(a, 0)``; f'(0) is 0.

    Examples
    --------
    >>> ReLU()(np.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def __call__(self, preactivation: NDArray[Any], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return f(a), written to `out` if given, which may be `preactivation` itself."""
        return np.maximum(preactivation, preactivation.dtype.type(0.0), out=out)

    def derivative(self, preactivation: NDArray[Any]) -> NDArray[Any]:
        """Return f'(a), 1 or 0."""
        return (preactivation > 0).astype(preactivation.dtype)
