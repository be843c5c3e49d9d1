"""Means of apparent stays: exponential without a dead time, and what simulated records have."""

import numpy as np
import pytest
from likelihood_checks import check_information, check_likelihood
from waveform_checks import check_refused

from mtjphys.calibration.likelihoods import ApparentMeans, ApparentStays, Exponential
from mtjphys.core.errors import DataError

ETA = np.log([1e-3, 3e-3, 2e-3, 1e-3])


def test_without_a_dead_time_it_is_exponential():
    means = ApparentMeans([1.2e-3, 2e-3], [2e-3, 1e-3], [10, 20], [30, 40], 0.0)
    plain = Exponential.of_means([1.2e-3, 2e-3, 2e-3, 1e-3], [10, 20, 30, 40])
    assert means.log_likelihood(ETA) == pytest.approx(plain.log_likelihood(ETA), rel=1e-12)
    np.testing.assert_allclose(means.residuals(ETA), plain.residuals(ETA))
    np.testing.assert_allclose(means.information(ETA), np.diag(plain.information(ETA)), atol=1e-9)


def test_it_is_a_likelihood():
    means = ApparentMeans([1.3e-3, 4e-3], [2.5e-3, 1.6e-3], [100, 200], [50, 400], [3e-4, 2e-4])
    check_likelihood(means, ETA, means.law.log_likelihood(means.law.best))
    exact = ApparentMeans([1.3e-3, 4e-3], [2.5e-3, 1.6e-3], 1e5, 1e5, [3e-4, 2e-4])
    check_information(exact, ETA, 500, np.random.default_rng(1))


def test_means_of_simulated_records_scatter_as_it_says():
    """A third of the stays missed, 200 means of 100 stays: the residuals are standard normal, within 5 sigma."""
    eta, generator = np.log([1.0, 2.0]), np.random.default_rng(2)
    record = ApparentStays(np.full(20_000, 1.0), np.full(20_000, 1.0), 0.5).replicate(eta, generator)
    low, high = (side.reshape(200, 100).mean(axis=1) for side in (record.low, record.high))
    residuals = np.array([ApparentMeans(a, b, 100, 100, 0.5).residuals(eta) for a, b in zip(low, high, strict=True)])
    assert np.all(np.abs(residuals.mean(axis=0)) < 5 / np.sqrt(200))
    assert np.all(np.abs((residuals**2).mean(axis=0) - 1.0) < 5 * np.sqrt(2 / 200))


def test_means_that_no_rates_have():
    check_refused(DataError, "cannot come from two rates", lambda: ApparentMeans(1.1e-3, 1.1e-3, 10, 10, 1e-3))
    check_refused(DataError, r"low\[0\]=0.001 is not a mean stay above", lambda: ApparentMeans(1e-3, 1, 1, 1, 1e-3))
