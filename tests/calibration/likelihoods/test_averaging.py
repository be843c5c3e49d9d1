"""The law of a sample against Pedler's Bessel functions, the matrix exponential, and simulated samples."""

import math

import numpy as np
import pytest
from occupation_laws import SHARES, WEIGHTS, emissions, pedler
from scipy.linalg import expm
from scipy.stats import norm
from waveform_checks import check_refused

from mtjphys.calibration.likelihoods import Sampling, TraceParameters
from mtjphys.calibration.likelihoods.averaging import Grid, characteristic, tabulate
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.kernels.averaged_telegraph import sample_averages

PHASES = np.array([0.0, 0.3, 2.0, 20.0, 150.0])


def parameters(up, down, noise=0.1, levels=(0.2, 1.0)):
    return TraceParameters(*levels, math.log(noise), math.log(up), math.log(down))


def laws(sampling, p, low=-0.5, high=2.0):
    """Return values y and the matrices of the table, (nodes, 2, 2)."""
    grid = Grid.covering(low, high, p, sampling)
    table = tabulate(sampling, p, grid)
    values = grid.start + grid.spacing * np.arange(grid.nodes)
    return values, (np.exp(table[:, 0])[:, None] * table[:, 1:]).reshape(-1, 2, 2)


@pytest.mark.parametrize(("up", "down"), [(1e-6, 1e-6), (0.3, 2.0), (1.0, 1.0), (30.0, 10.0)])
def test_the_transform_of_pedlers_law(up, down):
    transform = np.exp(1j * PHASES[:, None] * SHARES) @ (WEIGHTS * pedler(up, down, SHARES)).T
    transform[:, 0] += np.exp(-up)
    transform[:, 3] += np.exp(-down + 1j * PHASES)
    ours = characteristic(Sampling(1e-3), up * 1e3, down * 1e3, PHASES).T
    np.testing.assert_allclose(ours, transform, rtol=1e-10, atol=1e-13)


def test_an_aperture_follows_free_switching():
    q = np.array([[-2.0, 2.0], [1.0, -1.0]])
    ours = characteristic(Sampling(1.0, aperture=0.3), 2.0, 1.0, PHASES).T.reshape(-1, 2, 2)
    expected = [expm(0.7 * q) @ expm(0.3 * q + 1j * phase * np.diag([0.0, 1.0])) for phase in PHASES]
    np.testing.assert_allclose(ours, expected, atol=1e-13)


@pytest.mark.parametrize("bandwidth", [0.02, 0.5, 20.0])
def test_an_amplifier_has_its_exponential_weight(bandwidth):
    """The ordered product over 5,000 pieces of equal time, split in two half flips about a turn: errors of 1e-7."""
    sampling, pieces = Sampling(1.0, bandwidth=bandwidth), 5000
    weights = np.diff(np.exp(sampling.decay * np.linspace(-1.0, 0.0, pieces + 1))) / (1.0 - sampling.memory)
    half = expm(np.array([[-2.0, 2.0], [1.0, -1.0]]) / (2 * pieces))
    turn = np.zeros((3, 2, 2), dtype=complex)
    turn[:, 0, 0] = 1.0
    exact = np.tile(np.eye(2, dtype=complex), (3, 1, 1))
    for weight in weights:
        turn[:, 1, 1] = np.exp(1j * PHASES[1:4] * weight)
        exact = exact @ (half @ turn @ half)
    ours = characteristic(sampling, 2.0, 1.0, PHASES[1:4])
    np.testing.assert_allclose(ours.T.reshape(-1, 2, 2), exact, atol=2e-5 if bandwidth == 20.0 else 1e-6)


def test_the_characteristic_function_of_simulated_samples():
    sampling, n = Sampling(1.0, bandwidth=0.5), 100_000
    shares = sample_averages(np.random.default_rng(1), 2.0, 1.0, 1.0, 1.0, sampling.decay, n)
    ours = characteristic(sampling, 2.0, 1.0, PHASES).T.reshape(-1, 2, 2)
    stationary = np.array([1 / 3, 2 / 3]) @ ours @ np.ones(2)
    seen = np.exp(1j * PHASES[:, None] * shares).mean(axis=1)
    assert np.all(np.abs(seen - stationary) < 5 * np.sqrt(2 / n))


@pytest.mark.parametrize(("up", "down"), [(1e-3, 3e-3), (0.3, 2.0), (10.0, 6.0)])
@pytest.mark.parametrize("quantisation", [0.0, 0.15])
def test_the_table_is_pedlers_law_with_noise(up, down, quantisation):
    p = parameters(up, down)
    values, matrices = laws(Sampling(1.0, quantisation=quantisation), p)
    inside = (values > -0.3) & (values < 1.5)
    expected = emissions(values[inside], p[:2], 0.1, up, down, quantisation)
    np.testing.assert_allclose(matrices[inside], expected, rtol=1e-8, atol=1e-12)


def test_the_tails_go_on_as_the_noise():
    p = parameters(0.3, 2.0)
    values, matrices = laws(Sampling(1.0), p, low=-2.0, high=3.0)
    far = (values < -0.8) | (values > 2.0)
    expected = emissions(values[far], p[:2], 0.1, 0.3, 2.0)
    np.testing.assert_allclose(np.log(matrices.sum(axis=(1, 2))[far]), np.log(expected.sum(axis=(1, 2))), rtol=0.02)


def test_a_sample_at_an_instant_is_the_level_with_noise():
    p = parameters(0.5, 0.25)
    values, matrices = laws(Sampling(1.0, aperture=0.0), p)
    flips = expm(np.array([[-0.5, 0.5], [0.25, -0.25]]))
    seen = norm.pdf(values[:, None, None], loc=np.array(p[:2]), scale=0.1)
    np.testing.assert_allclose(matrices, flips * seen, rtol=1e-6, atol=1e-9)


def test_a_filtered_trace_gives_the_means_before_the_filter():
    sampling, means = Sampling(1e-6, bandwidth=1e5), np.random.default_rng(2).standard_normal(50)
    values = np.zeros(51)
    for t in range(50):
        values[t + 1] = sampling.memory * values[t] + (1 - sampling.memory) * means[t]
    np.testing.assert_allclose(sampling.means(values), means)


def test_bad_input():
    check_refused(ParameterError, "aperture=2e-06 s", lambda: Sampling(1e-6, aperture=2e-6))
    check_refused(ParameterError, "leave both out", lambda: Sampling(1e-6, bandwidth=1e5, quantisation=1e-3))
    check_refused(ParameterError, "bandwidth=0", lambda: Sampling(1e-6, bandwidth=0.0))
    noiseless = parameters(1.0, 1.0, noise=1e-7)
    check_refused(DataError, "too small for the range", lambda: Grid.covering(0.0, 1.0, noiseless, Sampling(1.0)))
