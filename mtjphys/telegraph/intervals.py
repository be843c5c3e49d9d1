"""Confidence intervals of levels and mean dwell times."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mtjphys.kernels.telegraph import TwoLevelModel
from mtjphys.telegraph.results import Estimate

Floats = NDArray[np.float64]


def estimate(value: float, low: float, high: float, unit: str = "") -> Estimate:
    """Return an estimate of Python's own numbers."""
    return Estimate(float(value), float(low), float(high), unit)


def normal_quantile(probability: float) -> float:
    """Return the quantile of the normal law."""
    from scipy.special import ndtri

    return float(ndtri(probability))


def chi_square_interval(mean: float, count: float, spread: float, confidence: float) -> Estimate:
    """Interval of an exponential mean from `count` events, its log half-widths times `spread`."""
    from scipy.special import gammaincinv

    tail = 0.5 * (1 - confidence)
    below = math.log(float(gammaincinv(count + 1, 1 - tail)) / count) * spread
    above = math.log(count / float(gammaincinv(count, tail))) * spread
    return estimate(mean, mean * math.exp(-below), mean * math.exp(above), "s")


def level_estimates(
    model: TwoLevelModel,
    states: NDArray[np.int8],
    variances: Floats | None,
    inflation: float,
    confidence: float,
    unit: str,
) -> tuple[list[Estimate], list[Estimate]]:
    """Levels and noises with intervals; `inflation` counts correlated samples as fewer."""
    z = normal_quantile(0.5 + confidence / 2)
    level, noise = [], []
    for k in (0, 1):
        mean, variance = model[k], model[2 + k]
        samples = int(np.count_nonzero(states == k))
        mean_variance = variance / samples if variances is None else variances[k]
        log_variance = 2.0 / samples if variances is None else variances[2 + k]
        half = z * math.sqrt(mean_variance * inflation)
        sigma = math.sqrt(variance)
        factor = math.exp(0.5 * z * math.sqrt(log_variance * inflation))
        level.append(estimate(mean, mean - half, mean + half, unit))
        noise.append(estimate(sigma, sigma / factor, sigma * factor, unit))
    return level, noise
