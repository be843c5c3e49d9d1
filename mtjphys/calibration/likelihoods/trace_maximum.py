"""The largest likelihood of a trace: where to start, how to climb, and whether another way of sampling has more."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mtjphys.calibration.likelihoods.averaging import Sampling
from mtjphys.calibration.likelihoods.trace import AveragedTelegraph

Floats = NDArray[np.float64]

LONGEST = 1e4
"""Longest mean dwell time of the starts, in sample intervals."""
BANDWIDTH = 0.2
"""Of the amplifier that is tried where none is given, over the sampling rate."""
ATTEMPTS = 8
"""Steps of another way of sampling towards its maximum; one that is far better is so after a few."""
_LEAST_NOISE = 1e-3  # of the range of the values: of records without noise it is this, which moves no rate
_WIDEST = 1e3  # standard error of what a trace says nothing of, in its range and in logarithms
_FURTHEST = 5.0  # of a level outside the values, over their range
_FASTEST = 100.0  # flips per sample interval, beyond which nothing is left of them


def starts(likelihood: AveragedTelegraph, given: dict[int, float]) -> list[Floats]:
    """Return the likeliest few of those parameters that have the moments of the trace, with what is given."""
    found = []
    for total in np.geomspace(1.0 / LONGEST, 20.0, 25):  # of both rates, per sample interval
        for eta in _of_moments(likelihood.means, total, likelihood.sampling, given):
            for k, number in given.items():
                eta[k] = number
            found.append((likelihood.log_likelihood(eta), eta))
    found.sort(key=lambda pair: -pair[0])
    return [eta for _, eta in found[:3]]


def _of_moments(y: Floats, total: float, sampling: Sampling, given: dict[int, float]) -> Iterable[Floats]:
    """Yield parameters that have the mean, variance, third moment and lag-1 covariance of a trace at a total rate.

    With p the occupation, D the distance of the levels, l the total rate times dt, for a mean over the whole interval:
    C_1 = D^2 p(1-p) (1 - e^-l)^2/l^2, Var = D^2 p(1-p) 2(l - 1 + e^-l)/l^2 + noise^2,
    M_3 = D^3 p(1-p)(1-2p) 6 (l - 2 + (l + 2) e^-l)/l^3. Where the correlation is within its error, half of the variance
    is taken for switching; the third moment is taken as it is and, for the uncertainty of its own, as nothing.
    """
    deviation = y - y.mean()
    variance = float(deviation @ deviation) / y.size
    covariance = float(deviation[1:] @ deviation[:-1]) / (y.size - 1)
    left = math.exp(-total)
    same = 2.0 * (total - 1.0 + left) / total**2 if total > 1e-3 else 1.0 - total / 3.0
    skewed = 6.0 * (total - 2.0 + (total + 2.0) * left) / total**3 if total > 1e-2 else 1.0 - total / 2.0
    spread = covariance / (math.expm1(-total) / total) ** 2  # D^2 p (1 - p)
    if not 0.0 < spread * same < 2.0 * variance:
        spread = 0.5 * variance / same
    for third in (float(np.mean(deviation**3)), 0.0):
        ratio = third / skewed / spread**1.5  # (1 - 2p)/sqrt(p (1 - p))
        high = 0.5 * (1.0 - ratio / math.sqrt(4.0 + ratio**2))
        distance = math.sqrt(spread / (high * (1.0 - high)))
        low_level = float(y.mean()) - high * distance
        if 0 in given:
            low_level, distance = given[0], given[1] - given[0]
            high = min(max((float(y.mean()) - low_level) / distance, 0.01), 0.99)
            spread = distance**2 * high * (1.0 - high)
        noise = math.sqrt(max(variance - spread * same, 1e-4 * variance)) / sampling.noise_gain
        rates = total / sampling.sample_interval * np.array([high, 1.0 - high])
        yield np.array([low_level, low_level + distance, math.log(noise), *np.log(rates)])


def variance_of_means(eta: Floats, sampling: Sampling, length: int) -> float:
    """Return the variance of means over so many samples: D^2 p(1-p) 2(l - 1 + e^-l)/l^2 and that of the noise."""
    up, down = np.exp(eta[3:])
    x = (up + down) * sampling.sample_interval * length
    same = 2.0 * (x + math.expm1(-x)) / x**2 if x > 1e-3 else 1.0 - x / 3.0
    switching = (eta[1] - eta[0]) ** 2 * up * down / (up + down) ** 2 * same
    return float(switching + (math.exp(eta[2]) * sampling.noise_gain) ** 2 / length)


def natural_root(eta: Floats, free: NDArray[np.int64]) -> Floats:
    """Return a scale of what is free, as a diagonal matrix."""
    noise = math.exp(eta[2])
    return np.diag(np.array([noise, noise, 1.0, 1.0, 1.0])[free])


def root_of_covariance(likelihood: AveragedTelegraph, eta: Floats, free: NDArray[np.int64]) -> Floats:
    """Return R, R R^T the inverse of the observed information of what is free; flat directions get a wide one."""
    information = likelihood.information(eta)[np.ix_(free, free)]
    span = likelihood.ends[1] - likelihood.ends[0]
    widest = _WIDEST * np.array([span, span, 1.0, 1.0, 1.0])[free]
    scale = 1.0 / np.sqrt(np.maximum(np.diag(information), widest**-2))
    values, vectors = np.linalg.eigh(information * np.outer(scale, scale))
    return np.asarray(scale[:, None] * vectors / np.sqrt(np.maximum(values, 1e-6)))


def climbed(
    likelihood: AveragedTelegraph, start: Floats, free: NDArray[np.int64], metric: Floats, most: int = 200
) -> tuple[Floats, float]:
    """Return the likeliest parameters near `start`, and their log-likelihood; the columns of `metric` are steps."""
    from scipy.optimize import minimize

    low, high = likelihood.ends
    span, interval = high - low, likelihood.sampling.sample_interval
    least_noise = _LEAST_NOISE * span / likelihood.sampling.noise_gain
    slowest, fastest = math.log(1e-3 / (interval * likelihood.values.size)), math.log(_FASTEST / interval)
    bounds = np.array(
        [
            *[(low - _FURTHEST * span, high + _FURTHEST * span)] * 2,
            (math.log(least_noise), math.log(span)),
            *[(slowest, fastest)] * 2,
        ]
    )
    lowest, highest = np.full(5, -math.inf), np.full(5, math.inf)
    lowest[free], highest[free] = bounds[free].T
    units = np.array([span, span, 1.0, 1.0, 1.0])

    def place(x: Floats) -> Floats:
        eta = start.copy()
        eta[free] += metric @ x
        return eta

    def negative(x: Floats) -> tuple[float, Floats]:
        eta = place(x)
        inside = np.clip(eta, lowest, highest)
        value, gradient = likelihood.value_and_gradient(inside)
        outside = (eta - inside) / units  # a parabola back into the range
        value -= 500.0 * float(outside @ outside)
        return -value, -metric.T @ (np.where(outside == 0.0, gradient, -1e3 * outside / units))[free]

    found = minimize(negative, np.zeros(free.size), jac=True, method="BFGS", options={"gtol": 0.03, "maxiter": most})
    return np.clip(place(found.x), lowest, highest), -float(found.fun)


def likelier_sampling(likelihood: AveragedTelegraph, eta: Floats, free: NDArray[np.int64]) -> tuple[Sampling, float]:
    """Return the likeliest other way of sampling, and its gain in log-likelihood, each with parameters of its own.

    Parameters
    ----------
    likelihood : AveragedTelegraph
        As the trace is thought to be sampled.
    eta : array (5,)
        Its likeliest parameters.
    free : array of int
        Which of these are fitted.
    """
    given = likelihood.sampling
    own = climbed(likelihood, eta, free, natural_root(eta, free), ATTEMPTS)[1]
    plain = replace(given, aperture=None, bandwidth=None)
    others = [plain, *(replace(plain, aperture=share * given.sample_interval) for share in (0.0, 0.5))]
    if given.bandwidth is not None:
        others += [replace(given, bandwidth=factor * given.bandwidth) for factor in (0.5, 2.0)]
    elif not given.quantisation:
        others.append(replace(plain, bandwidth=BANDWIDTH / given.sample_interval))
    found = []
    for other in others:
        if other != given:
            changed = AveragedTelegraph(likelihood.values, other)
            found.append((other, climbed(changed, eta, free, natural_root(eta, free), ATTEMPTS)[1] - own))
    return max(found, key=lambda pair: pair[1])


__all__ = [
    "ATTEMPTS",
    "BANDWIDTH",
    "LONGEST",
    "climbed",
    "likelier_sampling",
    "natural_root",
    "root_of_covariance",
    "starts",
    "variance_of_means",
]
