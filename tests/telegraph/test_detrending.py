"""Drift that all levels share is taken off, and gaps in it."""

import numpy as np
import pytest
from chains import told

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


def test_detrend_is_checked():
    trace, _ = drifting(2000)
    with pytest.raises(ParameterError, match="detrend=1e-05"):
        telegraph.analyse(trace, detrend=1e-5)
