"""Dwell times of a record that misses short ones: exact laws for two states and a dead time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammainc, ive

from mtjphys.calibration.likelihoods.independent import Floats, as_eta, as_points, check_points
from mtjphys.calibration.likelihoods.joint import Joint
from mtjphys.core.quantity import check_range

EXACT = 6
"""Dead times from the start of a law, within which it is the exact sum; beyond, one exponential, to some 1e-8."""


def apparent_moments(tau: Floats, tau_other: Floats, dead_time: Floats) -> tuple[Floats, Floats]:
    r"""Return mean and squared coefficient of variation of what an apparent stay is longer than the dead time.

    An apparent stay begins with a stay of at least the dead time :math:`\xi`, and ends where the first stay of the
    other state of at least :math:`\xi` begins (Colquhoun and Hawkes). With a, b the rates of leaving this and the other
    state, z = b xi, and P the regularised incomplete gamma function,

    .. math:: \langle t \rangle - \xi = \frac{e^z}{a} \Big(1 + \frac ab P(2, z)\Big), \qquad
        c^2 = 1 + \frac{2 (a/b)^2 e^{-z} P(3, z)}{(1 + (a/b) P(2, z))^2},

    which is :math:`\langle t \rangle = e^{b\xi} (1/a + 1/b) - 1/b`.

    Parameters
    ----------
    tau, tau_other : array
        Mean stays in this and in the other state, s.
    dead_time : array
        In s.

    Examples
    --------
    >>> import numpy as np
    >>> apparent_moments(np.array(1e-3), np.array(2e-3), np.array(1e-4))[0] + 1e-4
    np.float64(0.0011538...)
    """
    z, ratio = dead_time / tau_other, tau_other / tau
    slope = 1.0 + ratio * gammainc(2.0, z)
    return tau * np.exp(z) * slope, 1.0 + 2.0 * ratio**2 * np.exp(-z) * gammainc(3.0, z) / slope**2


def apparent_density(stay: ArrayLike, tau: float, tau_other: float, dead_time: float) -> Floats:
    r"""Return the exact density of an apparent stay in one of two states (Hawkes, Jalali and Colquhoun).

    With a, b the rates of leaving this and the other state, u = t - xi, and R the probability to be here after u with
    no stay of xi elsewhere, whose Laplace transform is 1/W,

    .. math:: f(t) = a e^{-b\xi} R(t - \xi), \qquad W(s) = s + a - ab \frac{1 - e^{-(s + b)\xi}}{s + b},

    .. math:: R(u) = \sum_{m \le u/\xi} (-ab\,e^{-b\xi})^m g_m(u - m\xi), \qquad
        g_m \leftrightarrow \frac{s + b}{(s (s + a + b))^{m + 1}},

    modified Bessel functions of half order; after six dead times R is :math:`e^{su}/W'(s)` with the root s of W.

    Parameters
    ----------
    stay : array_like
        Apparent stays t in s, of at least the dead time.
    tau, tau_other : float
        Mean stays in this and in the other state, s.
    dead_time : float
        xi in s, 0 or more.

    Returns
    -------
    array
        In 1/s; 0 below the dead time.

    References
    ----------
    A. G. Hawkes, A. Jalali and D. Colquhoun, Phil. Trans. R. Soc. A 332, 511 (1990); B 337, 383 (1992).

    Examples
    --------
    >>> apparent_density([0.7e-3], tau=1e-3, tau_other=2e-3, dead_time=1e-4).round(3)
    array([536.929])
    """
    t = np.asarray(stay, dtype=np.float64)
    if dead_time == 0.0:
        return np.asarray(np.exp(-t / tau) / tau)
    # all in dead times
    a, b, u = dead_time / tau, dead_time / tau_other, t / dead_time - 1.0
    slowest, slope = _root(a, b)
    survivor = np.exp(slowest * u) / slope
    early = u < EXACT
    survivor[early] = _survivor(u[early], a, b)
    return np.where(u < 0.0, 0.0, a * math.exp(-b) / dead_time * survivor)


def _survivor(u: Floats, a: float, b: float) -> Floats:
    """Return R for u below `EXACT`, in dead times."""
    both, half = a + b, 0.5 * (a + b)
    result = (b + a * np.exp(-both * u)) / both
    for m in range(1, EXACT):
        v = np.maximum(u - m, 0.0)
        later = v > 0.0
        v = v[later]
        order = m + 0.5
        scale = math.sqrt(math.pi) / math.factorial(m) * (-a * b * math.exp(-b)) ** m * (v / both) ** order
        same, below = ive(order, half * v), ive(order - 1.0, half * v)
        result[later] += scale * (half * (below - same) + b * same)
    return np.asarray(result)


def _root(a: float, b: float) -> tuple[float, float]:
    """Return the largest root of W, in -a to 0, and the slope of W there."""
    from scipy.optimize import brentq

    def missed(y: float) -> float:
        return 1.0 if y == 0.0 else -math.expm1(-y) / y

    s = brentq(lambda s: s + a - a * b * missed(s + b), -a, 0.0, xtol=1e-300, rtol=1e-15)
    y = s + b
    slope = 0.5 - y / 3.0 if abs(y) < 1e-5 else (missed(y) - math.exp(-y)) / y
    return s, 1.0 + a * b * slope


def impose_resolution(stays: ArrayLike, dead_time: float) -> Floats:
    """Return the apparent stays of alternating stays: a short one, and what follows it, join the stay before.

    Parameters
    ----------
    stays : array_like
        Alternating stays in s.
    dead_time : float
        In s.

    Returns
    -------
    array
        Alternating apparent stays, of which the first begins with the first stay that is long enough; the last has no
        end in the record and is left out.

    Examples
    --------
    >>> impose_resolution([3.0, 0.1, 2.0, 5.0, 0.3, 0.2, 4.0, 1.0], 0.5)
    array([5.1, 5.5, 4. ])
    """
    given = np.asarray(stays, dtype=np.float64)
    starts = np.concatenate([[0.0], np.cumsum(given)[:-1]])
    seen = np.flatnonzero(given >= dead_time)
    # of the stays that are seen, those that change the state
    changes = seen[np.concatenate([[True], np.diff(seen % 2) != 0])]
    return np.diff(starts[changes])


@dataclass(frozen=True, eq=False)
class ApparentStays(Joint):
    """Lists of apparent stays in two states, which all miss stays below a dead time; eta = (ln tau_low, ln tau_high).

    Apparent stays of two states are independent of each other, each of the law of `apparent_density` (the joint law of
    Hawkes, Jalali and Colquhoun has one state on each side). Where switching is fast a second pair of dwell times, both
    of about the dead time, can have nearly as much likelihood: the fit starts from the slow one.

    Parameters
    ----------
    low, high : array_like (stays,)
        Complete apparent stays in each state in s, of at least the dead time.
    dead_time : float
        Below which no stay is seen, s.

    Raises
    ------
    DataError
        If a stay is shorter than the dead time.
    """

    low: Floats
    high: Floats
    dead_time: float

    def __post_init__(self) -> None:
        check_range("dead_time", self.dead_time, "s", 0.0, 1e6)
        for name in ("low", "high"):
            stays = as_points(name, getattr(self, name), "s")
            check_points(name, stays, stays >= self.dead_time * (1.0 - 1e-9), "a stay of at least the dead time in s")
            check_points(name, stays, stays > 0.0, "above 0 s")
            object.__setattr__(self, name, np.maximum(stays, self.dead_time))

    @property
    def start(self) -> Floats:
        """The means less the dead time."""
        least = 1e-3 * max(self.low.mean(), self.high.mean())
        return np.log([max(stays.mean() - self.dead_time, least) for stays in (self.low, self.high)])

    def log_likelihood(self, eta: ArrayLike) -> float:
        """Return the log-likelihood of all stays."""
        low, high = np.exp(as_eta(eta, 2))
        with np.errstate(divide="ignore"):  # what is impossible
            logs = np.log(apparent_density(self.low, low, high, self.dead_time)).sum()
            return float(logs + np.log(apparent_density(self.high, high, low, self.dead_time)).sum())

    def replicate(self, eta: ArrayLike, generator: np.random.Generator) -> Self:
        """Return as many apparent stays of a simulated record."""
        taus, wanted = np.exp(as_eta(eta, 2)), max(self.low.size, self.high.size)
        means = [apparent_moments(taus[k], taus[1 - k], np.array(self.dead_time))[0] for k in (0, 1)]
        found: list[list[Floats]] = [[], []]
        while min(sum(part.size for part in side) for side in found) < wanted:
            pairs = int(1.2 * wanted * (sum(means) + 2.0 * self.dead_time) / taus.sum()) + 100
            real = generator.standard_exponential((pairs, 2)) * taus
            real[0, 0] += self.dead_time  # the first is seen: it has no memory
            stays = impose_resolution(real.ravel(), self.dead_time)
            found[0].append(stays[0::2])
            found[1].append(stays[1::2])
        low, high = (np.concatenate(side) for side in found)
        return type(self)(low[: self.low.size], high[: self.high.size], self.dead_time)


__all__ = ["EXACT", "ApparentStays", "apparent_density", "apparent_moments", "impose_resolution"]
