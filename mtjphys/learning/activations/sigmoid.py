"""The logistic function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from mtjphys.learning.activations.activation import ACTIVATIONS


@ACTIVATIONS.register("sigmoid")
@dataclass(frozen=True)
class Sigmoid:
    """Logistic function, ``f(a) = 1/(1 + exp(-a))``, ``f'(a) = f(a) f(-a)``.

    Neither overflows, and both are exact to rounding where the unit saturates.

    Examples
    --------
    >>> import numpy as np
    >>> Sigmoid()(np.array([-1000.0, 0.0])).tolist()
    [0.0, 0.5]
    """

    def __call__(self, preactivation: NDArray[Any], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return f(a), written to `out` if given, which may be `preactivation` itself."""
        from scipy.special import expit

        return expit(preactivation, out=out)

    def derivative(self, preactivation: NDArray[Any]) -> NDArray[Any]:
        """Return f'(a)."""
        return self(preactivation) * self(-preactivation)
