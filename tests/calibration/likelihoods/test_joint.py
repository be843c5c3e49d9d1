"""Residuals of data that speak of two values together: their squares are the deviance."""

import numpy as np
from likelihood_checks import derivative

from mtjphys.calibration.likelihoods.joint import Joint


class Crooked(Joint):
    """ln L = -(x + x^2 y/4)^2 - 2 (y - x^3/10)^2, with its maximum at zero."""

    @property
    def start(self):
        return np.array([0.3, -0.2])

    def log_likelihood(self, eta):
        x, y = eta
        return float(-((x + x * x * y / 4) ** 2) - 2 * (y - x**3 / 10) ** 2 - 7.0)

    def replicate(self, eta, generator):
        return self


def test_the_deviance_is_the_sum_of_squares_and_the_slopes_are_its_derivative():
    likelihood = Crooked()
    np.testing.assert_allclose(likelihood.best, 0.0, atol=1e-5)
    np.testing.assert_allclose(likelihood.information(np.zeros(2)), np.diag([2.0, 4.0]), atol=1e-6)
    for eta in ([0.5, -0.4], [-1.0, 0.3], [0.02, 0.05]):
        eta = np.array(eta)
        residuals, slopes = likelihood.residuals(eta), likelihood.slopes(eta)
        np.testing.assert_allclose(residuals @ residuals, -2 * likelihood.log_likelihood(eta) - 14.0, rtol=1e-7)
        np.testing.assert_allclose(slopes, derivative(likelihood.residuals, eta), rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(-residuals @ slopes, likelihood.gradient(eta), rtol=1e-5)


def test_at_the_maximum_they_are_linear():
    likelihood = Crooked()
    np.testing.assert_allclose(likelihood.residuals([1e-6, 0.0]), -np.sqrt(2) * np.array([1e-6, 0.0]), atol=1e-6)
    np.testing.assert_allclose(likelihood.slopes(likelihood.best), -np.diag([np.sqrt(2), 2.0]), atol=1e-5)
