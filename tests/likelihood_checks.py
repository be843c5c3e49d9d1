"""What every likelihood has to pass, at any eta."""

import numpy as np


def derivative(function, eta, step=1e-5):
    """Return the derivative of a function of eta, (..., points), by differences of fourth order."""
    columns = []
    for k in range(len(eta)):
        unit = step * np.eye(len(eta))[k]
        near = np.asarray(function(eta + unit)) - np.asarray(function(eta - unit))
        far = np.asarray(function(eta + 2 * unit)) - np.asarray(function(eta - 2 * unit))
        columns.append((8 * near - far) / (12 * step))
    return np.stack(columns, axis=-1)


def check_likelihood(likelihood, eta, saturated):
    """Gradient, residuals and slopes belong to the log-likelihood; `saturated` is its value at the best eta."""
    eta = np.asarray(eta, dtype=float)
    residuals, slopes = likelihood.residuals(eta), likelihood.slopes(eta)
    scale = 1.0 + np.abs(likelihood.log_likelihood(eta))
    np.testing.assert_allclose(
        likelihood.gradient(eta), derivative(likelihood.log_likelihood, eta), rtol=1e-6, atol=1e-7 * scale
    )
    np.testing.assert_allclose(
        residuals @ residuals, 2.0 * (saturated - likelihood.log_likelihood(eta)), rtol=1e-8, atol=1e-9 * scale
    )
    matrix = np.diag(slopes) if slopes.ndim == 1 else slopes
    np.testing.assert_allclose(
        matrix, derivative(likelihood.residuals, eta), rtol=1e-6, atol=1e-7 * np.abs(matrix).max()
    )
    # the chain rule of the deviance
    np.testing.assert_allclose(-residuals @ matrix, likelihood.gradient(eta), rtol=1e-7, atol=1e-9 * scale)


def check_information(likelihood, eta, draws, generator):
    """The covariance of the gradient over synthetic data is the information, within 5 sigma; its mean is zero."""
    gradients = np.array([likelihood.replicate(eta, generator).gradient(eta) for _ in range(draws)])
    information = likelihood.information(eta)
    information = np.diag(information) if information.ndim == 1 else information
    spread = np.sqrt(np.diag(information))
    scores = gradients / spread
    assert np.all(np.abs(scores.mean(axis=0)) < 5 / np.sqrt(draws))
    products = scores[:, :, None] * scores[:, None, :]
    error = products.std(axis=0) / np.sqrt(draws)
    assert np.all(np.abs(products.mean(axis=0) - information / np.outer(spread, spread)) < 5 * error)
