"""Telegraph kernels against naive twins: recursions, best path, runs, thresholds, sampled process."""

import math

import numpy as np
import pytest
from chains import OVERLAPPING, PAPER, chain
from hypothesis import given
from hypothesis import strategies as st

from mtjphys.kernels import telegraph as kernels
from mtjphys.kernels.telegraph import TwoLevelModel


def naive_posteriors(values, model, initial_high):
    """Forward-backward in log space, as in the textbook: log P(y), P(x_t), P(x_t, x_{t+1})."""
    mean = np.array([model.mean_low, model.mean_high])
    variance = np.array([model.variance_low, model.variance_high])
    emit = -0.5 * np.log(2 * np.pi * variance) - 0.5 * (values[:, None] - mean) ** 2 / variance
    move = np.log([[1 - model.flip_up, model.flip_up], [model.flip_down, 1 - model.flip_down]])
    n = len(values)
    forward, backward = np.empty((n, 2)), np.zeros((n, 2))
    forward[0] = np.log([1 - initial_high, initial_high]) + emit[0]
    for t in range(1, n):
        forward[t] = np.logaddexp(*(forward[t - 1][:, None] + move)) + emit[t]
    for t in range(n - 2, -1, -1):
        backward[t] = np.logaddexp(*(move + emit[t + 1] + backward[t + 1]).T)
    total = np.logaddexp(*forward[-1])
    pair = np.exp(forward[:-1, :, None] + move + (emit[1:] + backward[1:])[:, None, :] - total)
    return total, np.exp(forward + backward - total), pair


@pytest.mark.parametrize("model", [OVERLAPPING, PAPER, TwoLevelModel(0, 1, 1e-8, 4e-8, 0.3, 0.9)])
@pytest.mark.parametrize("initial", [0.5, 0.02])
def test_recursions_match_the_naive_twin(model, initial):
    _, values = chain(model, 400, seed=3)
    total, posterior, pair = naive_posteriors(values, model, initial)
    fast, log_likelihood = kernels.forward_backward(values, model, initial)
    np.testing.assert_allclose(fast, posterior[:, 1], atol=1e-11)
    assert log_likelihood == pytest.approx(total, rel=1e-12)
    e = kernels.expectations(values, model, initial)
    low, high = posterior.T
    d_low, d_high = values - model.mean_low, values - model.mean_high
    expected = [
        total, 400, high.sum(), low @ d_low, high @ d_high, low @ d_low**2, high @ d_high**2,
        pair[:, 0, 1].sum(), pair[:, 1, 0].sum(), high[-1],
    ]  # fmt: skip
    np.testing.assert_allclose(np.array(e), expected, rtol=1e-10, atol=1e-12)


def test_expectations_do_not_lose_digits_over_a_million_samples():
    _, values = chain(OVERLAPPING, 1000, seed=5)
    values = np.tile(values, 1000)
    e = kernels.expectations(values, OVERLAPPING, 0.5)
    posterior, log_likelihood = kernels.forward_backward(values, OVERLAPPING, 0.5)
    assert e.log_likelihood == pytest.approx(log_likelihood, rel=1e-11)
    assert e.high == pytest.approx(posterior.sum(), rel=1e-10)
    assert e.second_high == pytest.approx(posterior @ (values - OVERLAPPING.mean_high) ** 2, rel=1e-10)


def test_recursions_survive_an_outlier():
    _, values = chain(PAPER, 1000, seed=6)
    values[500] = 1e3
    e = kernels.expectations(values, PAPER, 0.5)
    posterior, log_likelihood = kernels.forward_backward(values, PAPER, 0.5)
    assert np.isfinite(e).all()
    assert np.isfinite(posterior).all()
    assert e.log_likelihood == pytest.approx(log_likelihood, rel=1e-12)


def test_viterbi_is_the_best_of_all_paths():
    for seed in range(20):
        _, values = chain(OVERLAPPING, 10, seed)
        best, score = None, -math.inf
        for code in range(1024):
            path = (code >> np.arange(10)) & 1
            flips = np.where(path[:-1] == 1, OVERLAPPING.flip_down, OVERLAPPING.flip_up)
            mean = np.where(path == 1, OVERLAPPING.mean_high, OVERLAPPING.mean_low)
            variance = np.where(path == 1, OVERLAPPING.variance_high, OVERLAPPING.variance_low)
            total = np.log(np.where(path[1:] != path[:-1], flips, 1 - flips)).sum()
            total += (-0.5 * np.log(variance) - 0.5 * (values - mean) ** 2 / variance).sum()
            total += math.log(0.3 if path[0] else 0.7)
            if total > score:
                best, score = path, total
        np.testing.assert_array_equal(kernels.viterbi(values, OVERLAPPING, 0.3), best)


@given(st.lists(st.integers(0, 1), min_size=1, max_size=60), st.integers(1, 5))
def test_runs_and_dead_time_against_the_naive_twin(bits, minimum):
    states = np.array(bits, np.int8)
    runs = [(bits[0], 1)]
    for bit in bits[1:]:
        runs[-1:] = [(bit, runs[-1][1] + 1)] if bit == runs[-1][0] else [runs[-1], (bit, 1)]
    lengths = kernels.run_lengths(states)
    assert lengths.tolist() == [length for _, length in runs]
    result, current = [], next((s for s, length in runs if length >= minimum), bits[0])
    for state, length in runs:
        current = state if length >= minimum else current
        result += [current] * length
    if any(length >= minimum for _, length in runs):
        assert kernels.impose_dead_time(states, minimum).tolist() == result


def test_hysteresis():
    values = np.array([0.5, 0.5, 0.9, 0.5, 0.1, 0.5, 0.71, 0.3, 0.29])
    states = kernels.threshold_states(values, 0.3, 0.7)
    assert states.tolist() == [1, 1, 1, 1, 0, 0, 1, 1, 0]


@pytest.mark.parametrize(("up", "down", "dt"), [(1.0, 1.0, 0.05), (0.2, 3.0, 0.4), (5.0, 2.0, 0.5)])
def test_sampled_process_is_the_exact_chain(up, down, dt):
    """The sampler draws continuous time; its flips must be those of the matrix exponential."""
    n = 400_000
    states = kernels.sample_telegraph(np.random.default_rng(9), up, down, dt, True, n)
    total = up + down
    for state, rate in ((0, up), (1, down)):
        p = rate / total * -math.expm1(-total * dt)
        from_here = states[:-1] == state
        flips = np.count_nonzero(states[1:][from_here] != state)
        trials = np.count_nonzero(from_here)
        # 5 sigma, false alarm 6e-7 each
        assert abs(flips - trials * p) < 5 * math.sqrt(trials * p * (1 - p))
