"""Stays in a state: collecting them, and whether they are exponential."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.core.streams import Use, generator
from mtjphys.kernels import telegraph as kernels
from mtjphys.telegraph.parts import DwellStatistics, Estimate, ExponentialTest

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Stays:
    """Stays in one state over all replicas, in samples.

    Attributes
    ----------
    complete : array
        Those with both ends seen, in order.
    events : int
        How many ends were seen.
    censored : int
        How many were cut off by the start or the end of a record.
    exposure : float
        Samples spent beyond the shortest stay, at which a flip could be seen.
    """

    complete: NDArray[np.int64]
    events: int
    censored: int
    exposure: float


def stays_in(state: int, states: NDArray[np.int8], minimum: int = 1) -> Stays:
    """Collect the stays in one state.

    A gap, state -1, cuts a stay as the ends of a record do. A first stay has no known beginning, but by memorylessness
    its time and its end count as any other's; a last one counts with its time only.

    Parameters
    ----------
    state : int
        Which.
    states : int8 array (replicas, samples)
        The idealised traces.
    minimum : int
        Shortest stay that is kept, in samples.
    """
    complete = []
    events, censored, exposure = 0, 0, 0.0
    for row in states:
        lengths = kernels.run_lengths(row)
        states_of = row[np.cumsum(lengths) - lengths]
        known = np.concatenate([[False], states_of >= 0, [False]])  # no state before and after the record, and in gaps
        here = states_of == state
        begun, ended = known[:-2] & here, known[2:] & here
        inner = lengths[begun & ended]
        complete.append(inner)
        events += int(np.count_nonzero(ended))
        censored += int(np.count_nonzero(here & ~begun)) + int(np.count_nonzero(begun & ~ended))
        exposure += float((inner - (minimum - 1)).sum()) + float(lengths[ended & ~begun].sum())
        cut = lengths[here & ~ended] - 1 - (minimum - 1) * begun[here & ~ended]
        exposure += float(np.maximum(cut, 0).sum())
    return Stays(np.concatenate(complete), events, censored, exposure)


def dwell_statistics(
    mean: Estimate, stays: Stays, minimum: int, sample_interval: float, seed: int, state: int, scatter: float
) -> DwellStatistics:
    """Return what is told of the stays in a state, `mean` beside the stays themselves."""
    durations = stays.complete.astype(np.float64) * sample_interval
    test = exponential_test(durations, sample_interval, minimum, seed, state)
    return DwellStatistics(mean, stays.events, stays.censored, durations, test, scatter)


def exponential_test(
    durations: ArrayLike, sample_interval: float = 0.0, shortest: int = 1, seed: int = 0, state: int = 0
) -> ExponentialTest:
    """Anderson-Darling test of exponential dwell times, mean estimated, sampling accounted for.

    Sampled exponential stays are geometric; a random fraction of a sample, exponential on (0, 1)
    with the estimated rate, turns a geometric stay into an exponential one, so that the continuous
    test is valid however coarse the sampling. The p value is Stephens' fit for an unknown mean,
    between 1e-6 and 1.

    Parameters
    ----------
    durations : array
        Dwell times in s, multiples of `sample_interval` of at least ``shortest sample_interval`` unless it is 0.
    sample_interval : float
        Time between samples in s; 0 for durations that are not sampled.
    shortest : int
        Shortest stay kept, in samples (1 without a dead time).
    seed : int
        Seed of the random fractions.
    state : int
        Number of the state, where several share a seed.

    Returns
    -------
    ExponentialTest
        NaN below 8 durations, and where no stay is longer than the shortest one.

    References
    ----------
    .. [1] R. B. D'Agostino and M. A. Stephens, Goodness-of-Fit Techniques, Marcel Dekker (1986),
    table 4.14.

    Examples
    --------
    >>> import numpy as np
    >>> from mtjphys import telegraph
    >>> telegraph.exponential_test(np.ones(100)).p_value < 0.01
    True
    """
    x = np.asarray(durations, dtype=np.float64)
    n = x.size
    if n < 8:
        return ExponentialTest(math.nan, math.nan, n)
    if sample_interval > 0:
        whole = np.rint(x / sample_interval) - shortest
        mean = whole.mean() + 1
        if mean <= 1:
            return ExponentialTest(math.nan, math.nan, n)
        rate = -math.log1p(-1 / mean)
        uniform = generator(seed, state, Use.DITHER).random(n)
        x = whole - np.log1p(uniform * math.expm1(-rate)) / rate
    x = np.sort(x) / x.mean()
    with np.errstate(divide="ignore"):
        log_cdf = np.log(-np.expm1(-x))
    weight = 2 * np.arange(1, n + 1) - 1
    statistic = float(-n - np.sum(weight * (log_cdf - x[::-1])) / n)
    a = statistic * (1 + 0.6 / n)
    if not math.isfinite(a):
        return ExponentialTest(statistic, 1e-6, n)
    if a < 0.26:
        p = 1 - math.exp(-12.2204 + 67.459 * a - 110.3 * a * a)
    elif a < 0.51:
        p = 1 - math.exp(-6.1327 + 20.218 * a - 18.663 * a * a)
    elif a < 0.95:
        p = math.exp(0.9209 - 3.353 * a + 0.300 * a * a)
    else:
        a = min(a, 10.0)
        p = max(1e-6, math.exp(0.731 - 3.009 * a + 0.15 * a * a))
    return ExponentialTest(statistic, p, n)
