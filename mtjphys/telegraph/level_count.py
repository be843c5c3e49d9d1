"""The hidden Markov fit of a record: from several starts, with so many levels, or as many as the record shows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError
from mtjphys.kernels.hidden_markov import LevelModel
from mtjphys.telegraph.drift import noise_inflation
from mtjphys.telegraph.hidden_markov import Fit, baum_welch, drawn, parameters_of, pieces, variance_floor
from mtjphys.telegraph.spectra import autocorrelation
from mtjphys.telegraph.starts import best_of, by_histogram, by_moments, divided
from mtjphys.telegraph.thresholds import Mixture, states_between, thresholds_between

Floats = NDArray[np.float64]

MOST = 8
"""Levels that are looked for."""

PART = 100_000
"""Samples on which starts are compared."""

LEAST_SEPARATION, LEAST_STAY = 1.0, 3.0
"""Of a further level: distance to its neighbours over their noise, and mean stay in samples. What is nearer is a level
with stays of two kinds, what is shorter an outlier, or a step that a filter rounds."""


@dataclass(frozen=True)
class Search:
    """How the fit is looked for: see `mtjphys.telegraph.analyse`."""

    tolerance: float
    max_iterations: int
    seed: int


def search(values: Floats, mixture: Mixture, levels: int | None, how: Search) -> tuple[Fit, list[str]]:
    """Fit so many levels, or, for None, as many as there is evidence for.

    Starts are compared on pieces of long records; the best is fitted to the whole. Levels beyond two are found by
    dividing one at a time.

    Returns
    -------
    fit, remarks
        The best fit, and the sentence that says so where another one is as good.
    """
    part, floor = pieces(values, PART), variance_floor(values)
    try:
        fits = best_of(part, _starts(part, mixture, floor), how.tolerance, how.max_iterations, floor)
    except DataError:
        if part is values:
            raise
        part = values  # the pieces may lie between its few flips
        fits = best_of(part, _starts(part, mixture, floor), how.tolerance, how.max_iterations, floor)
    while levels is None or fits[0].model.means.size < levels:
        if fits[0].model.means.size == MOST:
            break
        grown = _grown(part, fits[0], floor, how)
        if levels is None and not (grown and further(part, mixture, fits[0], grown[0], values.size) > 10):
            break
        if not grown:
            raise DataError(
                f"the record shows {fits[0].model.means.size} levels and not {levels}; give fewer, or levels=None"
            )
        fits = grown
    told = _ties(fits)
    best = fits[0]
    if part is not values and best.model.means.size == 2:
        # what is rare may not be in the pieces, and is in the histogram
        whole = by_histogram(values, mixture, floor)
        best = max((baum_welch(values, one, how.tolerance, 2, floor=floor) for one in (best.model, whole)), key=_value)
    if part is not values or best.model.means.size > 2:
        best = baum_welch(values, best.model, how.tolerance, how.max_iterations, floor=floor)
    return best, told


def _value(fit: Fit) -> float:
    return fit.log_likelihood


def given_levels(values: Floats, means: Floats, how: Search) -> Fit:
    """Fit noises and transitions of levels that are known."""
    floor = variance_floor(values)
    states = states_between(values, thresholds_between(means, 0.5))
    here, there = states[:, :-1], states[:, 1:]
    count = range(means.size)
    moves = np.array([[np.count_nonzero((here == i) & (there == j)) for j in count] for i in count]) + 0.5
    square = [np.mean((values[states == k] - means[k]) ** 2) if np.any(states == k) else floor for k in count]
    start = LevelModel(means, np.maximum(square, floor), moves / moves.sum(axis=1, keepdims=True))
    return baum_welch(values, start, how.tolerance, how.max_iterations, floor=floor, fixed=True)


def one_more(values: Floats, mixture: Mixture, fit: Fit, how: Search) -> float:
    """Return the evidence for one level more than the fit has; 0 where there is none to be found."""
    part, floor = pieces(values, PART), variance_floor(values)
    if part is not values:
        fit = baum_welch(part, fit.model, how.tolerance, how.max_iterations, floor=floor)
    grown = _grown(part, fit, floor, how)
    return max(further(part, mixture, fit, grown[0], values.size), 0.0) if grown else 0.0


def evidence(values: Floats, mixture: Mixture, fit: Fit, order: int = 8) -> float:
    """Return the evidence for more than one level, from the histogram or from the order in time, whichever is more.

    In time it is the BIC of one level with correlated Gaussian noise less that of the hidden Markov model.

    Parameters
    ----------
    values : array (replicas, samples)
        The traces.
    mixture : Mixture
        Of the histogram.
    fit : Fit
        Of the hidden Markov model.
    order : int
        Of the autoregression that the noise is.
    """
    from scipy.linalg import solve_toeplitz

    measured = int(np.count_nonzero(np.isfinite(values)))
    correlation = autocorrelation(values, order)
    correlation[0] += 1e-9
    coefficients = solve_toeplitz(correlation[:-1], correlation[1:])
    innovation = float(np.nanvar(values)) * max(1 - float(coefficients @ correlation[1:]), 1e-12)
    one = -0.5 * measured * (math.log(2 * math.pi * innovation) + 1)
    more = parameters_of(fit.model.means.size) - order - 2
    return max(2 * (fit.log_likelihood - one) - more * math.log(measured), mixture.bic_gain)


def further(part: Floats, mixture: Mixture, fit: Fit, grown: Fit, samples: int) -> float:
    """Return the BIC of a fit less that of one with a level more, of the whole record.

    Noise that is correlated makes any level more likely; samples count as much as they are independent given the
    levels of the larger fit. What is no level of its own has no
    evidence, nor has a level more where one with correlated noise would do.
    """
    model = grown.model
    noise = np.sqrt(0.5 * (model.variances[1:] + model.variances[:-1]))
    apart = float(np.min(np.diff(model.means) / noise))
    stay = float(1 / (1 - np.diag(model.transitions)).max())
    if apart < LEAST_SEPARATION or stay < LEAST_STAY or evidence(part, mixture, grown) < 10:
        return 0.0
    inflation = noise_inflation(part, drawn(part, model, 0), model)
    more = parameters_of(model.means.size) - parameters_of(fit.model.means.size)
    gain = (grown.log_likelihood - fit.log_likelihood) * samples / part.size / inflation
    return 2 * gain - more * math.log(max(samples / inflation, 2.0))


def _starts(part: Floats, mixture: Mixture, floor: float) -> list[LevelModel]:
    """Return starts of two levels; of a histogram with two clear peaks only those."""
    peaks = by_histogram(part, mixture, floor)
    if mixture.separation > 6 and mixture.bic_gain > 10 and mixture.weights.min() > 0.05:
        return [peaks]
    return [peaks, *by_moments(part)]


def _grown(part: Floats, fit: Fit, floor: float, how: Search) -> list[Fit]:
    """Return fits with a level more, as far as their likelihood has to be known: a level too many converges slowly."""
    starts = divided(part, fit.model, drawn(part, fit.model, how.seed))
    try:
        return best_of(part, starts, max(how.tolerance, 0.01), min(how.max_iterations, 100), floor)
    except DataError:
        return []


def _ties(fits: list[Fit]) -> list[str]:
    """Say where another fit is within two units of log-likelihood and has other levels."""
    best = fits[0]
    for other in fits[1:]:
        moved = np.abs(other.model.means - best.model.means) / np.sqrt(best.model.variances)
        if best.rest == other.rest == 0 and best.log_likelihood - other.log_likelihood < 2 and moved.max() > 0.5:
            levels = ", ".join(f"{mean:.4g}" for mean in other.model.means)
            less = best.log_likelihood - other.log_likelihood
            return [
                f"levels at {levels} describe the record as well (log-likelihood lower by {less:.2g}); give levels= if "
                "they are known, or record for longer"
            ]
    return []
