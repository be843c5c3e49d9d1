"""Bursts and stays that are not exponential: found where they are, and the interval of the mean is then wider."""

import numpy as np
from chains import quiet, told

from mtjphys import telegraph
from mtjphys.telegraph.bursts import move_counts, moves_in, scatter


def test_moves_by_hand():
    states = np.array([[0, 0, 1, -1, 1, 2, 2], [2, 0, 0, 0, 0, -1, 0]], np.int8)
    moves = moves_in(states)
    assert moves.place.tolist() == [1, 4, 7]
    assert (moves.origin.tolist(), moves.target.tolist()) == ([0, 1, 2], [1, 2, 0])
    np.testing.assert_array_equal(move_counts(states, moves, 3), [[4, 1, 0], [0, 0, 1], [1, 0, 1]])


def test_steady_rates_have_no_scatter():
    alarms = 0
    for seed in range(100):
        states = telegraph.sample(0.05, 0.2, 1.0, 20_000, noise=0.0, seed=seed).values.astype(np.int8)[None]
        alarms += np.count_nonzero(scatter(states, moves_in(states), 2) > 1)
    # two states and two divisions at 1e-4 each: more than 2 in 100 records has a probability below 1e-4
    assert alarms <= 2


def bursty(seed, samples=30_000):
    """The low level is left fast or slowly, by turns: a hidden third state of the same level."""
    rates = np.array([[0.0, 0.0, 0.2], [0.0, 0.0, 0.01], [0.099, 0.001, 0.0]])
    rates[0, 1], rates[1, 0] = 0.002, 0.0005
    trace = telegraph.sample_levels(rates, 1.0, samples, [0.0, 0.0, 1.0], noise=0.1, seed=seed)
    total = rates - np.diag(rates.sum(axis=1))
    share = np.linalg.lstsq(np.vstack([total.T, np.ones(3)]), [0, 0, 0, 1.0], rcond=None)[0]
    return trace, float((share[0] + share[1]) / (share[2] * rates[2, :2].sum()))


def test_the_interval_of_a_bursty_mean_holds_the_truth():
    hits, widths = 0, []
    for seed in range(20):
        trace, mean = bursty(seed)
        result = quiet(trace, segments=2, max_lag=20.0)
        dwell = result.dwell_low
        hits += dwell.mean.low <= mean <= dwell.mean.high
        widths.append(dwell.scatter)
    # 95 % of 20, and 5 sigma less
    assert hits >= 14
    assert np.median(widths) > 2
    _, remarks = told(bursty(1)[0])
    assert "the stays in level low are not those of a steady rate" in remarks
