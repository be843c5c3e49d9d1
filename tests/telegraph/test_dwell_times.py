"""Stays: what is cut by the ends of a record, and whether they are exponential."""

import math

import numpy as np

from mtjphys import telegraph
from mtjphys.kernels import telegraph as kernels
from mtjphys.telegraph.dwell_times import stays_in


def test_few_stays_are_not_biased_by_censoring():
    """About five stays a record: without the cut ones the mean would be far too short."""
    up, n = 0.01, 400
    rates = np.array([[0.0, up], [up, 0.0]])
    events = exposure = dropped = count = 0.0
    for seed in range(2000):
        states = kernels.sample_telegraph(np.random.default_rng(seed), rates, 1.0, int(seed % 2 == 0), n)
        for stays in (stays_in(state, states[None]) for state in (0, 1)):
            events += stays.events
            exposure += stays.exposure
            dropped += stays.complete.sum()
            count += stays.complete.size
    p = 0.5 * -math.expm1(-2 * up)
    # events is a sum of exposure * p trials: 5 sigma
    assert abs(events - exposure * p) < 5 * math.sqrt(events)
    assert dropped / count < 0.8 / p


def test_exponential_test_false_alarms_and_power():
    rng = np.random.default_rng(61)
    for mean in (1.5, 12.4, 1000.0):  # in samples: coarse sampling must not matter
        p = np.array(
            [telegraph.exponential_test(rng.geometric(1 / mean, 200), 1.0, seed=k).p_value for k in range(1000)]
        )
        for level in (0.05, 0.2, 0.5):
            # 5 sigma of a binomial of 1000
            assert abs(np.mean(p < level) - level) < 5 * math.sqrt(level * (1 - level) / 1000)
    mixed = np.concatenate([rng.geometric(1 / 5, 1000), rng.geometric(1 / 50, 1000)])
    assert telegraph.exponential_test(mixed, 1.0).p_value < 1e-3
    assert telegraph.exponential_test(rng.gamma(2.0, 1.0, 500)).p_value < 1e-3
    assert math.isnan(telegraph.exponential_test([1.0, 2.0]).p_value)
    assert math.isnan(telegraph.exponential_test(np.ones(100), 1.0).p_value)
    shifted = telegraph.exponential_test(rng.geometric(0.1, 500) + 4, 1.0, shortest=5)
    assert shifted.p_value > 1e-3


def test_stays_are_collected_for_any_number_of_states():
    states = np.array([[0, 0, 1, 1, 1, 2, 0, 2, 2], [2, 2, 2, 2, 2, 2, 2, 2, 2]], np.int8)
    low, middle, high = (stays_in(state, states) for state in range(3))
    assert (low.complete.tolist(), low.events, low.censored, low.exposure) == ([1], 2, 1, 3.0)
    assert (middle.complete.tolist(), middle.events, middle.censored, middle.exposure) == ([3], 1, 0, 3.0)
    # the last sample of a record can't be seen to flip
    assert (high.complete.tolist(), high.events, high.censored, high.exposure) == ([1], 1, 2, 1.0 + 1.0 + 8.0)
