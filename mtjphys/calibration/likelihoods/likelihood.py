"""What every likelihood can do."""

from __future__ import annotations

from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Likelihood(Protocol):
    """The likelihood of some points; see the docstring of the folder."""

    def log_likelihood(self, eta: ArrayLike) -> float:
        """Return ln of the likelihood, with all constants."""

    def residuals(self, eta: ArrayLike) -> Floats:
        """Return signed deviance residuals, (points,)."""

    def slopes(self, eta: ArrayLike) -> Floats:
        """Return the derivative of the residuals, (points,) where it is diagonal, or (points, points)."""

    def information(self, eta: ArrayLike) -> Floats:
        """Return the expected information, (points,) or (points, points)."""

    def replicate(self, eta: ArrayLike, generator: np.random.Generator) -> Self:
        """Return the likelihood of synthetic data."""
