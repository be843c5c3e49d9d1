"""Counts that scatter more than independent trials: the probability itself varies from count to count."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, digamma, expit, logit, polygamma

from mtjphys.calibration.likelihoods.binomial import Binomial, as_counts, log_choices
from mtjphys.calibration.likelihoods.independent import Floats, Independent, as_eta
from mtjphys.core.quantity import check_range

SMALLEST = 1e-7
"""Least correlation that is fitted: below it the law is the binomial to rounding."""


@dataclass(frozen=True, eq=False)
class BetaBinomial(Independent):
    r"""Counts k of n trials with a probability of beta law: mean p, variance ``correlation`` p (1 - p); eta = logit p.

    With M = 1/correlation - 1, a = M p and b = M (1 - p),

    .. math:: l = \ln\binom nk + \ln B(k + a, n - k + b) - \ln B(a, b),

    so that two trials of one count correlate by ``correlation``, and the variance of k is n p (1 - p) times
    ``1 + (n - 1) correlation``. For no correlation it is `Binomial`.

    Parameters
    ----------
    successes, trials : array_like (points,)
        k from 0 to n, and n above 0.
    correlation : float
        Of the trials of one count, in (0, 1).

    Raises
    ------
    DataError
        If the counts are outside their range.
    ParameterError
        If the correlation is.

    References
    ----------
    J. K. Skellam, J. R. Stat. Soc. B 10, 257 (1948).

    Examples
    --------
    >>> counts, eta = BetaBinomial([12, 27], [40, 40], correlation=0.1), [0.0, 0.0]
    >>> counts.residuals(eta).round(3)
    array([-1.074,  0.931])
    """

    successes: Floats
    trials: Floats
    correlation: float
    likeliest: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        some, all_ = as_counts(self.successes, self.trials)
        object.__setattr__(self, "successes", some)
        object.__setattr__(self, "trials", all_)
        check_range("correlation", self.correlation, "", 0.0, 1.0, open_low=True, open_high=True)
        object.__setattr__(self, "likeliest", self._bisected())

    @classmethod
    def fitted(cls, counts: Binomial, eta: ArrayLike) -> tuple[Self, float]:
        """Return the law of the likeliest correlation, and by how much its log-likelihood exceeds the binomial's.

        Parameters
        ----------
        counts : Binomial
            What was measured.
        eta : array_like (points,)
            The model's logit p.

        Returns
        -------
        likelihood : BetaBinomial
            Of a correlation of at least `SMALLEST`.
        gain : float
            In log-likelihood; twice this is chi-square of one degree, on the border half of it.
        """
        from scipy.optimize import minimize_scalar

        def negative(logit_correlation: float) -> float:
            return -cls(counts.successes, counts.trials, float(expit(logit_correlation))).log_likelihood(eta)

        found = minimize_scalar(
            negative, bounds=(logit(SMALLEST), logit(0.999)), method="bounded", options={"xatol": 1e-4}
        )
        likelihood = cls(counts.successes, counts.trials, float(expit(found.x)))
        return likelihood, max(-float(found.fun) - counts.log_likelihood(eta), 0.0)

    @property
    def best(self) -> Floats:
        """The likeliest logit p of each count; infinite for none and all."""
        return self.likeliest

    @property
    def constants(self) -> Floats:
        """The logarithm of the binomial coefficient."""
        return log_choices(self.successes, self.trials)

    def _shapes(self, eta: Floats) -> tuple[Floats, Floats]:
        strength = 1.0 / self.correlation - 1.0
        return strength * expit(eta), strength * expit(-eta)

    def log_likelihoods(self, eta: Floats) -> Floats:
        """Return the log-likelihood of each count without the binomial coefficient."""
        finite = np.isfinite(eta)
        a, b = self._shapes(np.where(finite, eta, 0.0))
        values = betaln(self.successes + a, self.trials - self.successes + b) - betaln(a, b)
        return np.where(finite, values, 0.0)  # what is certain

    def gradients(self, eta: Floats) -> Floats:
        """Return the derivative with respect to eta."""
        a, b = self._shapes(eta)
        return a * expit(-eta) * self._rise(a, b)[0]

    def _rise(self, a: Floats, b: Floats) -> tuple[Floats, Floats]:
        """First and second derivative with respect to a at constant a + b."""
        failures = self.trials - self.successes
        first = digamma(self.successes + a) - digamma(a) - digamma(failures + b) + digamma(b)
        second = polygamma(1, self.successes + a) - polygamma(1, a) + polygamma(1, failures + b) - polygamma(1, b)
        return np.asarray(first), np.asarray(second)

    def curvatures(self, eta: Floats) -> Floats:
        """Return the negative second derivative with respect to eta."""
        a, b = self._shapes(eta)
        first, second = self._rise(a, b)
        step = a * expit(-eta)  # da/deta
        return np.asarray(-(step**2) * second - step * (expit(-eta) - expit(eta)) * first)

    def expected_curvatures(self, eta: Floats) -> Floats:
        """Return n p (1 - p)/(1 + (n - 1) correlation), that of the mean and variance, a little below the exact one."""
        spread = 1.0 + (self.trials - 1.0) * self.correlation
        return np.asarray(self.trials * expit(eta) * expit(-eta) / np.maximum(spread, 1.0))

    def replicate(self, eta: ArrayLike, generator: np.random.Generator) -> Self:
        """Return counts drawn at `eta`, each with a probability of its own."""
        a, b = self._shapes(as_eta(eta, self.trials.size))
        drawn = generator.beta(np.maximum(a, 1e-300), np.maximum(b, 1e-300))
        counts = Binomial(self.successes, self.trials).replicate(logit(np.clip(drawn, 1e-300, 1.0 - 1e-16)), generator)
        return type(self)(counts.successes, self.trials, self.correlation)

    def _bisected(self) -> Floats:
        """Bisect the slope in eta, which falls from above to below zero once (Levin and Reeds, Ann. Stat. 5, 79)."""
        low, high = np.full(self.trials.size, -60.0), np.full(self.trials.size, 60.0)
        for _ in range(64):
            middle = 0.5 * (low + high)
            rising = self._rise(*self._shapes(middle))[0] > 0.0
            low, high = np.where(rising, middle, low), np.where(rising, high, middle)
        best = np.where(self.successes == 0.0, -np.inf, 0.5 * (low + high))
        return np.where(self.successes == self.trials, np.inf, best)


__all__ = ["SMALLEST", "BetaBinomial"]
