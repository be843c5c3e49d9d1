"""Confidence intervals of counts and of exponential means."""

import numpy as np
import pytest
from scipy.stats import chi2, poisson

from mtjphys.telegraph.intervals import chi_square_interval, poisson_interval


def test_the_interval_of_a_count_is_garwoods():
    events = np.array([0, 1, 5, 400])
    low, high = poisson_interval(events, 0.95)
    np.testing.assert_allclose(high, 0.5 * chi2.ppf(0.975, 2 * events + 2))
    np.testing.assert_allclose(low[1:], 0.5 * chi2.ppf(0.025, 2 * events[1:]))
    assert low[0] == 0.0
    # At either end of the interval the count would be as far out as 2.5 %.
    np.testing.assert_allclose(poisson.sf(events[1:] - 1, low[1:]), 0.025)
    np.testing.assert_allclose(poisson.cdf(events, high), 0.025)


def test_the_interval_of_a_mean_is_that_of_its_count():
    found = chi_square_interval(2.0, 5, 1.0, 0.95)
    low, high = poisson_interval(5, 0.95)
    assert (found.low, found.high) == pytest.approx((10.0 / high, 10.0 / low))
    wide = chi_square_interval(2.0, 5, 2.0, 0.95)
    assert wide.high / wide.value == pytest.approx((found.high / found.value) ** 2)
