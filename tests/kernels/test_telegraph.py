"""Telegraph kernels against naive twins: runs, thresholds, dead time, sampled process."""

import math
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtjphys.kernels import telegraph as kernels


def naive_dead_time(runs, gap, minimum):
    """States of one piece between gaps: the last state that lasted long enough, before the first that of it."""
    current = next((state for state, length in runs if length >= minimum), runs[0][0])
    for state, length in runs:
        current = state if length >= minimum and not gap else current
        yield from [current] * length


@given(st.lists(st.integers(-1, 2), min_size=1, max_size=60), st.integers(1, 5))
def test_runs_and_dead_time_against_the_naive_twin(bits, minimum):
    states = np.array(bits, np.int8)
    runs = [(bits[0], 1)]
    for bit in bits[1:]:
        runs[-1:] = [(bit, runs[-1][1] + 1)] if bit == runs[-1][0] else [runs[-1], (bit, 1)]
    lengths = kernels.run_lengths(states)
    assert lengths.tolist() == [length for _, length in runs]
    assert kernels.impose_dead_time(states, minimum).tolist() == [
        state
        for gap, piece in groupby(runs, lambda run: run[0] < 0)
        for state in naive_dead_time(list(piece), gap, minimum)
    ]


def test_hysteresis():
    values = np.array([0.5, 0.5, 0.9, 0.5, 0.1, 0.5, 0.71, 0.3, 0.29])
    states = kernels.threshold_states(values, (0.3,), (0.7,))
    assert states.tolist() == [1, 1, 1, 1, 0, 0, 1, 1, 0]
    values[[0, 4]] = np.nan  # a gap forgets the state: what follows it takes the first decided one
    states = kernels.threshold_states(values, (0.3,), (0.7,))
    assert states.tolist() == [-1, 1, 1, 1, -1, 1, 1, 1, 0]


def test_hysteresis_of_three_levels():
    values = np.array([1.2, 0.9, 0.6, 0.4, 0.6, 1.7, 1.3, 2.5, -1.0, 1.3, 1.4, 1.5, 1.6])
    states = kernels.threshold_states(values, (0.3, 1.3), (0.7, 1.6))
    assert states.tolist() == [1, 1, 1, 1, 1, 2, 2, 2, 0, 1, 1, 1, 1]


@pytest.mark.parametrize(("up", "down", "dt"), [(1.0, 1.0, 0.05), (0.2, 3.0, 0.4), (5.0, 2.0, 0.5)])
def test_sampled_process_is_the_exact_chain(up, down, dt):
    """The sampler draws continuous time; its flips must be those of the matrix exponential."""
    n = 400_000
    states = kernels.sample_telegraph(np.random.default_rng(9), np.array([[0, up], [down, 0]]), dt, 1, n)
    total = up + down
    for state, rate in ((0, up), (1, down)):
        p = rate / total * -math.expm1(-total * dt)
        from_here = states[:-1] == state
        flips = np.count_nonzero(states[1:][from_here] != state)
        trials = np.count_nonzero(from_here)
        # 5 sigma, false alarm 6e-7 each
        assert abs(flips - trials * p) < 5 * math.sqrt(trials * p * (1 - p))


def test_sampled_process_of_three_levels_is_the_exact_chain():
    from scipy.linalg import expm

    rates, dt, n = np.array([[0.0, 1.0, 0.2], [0.5, 0.0, 2.0], [0.0, 0.7, 0.0]]), 0.3, 400_000
    states = kernels.sample_telegraph(np.random.default_rng(9), rates, dt, 0, n)
    exact = expm((rates - np.diag(rates.sum(axis=1))) * dt)
    counts = np.zeros((3, 3))
    np.add.at(counts, (states[:-1], states[1:]), 1)
    trials = counts.sum(axis=1, keepdims=True)
    # 5 sigma of nine binomial laws
    assert np.all(np.abs(counts - trials * exact) < 5 * np.sqrt(trials * exact * (1 - exact)))
