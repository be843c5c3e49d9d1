"""Gaussian errors, correlated ones, and a common factor of them that is uncertain: Student's law."""

import math

import numpy as np
import pytest
from likelihood_checks import check_information, check_likelihood
from scipy import stats
from waveform_checks import check_refused

from mtjphys.calibration.likelihoods import Gaussian, log_normal
from mtjphys.core.errors import DataError, ParameterError

OBSERVED, ETA = np.array([3.0, -1.0, 10.0]), np.array([2.0, -1.5, 11.0])
ERROR = np.array([0.5, 1.0, 2.0])
COVARIANCE = np.diag(ERROR**2) + 0.2


@pytest.mark.parametrize("nu", [math.inf, 3.0])
@pytest.mark.parametrize("error", [ERROR, COVARIANCE])
def test_it_is_a_likelihood_and_scipys(error, nu):
    likelihood = Gaussian(OBSERVED, error, nu)
    covariance = np.diag(error**2) if error.ndim == 1 else error
    law = stats.multivariate_normal(ETA, covariance) if nu == math.inf else stats.multivariate_t(ETA, covariance, df=nu)
    assert likelihood.log_likelihood(ETA) == pytest.approx(law.logpdf(OBSERVED), rel=1e-12)
    check_likelihood(likelihood, ETA, likelihood.log_likelihood(OBSERVED))
    check_likelihood(likelihood, OBSERVED + 1e-4, likelihood.log_likelihood(OBSERVED))
    np.testing.assert_array_equal(likelihood.residuals(OBSERVED), 0.0)
    check_information(likelihood, ETA, 2000, np.random.default_rng(1))


def test_correlated_residuals_have_a_unit_covariance():
    likelihood, generator = Gaussian(OBSERVED, COVARIANCE), np.random.default_rng(2)
    residuals = np.array([likelihood.replicate(ETA, generator).residuals(ETA) for _ in range(2000)])
    np.testing.assert_allclose(residuals.T @ residuals / 2000, np.eye(3), atol=5 * math.sqrt(2 / 2000))


def test_the_dispersion_is_the_factor_of_the_errors():
    n = 3000
    data = 0.1 * 2.5 * np.random.default_rng(3).standard_normal(n)
    assert Gaussian(data, 0.1).dispersion(np.zeros(n)) == pytest.approx(2.5, rel=5 / math.sqrt(2 * n))


def test_log_normal_is_relative():
    likelihood = log_normal([1e-9, 2.0], [1e-10, 0.2])
    np.testing.assert_allclose(likelihood.residuals(np.log([1e-9 * math.exp(0.1), 2.0])), [-1.0, 0.0], atol=1e-12)


def test_bad_input():
    check_refused(DataError, r"error\[1\]=0", lambda: Gaussian([1.0, 2.0], [1.0, 0.0]))
    check_refused(DataError, "not positive definite", lambda: Gaussian([1.0, 2.0], [[1.0, 2.0], [2.0, 1.0]]))
    check_refused(DataError, r"shape \(1, 1\)", lambda: Gaussian([1.0, 2.0], [[1.0]]))
    check_refused(DataError, r"mean\[0\]=0", lambda: log_normal(0.0, 1.0))
    check_refused(ParameterError, "degrees_of_freedom=0", lambda: Gaussian(1.0, 1.0, 0.0))
