"""Decorrelation against its slow twin, and what it makes of correlated inputs."""

import naive_learning as naive
import numpy as np
import pytest

from mtjphys import learning
from mtjphys.core.errors import ParameterError


@pytest.mark.parametrize("whitening", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("n_samples", [3, 40])
def test_decorrelation_is_its_naive_twin_for_small_and_large_batches(n_samples, whitening):
    stream = np.random.default_rng(5)
    x, matrix = stream.standard_normal((n_samples, 7)), stream.standard_normal((7, 7))
    expected = np.array(naive.decorrelation(x, matrix, whitening))
    np.testing.assert_allclose(learning.decorrelation_step(x, matrix, whitening), expected, rtol=1e-12, atol=1e-14)
    moved = matrix.copy()
    learning.Decorrelation(0.1, whitening).update([moved], [x], 0.5)
    np.testing.assert_allclose(moved, matrix - 0.05 * expected, rtol=1e-12, atol=1e-14)


def test_decorrelation_removes_correlations_and_no_more():
    stream = np.random.default_rng(6)
    mixing = np.eye(6) + 0.5 * stream.standard_normal((6, 6))
    x = stream.standard_normal((4000, 6)) @ mixing.T
    matrices = [np.eye(6)]
    rule = learning.Decorrelation(0.02)

    def off_diagonal(samples):
        c = np.corrcoef(samples.T)
        return np.abs(c - np.eye(6)).max()

    before = off_diagonal(x)
    for _ in range(800):
        rule.update(matrices, [x @ matrices[0].T])
    assert before > 0.3
    assert off_diagonal(x @ matrices[0].T) < 0.02
    # Variances are not driven to one, as whitening would.
    assert np.abs((x @ matrices[0].T).var(axis=0) - 1).max() > 0.2


def moments_after(whitening, updates=1500):
    """Return <xb xb^T> before and after learning R on correlated inputs of unequal variance."""
    stream = np.random.default_rng(6)
    x = stream.standard_normal((500, 5)) @ (np.eye(5) + 0.4 * stream.standard_normal((5, 5)))
    matrices = [np.eye(5)]
    for _ in range(updates):
        learning.Decorrelation(0.05, whitening).update(matrices, [x @ matrices[0].T])
    decorrelated = x @ matrices[0].T
    return x.T @ x / 500, decorrelated.T @ decorrelated / 500


def test_whitening_makes_the_covariance_the_identity():
    before, after = moments_after(0.5)
    assert np.abs(before - np.eye(5)).max() > 0.3
    np.testing.assert_allclose(after, np.eye(5), atol=1e-6)


def test_whitening_without_decorrelation_scales_the_variances_alone():
    before, after = moments_after(1.0)
    scale = np.sqrt(np.diag(before))
    np.testing.assert_allclose(after, before / np.outer(scale, scale), atol=1e-6)


def test_schedule_scales_the_decorrelation():
    x = np.array([[1.0, 2.0]])
    half, whole = [np.eye(2)], [np.eye(2)]
    learning.Decorrelation(0.1).update(half, [x], 0.5)
    learning.Decorrelation(0.05).update(whole, [x])
    np.testing.assert_allclose(half[0], whole[0], rtol=1e-15)
    np.testing.assert_allclose(half[0], [[1.0, -0.1], [-0.1, 1.0]], rtol=1e-15)


def test_centring_removes_the_means_of_what_is_decorrelated():
    stream = np.random.default_rng(7)
    x = 2.0 + stream.standard_normal((500, 4)) @ (np.eye(4) + 0.4 * stream.standard_normal((4, 4)))
    network = learning.Network([4, 2], decorrelated=True, dtype=np.float64)
    rule = learning.Decorrelation(0.02, centring=0.1)
    for _ in range(800):
        rule.update(network.decorrelations, network.forward(x).inputs, centres=network.centres)
    (xb,) = network.forward(x).inputs
    assert np.abs(xb.mean(axis=0)).max() < 1e-3
    assert np.abs(np.corrcoef(xb.T) - np.eye(4)).max() < 0.02
    assert np.abs(np.corrcoef(x.T) - np.eye(4)).max() > 0.3


def test_centring_without_centres_is_refused():
    with pytest.raises(ParameterError, match=r"centring=0\.1 .* give those of the network"):
        learning.Decorrelation(0.1, centring=0.1).update([np.eye(2)], [np.ones((1, 2))])
