"""Thresholds: counts by hand, given ones, and where noise crosses them."""

import math

import numpy as np
import pytest
from chains import quiet, told

from mtjphys import telegraph


def test_threshold_estimates_are_the_counts():
    trace = telegraph.sample(0.05, 0.08, 1.0, 3000, noise=0.05, seed=12)
    states = trace.values > 0.5
    result = telegraph.analyse(trace, method="threshold")
    flips = np.count_nonzero(~states[:-1] & states[1:])
    assert result.flip_up.value == pytest.approx(flips / np.count_nonzero(~states[:-1]), rel=1e-12)
    assert result.dwell_low.count == flips
    assert result.dwell_low.censored + result.dwell_high.censored == 2
    assert result.dwell_low.durations.size == flips - (not states[0])
    # Garwood's exact interval, times what sampling adds, here below 1 %
    from scipy.stats import chi2

    time = result.dwell_low.mean.value * flips
    exact = 2 * time / chi2.ppf([0.975, 0.025], [2 * flips + 2, 2 * flips])
    assert (result.dwell_low.mean.low, result.dwell_low.mean.high) == pytest.approx(exact, rel=0.01)


def test_filtered_signal():
    """A one-pole filter of 8 samples: short stays are swallowed, the dead time puts them back."""
    from scipy.signal import lfilter

    up, down, tau_f = 0.002, 0.005, 8.0
    trace = telegraph.sample(up, down, 1.0, 2_000_000, noise=0.0, seed=3)
    a = math.exp(-1 / tau_f)
    rng = np.random.default_rng(13)
    filtered = lfilter([1 - a], [1, -a], trace.values) + 0.02 * rng.normal(size=trace.values.size)
    result = telegraph.analyse(filtered, sample_interval=1.0, method="threshold", dead_time=2 * tau_f)
    assert "may not be a two-level signal" in told(filtered[:200_000], sample_interval=1.0)[1]
    # 2,800 stays of each: 5 sigma is 10 %
    assert result.rate_up.value == pytest.approx(up, rel=0.1)
    assert result.rate_down.value == pytest.approx(down, rel=0.1)
    assert not result.drift.drifting
    thinned = quiet(filtered[:: int(3 * tau_f)], sample_interval=3 * tau_f)
    assert thinned.rate_up.value == pytest.approx(up, rel=0.1)
    assert thinned.rate_down.value == pytest.approx(down, rel=0.1)


def test_thresholds_warn_where_noise_crosses_them():
    trace = telegraph.sample(0.01, 0.01, 1.0, 20_000, noise=0.3, seed=6)
    assert "noise crosses the thresholds" in told(trace, method="threshold", segments=2)[1]
    result = telegraph.analyse(trace)
    assert result.rate_up.low < 0.01 < result.rate_up.high


def test_given_thresholds_are_used_and_reported():
    trace = telegraph.sample(0.05, 0.08, 1.0, 3000, (10.0, 12.0), 0.2, seed=12)
    chosen = telegraph.analyse(trace, method="threshold")
    low, high = chosen.thresholds
    assert (low, high) == pytest.approx((10.5, 11.5), abs=0.05)  # half of the distance of the levels apart
    again = telegraph.analyse(trace, method="threshold", thresholds=(low, high))
    assert again.summary() == chosen.summary()
    np.testing.assert_allclose(chosen.to_dataset().thresholds, (low, high))
    single = telegraph.analyse(trace, method="threshold", thresholds=(11.0, 11.0))
    np.testing.assert_array_equal(single.states[0], trace.values > 11.0)
    wide = telegraph.analyse(trace, method="threshold", hysteresis=0.9)
    assert wide.thresholds == pytest.approx((10.1, 11.9), abs=0.05)
    assert telegraph.analyse(trace).thresholds is None
    assert "noise crosses the thresholds" in told(trace, method="threshold", thresholds=(10.3, 10.3))[1]


def skewed(up, down, samples, seed):
    """Levels whose samples trail off towards each other, as in the wells of a low barrier."""
    states = telegraph.sample(up, down, 1.0, samples, noise=0.0, seed=seed).values
    tail = np.random.default_rng(seed).exponential(0.18, samples)
    return states, np.where(states > 0.5, 1.0 - tail, tail)


def test_thresholds_lie_between_the_levels_that_are_reported():
    """Levels of 0.18 and 0.82, that is; Gaussians of such a histogram lie elsewhere."""
    states, values = skewed(0.002, 0.004, 100_000, 1)
    for hysteresis in (0.3, 0.6):
        result = quiet(values, 1.0, method="threshold", hysteresis=hysteresis)
        low, high = result.levels
        middle, half = 0.5 * (low + high), 0.5 * hysteresis * (high - low)
        assert result.thresholds == pytest.approx((middle - half, middle + half), abs=1e-6)
    np.testing.assert_allclose(result.levels, (0.18, 0.82), atol=0.02)
    assert np.mean(result.states[0] == states) > 0.97


def test_three_levels_by_thresholds():
    rates = np.array([[0.0, 0.02, 0.0], [0.02, 0.0, 0.02], [0.0, 0.02, 0.0]])
    trace = telegraph.sample_levels(rates, 1.0, 20_000, [0.0, 1.0, 2.0], noise=0.1, seed=2)
    for options in ({"levels": 3}, {"levels": (0.0, 1.0, 2.0)}, {"thresholds": ((0.25, 0.75), (1.25, 1.75))}):
        result = telegraph.analyse(trace, method="threshold", **options)
        np.testing.assert_allclose(result.thresholds, ((0.25, 0.75), (1.25, 1.75)), atol=0.01)
        np.testing.assert_allclose(result.to_dataset().thresholds, result.thresholds)
        assert result.rates[0, 1].low < 0.02 < result.rates[0, 1].high
        assert result.rates[1, 2].low < 0.02 < result.rates[1, 2].high
        assert result.rates[0, 2].value < 0.002
    assert result.to_dataset().rates.shape == (3, 3)
