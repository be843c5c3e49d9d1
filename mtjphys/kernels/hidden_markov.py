"""Gaussian hidden Markov model of any number of levels: expectations, best path, paths drawn from the posterior.

The hidden chain is a telegraph signal seen at the sampling instants, with transition probabilities per sample; each
level emits an independent Gaussian. A sample that is not a number was not measured: time passes and nothing is learnt,
so that a gap in a record is exact and needs no pieces. Every recursion is normalised at each sample, so that records of
any length do not underflow. The filter is kept for one block at a time and computed again on the way back.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.kernels.compiling import compiled

Floats = NDArray[np.float64]
States = NDArray[np.int8]

BLOCK = 2048


Numbers = tuple[float, ...]


class LevelModel(NamedTuple):
    """Parameters of the model; levels in the trace's unit, from low to high."""

    means: Floats  # (levels,)
    variances: Floats  # (levels,)
    transitions: Floats  # (levels, levels), probability per sample; rows add up to 1


class Constants(NamedTuple):
    """The model as the kernels take it: tuples, so that they are compiled for the number of levels."""

    means: Numbers
    half: Numbers  # 1/(2 variance)
    height: Numbers  # logarithm of the Gaussian's height
    transitions: tuple[Numbers, ...]


def constants(model: LevelModel) -> Constants:
    """Return the model as the kernels take it."""
    return Constants(
        tuple(model.means.tolist()),
        tuple((0.5 / model.variances).tolist()),
        tuple((-0.5 * np.log(2.0 * np.pi * model.variances)).tolist()),
        tuple(map(tuple, model.transitions.tolist())),
    )


class Expectations(NamedTuple):
    """Expected sufficient statistics of one or more traces given a model (one E-step)."""

    log_likelihood: float
    weights: Floats  # (levels,), sum over measured t of P(x_t = i | y)
    first: Floats  # (levels,), sum of P(x_t = i | y) (y_t - mean_i)
    second: Floats  # (levels,), sum of P(x_t = i | y) (y_t - mean_i)^2
    moves: Floats  # (levels, levels), sum of P(x_t = i, x_{t+1} = j | y)
    overlap: Floats  # (levels, levels), sum over measured t of P(x_t = i | y) P(x_t = j | y)


@compiled()
def _filter(
    values: Floats,
    model: Constants,
    prior: Floats,
    filtered: Floats,
    emission: Floats,
) -> float:
    """Filter a block in place; `prior` is P(x | past) of its first sample and becomes that of the one after it."""
    levels = len(model.means)
    log_likelihood, product = 0.0, 1.0
    for t in range(values.shape[0]):
        y = values[t]
        scale = 0.0
        if y == y:
            largest = -np.inf
            for i in range(levels):
                exponent = model.height[i] - (y - model.means[i]) ** 2 * model.half[i]
                emission[t, i] = exponent
                largest = max(largest, exponent)
            for i in range(levels):
                exponent = emission[t, i] - largest
                emission[t, i] = 1.0 if exponent == 0.0 else np.exp(exponent)
                filtered[t, i] = prior[i] * emission[t, i]
                scale += filtered[t, i]
            log_likelihood += largest
            product *= scale
            if product < 1e-200:
                log_likelihood += np.log(product)
                product = 1.0
        else:
            for i in range(levels):
                emission[t, i] = 1.0
                filtered[t, i] = prior[i]
                scale += prior[i]
        inverse = 1.0 / scale
        for i in range(levels):
            filtered[t, i] *= inverse
        for j in range(levels):
            total = 0.0
            for i in range(levels):
                total += filtered[t, i] * model.transitions[i][j]
            prior[j] = total
    return log_likelihood + np.log(product)


@compiled()
def _forward(values: Floats, model: Constants, filtered: Floats, emission: Floats) -> tuple[float, Floats]:
    """Filter a record; return the log-likelihood, and P(x | past) at the start of every block."""
    n, levels = values.shape[0], len(model.means)
    blocks = (n + BLOCK - 1) // BLOCK
    priors = np.empty((blocks, levels))
    prior = np.empty(levels)
    for i in range(levels):
        prior[i] = 1.0 / levels
    log_likelihood = 0.0
    for b in range(blocks):
        for i in range(levels):
            priors[b, i] = prior[i]
        part = values[b * BLOCK : (b + 1) * BLOCK]
        log_likelihood += _filter(part, model, prior, filtered, emission)
    return log_likelihood, priors


@compiled()
def expectations(values: Floats, model: Constants) -> Expectations:
    """E-step of Baum-Welch: scaled forward-backward, all levels alike at the first sample.

    Parameters
    ----------
    values : float64 array (n,), the trace, in the unit of the model's levels; NaN where nothing was measured.
    model : Constants.

    Returns
    -------
    Expectations.
    """
    n, levels = values.shape[0], len(model.means)
    filtered, emission = np.empty((BLOCK, levels)), np.empty((BLOCK, levels))
    log_likelihood, priors = _forward(values, model, filtered, emission)
    weights, first, second = np.zeros(levels), np.zeros(levels), np.zeros(levels)
    moves, overlap = np.zeros((levels, levels)), np.zeros((levels, levels))
    later = np.ones(levels)  # P(y_{t+1}, .. | x_{t+1}), scaled
    beta, posterior = np.ones(levels), np.empty(levels)
    prior = np.empty(levels)
    for b in range(priors.shape[0] - 1, -1, -1):
        part = values[b * BLOCK : (b + 1) * BLOCK]
        if b < priors.shape[0] - 1:
            for i in range(levels):
                prior[i] = priors[b, i]
            _filter(part, model, prior, filtered, emission)
        for k in range(part.shape[0] - 1, -1, -1):
            if b * BLOCK + k < n - 1:
                for i in range(levels):
                    total = 0.0
                    for j in range(levels):
                        total += model.transitions[i][j] * later[j]
                    beta[i] = total
            scale = 0.0
            for i in range(levels):
                posterior[i] = filtered[k, i] * beta[i]
                scale += posterior[i]
            inverse = 1.0 / scale
            if b * BLOCK + k < n - 1:
                for i in range(levels):
                    weight = filtered[k, i] * inverse
                    for j in range(levels):
                        moves[i, j] += weight * later[j]
            for i in range(levels):
                posterior[i] *= inverse
                later[i] = emission[k, i] * beta[i] * inverse
            y = part[k]
            if y == y:
                for i in range(levels):
                    p, d = posterior[i], y - model.means[i]
                    weights[i] += p
                    first[i] += p * d
                    second[i] += p * d * d
                    for j in range(i):
                        overlap[i, j] += p * posterior[j]
    for i in range(levels):
        for j in range(levels):
            moves[i, j] *= model.transitions[i][j]
        for j in range(i):
            overlap[j, i] = overlap[i, j]
    return Expectations(log_likelihood, weights, first, second, moves, overlap)


@compiled()
def sample_path(values: Floats, model: Constants, generator: np.random.Generator) -> States:
    """Draw the states from their posterior, int8 (n,): the filter forwards, then the states backwards.

    Where the model holds, the path has the law of the true one, in overlapping levels too, where the most probable
    path has too few short stays.
    """
    n, levels = values.shape[0], len(model.means)
    filtered, emission = np.empty((BLOCK, levels)), np.empty((BLOCK, levels))
    _, priors = _forward(values, model, filtered, emission)
    states = np.empty(n, np.int8)
    weight, prior = np.empty(levels), np.empty(levels)
    state = -1
    for b in range(priors.shape[0] - 1, -1, -1):
        part = values[b * BLOCK : (b + 1) * BLOCK]
        if b < priors.shape[0] - 1:
            for i in range(levels):
                prior[i] = priors[b, i]
            _filter(part, model, prior, filtered, emission)
        for k in range(part.shape[0] - 1, -1, -1):
            total = 0.0
            for i in range(levels):
                weight[i] = filtered[k, i]
                if state >= 0:
                    weight[i] *= model.transitions[i][state]
                total += weight[i]
            left = generator.random() * total
            state = 0
            while state < levels - 1 and left >= weight[state]:
                left -= weight[state]
                state += 1
            states[b * BLOCK + k] = state
    return states


@compiled()
def viterbi(values: Floats, model: Constants) -> States:
    """Most probable state sequence, int8 (n,); scores are differences to the best, so that none grows."""
    n, levels = values.shape[0], len(model.means)
    logs = np.empty((levels, levels))
    for i in range(levels):
        for j in range(levels):
            logs[i, j] = np.log(model.transitions[i][j])
    pointers = np.empty((n, levels), np.int8)
    score, moved = np.zeros(levels), np.zeros(levels)
    for t in range(n):
        y = values[t]
        top = -np.inf
        for j in range(levels):
            if t > 0:
                best, origin = score[0] + logs[0, j], 0
                for i in range(1, levels):
                    candidate = score[i] + logs[i, j]
                    if candidate > best:
                        best, origin = candidate, i
                moved[j] = best
                pointers[t, j] = origin
            if y == y:
                moved[j] += model.height[j] - (y - model.means[j]) ** 2 * model.half[j]
            top = max(top, moved[j])
        for j in range(levels):
            score[j] = moved[j] - top
    states = np.empty(n, np.int8)
    state = int(np.argmax(score))
    for t in range(n - 1, -1, -1):
        states[t] = state
        if t > 0:
            state = int(pointers[t, state])
    return states
