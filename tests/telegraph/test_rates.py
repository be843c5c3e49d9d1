"""Rates and their intervals: coverage, dead time, overlap of the levels."""

import math

import numpy as np
import pytest
from chains import quiet

from mtjphys import telegraph
from mtjphys.core.errors import DataError
from mtjphys.telegraph.dwell_times import Stays
from mtjphys.telegraph.rates import flips_from_stays


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
    records = 200 if noise < 0.4 else 80
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
