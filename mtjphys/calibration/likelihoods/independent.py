"""Independent points: the deviance of each, smooth through its best value."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.core.checks import as_numbers
from mtjphys.core.errors import DataError, ParameterError

Floats = NDArray[np.float64]

NEAR = 0.1
"""Distance from the best eta, below which the deviance is an integral of the curvature instead of a difference."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_NODES, _WEIGHTS = 0.5 * (_NODES + 1.0), 0.5 * _WEIGHTS


def as_points(name: str, values: ArrayLike, unit: str) -> Floats:
    """Return measured numbers as an array (points,), finite, or raise one sentence."""
    points = np.atleast_1d(as_numbers(name, values, unit))
    if points.ndim != 1 or points.size == 0:
        raise DataError(
            f"{name} has shape {points.shape}; expected a number or an array (points,) in {unit or 'numbers'}"
        )
    if not np.all(np.isfinite(points)):
        k = int(np.flatnonzero(~np.isfinite(points))[0])
        raise DataError(f"{name}[{k}]={points[k]} is not finite; leave this point out")
    return points


def check_points(name: str, values: Floats, good: NDArray[np.bool_], legal: str) -> None:
    """Raise with the first of `values` that is not `good`; `legal` says what is expected."""
    if not np.all(good):
        k = int(np.flatnonzero(~good)[0])
        raise DataError(f"{name}[{k}]={values[k]:g} is not {legal}; correct this point or leave it out")


def as_eta(eta: ArrayLike, points: int) -> Floats:
    """Return the model's values as an array (points,), finite, or raise one sentence."""
    values = np.atleast_1d(np.asarray(eta, dtype=np.float64))
    if values.shape != (points,):
        raise ParameterError(f"eta has shape {values.shape}; expected ({points},), one value for each point")
    if not np.all(np.isfinite(values)):
        k = int(np.flatnonzero(~np.isfinite(values))[0])
        raise ParameterError(f"eta[{k}]={values[k]} is not finite; the model has no value at this point")
    return values


def of_seen(count: Floats, logarithm: Floats) -> Floats:
    """Return count times logarithm, 0 where nothing was counted, however unlikely it is."""
    return np.multiply(count, logarithm, out=np.zeros(count.size), where=count > 0)


class Independent(ABC):
    r"""Likelihood of n independent points, each with one best value of eta, perhaps at infinity.

    A subclass gives the log-likelihood of each point and its first two derivatives. Residuals and slopes follow: with
    d = eta - best and J the negative second derivative,

    .. math:: r^2 = 2 d^2 \int_0^1 (1 - t) J(best + t d) dt,  \qquad  \partial l = -d \int_0^1 J(best + t d) dt,

    which near the best value, by Gauss-Legendre quadrature, has no cancellation.
    """

    @property
    @abstractmethod
    def best(self) -> Floats:
        """Value of eta at which each point is likeliest; infinite where the likelihood rises for ever."""

    @property
    @abstractmethod
    def constants(self) -> Floats:
        """What the log-likelihood of each point has beside `log_likelihoods`."""

    @abstractmethod
    def log_likelihoods(self, eta: Floats) -> Floats:
        """Return the log-likelihood of each point without its constant; eta may be infinite where `best` is."""

    @abstractmethod
    def gradients(self, eta: Floats) -> Floats:
        """Return the first derivative of `log_likelihoods`."""

    @abstractmethod
    def curvatures(self, eta: Floats) -> Floats:
        """Return the negative second derivative of `log_likelihoods`, the observed information."""

    @abstractmethod
    def expected_curvatures(self, eta: Floats) -> Floats:
        """Return the expected information of eta."""

    @abstractmethod
    def replicate(self, eta: ArrayLike, generator: np.random.Generator) -> Self:
        """Return the likelihood of synthetic data, drawn at `eta`."""

    def log_likelihood(self, eta: ArrayLike) -> float:
        """Return the log-likelihood of all points, with its constants."""
        return float((self.log_likelihoods(as_eta(eta, self.best.size)) + self.constants).sum())

    def gradient(self, eta: ArrayLike) -> Floats:
        """Return the derivative of `log_likelihood`, (points,)."""
        return self.gradients(as_eta(eta, self.best.size))

    def information(self, eta: ArrayLike) -> Floats:
        """Return the expected information of eta, (points,): it is diagonal."""
        return self.expected_curvatures(as_eta(eta, self.best.size))

    def residuals(self, eta: ArrayLike) -> Floats:
        """Return signed deviance residuals, (points,); positive where more was observed than `eta` says."""
        return self._residuals_and_slopes(as_eta(eta, self.best.size))[0]

    def slopes(self, eta: ArrayLike) -> Floats:
        """Return the derivative of the residuals with respect to eta, (points,): it is diagonal."""
        return self._residuals_and_slopes(as_eta(eta, self.best.size))[1]

    def _residuals_and_slopes(self, eta: Floats) -> tuple[Floats, Floats]:
        best = self.best
        deviances = np.maximum(2.0 * (self.log_likelihoods(best) - self.log_likelihoods(eta)), 0.0)
        residuals = np.sign(best - eta) * np.sqrt(deviances)
        slopes = np.divide(-self.gradients(eta), residuals, out=np.zeros(eta.size), where=residuals != 0.0)
        near = np.abs(eta - best) < NEAR
        if np.any(near):
            distance = np.where(near, eta - np.where(near, best, 0.0), 0.0)
            along = [self.curvatures(eta - (1.0 - t) * distance) for t in _NODES]
            root = np.sqrt(sum(2.0 * w * (1.0 - t) * j for t, w, j in zip(_NODES, _WEIGHTS, along, strict=True)))
            mean = sum(w * j for w, j in zip(_WEIGHTS, along, strict=True))
            residuals = np.where(near, -distance * root, residuals)
            slopes = np.where(near, np.divide(-mean, root, out=np.zeros(eta.size), where=near), slopes)
        return residuals, slopes


__all__ = ["NEAR", "Independent", "as_eta", "as_points", "check_points", "of_seen"]
