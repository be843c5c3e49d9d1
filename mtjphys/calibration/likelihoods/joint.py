"""Data that speak of a few values of eta together: residuals from where the likelihood is largest."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from mtjphys.calibration.likelihoods.independent import Floats, as_eta
from mtjphys.core.errors import DataError

_NEAR = 1e-4  # deviance, below which it is the quadratic form to rounding of its own


class Joint(ABC):
    r"""Likelihood of a few values of eta with one maximum.

    With the observed information L L^T at the maximum, z = L^T (best - eta), and the deviance D,

    .. math:: r = z \sqrt{D/z \cdot z},

    so that the sum of squares is the deviance, and the residuals are z itself next to the maximum.
    """

    @property
    @abstractmethod
    def start(self) -> Floats:
        """A value of eta near the maximum."""

    @abstractmethod
    def log_likelihood(self, eta: ArrayLike) -> float:
        """Return the log-likelihood with its constants."""

    @abstractmethod
    def replicate(self, eta: ArrayLike, generator: np.random.Generator) -> Self:
        """Return the likelihood of synthetic data, drawn at `eta`."""

    def gradient(self, eta: ArrayLike) -> Floats:
        """Return the derivative of `log_likelihood`, by differences of fourth order."""
        eta, step = as_eta(eta, self.start.size), 1e-3
        steps = step * np.eye(eta.size)
        near = [self.log_likelihood(eta + unit) - self.log_likelihood(eta - unit) for unit in steps]
        far = [self.log_likelihood(eta + 2.0 * unit) - self.log_likelihood(eta - 2.0 * unit) for unit in steps]
        return (8.0 * np.array(near) - np.array(far)) / (12.0 * step)

    def information(self, eta: ArrayLike) -> Floats:
        """Return the observed information at `eta`, the negative derivative of the gradient, (n, n)."""
        eta, step = as_eta(eta, self.start.size), 1e-3
        rows = [self.gradient(eta - unit) - self.gradient(eta + unit) for unit in step * np.eye(eta.size)]
        return np.asarray(0.5 * (np.array(rows) + np.array(rows).T) / (2.0 * step))

    @cached_property
    def best(self) -> Floats:
        """Value of eta of the largest likelihood."""
        from scipy.optimize import minimize

        found = minimize(lambda eta: -self.log_likelihood(eta), self.start, jac=lambda eta: -self.gradient(eta))
        return np.asarray(found.x)

    @cached_property
    def root(self) -> Floats:
        """L, L L^T the observed information at the best eta."""
        try:
            return np.asarray(np.linalg.cholesky(self.information(self.best)))
        except np.linalg.LinAlgError:
            raise DataError("the likelihood of these data has no maximum; record more of them") from None

    def _parts(self, eta: ArrayLike) -> tuple[Floats, float, float]:
        """Return z, D and the factor of z."""
        z = self.root.T @ (self.best - as_eta(eta, self.start.size))
        square = float(z @ z)
        deviance = 2.0 * (self.log_likelihood(self.best) - self.log_likelihood(eta))
        return z, deviance, 1.0 if square < _NEAR else float(np.sqrt(max(deviance, 0.0) / square))

    def residuals(self, eta: ArrayLike) -> Floats:
        """Return the residuals, (n,)."""
        z, _, factor = self._parts(eta)
        return z * factor

    def slopes(self, eta: ArrayLike) -> Floats:
        """Return the derivative of the residuals, (n, n)."""
        z, _, factor = self._parts(eta)
        square = float(z @ z)
        if square < _NEAR:
            return -self.root.T
        # of factor^2 = D/z.z, with dD = -2 gradient and d(z.z) = -2 L z
        rise = (-self.gradient(eta) + factor**2 * (self.root @ z)) / (factor * square)
        return -factor * self.root.T + np.outer(z, rise)


__all__ = ["Joint"]
