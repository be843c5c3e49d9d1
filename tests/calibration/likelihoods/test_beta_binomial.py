"""Beta-binomial counts against scipy, and the binomial as their limit."""

import numpy as np
import pytest
from likelihood_checks import check_likelihood
from scipy import stats
from scipy.special import expit
from waveform_checks import check_refused

from mtjphys.calibration.likelihoods import BetaBinomial, Binomial
from mtjphys.core.errors import ParameterError

COUNTS, TRIALS = np.array([2, 9, 0, 40]), np.array([30, 12, 7, 40])
ETA = np.array([-2.0, 0.3, 1.0, 2.0])


@pytest.mark.parametrize("correlation", [0.01, 0.3])
def test_it_is_a_likelihood_and_scipys(correlation):
    likelihood, strength = BetaBinomial(COUNTS, TRIALS, correlation), 1 / correlation - 1
    law = stats.betabinom(TRIALS, strength * expit(ETA), strength * expit(-ETA))
    assert likelihood.log_likelihood(ETA) == pytest.approx(law.logpmf(COUNTS).sum(), rel=1e-10)
    best = likelihood.best[:2]
    np.testing.assert_allclose(likelihood.gradients(np.array([*best, 0.0, 0.0]))[:2], 0.0, atol=1e-9)
    saturated = BetaBinomial(COUNTS[:2], TRIALS[:2], correlation).log_likelihood(best)  # the others are certain
    check_likelihood(likelihood, ETA, saturated)


def test_without_correlation_it_is_the_binomial():
    almost, binomial = BetaBinomial(COUNTS, TRIALS, 1e-6), Binomial(COUNTS, TRIALS)
    np.testing.assert_allclose(almost.residuals(ETA), binomial.residuals(ETA), rtol=1e-3)
    np.testing.assert_allclose(almost.information(ETA), binomial.information(ETA), rtol=1e-4)


def test_the_mean_and_variance_of_replicas():
    trials, eta, correlation = np.full(4000, 50), np.full(4000, -1.0), 0.05
    drawn = BetaBinomial(np.ones(4000), trials, correlation).replicate(eta, np.random.default_rng(3)).successes
    p = expit(-1.0)
    variance = 50 * p * (1 - p) * (1 + 49 * correlation)
    assert abs(drawn.mean() - 50 * p) < 5 * np.sqrt(variance / 4000)
    squares = (drawn - 50 * p) ** 2
    assert abs(squares.mean() - variance) < 5 * squares.std() / np.sqrt(4000)


def test_the_correlation_is_found_and_its_gain():
    eta = np.full(400, 0.5)
    scattered = BetaBinomial(np.ones(400), np.full(400, 60), 0.04).replicate(eta, np.random.default_rng(4))
    law, gain = BetaBinomial.fitted(Binomial(scattered.successes, scattered.trials), eta)
    # variance of the estimate: relative 2/400 of n p (1 - p)(1 + 59 rho), as of a variance
    assert law.correlation == pytest.approx(0.04, rel=5 * np.sqrt(2 / 400) * (1 + 59 * 0.04) / (59 * 0.04))
    assert gain == pytest.approx(law.log_likelihood(eta) - Binomial(law.successes, law.trials).log_likelihood(eta))
    assert gain > 50
    plain = Binomial(np.ones(400), np.full(400, 60)).replicate(eta, np.random.default_rng(5))
    law, gain = BetaBinomial.fitted(plain, eta)
    assert gain < 6
    assert law.correlation < 0.01


def test_bad_input():
    check_refused(ParameterError, "correlation=1.0", lambda: BetaBinomial(1, 2, 1.0))
