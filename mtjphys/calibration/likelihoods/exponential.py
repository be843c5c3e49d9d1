"""Exponential times: dwell times, complete and cut off, and their means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from mtjphys.calibration.likelihoods.independent import Floats, Independent, as_eta, as_points, check_points, of_seen
from mtjphys.core.checks import nonnegative
from mtjphys.core.errors import DataError


@dataclass(frozen=True, eq=False)
class Exponential(Independent):
    r"""Times of an exponential law with mean tau, n ends seen in a total time T; eta = ln tau.

    .. math:: l = -n \ln\tau - T/\tau + (n - 1) \ln T - \ln\Gamma(n), \quad \partial l = T/\tau - n,

    the density of T, a gamma law. A time that was cut off adds to T and not to n. Where no end was seen
    only a lower limit of tau is known, and the residual :math:`\sqrt{2T/\tau}` is never negative.

    Parameters
    ----------
    total : array_like (points,)
        T in s: sum of all times of a point, those that were cut off too.
    events : array_like (points,)
        n: ends that were seen, 0 or more; not whole where the times are not independent.

    Raises
    ------
    DataError
        If a total is not positive or a number of events negative.

    References
    ----------
    D. R. Cox and D. Oakes, Analysis of Survival Data (1984), chapter 3.

    Examples
    --------
    >>> import numpy as np
    >>> times = Exponential.of_stays([[1.2e-3, 0.4e-3], []], censored=[[0.9e-3], [5e-3]])
    >>> times.total, times.events
    (array([0.0025, 0.005 ]), array([2., 0.]))
    >>> Exponential.of_means(1.25e-3, 2).residuals(np.log([1e-3])).round(3)
    array([0.328])
    """

    total: Floats
    events: Floats

    def __post_init__(self) -> None:
        total, events = np.broadcast_arrays(as_points("total", self.total, "s"), as_points("events", self.events, ""))
        check_points("total", total, total > 0, "a time above 0 s")
        check_points("events", events, events >= 0, "a number of 0 or more")
        object.__setattr__(self, "total", total)
        object.__setattr__(self, "events", events)

    @classmethod
    def of_means(cls, mean: ArrayLike, count: ArrayLike) -> Self:
        """Return the likelihood of means of complete times.

        Parameters
        ----------
        mean : array_like (points,)
            In s.
        count : array_like (points,)
            Times in each mean, above 0; of a law that is not quite exponential, such as a first passage, their number
            over the squared coefficient of variation.
        """
        count = as_points("count", count, "")
        check_points("count", count, count > 0, "a number of times above 0")
        return cls(as_points("mean", mean, "s") * count, count)

    @classmethod
    def of_stays(cls, complete: Sequence[ArrayLike], censored: Sequence[ArrayLike] | None = None) -> Self:
        """Return the likelihood of lists of times, a list for each point.

        Parameters
        ----------
        complete : sequence of array_like
            Times whose end was seen, in s.
        censored : sequence of array_like, optional
            Times that were cut off before their end, in s.
        """
        censored = [[]] * len(complete) if censored is None else censored
        if len(censored) != len(complete):
            raise DataError(
                f"{len(complete)} lists of complete times and {len(censored)} of censored ones; expected as many"
            )
        ended = [nonnegative("complete", times, "s") for times in complete]
        cut = [nonnegative("censored", times, "s") for times in censored]
        total = [float(a.sum() + b.sum()) for a, b in zip(ended, cut, strict=True)]
        return cls(np.array(total), np.array([float(times.size) for times in ended]))

    @property
    def best(self) -> Floats:
        """The logarithm of T/n; infinite where no end was seen."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.total) - np.log(self.events))

    @property
    def constants(self) -> Floats:
        """Of the density of T, a gamma law of shape n; none where no end was seen."""
        shape = np.where(self.events > 0, self.events, 1.0)
        return np.where(self.events > 0, (shape - 1.0) * np.log(self.total) - gammaln(shape), 0.0)

    def log_likelihoods(self, eta: Floats) -> Floats:
        """Return -n ln tau - T/tau."""
        return -of_seen(self.events, eta) - self.total * np.exp(-eta)

    def gradients(self, eta: Floats) -> Floats:
        """Return T/tau - n."""
        return np.asarray(self.total * np.exp(-eta) - self.events)

    def curvatures(self, eta: Floats) -> Floats:
        """Return T/tau."""
        return np.asarray(self.total * np.exp(-eta))

    def expected_curvatures(self, eta: Floats) -> Floats:
        """Return n, the expected T/tau; where no end was seen, the ends expected in the time that was watched."""
        return np.where(self.events > 0, self.events, self.curvatures(eta))

    def replicate(self, eta: ArrayLike, generator: np.random.Generator) -> Self:
        """Return as many ends in another total time; where none was seen, another number of ends in the same time."""
        tau = np.exp(as_eta(eta, self.total.size))
        total = tau * generator.standard_gamma(np.where(self.events > 0, self.events, 1.0))
        ends = generator.poisson(self.total / tau)
        seen = self.events > 0
        return type(self)(np.where(seen, total, self.total), np.where(seen, self.events, ends))


__all__ = ["Exponential"]
