"""The correlation time that a network sees."""

import math

import numpy as np
import pytest
from live_noise import BIAS, two_state

import mtjphys as mp
from mtjphys import learning
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.learning import GaussianNoise, JunctionNoise, TelegraphNoise, correlation_time


@pytest.mark.parametrize("flip", [0.02, 0.0809, 0.4])
def test_correlation_time_of_the_chain(flip):
    source = TelegraphNoise(sigma=1e-9, flip_probability=flip, seed=1)
    expected = -1.0 / math.log(1.0 - 2.0 * flip)
    # 5 sigma of sqrt(2 tau/N), the estimator's own scatter for tau above 1; for small tau that of C_1, 1/sqrt(N).
    error = math.sqrt(2.0 * max(expected, 1.0) / (4096 * 50)) * max(1.0, (1.0 - 2.0 * flip) ** -1 * expected)
    assert abs(correlation_time(source, 4096, 50) / expected - 1.0) < 5.0 * error


def test_correlation_time_is_zero_without_memory_and_leaves_the_source_alone():
    source = GaussianNoise(1.0, seed=1)
    assert correlation_time(source, 4096, 10) == 0.0
    np.testing.assert_array_equal(source.volts(5, 10), GaussianNoise(1.0, seed=1).volts(5, 10))
    with pytest.raises(DataError, match="constant"):
        correlation_time(JunctionNoise(two_state(1.0), BIAS, 1e-6, seed=3, settle=64), 64, 20)
    with pytest.raises(ParameterError, match="n_samples=8"):
        correlation_time(source, 8, 10)


def test_a_source_that_ends_while_it_is_probed_is_put_back():
    record = TelegraphNoise(seed=1).volts(1000, 1)[:, 0]
    source = learning.RecordedNoise(record, sample_interval=1e-6, at_end="error")
    source.volts(10, 10)
    with pytest.raises(DataError, match="have been read"):
        correlation_time(source, 950, 1)
    np.testing.assert_array_equal(source.volts(90, 10).ravel(), record[100:])


def test_correlation_time_of_a_live_junction_is_the_exact_one():
    junction = mp.presets.hayakawa_2021()
    bias = mp.Bias(voltage=0.02, series_resistance=1e4)
    exact = mp.fokker_planck.correlation_time(junction, bias, "1/e", "resistance")
    interval = 0.2 * exact
    source = JunctionNoise(junction, bias, interval, seed=1, settle=30)
    source.volts(1, 32)
    measured = correlation_time(source, 2000, 32) * interval
    # sqrt(2 tau/T) of T = 32 x 400 tau: 1.3 %; 5 sigma, and 1.4 % for the mean that is taken out of each unit.
    assert abs(measured / exact - 1.0) < 5.0 * 0.013 + 0.014
    assert source.usage.readings == 32
