"""Drift and quality: alarms where there is cause, and hardly any where there is none."""

import math
import re

import numpy as np
from chains import quiet, told

from mtjphys import telegraph
from mtjphys.core.errors import DataError


def test_drift_warns_only_when_there_is_drift():
    alarms = 0
    for seed in range(150):
        trace = telegraph.sample(0.05, 0.08, 1.0, 5000, noise=0.1, seed=seed)
        alarms += quiet(trace, method="threshold", max_lag=20.0).drift.drifting
    # four tests at 1e-4 each are 0.06 expected; more than 3 has probability 5e-7
    assert alarms <= 3
    steady = telegraph.sample(0.05, 0.08, 1.0, 100_000, noise=0.1, seed=1)
    ramp = np.linspace(-0.5, 0.5, 100_000)
    telegraph.analyse(steady)
    _, remarks = told(steady.values + 0.02 * ramp, sample_interval=1.0)
    assert re.search(r"low level \(from .*high level .*drifts", remarks)
    first = telegraph.sample(0.05, 0.08, 1.0, 50_000, noise=0.1, seed=2).values
    # an occupation of 0.38, then 0.53: a non-central chi-square of 9 + 120, never below the 34 of p = 1e-4
    second = telegraph.sample(0.05, 0.045, 1.0, 50_000, noise=0.1, seed=3).values
    result, remarks = told(np.concatenate([first, second]), sample_interval=1.0)
    assert "occupation" in remarks
    assert "stays in level high are not those of a steady rate" in remarks
    assert result.dwell_high.scatter > 2.0
    second = telegraph.sample(0.08, 0.128, 1.0, 50_000, noise=0.1, seed=3).values
    assert "switching rate drifts" in told(np.concatenate([first, second]), sample_interval=1.0)[1]


def coloured(samples, seed, decay=0.95):
    from scipy.signal import lfilter

    noise = np.random.default_rng(seed).normal(size=samples)
    return lfilter([math.sqrt(1 - decay**2)], [1, -decay], noise)


def test_one_level_is_not_two():
    for values in (coloured(25_000, 1), np.random.default_rng(2).uniform(size=25_000)):
        try:
            _, remarks = told(values, sample_interval=1.0)
        except DataError as error:
            assert "two levels" in str(error)
            continue
        assert "may not be a two-level signal" in remarks or "of the sampling interval" in remarks
        assert "levels=None" not in remarks
    three = telegraph.sample(0.01, 0.01, 1.0, 50_000, noise=0.1, seed=4).values
    three = three + telegraph.sample(0.01, 0.01, 1.0, 50_000, noise=0.1, seed=5).values
    remarks = told(three, sample_interval=1.0)[1]
    assert "may not be a two-level signal" in remarks
    assert "3 levels describe the record better than 2" in remarks
