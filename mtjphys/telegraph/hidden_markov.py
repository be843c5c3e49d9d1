"""Maximum likelihood of the hidden Markov model: levels, white noise of each, transitions from sample to sample."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError
from mtjphys.core.streams import Use, generator
from mtjphys.kernels import hidden_markov as kernels
from mtjphys.kernels.hidden_markov import Expectations, LevelModel

Floats = NDArray[np.float64]

RAREST = 1e-12
"""Least probability of a transition."""


class Fit(NamedTuple):
    """What Baum-Welch reaches; `rest` is what the last iteration still gained, where it stopped too early."""

    model: LevelModel
    expectations: Expectations
    iterations: int
    rest: float = 0.0

    @property
    def log_likelihood(self) -> float:
        """Of the model."""
        return self.expectations.log_likelihood


def parameters_of(levels: int) -> int:
    """Return how many numbers a hidden Markov model of so many levels has."""
    return levels * (levels + 1)


def variance_floor(values: Floats) -> float:
    """Return the least variance of a level: noise-free records have none, digitised ones that of their step."""
    least = (1e-6 * float(np.nanmax(values) - np.nanmin(values))) ** 2
    part = np.unique(values.ravel()[:100_000])
    steps = np.diff(part[np.isfinite(part)])
    if 8 < steps.size < 0.05 * min(values.size, 100_000):
        return max(least, float(steps.min()) ** 2 / 12)
    return least


def expect(values: Floats, model: LevelModel) -> Expectations:
    """E-step over all replicas; nothing is assumed about the first state."""
    constants = kernels.constants(model)
    parts = [kernels.expectations(row, constants) for row in values]
    return Expectations(*(sum(part[k] for part in parts) for k in range(len(Expectations._fields))))


def most_probable(values: Floats, model: LevelModel) -> NDArray[np.int8]:
    """Return the most probable states (Viterbi); -1 where nothing was measured."""
    constants = kernels.constants(model)
    return with_gaps(np.stack([kernels.viterbi(row, constants) for row in values]), values)


def drawn(values: Floats, model: LevelModel, seed: int) -> NDArray[np.int8]:
    """Return states drawn from their posterior; -1 where nothing was measured."""
    constants = kernels.constants(model)
    paths = [
        kernels.sample_path(row, constants, generator(seed, replica, Use.HIDDEN_PATH))
        for replica, row in enumerate(values)
    ]
    return with_gaps(np.stack(paths), values)


def with_gaps(states: NDArray[np.int8], values: Floats) -> NDArray[np.int8]:
    """Mark in `states` where nothing was measured."""
    states[np.isnan(values)] = -1
    return states


def moments(values: Floats, states: NDArray[np.int8], levels: int) -> LevelModel:
    """Levels and noises of the samples in each state; the transitions are not used."""
    floor = variance_floor(values)
    inside = [values[states == k] for k in range(levels)]
    if min(part.size for part in inside) == 0:
        raise DataError(f"a level has no samples: {[part.size for part in inside]}; give other levels or thresholds")
    return LevelModel(
        np.array([part.mean() for part in inside]),
        np.array([max(part.var(), floor) for part in inside]),
        np.full((levels, levels), math.nan),
    )


def baum_welch(
    values: Floats, model: LevelModel, tolerance: float, max_iterations: int, *, floor: float, fixed: bool = False
) -> Fit:
    """Maximise the likelihood.

    Every two steps of Baum-Welch are extrapolated along their difference (SQUAREM), and taken back where that does not
    gain: where levels overlap the steps alone would take thousands.

    Parameters
    ----------
    values : array (replicas, samples)
        The traces, NaN in gaps.
    model : LevelModel
        Where to start.
    tolerance : float
        Stops when a step gains less than this in log-likelihood (or 1e-12 per sample).
    max_iterations : int
        Most iterations.
    floor : float
        Least variance of a level.
    fixed : bool
        Whether the levels are known and stay.

    Returns
    -------
    Fit
        The model, low level first.

    Raises
    ------
    DataError
        If the likelihood is not finite, or a level is left without samples.

    References
    ----------
    .. [1] L. E. Baum et al., Ann. Math. Stat. 41, 164 (1970).
    .. [2] R. Varadhan and C. Roland, Scand. J. Statist. 35, 335 (2008).
    """
    threshold = max(tolerance, 1e-12 * values.size)
    e = _expect(values, model)
    iterations, rest, longest = 0, 0.0, 4.0
    while iterations < max_iterations:
        first = _maximise(e, model, floor, fixed)
        e_first = _expect(values, first)
        iterations += 1
        rest = e_first.log_likelihood - e.log_likelihood
        if rest < threshold:
            if rest > 0:
                model, e = first, e_first
            rest = 0.0
            break
        second = _maximise(e_first, first, floor, fixed)
        start, step = _free(model), _free(first) - _free(model)
        scale = np.concatenate([1 / np.sqrt(model.variances), np.ones(step.size - model.means.size)])
        bend = _free(second) - _free(first) - step
        curvature = float(np.linalg.norm(bend * scale))
        length = min(max(float(np.linalg.norm(step * scale)) / max(curvature, 1e-300), 1.0), longest)
        model, e = first, e_first
        candidate = second if length == 1.0 else _bound(start + 2 * length * step + length**2 * bend, model, floor)
        e_candidate = expect(values, candidate)
        iterations += 1
        if not (e_candidate.log_likelihood >= e.log_likelihood and e_candidate.weights.min() > 1e-6):
            candidate = second
            e_candidate = _expect(values, candidate)
            iterations += 1
            longest = max(longest / 4, 4.0)
        elif length == longest:
            longest *= 4
        model, e = candidate, e_candidate
    order = np.argsort(model.means)
    if np.any(np.diff(order) < 0):
        model = LevelModel(model.means[order], model.variances[order], model.transitions[np.ix_(order, order)])
        e = expect(values, model)
    return Fit(model, e, iterations, rest)


def _expect(values: Floats, model: LevelModel) -> Expectations:
    e = expect(values, model)
    if not math.isfinite(e.log_likelihood):
        raise DataError("the hidden Markov fit does not converge on this trace; use method='threshold'")
    if not e.weights.min() > 1e-6:
        raise DataError(
            f"the hidden Markov fit finds fewer than {e.weights.size} levels; expected a signal that switches between "
            "them, record for longer"
        )
    return e


def _maximise(e: Expectations, model: LevelModel, floor: float, fixed: bool) -> LevelModel:
    """M-step of Baum-Welch."""
    shift = np.zeros_like(model.means) if fixed else e.first / e.weights
    second = e.second / e.weights - (2 * shift * e.first / e.weights - shift**2)
    return LevelModel(model.means + shift, np.maximum(second, floor), _stochastic(e.moves))


def _stochastic(weights: Floats) -> Floats:
    """Return transition probabilities in proportion to `weights`, none below the rarest."""
    sums = weights.sum(axis=1, keepdims=True)
    safe = np.where(sums > 0, weights / np.where(sums > 0, sums, 1.0), np.eye(len(weights)))
    safe = np.maximum(safe, RAREST)
    return np.asarray(safe / safe.sum(axis=1, keepdims=True))


def _free(model: LevelModel) -> Floats:
    """Return the parameters without bounds: means, ln variances, ln(p_ij/p_ii) with p_ij off the diagonal."""
    return np.concatenate([model.means, np.log(model.variances), log_odds(model.transitions)])


def _bound(free: Floats, like: LevelModel, floor: float) -> LevelModel:
    """Return the model of parameters without bounds."""
    levels = like.means.size
    with np.errstate(over="ignore"):
        variances = np.exp(np.clip(free[levels : 2 * levels], -690, 690))
    return LevelModel(free[:levels], np.maximum(variances, floor), from_log_odds(free[2 * levels :], levels))


def off_diagonal(levels: int) -> NDArray[np.bool_]:
    """Return which entries of a matrix are transitions to another level."""
    return ~np.eye(levels, dtype=bool)


def log_odds(transitions: Floats) -> Floats:
    """Return ln(p_ij/p_ii) of all i != j, row by row."""
    return np.asarray(np.log(transitions / np.diag(transitions)[:, None])[off_diagonal(len(transitions))])


def from_log_odds(odds: Floats, levels: int) -> Floats:
    """Return the transition probabilities that `log_odds` belong to."""
    logs = np.zeros((levels, levels))
    logs[off_diagonal(levels)] = odds
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return _stochastic(weights)


def score(values: Floats, model: LevelModel) -> Floats:
    """Gradient of the log-likelihood by Fisher's identity, in means, ln variances and ln(p_ij/p_ii)."""
    e = expect(values, model)
    surplus = e.moves - e.moves.sum(axis=1, keepdims=True) * model.transitions
    return np.concatenate(
        [
            e.first / model.variances,
            0.5 * (e.second / model.variances - e.weights),
            surplus[off_diagonal(model.means.size)],
        ]
    )


def covariance(values: Floats, fit: Fit, *, fixed: bool = False) -> Floats:
    """Covariance of means, ln variances and ln(p_ij/p_ii), from the observed information.

    That is the negative central difference of the score. Transitions of which less than one is expected are left out:
    their variance is that of one event. Of records longer than 400 000 samples, pieces are taken for all.

    Parameters
    ----------
    values : array (replicas, samples)
        The traces.
    fit : Fit
        Where the likelihood is largest.
    fixed : bool
        Whether the levels are known: their variance is 0.
    """
    part = pieces(values, 400_000)
    model, levels = fit.model, fit.model.means.size
    free = _free(model)
    share = float(np.count_nonzero(np.isfinite(part)) / np.count_nonzero(np.isfinite(values)))
    weights, moves = fit.expectations.weights, fit.expectations.moves[off_diagonal(levels)]
    # complete-data standard errors: the natural length of a step
    scale = np.sqrt(
        np.concatenate([model.variances / weights, 2 / weights, 1 / np.maximum(moves, 1.0)]) / share,
    )
    seen = np.concatenate([np.full(levels, not fixed), np.ones(levels, bool), moves >= 1.0])
    places = np.flatnonzero(seen)
    information = np.zeros((free.size, free.size))
    for k in places:
        step = np.zeros_like(free)
        step[k] = 0.1 * scale[k]
        difference = score(part, _bound(free + step, model, 0.0)) - score(part, _bound(free - step, model, 0.0))
        information[k] = -difference / (2 * step[k]) * scale * scale[k]
    information = 0.5 * (information + information.T)[np.ix_(places, places)]
    eigenvalues, vectors = np.linalg.eigh(information)
    # a flat direction is a parameter that the trace does not fix; its interval becomes very wide
    result = np.diag(np.where(seen, 0.0, scale**2))
    if fixed:
        result[:levels] = 0.0
    result[np.ix_(places, places)] = (vectors / np.maximum(eigenvalues, 1e-4)) @ vectors.T
    result[np.ix_(places, places)] *= np.outer(scale[places], scale[places])
    return result * share


def pieces(values: Floats, most: int) -> Floats:
    """Return about `most` samples from all over the traces, in long pieces; all of them where there are no more."""
    replicas, n = values.shape
    if values.size <= most:
        return values
    length = min(n, max(most // 8, 1))
    wanted = max(most // length, 1)
    if length == n:
        return values[np.linspace(0, replicas - 1, wanted).astype(int)]
    starts = np.linspace(0, replicas * n - 1, wanted, endpoint=False).astype(int)
    rows, at = starts // n, np.minimum(starts % n, n - length)
    found = np.stack([values[row, first : first + length] for row, first in zip(rows, at, strict=True)])
    return found[np.isfinite(found).any(axis=1)]
