"""Many coins."""

import math

import pytest

from mtjphys.learning import BinomialNoise


@pytest.mark.parametrize("p", [0.5, 0.01])
def test_many_coins_keep_mean_and_variance(p):
    source = BinomialNoise(1000, p, 1.0, seed=1)
    counts = source.volts(1000, 16).astype(float)
    error = source.standard_deviation / math.sqrt(counts.size)
    assert abs(counts.mean() - source.mean) < 5 * error
    assert abs(counts.var() - source.standard_deviation**2) < 5 * error * source.standard_deviation * math.sqrt(2)
