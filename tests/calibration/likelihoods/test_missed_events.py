"""Apparent stays against the published code of the law's authors' school, its moments, and simulated records."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from waveform_checks import check_refused

from mtjphys.calibration.likelihoods import ApparentStays, apparent_density, impose_resolution
from mtjphys.calibration.likelihoods.missed_events import apparent_moments
from mtjphys.core.errors import DataError
from mtjphys.kernels import telegraph

# HJCFIT 1.2.0 (University College London), MissedEventsG of a matrix of two states and Log10Likelihood of one group of
# stays, exact within five dead times: (tau, tau of the other state, dead time), densities of both states, and
# log-likelihood.
HJCFIT = [
    (
        (1e-3, 2e-3, 1e-4),
        ([3.1e-4, 7e-4, 5e-3], [777.3741178379075, 536.9290624099975, 9.077186187896917]),
        ([3.1e-4, 1.3e-3, 2.4e-3], [410.5171639855447, 262.58748983657, 159.8287203796195]),
        25.792239029345765,
    ),
    (
        (1e-3, 5e-4, 3e-4),
        ([3.1e-4, 7e-4, 5e-3], [543.4050243983169, 418.32861440773036, 45.536021855484535]),
        ([3.1e-4, 1.3e-3, 2.4e-3], [1452.443791697047, 344.67801051139713, 76.72216342743334]),
        26.335427238828597,
    ),
    (
        (2e-4, 1e-3, 2e-4),
        ([3.1e-4, 7e-4, 5e-3], [2445.4509706555047, 569.057637206668, 7.724407365405376e-05]),
        ([3.1e-4, 1.3e-3, 2.4e-3], [338.256030993122, 237.4924788430038, 161.77342105175245]),
        15.233758869990723,
    ),
]


@pytest.mark.parametrize(("times", "low", "high", "log_likelihood"), HJCFIT)
def test_the_law_is_that_of_hjcfit(times, low, high, log_likelihood):
    tau, other, dead = times
    np.testing.assert_allclose(apparent_density(low[0], tau, other, dead), low[1], rtol=1e-7)
    np.testing.assert_allclose(apparent_density(high[0], other, tau, dead), high[1], rtol=1e-7)
    stays = ApparentStays([7e-4, 3.1e-4, 5e-3], [1.3e-3, 2.4e-3], dead)
    assert stays.log_likelihood(np.log([tau, other])) == pytest.approx(log_likelihood, rel=1e-8)


@pytest.mark.parametrize(("a", "b"), [(0.1, 0.1), (1.0, 1.0), (0.2, 3.0), (2.0, 0.5)])
def test_the_moments_are_those_of_the_law(a, b):
    """Rates in dead times; the mean is also that of the docstring of telegraph.analyse."""
    points = [1.0 + k for k in range(1, 8)]

    def moment(power):
        def integrand(t):
            return (t - 1.0) ** power * apparent_density([t], 1 / a, 1 / b, 1.0)[0]

        near = quad(integrand, 1.0, 8.0, points=points, epsabs=0, epsrel=1e-10, limit=200)[0]
        return near + quad(integrand, 8.0, np.inf, epsabs=0, epsrel=1e-10, limit=200)[0]

    mean, c_squared = apparent_moments(np.array(1 / a), np.array(1 / b), np.array(1.0))
    assert moment(0) == pytest.approx(1.0, rel=1e-6)
    assert moment(1) == pytest.approx(mean, rel=1e-6)
    assert moment(2) / moment(1) ** 2 - 1.0 == pytest.approx(c_squared, rel=1e-5)
    assert mean + 1.0 == pytest.approx(math.exp(b) * (1 / a + 1 / b) - 1 / b, rel=1e-12)


def test_without_a_dead_time_it_is_exponential():
    t = np.array([0.0, 0.3, 2.0])
    np.testing.assert_allclose(apparent_density(t, 0.5, 3.0, 0.0), 2 * np.exp(-2 * t))
    np.testing.assert_allclose(apparent_density(t + 1e-9, 0.5, 3.0, 1e-9), 2 * np.exp(-2 * t), rtol=1e-8)


def test_apparent_stays_are_those_of_the_sampled_kernel():
    """Whole numbers of samples, by the runs that the kernel leaves of them."""
    stays = np.random.default_rng(1).geometric(0.2, 400)
    stays[0] = 10
    states = np.repeat(np.arange(400) % 2, stays).astype(np.int8)
    runs = telegraph.run_lengths(telegraph.impose_dead_time(states, 4))
    np.testing.assert_array_equal(impose_resolution(stays, 4), runs[:-1])


@pytest.fixture(scope="module")
def stays():
    """A record of which a third of the stays is missed."""
    return ApparentStays([1.0] * 3000, [1.0] * 3000, 0.5).replicate(np.log([1.0, 2.0]), np.random.default_rng(2))


def test_simulated_stays_follow_the_law(stays):
    """Kolmogorov's statistic is above 2.7 once in a million."""
    for seen, tau, other in ((stays.low, 1.0, 2.0), (stays.high, 2.0, 1.0)):
        grid = np.linspace(0.5, seen.max(), 200_001)
        density = apparent_density(grid, tau, other, 0.5)
        below = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))]) * (grid[1] - grid[0])
        expected = np.interp(np.sort(seen), grid, below)
        assert np.abs(expected - (np.arange(seen.size) + 0.5) / seen.size).max() < 2.7 / math.sqrt(seen.size)


def test_the_fit_corrects_for_what_is_missed(stays):
    truth = np.log([1.0, 2.0])
    assert np.all(np.exp(stays.start) > [1.2, 2.2])  # uncorrected, 8 and more standard errors too long
    residuals = stays.residuals(truth)
    assert residuals @ residuals < 30
    assert residuals @ residuals == pytest.approx(
        2 * (stays.log_likelihood(stays.best) - stays.log_likelihood(truth)), rel=1e-6
    )
    assert np.sqrt(np.diag(np.linalg.inv(stays.information(stays.best)))).max() < 0.04


def test_bad_input():
    check_refused(
        DataError, r"low\[0\]=0.1 is not a stay of at least the dead time", lambda: ApparentStays([0.1], [1.0], 0.5)
    )
