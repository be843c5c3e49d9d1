"""Binomial counts against scipy, exact at none and all."""

import numpy as np
import pytest
from likelihood_checks import check_information, check_likelihood
from scipy import stats
from scipy.special import expit
from waveform_checks import check_refused

from mtjphys.calibration.likelihoods import Binomial
from mtjphys.core.errors import DataError

ETA = np.array([-2.0, 0.3, 1.0, -4.0, 5.0])


def test_it_is_a_likelihood_and_scipys():
    counts, trials = np.array([2, 9, 0, 0, 40]), np.array([30, 12, 7, 40, 40])
    likelihood = Binomial(counts, trials)
    assert likelihood.log_likelihood(ETA) == pytest.approx(
        stats.binom.logpmf(counts, trials, expit(ETA)).sum(), rel=1e-12
    )
    check_likelihood(likelihood, ETA, stats.binom.logpmf(counts, trials, counts / trials).sum())


def test_information_is_the_variance_of_the_gradient():
    check_information(Binomial(np.ones(5), [30, 12, 7, 400, 1000]), ETA, 2000, np.random.default_rng(1))


def test_none_and_all():
    """-2 ln (1 - p)^n and -2 ln p^n, and nothing to say where they are certain."""
    likelihood = Binomial([0, 20], [20, 20])
    np.testing.assert_allclose(
        likelihood.residuals([-1.0, 1.0]), [-np.sqrt(40 * np.log1p(np.exp(-1))), np.sqrt(40 * np.log1p(np.exp(-1)))]
    )
    np.testing.assert_array_equal(likelihood.residuals([-800.0, 800.0]), [0.0, 0.0])
    np.testing.assert_array_equal(likelihood.slopes([-800.0, 800.0]), [0.0, 0.0])


def test_effective_samples_are_not_whole():
    occupation = Binomial(0.25 * 10.5, 10.5)
    assert occupation.information([0.0])[0] == pytest.approx(10.5 / 4)
    drawn = occupation.replicate([0.0], np.random.default_rng(2))
    assert drawn.trials[0] == 10.5
    assert 0.0 <= drawn.successes[0] <= 10.5


def test_bad_input():
    check_refused(DataError, r"successes\[1\]=5", lambda: Binomial([1, 5], [4, 4]))
    check_refused(DataError, r"trials\[0\]=0", lambda: Binomial(0, 0))
