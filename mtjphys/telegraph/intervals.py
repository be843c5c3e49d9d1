"""Confidence intervals of levels and mean dwell times."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.kernels.hidden_markov import LevelModel
from mtjphys.telegraph.parts import Estimate

Floats = NDArray[np.float64]


def estimate(value: float, low: float, high: float, unit: str = "") -> Estimate:
    """Return an estimate of Python's own numbers."""
    return Estimate(float(value), float(low), float(high), unit)


def normal_quantile(probability: float) -> float:
    """Return the quantile of the normal law."""
    from scipy.special import ndtri

    return float(ndtri(probability))


def poisson_interval(events: ArrayLike, confidence: float) -> tuple[Floats, Floats]:
    r"""Return the interval of a Poisson mean from the number of events that were seen.

    .. math:: \tfrac12\chi^2_{2n,\,a/2} \le \mu \le \tfrac12\chi^2_{2n+2,\,1-a/2}

    with the quantiles of chi-square and a = 1 - confidence: it holds the mean at least that often, whatever it is.

    Parameters
    ----------
    events : array_like
        n, 0 or more.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    tuple of two arrays
        Lower and upper end; the lower one of no event is 0.

    References
    ----------
    F. Garwood, Biometrika 28, 437 (1936).
    """
    from scipy.special import gammaincinv

    n = np.asarray(events, dtype=float)
    tail = 0.5 * (1 - confidence)
    low = np.where(n > 0, gammaincinv(np.maximum(n, 1e-9), tail), 0.0)
    return low, np.asarray(gammaincinv(n + 1, 1 - tail))


def chi_square_interval(mean: float, count: float, spread: float, confidence: float) -> Estimate:
    """Interval of an exponential mean from `count` events, its log half-widths times `spread`."""
    fewest, most = (float(end) for end in poisson_interval(count, confidence))
    below = math.log(most / count) * spread
    above = math.log(count / fewest) * spread
    return estimate(mean, mean * math.exp(-below), mean * math.exp(above), "s")


def level_estimates(
    model: LevelModel, variances: Floats, inflation: float, confidence: float, unit: str
) -> tuple[list[Estimate], list[Estimate]]:
    """Levels and noises with intervals.

    Parameters
    ----------
    model : LevelModel
        Their values.
    variances : array (2 levels,)
        Of the means and of the logarithms of the variances, for white noise.
    inflation : float
        By how much noise that is correlated counts as fewer samples.
    confidence : float
        Level of the intervals.
    unit : str
        Of the signal.
    """
    z = normal_quantile(0.5 + confidence / 2)
    levels = model.means.size
    half = z * np.sqrt(variances[:levels] * inflation)
    factor = np.exp(0.5 * z * np.sqrt(variances[levels:] * inflation))
    sigma = np.sqrt(model.variances)
    means = [estimate(m, m - h, m + h, unit) for m, h in zip(model.means, half, strict=True)]
    noises = [estimate(s, s / f, s * f, unit) for s, f in zip(sigma, factor, strict=True)]
    return means, noises
