"""Gaussian noise is Gaussian."""

import math

from noise_checks import check_source

from mtjphys.learning import GaussianNoise


def test_gaussian_is_gaussian():
    n = GaussianNoise(2.0, seed=1, mean=1.0).volts(20_000, 20).astype(float)
    z = (n - 1.0) / 2.0
    # 5 sigma each: variances of z, z^2, z^3, z^4 are 1, 2, 15, 96.
    for power, expected, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((z**power).mean() - expected) < 5 * math.sqrt(variance / z.size)
    assert abs((z[1:] * z[:-1]).mean()) < 5 / math.sqrt(z.size)


def test_it_is_a_source_that_files_call_gaussian():
    check_source(lambda: GaussianNoise(0.01, mean=0.1, seed=4), {"kind": "gaussian", "sigma": 0.01, "mean": 0.1})
