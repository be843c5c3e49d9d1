"""Rates and their intervals: coverage, dead time, overlap of the levels."""

import math

import numpy as np
import pytest
from chains import quiet

from mtjphys import telegraph
from mtjphys.core.errors import DataError
from mtjphys.telegraph.dwell_times import Stays
from mtjphys.telegraph.rates import (
    flips_from_stays,
    generator_of,
    slowest,
    stationary,
    switching_estimates,
    transitions_from_moves,
)


@pytest.mark.parametrize(
    ("up", "down", "noise", "options"),
    [
        (0.05, 0.05, 0.08, {}),
        (0.15, 0.4, 0.08, {}),  # several flips between samples
        (0.01, 0.1, 0.1, {"method": "threshold"}),
        (0.05, 0.08, 0.45, {}),  # overlapping levels: information is lost
        (0.05, 0.08, 0.08, {"dead_time": 4.0}),
        (0.03, 0.06, 0.08, {"dead_time": 6.0, "method": "threshold"}),
    ],
)
def test_coverage_of_the_intervals(up, down, noise, options):
    """95 % intervals cover the truth in 95 % of records, within 5 sigma of the binomial law."""
    records = 100 if noise < 0.4 else 50
    hits = np.zeros(4)
    for seed in range(records):
        trace = telegraph.sample(up, down, 1.0, 3000, noise=noise, seed=seed)
        r = quiet(trace, segments=2, max_lag=20.0, **options)
        truth = (up, down, up / (up + down), 1 / (up + down))
        for k, estimate in enumerate((r.rate_up, r.rate_down, r.occupation, r.tau_c)):
            hits[k] += estimate.low <= truth[k] <= estimate.high
    sigma = math.sqrt(records * 0.95 * 0.05)
    assert np.all(hits > 0.95 * records - 5 * sigma), hits
    assert hits.sum() < 4 * records, hits


def test_overlap_of_the_levels_widens_the_intervals():
    width = []
    for noise in (0.05, 0.6):
        trace = telegraph.sample(0.05, 0.05, 1.0, 50_000, noise=noise, seed=15)
        rate = quiet(trace).rate_up
        width.append(math.log(rate.high / rate.low))
    assert width[1] > 1.2 * width[0]


def test_intervals_scale_with_confidence():
    trace = telegraph.sample(0.05, 0.05, 1.0, 5000, seed=2)
    wide, narrow = (telegraph.analyse(trace, confidence=c).rate_up for c in (0.99, 0.68))
    assert wide.value == narrow.value
    assert wide.low < narrow.low < wide.value < narrow.high < wide.high


def test_dead_time_correction():
    up, down, dt = 0.02, 0.05, 1.0
    trace = telegraph.sample(up, down, dt, 2_000_000, noise=0.08, seed=21)
    # about 24,000 stays, several flips each lost: 5 sigma is 4 %; for a quarter of them 8 %
    for method, samples, tolerance in (("hmm", 500_000, 0.08), ("threshold", 2_000_000, 0.04)):
        r = telegraph.analyse(trace.values[:samples], dt, method=method, dead_time=10.0)
        assert r.rate_up.value == pytest.approx(up, rel=tolerance)
        assert r.rate_down.value == pytest.approx(down, rel=tolerance)
        apparent = r.dwell_low.durations.mean()
        m, q = 10, (1 - r.flip_down.value) ** 9
        expected = 1 / (r.flip_up.value * q) + (1 / q - 1) / r.flip_down.value
        assert apparent == pytest.approx(expected, rel=0.05)
        continuous = math.exp(down * (m - 1)) * (1 / up + 1 / down) - 1 / down
        assert apparent == pytest.approx(continuous, rel=0.06)
        assert r.dwell_low.durations.min() >= 10
    with pytest.raises(DataError, match="use a shorter dead_time"):
        flips_from_stays(
            Stays(np.empty(0, int), 100, 0, 100.0),
            Stays(np.empty(0, int), 100, 0, 100.0),
            30, "trace", 1.0,
        )  # fmt: skip


def test_asymmetric_stays():
    trace = telegraph.sample(1 / 0.1461e-3, 1 / 2.8347e-3, 25e-6, 1_000_000, noise=0.1, seed=31)
    r = telegraph.analyse(trace)
    assert r.dwell_low.mean.low < 0.1461e-3 < r.dwell_low.mean.high
    assert r.dwell_high.mean.low < 2.8347e-3 < r.dwell_high.mean.high
    assert r.occupation.value == pytest.approx(0.951, abs=0.003)


RATES = np.array([[-3.0, 2.0, 1.0], [0.5, -2.0, 1.5], [0.0, 4.0, -4.0]])


def test_the_matrix_logarithm_gives_the_rates_back():
    from scipy.linalg import expm

    rates, logarithm = generator_of(expm(0.2 * RATES), 0.2)
    np.testing.assert_allclose(rates, RATES, atol=1e-12)
    np.testing.assert_allclose(logarithm, RATES, atol=1e-12)
    up, down, dt = 3.0, 5.0, 0.1  # the closed form of two levels
    p = np.array([up, down]) / 8.0 * -math.expm1(-0.8)
    two, _ = generator_of(np.array([[1 - p[0], p[0]], [p[1], 1 - p[1]]]), dt)
    np.testing.assert_allclose(two, [[-up, up], [down, -down]], rtol=1e-12)
    np.testing.assert_allclose(stationary(two), [5 / 8, 3 / 8], rtol=1e-12)
    assert slowest(two) == pytest.approx(1 / 8)
    np.testing.assert_allclose(stationary(RATES) @ RATES, 0.0, atol=1e-12)


def test_transitions_without_rates_are_said():
    with pytest.raises(DataError, match="no real logarithm"):
        generator_of(np.array([[0.2, 0.8], [0.8, 0.2]]), 1.0)
    # never from 0 to 2 within a sample, though through 1 it would be one in twenty: not in continuous time
    moves = np.array([[7000.0, 2000.0, 0.0], [2000.0, 5000.0, 2000.0], [0.0, 2000.0, 7000.0]])
    found = switching_estimates(*transitions_from_moves(moves), moves, 1.0, 0.95)
    assert "no rate matrix gives these transitions" in found.remarks[0]
    assert np.all(found.rates.value[~np.eye(3, dtype=bool)] >= 0)
    np.testing.assert_allclose(found.rates.value.sum(axis=1), 0.0, atol=1e-12)


def test_coverage_of_three_levels():
    """95 % intervals of rates, dwell times and occupations cover the truth, within 5 sigma of the binomial law."""
    records, hits, total = 20, np.zeros(3), np.zeros(3)
    rates = np.array([[0.0, 0.03, 0.01], [0.02, 0.0, 0.02], [0.01, 0.04, 0.0]])
    share = stationary(rates - np.diag(rates.sum(axis=1)))
    off = ~np.eye(3, dtype=bool)
    for seed in range(records):
        trace = telegraph.sample_levels(rates, 1.0, 3000, [0.0, 1.0, 2.0], noise=0.2, seed=seed)
        r = quiet(trace, levels=3, segments=2, max_lag=20.0)
        found = ((r.rates.low <= rates) & (rates <= r.rates.high))[off]
        dwells = [x.dwell.mean.low <= 1 / k <= x.dwell.mean.high for x, k in zip(r.each, rates.sum(1), strict=True)]
        shares = [x.occupation.low <= p <= x.occupation.high for x, p in zip(r.each, share, strict=True)]
        hits += [found.sum(), sum(dwells), sum(shares)]
        total += [6, 3, 3]
    assert np.all(hits > 0.95 * total - 5 * np.sqrt(0.95 * 0.05 * total)), hits / total
    assert hits.sum() < total.sum()
