"""The hyperbolic tangent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.learning.activations.activation import ACTIVATIONS
from mtjphys.learning.activations.sigmoid import Sigmoid


@ACTIVATIONS.register("tanh")
@dataclass(frozen=True)
class Tanh:
    """Hyperbolic tangent, ``f(a) = tanh(a)``, ``f'(a) = 4 s(2 a) s(-2 a)`` with the logistic function s.

    This form of ``1 - tanh(a)^2`` does not cancel where the unit saturates.

    Examples
    --------
    >>> Tanh().derivative(np.array([0.0, 20.0])).tolist() == [1.0, np.cosh(20.0) ** -2]
    True
    """

    def __call__(self, preactivation: NDArray[Any], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return f(a), written to `out` if given, which may be `preactivation` itself."""
        return np.tanh(preactivation, out=out)

    def derivative(self, preactivation: NDArray[Any]) -> NDArray[Any]:
        """Return f'(a)."""
        kind = preactivation.dtype.type
        return kind(4.0) * Sigmoid().derivative(kind(2.0) * preactivation)
