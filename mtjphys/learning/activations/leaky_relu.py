"""The leaky rectifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.declared import Declared
from mtjphys.core.quantity import Quantity
from mtjphys.learning.activations.activation import ACTIVATIONS


@ACTIVATIONS.register("leaky_relu")
@dataclass(frozen=True)
class LeakyReLU(Declared):
    """Leaky rectifier, ``f(a) = a`` for a > 0 and ``slope a`` otherwise; f'(0) is `slope`.

    Parameters
    ----------
    slope : float
        Slope for negative pre-activations, 0 to 1; 1 makes a linear network.

    Raises
    ------
    ParameterError
        If the slope is outside 0 to 1.

    Examples
    --------
    >>> LeakyReLU(0.01)(np.array([-1.0, 2.0])).tolist()
    [-0.01, 2.0]
    """

    slope: Annotated[float, Quantity("(dimensionless)", 0.0, 1.0)] = 0.01

    def __call__(self, preactivation: NDArray[Any], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return f(a), written to `out` if given, which may be `preactivation` itself."""
        # For slopes up to 1 the larger of a and slope a is f(a), without a branch.
        scaled = np.asarray(self.slope, preactivation.dtype) * preactivation
        return np.maximum(preactivation, scaled, out=scaled if out is None else out)

    def derivative(self, preactivation: NDArray[Any]) -> NDArray[Any]:
        """Return f'(a), 1 or `slope`."""
        kind = preactivation.dtype.type
        return np.where(preactivation > 0, kind(1.0), kind(self.slope))
