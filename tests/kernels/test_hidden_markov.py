"""Hidden Markov kernels against naive twins: recursions, best path, paths drawn from the posterior."""

import math
from itertools import product

import numpy as np
import pytest
from chains import OVERLAPPING, PAPER, THREE, chain, two_levels

from mtjphys.kernels import hidden_markov as kernels

MODELS = [OVERLAPPING, PAPER, THREE, two_levels(0, 1, 1e-8, 4e-8, 0.3, 0.9)]


def emission(values, model):
    """Log-likelihood of each sample in each state; of what was not measured, 0."""
    logs = -0.5 * np.log(2 * np.pi * model.variances) - 0.5 * (values[:, None] - model.means) ** 2 / model.variances
    return np.where(np.isnan(logs), 0.0, logs)


def naive_posteriors(values, model):
    """Forward-backward in log space, as in the textbook: log P(y), P(x_t), P(x_t, x_{t+1})."""
    emit, move = emission(values, model), np.log(model.transitions)
    n, levels = emit.shape
    forward, backward = np.empty((n, levels)), np.zeros((n, levels))
    forward[0] = -np.log(levels) + emit[0]
    for t in range(1, n):
        forward[t] = np.logaddexp.reduce(forward[t - 1][:, None] + move, axis=0) + emit[t]
    for t in range(n - 2, -1, -1):
        backward[t] = np.logaddexp.reduce(move + emit[t + 1] + backward[t + 1], axis=1)
    total = np.logaddexp.reduce(forward[-1])
    pair = np.exp(forward[:-1, :, None] + move + (emit[1:] + backward[1:])[:, None, :] - total)
    return total, np.exp(forward + backward - total), pair


def record(model, samples, seed, gaps):
    _, values = chain(model, samples, seed)
    if gaps:
        values[20:45] = values[0] = values[samples // 2] = math.nan
    return values


@pytest.mark.compiles("others")
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("gaps", [False, True])
def test_expectations_match_the_naive_twin(model, gaps):
    values = record(model, 2300, 3, gaps)  # more than a block
    total, posterior, pair = naive_posteriors(values, model)
    e = kernels.expectations(values, kernels.constants(model))
    # the twin adds up logarithms and loses digits: some 1e-16 of 2e4
    assert e.log_likelihood == pytest.approx(total, rel=1e-12)
    seen = np.isfinite(values)
    posterior, difference = posterior[seen], values[seen, None] - model.means
    np.testing.assert_allclose(e.weights, posterior.sum(axis=0), rtol=1e-7)
    np.testing.assert_allclose(
        e.first, (posterior * difference).sum(axis=0), rtol=1e-6, atol=1e-6 * np.abs(difference[0]).max()
    )
    np.testing.assert_allclose(e.second, (posterior * difference**2).sum(axis=0), rtol=1e-7)
    np.testing.assert_allclose(e.moves, pair.sum(axis=0), rtol=1e-7)
    overlap = posterior.T @ posterior
    np.testing.assert_allclose(e.overlap, overlap - np.diag(np.diag(overlap)), rtol=1e-6, atol=1e-9)


def test_expectations_do_not_lose_digits_over_a_million_samples():
    """Twice the record, twice the sums, but for the one place where it is joined."""
    _, values = chain(OVERLAPPING, 1000, seed=5)
    once, twice = (kernels.expectations(np.tile(values, k), kernels.constants(OVERLAPPING)) for k in (500, 1000))
    assert twice.log_likelihood == pytest.approx(2 * once.log_likelihood, rel=1e-6)
    assert twice.weights.sum() == pytest.approx(1e6, rel=1e-12)
    assert twice.moves.sum() == pytest.approx(1e6 - 1, rel=1e-12)
    np.testing.assert_allclose(twice.second, 2 * once.second, rtol=1e-5)


def test_recursions_survive_an_outlier():
    _, values = chain(PAPER, 1000, seed=6)
    values[500] = 1e3
    e = kernels.expectations(values, kernels.constants(PAPER))
    assert all(np.isfinite(part).all() for part in e)
    assert e.log_likelihood == pytest.approx(naive_posteriors(values, PAPER)[0], rel=1e-12)


@pytest.mark.parametrize(("model", "samples"), [(OVERLAPPING, 9), (THREE, 6)])
def test_viterbi_is_the_best_of_all_paths(model, samples):
    paths = np.array(list(product(range(model.means.size), repeat=samples)))
    for seed in range(20):
        _, values = chain(model, samples, seed)
        values[seed % samples] = math.nan if seed % 3 == 0 else values[seed % samples]
        emit, move = emission(values, model), np.log(model.transitions)
        score = emit[np.arange(samples), paths].sum(axis=1) + move[paths[:, :-1], paths[:, 1:]].sum(axis=1)
        best = paths[np.argmax(score)]
        np.testing.assert_array_equal(kernels.viterbi(values, kernels.constants(model)), best)


@pytest.mark.parametrize("model", [OVERLAPPING, THREE])
def test_drawn_paths_have_the_posterior_law(model):
    values = record(model, 60, 4, gaps=True)
    _, posterior, pair = naive_posteriors(values, model)
    generator, draws = np.random.default_rng(1), 4000
    paths = np.array([kernels.sample_path(values, kernels.constants(model), generator) for _ in range(draws)])
    share = (paths[:, :, None] == np.arange(model.means.size)).mean(axis=0)
    # 5 sigma of binomial laws, and one draw where they are narrow
    assert np.all(np.abs(share - posterior) < 5 * np.sqrt(posterior * (1 - posterior) / draws) + 1 / draws)
    flips = ((paths[:, :-1] == 0) & (paths[:, 1:] == 1)).mean(axis=0)
    assert np.all(np.abs(flips - pair[:, 0, 1]) < 5 * np.sqrt(pair[:, 0, 1] / draws) + 1 / draws)
