"""Many coins."""

import math

import pytest
from noise_checks import check_source

from mtjphys.learning import BinomialNoise


@pytest.mark.parametrize("p", [0.5, 0.01])
def test_many_coins_keep_mean_and_variance(p):
    source = BinomialNoise(1000, p, 1.0, seed=1)
    counts = source.volts(1000, 16).astype(float)
    error = source.standard_deviation / math.sqrt(counts.size)
    assert abs(counts.mean() - source.mean) < 5 * error
    assert abs(counts.var() - source.standard_deviation**2) < 5 * error * source.standard_deviation * math.sqrt(2)


def test_it_is_a_source_that_files_call_binomial():
    table = {"kind": "binomial", "n": 12, "p": 0.3, "amplitude": 0.01}
    check_source(lambda: BinomialNoise(12, 0.3, 0.01, seed=4), table)
