"""Counts of trials: how often something happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, gammaln, log_expit, logit

from mtjphys.calibration.likelihoods.independent import Floats, Independent, as_eta, as_points, check_points, of_seen


def as_counts(successes: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    """Return counts and trials as arrays of one shape (points,), or raise one sentence.

    Neither need be whole: a fraction of time is so many effective samples.
    """
    some, all_ = np.broadcast_arrays(as_points("successes", successes, ""), as_points("trials", trials, ""))
    check_points("trials", all_, all_ > 0, "a number of trials above 0")
    check_points("successes", some, (some >= 0) & (some <= all_), "from 0 to the number of trials")
    return some, all_


def log_choices(successes: Floats, trials: Floats) -> Floats:
    """Return the logarithm of the binomial coefficient, of real numbers."""
    return np.asarray(gammaln(trials + 1.0) - gammaln(successes + 1.0) - gammaln(trials - successes + 1.0))


@dataclass(frozen=True, eq=False)
class Binomial(Independent):
    r"""Counts k of n independent trials each, eta = logit p.

    .. math:: l = \ln\binom nk + k \ln p + (n - k) \ln(1 - p), \quad \partial l = k - n p, \quad I = n p (1 - p).

    None or all of the trials are data like any other: the residual is then :math:`\mp\sqrt{-2 n \ln(1 - p)}` or
    :math:`\sqrt{-2 n \ln p}`, and tends to zero only with the probability of anything else.

    Parameters
    ----------
    successes : array_like (points,)
        k, from 0 to n.
    trials : array_like (points,)
        n, above 0.

    Raises
    ------
    DataError
        If the counts are outside their range.

    References
    ----------
    P. McCullagh and J. A. Nelder, Generalized Linear Models (1989), chapter 4.

    Examples
    --------
    >>> counts = Binomial([12, 0], [40, 40])
    >>> counts.residuals([0.0, -3.0]).round(3)
    array([-2.566, -1.972])
    """

    successes: Floats
    trials: Floats

    def __post_init__(self) -> None:
        some, all_ = as_counts(self.successes, self.trials)
        object.__setattr__(self, "successes", some)
        object.__setattr__(self, "trials", all_)

    @property
    def best(self) -> Floats:
        """The logit of k/n; infinite for none and all."""
        return np.asarray(logit(self.successes / self.trials))

    @property
    def constants(self) -> Floats:
        """The logarithm of the binomial coefficient."""
        return log_choices(self.successes, self.trials)

    def log_likelihoods(self, eta: Floats) -> Floats:
        """Return k ln p + (n - k) ln(1 - p)."""
        failures = self.trials - self.successes
        return of_seen(self.successes, log_expit(eta)) + of_seen(failures, log_expit(-eta))

    def gradients(self, eta: Floats) -> Floats:
        """Return k - n p."""
        # Both terms are without cancellation where p is nearly 0 or 1.
        return np.asarray(self.successes * expit(-eta) - (self.trials - self.successes) * expit(eta))

    def curvatures(self, eta: Floats) -> Floats:
        """Return n p (1 - p)."""
        return np.asarray(self.trials * expit(eta) * expit(-eta))

    def expected_curvatures(self, eta: Floats) -> Floats:
        """Return n p (1 - p)."""
        return self.curvatures(eta)

    def replicate(self, eta: ArrayLike, generator: np.random.Generator) -> Self:
        """Return counts drawn at `eta`; a number of trials that is not whole is rounded for the draw."""
        whole = np.maximum(np.rint(self.trials), 1.0)
        drawn = generator.binomial(whole.astype(np.int64), expit(as_eta(eta, self.trials.size)))
        return type(self)(drawn * (self.trials / whole), self.trials)


__all__ = ["Binomial", "as_counts", "log_choices"]
