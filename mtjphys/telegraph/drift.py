"""Whether the signal stays what it is: drift and correlated noise."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mtjphys.kernels.hidden_markov import LevelModel
from mtjphys.telegraph.bursts import Moves
from mtjphys.telegraph.parts import Drift
from mtjphys.telegraph.rates import stationary
from mtjphys.telegraph.spectra import integrated_correlation, modes

Floats = NDArray[np.float64]


def left_over(values: Floats, states: NDArray[np.int8], model: LevelModel) -> Floats:
    """Return the signal less the level of its state, NaN in gaps; of records over a million samples, the start."""
    rows = max(1, 1_000_000 // values.shape[1])
    part, idle = values[:rows, :1_000_000], states[:rows, :1_000_000]
    return np.asarray(part - model.means[idle])


def noise_inflation(values: Floats, states: NDArray[np.int8], model: LevelModel) -> float:
    """Integrated autocorrelation of what is left after the levels are taken off, in samples."""
    rest = left_over(values, states, model)
    if np.nanmin(rest) == np.nanmax(rest):
        return 1.0
    return max(1.0, integrated_correlation(rest))


def find_drift(
    values: Floats, states: NDArray[np.int8], moves: Moves, rates: Floats, sample_interval: float, inflation: float,
    segments: int,
) -> Drift:  # fmt: skip
    """Compare segment means with their statistical errors for a steady telegraph process.

    The error of a level is the larger of that of noise with the given integrated correlation and of
    the scatter between stays, which sees what a filter leaves of each flip.

    Parameters
    ----------
    values, states : array (replicas, samples)
        The trace and its idealisation.
    moves : Moves
        Of the states.
    rates : array (levels, levels)
        In 1/s.
    sample_interval : float
        In s.
    inflation : float
        Integrated correlation of the noise, in samples.
    segments : int
        How many at most; fewer where they would hold under 40 flips each.
    """
    replicas, n = values.shape
    levels = len(rates)
    number = min(segments, moves.place.size // 40)
    if number < 2:
        return Drift(np.empty(0), np.empty((levels, 0)), np.empty((levels, 0)), {})
    edges = np.linspace(0, n, number + 1).astype(int)
    level, samples = np.full((levels, number), math.nan), np.zeros((levels, number))
    squares, scatter = np.zeros(levels), np.zeros(levels)
    for k in range(number):
        part, idle = values[:, edges[k] : edges[k + 1]], states[:, edges[k] : edges[k + 1]]
        flipped = np.ones(idle.shape, bool)
        flipped[:, 1:] = idle[:, 1:] != idle[:, :-1]
        starts = np.flatnonzero(flipped)
        length = np.diff(np.append(starts, idle.size))
        total = np.add.reduceat(part.ravel(), starts)
        state_of = idle.ravel()[starts]
        for state in range(levels):
            stays = state_of == state
            samples[state, k] = length[stays].sum()
            if samples[state, k] > 0:
                level[state, k] = total[stays].sum() / samples[state, k]
                squares[state] += np.sum((part[idle == state] - level[state, k]) ** 2)
                scatter[state] += np.sum((total[stays] - level[state, k] * length[stays]) ** 2)
    measured = samples.sum(axis=0)
    some = measured > 0
    occupied = np.full((levels, number), math.nan)
    occupied[:, some] = samples[:, some] / measured[some]
    flips = np.histogram(moves.place % n, edges)[0].astype(float)
    span = np.maximum(measured, 1) * sample_interval / replicas
    per_sample = np.maximum(squares * inflation, scatter) / np.maximum(samples.sum(1), 1)
    with np.errstate(divide="ignore"):
        level_variance = per_sample[:, None] / samples
    tiny = 1e-18 * float(np.nanmax(values) - np.nanmin(values)) ** 2
    names = ["low level", "high level"] if levels == 2 else [f"level {k}" for k in range(levels)]
    p_values = {names[k]: constancy(level[k], level_variance[k], tiny) for k in range(levels)}
    for k in [1] if levels == 2 else range(levels):
        expected = _occupation_variance(span, rates, k) / replicas
        p_values["occupation" if levels == 2 else f"occupation {k}"] = constancy(occupied[k], expected, tiny)
    expected = np.maximum(flips.sum() * span / span.sum() * flips_variance(rates), 1.0)
    flips[~some] = math.nan
    p_values["switching rate"] = constancy(flips / (span * replicas), expected / (span * replicas) ** 2, tiny)
    return Drift(0.5 * (edges[1:] + edges[:-1]) * sample_interval, level, occupied, p_values)


def _occupation_variance(span: Floats, rates: Floats, state: int) -> Floats:
    """Return the variance of the share of time in a state in `span` seconds, if nothing drifts."""
    weights, decays = modes(rates, np.eye(len(rates))[state])
    u = decays * span[:, None]
    return np.maximum(np.real((weights * 2 / u * (1 - (1 - np.exp(-u)) / u)).sum(axis=1)), 1e-12)


def flips_variance(rates: Floats) -> float:
    r"""Return the variance of the number of flips in a long time over their mean; 1 for a Poisson process.

    :math:`1 + 2\,\pi Q_1 Z q/(\pi q)` with the stationary :math:`\pi`, the rates of leaving q, the rate matrix without
    its diagonal :math:`Q_1`, and :math:`Z = (1\pi-Q)^{-1}-1\pi`.
    """
    leaving = -np.diag(rates)
    share = stationary(rates)
    ones = np.outer(np.ones(len(rates)), share)
    scale = float(leaving.max())
    z = np.linalg.inv(ones - rates / scale) - ones
    return float(1 + 2 * share @ (rates + np.diag(leaving)) @ z @ leaving / (scale * (share @ leaving)))


def constancy(values: Floats, variance: Floats, least: float) -> float:
    """Return the chi-square probability that values of known variance, at least `least`, are one constant."""
    from scipy.special import gammaincc

    good = np.isfinite(values)
    if np.count_nonzero(good) < 2:
        return 1.0
    weight = 1 / np.maximum(variance[good], least)
    mean = weight @ values[good] / weight.sum()
    return float(gammaincc(0.5 * (weight.size - 1), 0.5 * (weight @ (values[good] - mean) ** 2)))
