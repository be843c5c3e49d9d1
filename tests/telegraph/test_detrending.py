"""Drift that all levels share is taken off, and gaps in it."""

import numpy as np
import pytest
from chains import quiet, told
from scipy.signal import lfilter

from mtjphys import telegraph
from mtjphys.core.errors import ParameterError


def drifting(samples=60_000):
    trace = telegraph.sample(200.0, 300.0, 1e-4, samples, noise=0.15, seed=4)
    time = np.arange(samples) * 1e-4
    return trace, 0.8 * np.sin(2 * np.pi * time / 4.0) + 0.1 * time


def test_drift_is_taken_off():
    trace, drift = drifting()
    told_before = told(trace.values + drift, 1e-4)[1]
    assert "detrend=" in told_before
    result, remarks = told(trace.values + drift, 1e-4, detrend=0.1)
    assert "level" not in remarks
    known = np.interp(np.arange(60_000) * 1e-4, result.drift.removed_time, result.drift.removed[0])
    rest = known - drift
    # 400 samples of noise 0.15 in a window, and straight lines between: 0.02
    assert np.std(rest) < 0.03
    assert result.level_high.value - result.level_low.value == pytest.approx(1.0, abs=0.02)
    truth = telegraph.sample(200.0, 300.0, 1e-4, 60_000, noise=0.0, seed=4).values
    assert np.mean(result.states[0] == truth) > 0.998
    assert result.rate_up.low < 200.0 < result.rate_up.high
    np.testing.assert_allclose(result.values[0], trace.values + drift - known, atol=1e-12)


def test_slow_noise_hides_a_rare_state_until_it_is_taken_off():
    """Half of the noise has a memory of 9 ms, as long as a stay in the low level, and is as large as the white half."""
    samples, separation = 60_000, 2.2
    truth = telegraph.sample(100.0, 1 / 0.55e-3, 1e-4, samples, noise=0.0, seed=1).values
    rng = np.random.default_rng(1)
    decay = np.exp(-1 / 90)
    slow = lfilter([np.sqrt(1 - decay**2)], [1, -decay], rng.standard_normal(samples))
    values = truth + (slow + rng.standard_normal(samples)) / np.sqrt(2) / separation
    taken, remarks = told(values, 1e-4)
    assert np.mean(taken.states[0] == truth) < 0.7
    assert "may not be a two-level signal" in remarks
    result = quiet(values, 1e-4, detrend=5e-3)
    assert np.mean(result.states[0] == truth) > 0.98
    # 570 stays of each: 5 sigma
    assert result.dwell_low.mean.value == pytest.approx(10e-3, rel=0.25)
    assert result.dwell_high.mean.value == pytest.approx(0.55e-3, rel=0.25)


def test_detrend_is_checked():
    trace, _ = drifting(2000)
    with pytest.raises(ParameterError, match="detrend=1e-05"):
        telegraph.analyse(trace, detrend=1e-5)
