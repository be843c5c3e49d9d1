"""Maximum likelihood of the hidden Markov model: two levels, white noise of their own, flips from sample to sample."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError
from mtjphys.kernels import telegraph as kernels
from mtjphys.kernels.telegraph import Expectations, TwoLevelModel
from mtjphys.telegraph.thresholds import Mixture

Floats = NDArray[np.float64]


class Fit(NamedTuple):
    """What Baum-Welch reaches; `rest` is what the last iteration still gained, where it stopped too early."""

    model: TwoLevelModel
    log_likelihood: float
    iterations: int
    rest: float = 0.0


def variance_floor(values: Floats) -> float:
    """Return the least variance of a level: noise-free records have none."""
    return (1e-6 * float(values.max() - values.min())) ** 2


def start_model(values: Floats, states: NDArray[np.int8], mixture: Mixture) -> TwoLevelModel:
    """Return the start of Baum-Welch: levels of the histogram, flips of thresholded states."""
    up = np.count_nonzero(np.diff(states) == 1) + 0.5
    down = np.count_nonzero(np.diff(states) == -1) + 0.5
    high = np.count_nonzero(states) + 1.0
    low = states.size - high + 2.0
    floor = variance_floor(values)
    return TwoLevelModel(
        float(mixture.means[0]),
        float(mixture.means[1]),
        max(float(mixture.variances[0]), floor),
        max(float(mixture.variances[1]), floor),
        min(up / low, 0.5),
        min(down / high, 0.5),
    )


def moments(values: Floats, states: NDArray[np.int8]) -> TwoLevelModel:
    """Levels and noises of the samples in each state; the flip probabilities are not used."""
    floor = variance_floor(values)
    low, high = values[states == 0], values[states == 1]
    return TwoLevelModel(
        float(low.mean()),
        float(high.mean()),
        max(float(low.var()), floor),
        max(float(high.var()), floor),
        math.nan,
        math.nan,
    )


def expect(values: Floats, model: TwoLevelModel) -> Expectations:
    """E-step over all replicas; nothing is assumed about the first state."""
    total = np.zeros(len(Expectations._fields))
    for row in values:
        total += kernels.expectations(row, model, 0.5)
    return Expectations(*total)


def baum_welch(values: Floats, model: TwoLevelModel, tolerance: float, max_iterations: int) -> Fit:
    """Maximise the likelihood.

    Parameters
    ----------
    values : array (replicas, samples)
        The traces.
    model : TwoLevelModel
        Where to start.
    tolerance : float
        Stops when the log-likelihood gains less than this (or 1e-12 per sample).
    max_iterations : int
        Most iterations.

    Returns
    -------
    Fit
        The model, low level first.

    Raises
    ------
    DataError
        If the likelihood is not finite, or only one level is left.
    """
    floor = variance_floor(values)
    replicas = values.shape[0]
    threshold = max(tolerance, 1e-12 * values.size)
    previous = -math.inf
    iterations, rest = 0, 0.0
    while True:
        e = expect(values, model)
        if not math.isfinite(e.log_likelihood):
            raise DataError("the hidden Markov fit does not converge on this trace; use method='threshold'")
        gain = e.log_likelihood - previous
        if gain < threshold:
            break
        if iterations == max_iterations:
            rest = gain
            break
        iterations += 1
        previous = e.log_likelihood
        low = e.samples - e.high
        if min(low, e.high) < 1e-6:
            raise DataError(
                "the hidden Markov fit finds one level only; expected a signal that switches, record for longer"
            )
        shift_low, shift_high = e.first_low / low, e.first_high / e.high
        model = TwoLevelModel(
            model.mean_low + shift_low,
            model.mean_high + shift_high,
            max(e.second_low / low - shift_low**2, floor),
            max(e.second_high / e.high - shift_high**2, floor),
            _inside(e.flips_up / (low - (replicas - e.last_high))),
            _inside(e.flips_down / (e.high - e.last_high)),
        )
    if model.mean_low > model.mean_high:
        model = TwoLevelModel(*(model[k] for k in (1, 0, 3, 2, 5, 4)))
    return Fit(model, float(e.log_likelihood), iterations, rest)


def _inside(probability: float) -> float:
    return min(max(probability, 1e-12), 1 - 1e-12)


def score(values: Floats, model: TwoLevelModel) -> Floats:
    """Gradient of the log-likelihood by Fisher's identity.

    In (mean, mean, ln variance, ln variance, logit flip up, logit flip down).
    """
    e = expect(values, model)
    low = e.samples - e.high
    return np.array(
        [
            e.first_low / model.variance_low,
            e.first_high / model.variance_high,
            0.5 * (e.second_low / model.variance_low - low),
            0.5 * (e.second_high / model.variance_high - e.high),
            e.flips_up - model.flip_up * (low - values.shape[0] + e.last_high),
            e.flips_down - model.flip_down * (e.high - e.last_high),
        ]
    )


def standard_errors(values: Floats, model: TwoLevelModel) -> tuple[Floats, Floats]:
    """Variances of (means, ln variances) and covariance of ln flip probabilities.

    From the observed information, the negative central difference of the score.
    """
    e = expect(values, model)
    low = e.samples - e.high
    flips = np.array([max(e.flips_up, 1.0), max(e.flips_down, 1.0)])
    # complete-data standard errors: the natural length of a step
    scale = np.sqrt([model.variance_low / low, model.variance_high / e.high, 2 / low, 2 / e.high, *(1 / flips)])

    def moved(k: int, by: float) -> TwoLevelModel:
        theta = np.array(model)
        if k < 2:
            theta[k] += by
        elif k < 4:
            theta[k] *= math.exp(by)
        else:
            odds = theta[k] / (1 - theta[k]) * math.exp(by)
            theta[k] = odds / (1 + odds)
        return TwoLevelModel(*theta)

    information = np.empty((6, 6))
    for k in range(6):
        step = 0.1 * scale[k]
        difference = score(values, moved(k, step)) - score(values, moved(k, -step))
        information[k] = -difference / (2 * step) * scale * scale[k]
    information = 0.5 * (information + information.T)
    eigenvalues, vectors = np.linalg.eigh(information)
    # a flat direction is a parameter that the trace does not fix; its interval becomes very wide
    covariance = (vectors / np.maximum(eigenvalues, 1e-4)) @ vectors.T * np.outer(scale, scale)
    to_log = np.array([1 - model.flip_up, 1 - model.flip_down])
    return np.diag(covariance)[:4], covariance[4:, 4:] * np.outer(to_log, to_log)
