"""Where the hidden Markov fit starts: two levels by moments and spectrum, one more by dividing a level."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError
from mtjphys.kernels.hidden_markov import LevelModel
from mtjphys.telegraph.hidden_markov import Fit, baum_welch
from mtjphys.telegraph.spectra import autocorrelation
from mtjphys.telegraph.thresholds import Mixture, states_between, thresholds_between

Floats = NDArray[np.float64]

SHARES = (0.03, 0.15, 0.5, 0.85, 0.97)
"""Of the high level, where a start assumes one."""


def memory(values: Floats) -> tuple[float, float]:
    """Return which part of the variance is correlated from sample to sample, and by how much it falls in one.

    White noise is in the autocorrelation at lag 0 only: the telegraph part is ``share decay^k`` at lag k.
    """
    lags = min(16, values.shape[1] - 1)
    noise = 2 / math.sqrt(max(int(np.count_nonzero(np.isfinite(values))), 1))
    while True:
        correlation = autocorrelation(values, lags)
        first = float(correlation[1])
        if first <= noise:
            return 0.1, 0.5
        fallen = np.flatnonzero(correlation[1:] < 0.4 * first)
        if fallen.size or lags >= min(values.shape[1] // 4, 65_536):
            break
        lags = min(4 * lags, values.shape[1] // 4)
    end = int(fallen[0]) + 1 if fallen.size else lags
    end = max(end, 2)
    used = np.maximum(correlation[1 : end + 1], noise / 4)
    slope, height = np.polyfit(np.arange(1, used.size + 1), np.log(used), 1)
    decay = min(max(math.exp(float(slope)), 0.05), 1 - 1e-6)
    return min(max(math.exp(float(height)), 0.02), 0.98), decay


def by_moments(values: Floats) -> list[LevelModel]:
    r"""Two-level models that have the mean, variance and memory of the signal.

    The correlated part S of the variance and its decay r are those of a telegraph signal, whatever the white noise:
    :math:`S = d^2p(1-p)`, :math:`r = 1-p_\uparrow-p_\downarrow`. The share p of the high level is that of the third
    moment, :math:`m_3 = p(1-p)(1-2p)d^3`, and some others, which noise of unequal widths needs.
    """
    finite = values[np.isfinite(values)]
    mean, variance = float(finite.mean()), float(finite.var())
    part, decay = memory(values)
    correlated = part * variance
    skew = float(np.mean((finite - mean) ** 3)) / correlated**1.5
    share = 0.5 * (1 - skew / math.hypot(2.0, skew))
    models = []
    for p in (min(max(share, 1e-3), 1 - 1e-3), *SHARES):
        distance = math.sqrt(correlated / (p * (1 - p)))
        up, down = p * (1 - decay), (1 - p) * (1 - decay)
        models.append(
            LevelModel(
                mean + distance * np.array([-p, 1 - p]),
                np.full(2, variance - correlated),
                np.array([[1 - up, up], [down, 1 - down]]),
            )
        )
    return models


def by_histogram(values: Floats, mixture: Mixture, floor: float) -> LevelModel:
    """Return the model of the histogram's two Gaussians, with the transitions of thresholds between them."""
    states = states_between(values, thresholds_between(mixture.means, 0.5))
    here, there = states[:, :-1], states[:, 1:]
    moves = np.array([[np.count_nonzero((here == i) & (there == j)) for j in (0, 1)] for i in (0, 1)]) + 0.5
    return LevelModel(
        mixture.means.copy(), np.maximum(mixture.variances, floor), moves / moves.sum(axis=1, keepdims=True)
    )


def divided(values: Floats, model: LevelModel, states: NDArray[np.int8]) -> list[LevelModel]:
    """Return models with one level more, each level in turn divided by the moments and memory of what is left in it.

    `states` are those of the model, drawn from their posterior.
    """
    levels = model.means.size
    models = []
    for k in range(levels):
        inside = np.where(states == k, values, np.nan)
        if np.count_nonzero(states == k) < 50 or np.nanvar(inside) == 0:
            continue
        try:
            parts = by_moments(inside)
        except DataError:
            continue
        rest = [i for i in range(levels) if i != k]
        for two in (parts[0], parts[2], parts[4]):
            means = np.append(model.means[rest], two.means)
            variances = np.append(model.variances[rest], two.variances)
            stay = model.transitions[k, k]
            share = two.transitions[0, 1] / (two.transitions[0, 1] + two.transitions[1, 0])
            moves = np.zeros((levels + 1, levels + 1))
            moves[:-2, :-2] = model.transitions[np.ix_(rest, rest)]
            moves[:-2, -2] = model.transitions[rest, k] * (1 - share)
            moves[:-2, -1] = model.transitions[rest, k] * share
            moves[-2:, :-2] = model.transitions[k, rest]
            moves[-2:, -2:] = stay * two.transitions
            moves = np.maximum(moves, 1e-6)
            order = np.argsort(means)
            moves = (moves / moves.sum(axis=1, keepdims=True))[np.ix_(order, order)]
            models.append(LevelModel(means[order], variances[order], moves))
    return models


def best_of(
    values: Floats, starts: Sequence[LevelModel], tolerance: float, max_iterations: int, floor: float
) -> list[Fit]:
    """Return the fits of the best starts, the best first; those that are not worth going on with are left out.

    All starts are tried for a few iterations, the better ones for more, the two best to the end.
    """
    ahead: list[Fit] = []
    models = list(starts)
    for kept, iterations in ((5, min(4, max_iterations)), (2, min(12, max_iterations)), (2, max_iterations)):
        ahead = []
        for model in models:
            try:
                ahead.append(baum_welch(values, model, tolerance, iterations, floor=floor))
            except DataError:
                continue
        ahead.sort(key=lambda fit: -fit.log_likelihood)
        distinct: list[Fit] = []
        for fit in ahead:
            if all(not same(fit.model, other.model) for other in distinct):
                distinct.append(fit)
        ahead = distinct[:kept]
        models = [fit.model for fit in ahead]
        if not models:
            raise DataError(
                "the hidden Markov fit finds one level only; expected a signal that switches, record for longer"
            )
    return ahead


def same(one: LevelModel, other: LevelModel) -> bool:
    """Return whether two models are one: levels within a tenth of their noise, transitions within a tenth."""
    noise = np.sqrt(np.minimum(one.variances, other.variances))
    near = np.all(np.abs(one.means - other.means) < 0.1 * noise + 1e-300)
    moves = np.abs(one.transitions - other.transitions) < 0.1 * np.maximum(one.transitions, other.transitions) + 1e-6
    return bool(near and moves.all())
