"""The restricted likelihood of a population, against the normal law of what was measured."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from mtjphys.calibration.devices.restricted import Quadratic

LOWER = np.tril_indices(3)


def devices(seed: int = 0, number: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Return values and covariances of devices."""
    rng = np.random.default_rng(seed)
    roots = rng.standard_normal((number, 3, 3))
    return rng.standard_normal((number, 3)), roots @ roots.transpose(0, 2, 1) + 0.1 * np.eye(3)


def forms(values: np.ndarray, covariances: np.ndarray) -> Quadratic:
    precision = np.linalg.inv(covariances)
    return Quadratic(precision, np.einsum("nij,nj->ni", precision, values))


def factor_of(entries: np.ndarray) -> np.ndarray:
    factor = np.zeros((3, 3))
    factor[LOWER] = entries
    return factor


def marginal(values: np.ndarray, covariances: np.ndarray, factor: np.ndarray) -> tuple[float, np.ndarray]:
    """Return ln of the law of independent contrasts and the mean by generalised least squares (Harville)."""
    weights = np.linalg.inv(covariances + factor @ factor.T)
    information = weights.sum(axis=0)
    mean = np.linalg.solve(information, np.einsum("nij,nj->i", weights, values))
    away = values - mean
    logs = 0.5 * np.linalg.slogdet(weights)[1] - 0.5 * np.einsum("ni,nij,nj->n", away, weights, away)
    return float(logs.sum()) - 0.5 * float(np.linalg.slogdet(information)[1]), mean


def test_it_is_that_of_the_values_that_were_measured():
    values, covariances = devices()
    one, other = (np.random.default_rng(seed).standard_normal(6) for seed in (1, 2))
    expected = [marginal(values, covariances, factor_of(entries)) for entries in (one, other)]
    found = [forms(values, covariances).restricted(factor_of(entries)) for entries in (one, other)]
    assert found[0].value - found[1].value == pytest.approx(expected[0][0] - expected[1][0], rel=1e-10)
    np.testing.assert_allclose(found[0].mean, expected[0][1], rtol=1e-10)


@pytest.mark.parametrize("scale", [1.0, 0.0])
def test_the_slope_is_one_and_regular_without_spread(scale: float):
    quadratic = forms(*devices())
    entries = scale * np.random.default_rng(3).standard_normal(6)

    def value(entries: np.ndarray) -> float:
        return quadratic.restricted(factor_of(entries)).value

    slope = quadratic.restricted(factor_of(entries)).slope[LOWER]
    expected = [(value(entries + step) - value(entries - step)) / 2e-5 for step in 1e-5 * np.eye(6)]
    np.testing.assert_allclose(slope, expected, atol=1e-6)
    assert np.isfinite(approx_fprime(entries, value)).all()


def test_a_device_that_says_nothing_changes_nothing():
    values, covariances = devices()
    quadratic = forms(values, covariances)
    more = Quadratic(
        np.concatenate((quadratic.precision, np.zeros((1, 3, 3)))), np.concatenate((quadratic.shift, np.zeros((1, 3))))
    )
    factor = factor_of(np.random.default_rng(1).standard_normal(6))
    assert more.restricted(factor).value == pytest.approx(quadratic.restricted(factor).value, rel=1e-12)
    given = more.conditional(np.arange(3.0), factor)
    np.testing.assert_allclose(given.mean[-1], np.arange(3.0))
    np.testing.assert_allclose(given.covariance[-1], factor @ factor.T)


def test_a_device_is_its_data_and_the_population_weighed_against_each_other():
    values, covariances = devices()
    factor, mean = factor_of(np.random.default_rng(1).standard_normal(6)), np.array([0.3, -1.0, 2.0])
    given = forms(values, covariances).conditional(mean, factor)
    sigma = factor @ factor.T
    for k in range(len(values)):
        covariance = np.linalg.inv(np.linalg.inv(covariances[k]) + np.linalg.inv(sigma))
        expected = covariance @ (np.linalg.solve(covariances[k], values[k]) + np.linalg.solve(sigma, mean))
        np.testing.assert_allclose(given.covariance[k], covariance, rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(given.mean[k], expected, rtol=1e-8)
        np.testing.assert_allclose(given.share[k], covariance @ np.linalg.inv(sigma), rtol=1e-6, atol=1e-9)
