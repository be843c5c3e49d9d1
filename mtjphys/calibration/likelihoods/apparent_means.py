"""Mean dwell times of a record that misses short ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.calibration.likelihoods.exponential import Exponential
from mtjphys.calibration.likelihoods.independent import Floats, as_eta, as_points, check_points
from mtjphys.calibration.likelihoods.missed_events import apparent_moments
from mtjphys.core.errors import DataError


@dataclass(frozen=True, eq=False)
class ApparentMeans:
    r"""Means of apparent stays in both states; eta = ln tau, of all low states, then of all high ones.

    The mean of n apparent stays, less the dead time, has a gamma law of the exact mean of `apparent_moments` and the
    shape :math:`n/c^2` with their coefficient of variation c, taken at the dwell times that have the observed means.
    Without a dead time this is `Exponential`.

    Parameters
    ----------
    low, high : array_like (conditions,)
        Means of complete apparent stays in each state, s.
    low_count, high_count : array_like (conditions,)
        Stays in each mean.
    dead_time : array_like (conditions,)
        Below which no stay is seen, s.

    Attributes
    ----------
    law : Exponential
        Of the means less the dead time, with the shapes for numbers of events.

    Raises
    ------
    DataError
        If no two rates give such means with such a dead time.

    Examples
    --------
    >>> import numpy as np
    >>> means = ApparentMeans(low=1.16e-3, high=2.4e-3, low_count=100, high_count=100, dead_time=1e-4)
    >>> means.residuals(np.log([1e-3, 2e-3])).round(2)
    array([0.06, 0.38])
    """

    low: Floats
    high: Floats
    low_count: Floats
    high_count: Floats
    dead_time: Floats
    law: Exponential = field(init=False, repr=False)

    def __post_init__(self) -> None:
        names = ("low", "high", "low_count", "high_count", "dead_time")
        units = ("s", "s", "", "", "s")
        given = [as_points(name, getattr(self, name), unit) for name, unit in zip(names, units, strict=True)]
        for name, points in zip(names, np.broadcast_arrays(*given), strict=True):
            object.__setattr__(self, name, points)
        check_points("dead_time", self.dead_time, self.dead_time >= 0.0, "0 s or more")
        for name in ("low", "high"):
            mean = getattr(self, name)
            check_points(name, mean, mean > self.dead_time, "a mean stay above the dead time in s")
        shapes = np.concatenate([self.low_count, self.high_count]) / self._moments(self._solved())[1]
        means = np.concatenate([self.low, self.high]) - np.tile(self.dead_time, 2)
        object.__setattr__(self, "law", Exponential.of_means(means, shapes))

    def _moments(self, taus: Floats) -> tuple[Floats, Floats]:
        """Mean beyond the dead time and squared coefficient of variation, of all low and all high stays."""
        return apparent_moments(taus, _exchanged(taus), self._dead)

    @cached_property
    def _dead(self) -> Floats:
        """Dead times of all low and all high stays."""
        return np.tile(self.dead_time, 2)

    def _solved(self) -> Floats:
        """Return the dwell times that have the observed means: from below, the pair of slow switching."""
        mean, dead = np.concatenate([self.low, self.high]), self._dead
        taus = mean.copy()
        for _ in range(1000):
            other = _exchanged(taus)
            following = mean * np.exp(-dead / other) + other * np.expm1(-dead / other)
            if np.any(following <= 0.0):
                break
            done = np.all(np.abs(following - taus) < 1e-12 * taus)
            taus = following
            if done:
                return taus
        k = int(np.argmin(following / mean)) % self.low.size
        raise DataError(
            f"apparent mean stays of {self.low[k]:g} and {self.high[k]:g} s cannot come from two rates with a dead "
            f"time of {self.dead_time[k]:g} s; use a shorter dead_time or a faster detector"
        )

    def _apparent(self, eta: ArrayLike) -> tuple[Floats, Floats]:
        """Return ln of the apparent means less the dead time, and its derivative by eta, (2 n, 2 n)."""
        eta, n = as_eta(eta, 2 * self.low.size), self.low.size
        taus = np.exp(eta)
        other = _exchanged(taus)
        beyond = self._moments(taus)[0]
        z = self._dead / other
        # of e^z (tau + other) - other - dead by ln tau and ln other
        own = taus * np.exp(z) / beyond
        cross = (other * np.expm1(z) - z * np.exp(z) * (taus + other)) / beyond
        jacobian = np.diag(own)
        rows = np.arange(2 * n)
        jacobian[rows, _exchanged(rows)] += cross
        return np.log(beyond), jacobian

    def log_likelihood(self, eta: ArrayLike) -> float:
        """Return the log-likelihood with its constants."""
        taus = np.exp(as_eta(eta, 2 * self.low.size))  # without the derivatives, which draws do not need
        return self.law.log_likelihood(np.log(self._moments(taus)[0]))

    def gradient(self, eta: ArrayLike) -> Floats:
        """Return the derivative of `log_likelihood`, (2 conditions,)."""
        apparent, jacobian = self._apparent(eta)
        return np.asarray(self.law.gradient(apparent) @ jacobian)

    def information(self, eta: ArrayLike) -> Floats:
        """Return the expected information, (2 conditions, 2 conditions)."""
        apparent, jacobian = self._apparent(eta)
        return np.asarray(jacobian.T * self.law.information(apparent) @ jacobian)

    def residuals(self, eta: ArrayLike) -> Floats:
        """Return signed deviance residuals, (2 conditions,); positive where the mean is longer than `eta` says."""
        return self.law.residuals(self._apparent(eta)[0])

    def slopes(self, eta: ArrayLike) -> Floats:
        """Return the derivative of the residuals, (2 conditions, 2 conditions)."""
        apparent, jacobian = self._apparent(eta)
        return self.law.slopes(apparent)[:, None] * jacobian

    def replicate(self, eta: ArrayLike, generator: np.random.Generator) -> Self:
        """Return means of as many stays, drawn at `eta`."""
        beyond, c_squared = self._moments(np.exp(as_eta(eta, 2 * self.low.size)))
        shape = np.concatenate([self.low_count, self.high_count]) / c_squared
        means = self._dead + beyond * generator.standard_gamma(shape) / shape
        low, high = np.split(means, 2)
        return type(self)(low, high, self.low_count, self.high_count, self.dead_time)


def _exchanged(values: NDArray[Any]) -> NDArray[Any]:
    """Return values with those of all low stays after those of all high ones."""
    half = values.size // 2
    return np.concatenate([values[half:], values[:half]])


__all__ = ["ApparentMeans"]
