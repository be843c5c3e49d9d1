"""Kernels of averaged telegraph signals: products of matrices, their derivatives, exact samples."""

import numpy as np
import pytest
from occupation_laws import product

from mtjphys.kernels import averaged_telegraph as kernels

START, SPACING, NODES, HIGH = -1.0, 0.05, 60, 0.3


def smooth_table():
    """Shares and a logarithm that cubics hold exactly."""
    y = START + SPACING * np.arange(NODES)
    shares = np.stack([0.3 + 0.1 * y - 0.05 * y**3, 0.2 - 0.1 * y, 0.1 + 0.05 * y**2, 0.4 - 0.05 * y**2 + 0.05 * y**3])
    return np.column_stack([0.7 * y - y**2, *shares])


def matrices(values):
    shares = np.stack(
        [
            0.3 + 0.1 * values - 0.05 * values**3,
            0.2 - 0.1 * values,
            0.1 + 0.05 * values**2,
            0.4 - 0.05 * values**2 + 0.05 * values**3,
        ]
    )
    return (np.exp(0.7 * values - values**2) * shares).T.reshape(-1, 2, 2)


def trace(n):
    return np.random.default_rng(1).uniform(-0.9, 1.7, n)


def test_the_likelihood_is_the_product_of_matrices():
    values = trace(2000)
    filtered = np.empty(values.size)
    value = kernels.log_likelihood(values, START, SPACING, smooth_table(), HIGH, filtered)
    assert value == pytest.approx(product(matrices(values), HIGH), rel=1e-12)
    state = np.array([1 - HIGH, HIGH])
    for t in range(5):
        state = state @ matrices(values)[t]
        assert filtered[t] == pytest.approx(state[1] / state.sum(), rel=1e-12)


def test_the_adjoint_is_the_derivative_by_each_entry():
    values, table = trace(300), smooth_table()
    filtered = np.empty(values.size)
    kernels.log_likelihood(values, START, SPACING, table, HIGH, filtered)
    gradient, by_high = kernels.adjoint(values, START, SPACING, table, HIGH, filtered)

    def value(changed, high=HIGH):
        return kernels.log_likelihood(values, START, SPACING, changed, high, np.empty(0))

    for node, column in [(4, 0), (20, 1), (21, 2), (40, 3), (33, 4)]:
        step = np.zeros(table.shape)
        step[node, column] = 1e-5
        assert gradient[node, column] == pytest.approx((value(table + step) - value(table - step)) / 2e-5, rel=1e-5)
    assert by_high == pytest.approx((value(table, HIGH + 1e-5) - value(table, HIGH - 1e-5)) / 2e-5, rel=1e-5)


def correlations(shares):
    deviation = shares - shares.mean()
    return deviation.var(), (deviation[1:] * deviation[:-1]).mean()


@pytest.mark.parametrize("aperture", [1.0, 0.4, 0.0])
def test_samples_have_the_moments_of_the_process(aperture):
    """With l = both rates, w the aperture and p the occupation: Var = p(1-p) 2 (l w - 1 + e^(-l w))/(l w)^2."""
    up, down, n = 2.0, 1.0, 200_000
    shares = kernels.sample_averages(np.random.default_rng(2), up, down, 1.0, aperture, 0.0, n)
    p, x = up / (up + down), (up + down) * aperture
    variance, neighbours = correlations(shares)
    expected = p * (1 - p) * (2 * (x - 1 + np.exp(-x)) / x**2 if x else 1.0)
    following = p * (1 - p) * np.exp(-(up + down) * (1 - aperture)) * ((1 - np.exp(-x)) / x if x else 1.0) ** 2
    following *= 1.0 if x else np.exp(0.0)
    assert abs(shares.mean() - p) < 5 * np.sqrt(2 * expected / n)
    assert variance == pytest.approx(expected, rel=5 * np.sqrt(4 / n))
    assert abs(neighbours - following) < 5 * expected * np.sqrt(2 / n)


def test_samples_of_an_amplifier_have_the_moments_of_its_weight():
    """Weight w ~ e^(d t): <int int w w e^(-l |t - s|)> by quadrature on a grid."""
    up, down, decay, n = 2.0, 1.0, 3.0, 200_000
    shares = kernels.sample_averages(np.random.default_rng(3), up, down, 1.0, 1.0, decay, n)
    t = (np.arange(2000) + 0.5) / 2000
    weight = np.exp(decay * t) / np.exp(decay * t).sum()
    p = up / (up + down)
    expected = p * (1 - p) * weight @ np.exp(-(up + down) * np.abs(t[:, None] - t)) @ weight
    following = p * (1 - p) * weight @ np.exp(-(up + down) * (1.0 + t[:, None] - t)).T @ weight
    variance, neighbours = correlations(shares)
    assert variance == pytest.approx(expected, rel=5 * np.sqrt(4 / n))
    assert abs(neighbours - following) < 5 * expected * np.sqrt(2 / n)
