"""Rates in continuous time from flips between samples: dead time, matrix logarithm, confidence intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError
from mtjphys.telegraph.dwell_times import Stays
from mtjphys.telegraph.intervals import chi_square_interval, estimate, normal_quantile
from mtjphys.telegraph.results import Estimate

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SwitchingEstimates:
    """How the signal switches, as in `mtjphys.telegraph.TelegraphAnalysis`; pairs are (low, high) or (up, down)."""

    dwells: tuple[Estimate, Estimate]
    rates: tuple[Estimate, Estimate]
    flips: tuple[Estimate, Estimate]
    tau_c: Estimate
    occupation: Estimate


def apparent_stays(log_flips: Floats, minimum: int) -> Floats:
    """Mean apparent stays in samples of a chain whose runs below `minimum` samples are dropped."""
    p = np.exp(log_flips)
    survive = (1 - p) ** (minimum - 1)
    return np.asarray(1 / (p * survive[::-1]) + (1 / survive[::-1] - 1) / p[::-1])


def flips_from_stays(
    low: Stays, high: Stays, minimum: int, origin: str, sample_interval: float
) -> tuple[Floats, Floats]:
    """Flip probabilities and the covariance of their logarithms from apparent stays.

    Parameters
    ----------
    low, high : Stays
        Of the two states.
    minimum : int
        Shortest stay that was kept, in samples.
    origin : str
        Name of the trace, for messages.
    sample_interval : float
        In s, for messages.

    Raises
    ------
    DataError
        If no two rates give such stays with such a dead time.
    """
    events = np.array([low.events, high.events], dtype=float)
    beyond = np.array([low.exposure, high.exposure]) / events
    mean = beyond + (minimum - 1)
    log_flips = -np.log(mean)
    if minimum > 1:
        for _ in range(1000):
            # towards the root of slow switching from below: each step adds what is missed at the
            # last rates
            previous = log_flips
            p = np.exp(log_flips)
            survive = (1 - p) ** (minimum - 1)
            rest = mean - (1 / survive[::-1] - 1) / p[::-1]
            if np.any(rest <= 0):
                break
            log_flips = -np.log(survive[::-1] * rest)
            if np.any(log_flips >= 0):
                break
            if np.max(np.abs(log_flips - previous)) < 1e-12:
                break
        solved = np.all(log_flips < 0) and np.allclose(apparent_stays(log_flips, minimum), mean, rtol=1e-6)
        if not solved:
            raise DataError(
                f"{origin}: apparent mean stays of {mean[0] * sample_interval:g} and {mean[1] * sample_interval:g} s "
                f"cannot come from two rates with a dead time of {(minimum - 1) * sample_interval:g} s; use a shorter "
                "dead_time or a faster detector"
            )
    h = 1e-6
    jacobian = np.empty((2, 2))
    for k in (0, 1):
        shift = h * np.eye(2)[k]
        jacobian[:, k] = (
            np.log(apparent_stays(log_flips + shift, minimum)) - np.log(apparent_stays(log_flips - shift, minimum))
        ) / (2 * h)
    variances = (beyond / mean) ** 2 * np.maximum(1 - 1 / np.maximum(beyond, 1.0), 0.0) / events
    inverse = np.linalg.inv(jacobian)
    return np.exp(log_flips), inverse @ np.diag(variances) @ inverse.T


def log_rates(log_flips: Floats, sample_interval: float) -> tuple[Floats, Floats]:
    """Logarithm of the continuous-time rates and their derivatives with respect to `log_flips`.

    ``rate = -ln(1 - s)/(s sample_interval) p``, ``s = p_up + p_down``: the matrix logarithm of the 2x2
    transition matrix.
    """
    p = np.exp(log_flips)
    s = float(p.sum())
    factor = -math.log1p(-s) / s
    slope = (1 / (1 - s) / s - factor / s) / factor  # d ln(factor)/ds
    return log_flips + math.log(factor / sample_interval), np.eye(2) + slope * np.tile(p, (2, 1))


def switching_estimates(
    flips: Floats, covariance: Floats, events: tuple[int, int], sample_interval: float, confidence: float
) -> SwitchingEstimates:
    """Return dwell times, rates, correlation time and occupation with their intervals.

    Parameters
    ----------
    flips : array (2,)
        Flip probabilities per sample, up and down, of a sum below 1.
    covariance : array (2, 2)
        Of their logarithms.
    events : (int, int)
        Stays in the low and in the high state whose end was seen.
    sample_interval : float
        In s.
    confidence : float
        Level of the intervals.
    """
    logs, jacobian = log_rates(np.log(flips), sample_interval)
    rate_covariance = jacobian @ covariance @ jacobian.T
    counts = np.array(events, dtype=float)
    spread = np.sqrt(np.maximum(np.diag(rate_covariance), 0.0) * counts)
    dwells = [chi_square_interval(math.exp(-logs[k]), counts[k], spread[k], confidence) for k in (0, 1)]
    rates = [estimate(1 / d.value, 1 / d.high, 1 / d.low, "1/s") for d in dwells]
    z = normal_quantile(0.5 + confidence / 2)
    flip_sd = np.sqrt(np.diag(covariance))
    flip = [
        estimate(flips[k], flips[k] * math.exp(-z * flip_sd[k]), min(1.0, flips[k] * math.exp(z * flip_sd[k])))
        for k in (0, 1)
    ]
    up, down = np.exp(logs)
    total = up + down
    gradient = np.array([up, down]) / total
    tau_sd = math.sqrt(gradient @ rate_covariance @ gradient)
    contrast = np.array([1.0, -1.0])
    logit, logit_sd = logs[0] - logs[1], math.sqrt(contrast @ rate_covariance @ contrast)
    return SwitchingEstimates(
        dwells=(dwells[0], dwells[1]),
        rates=(rates[0], rates[1]),
        flips=(flip[0], flip[1]),
        tau_c=estimate(1 / total, math.exp(-z * tau_sd) / total, math.exp(z * tau_sd) / total, "s"),
        occupation=estimate(
            up / total, 1 / (1 + math.exp(-logit + z * logit_sd)), 1 / (1 + math.exp(-logit - z * logit_sd))
        ),
    )
