"""Error bars of the validation suite cover the truth."""

import numpy as np
import pytest

from validation.statistics import autocovariance_sums, jackknife


def test_jackknife_of_a_mean_is_its_standard_error():
    values = np.random.default_rng(1).normal(3.0, 2.0, size=6400)
    estimate = jackknife(values)
    assert estimate.value == pytest.approx(values.mean(), rel=1e-12)
    # 64 groups know the error to 9 % (one sigma).
    assert estimate.error == pytest.approx(2.0 / 80.0, rel=0.45)


def test_jackknife_error_of_a_ratio_covers_the_truth():
    generator = np.random.default_rng(2)
    inside = 0
    for _ in range(200):
        x = generator.normal(2.0, 1.0, size=(320, 2))
        estimate = jackknife(x, lambda mean: mean[0] / mean[1])
        inside += abs(estimate.value - 1.0) < estimate.error
    # 68 % of 200, standard deviation 6.6; false alarm below 1e-6.
    assert 103 <= inside <= 169


def test_autocovariance_sums_are_means_of_products():
    x = np.random.default_rng(3).normal(size=(3, 50))
    sums = autocovariance_sums(x, [0, 4])
    assert sums[:, 0] == pytest.approx((x**2).mean(axis=1))
    assert sums[1, 1] == pytest.approx(np.mean(x[1, :-4] * x[1, 4:]))
    assert sums[:, 2] == pytest.approx(x.mean(axis=1))
