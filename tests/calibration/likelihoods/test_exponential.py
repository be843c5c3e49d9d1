"""Exponential times: means, lists, times cut off, none seen."""

import numpy as np
import pytest
from likelihood_checks import check_information, check_likelihood
from scipy import stats
from waveform_checks import check_refused

from mtjphys.calibration.likelihoods import Exponential
from mtjphys.core.errors import DataError

MEANS, COUNTS = np.array([2e-6, 3e-3, 0.4]), np.array([200, 7, 1])
ETA = np.log([2.2e-6, 2e-3, 1.0])


def test_it_is_a_likelihood_and_scipys_gamma():
    likelihood = Exponential.of_means(MEANS, COUNTS)
    total = MEANS * COUNTS
    assert likelihood.log_likelihood(ETA) == pytest.approx(
        stats.gamma(COUNTS, scale=np.exp(ETA)).logpdf(total).sum(), rel=1e-10
    )
    check_likelihood(likelihood, ETA, stats.gamma(COUNTS, scale=MEANS).logpdf(total).sum())
    check_information(likelihood, ETA, 2000, np.random.default_rng(1))


def test_stays_that_were_cut_off():
    """Each complete time has the density exp(-t/tau)/tau, each censored one the probability exp(-t/tau)."""
    complete, censored, eta = np.array([1.0, 0.3, 2.0]), np.array([0.7, 0.1]), 0.2
    likelihood = Exponential.of_stays([complete], [censored])
    law = stats.expon(scale=np.exp(eta))
    expected = law.logpdf(complete).sum() + law.logsf(censored).sum()
    assert (likelihood.log_likelihoods(np.array([eta])))[0] == pytest.approx(expected, rel=1e-12)
    assert likelihood.events[0] == 3


def test_no_end_seen_is_a_lower_limit():
    """Nothing in 10 s: twice the logarithm of exp(-10 s/tau)."""
    likelihood = Exponential(10.0, 0)
    for tau in (1.0, 1e3):
        assert likelihood.residuals([np.log(tau)])[0] == pytest.approx(np.sqrt(20.0 / tau))
    check_likelihood(likelihood, np.log([7.0]), 0.0)
    drawn = [
        Exponential(np.full(500, 10.0), np.zeros(500)).replicate(np.log(np.full(500, 4.0)), np.random.default_rng(2))
    ]
    assert abs(drawn[0].events.mean() - 2.5) < 5 * np.sqrt(2.5 / 500)


def test_bad_input():
    check_refused(DataError, r"total\[0\]=0", lambda: Exponential(0.0, 1))
    check_refused(DataError, r"events\[0\]=-1", lambda: Exponential(1.0, -1))
    check_refused(DataError, r"count\[0\]=0", lambda: Exponential.of_means(1.0, 0))
    check_refused(DataError, "1 lists", lambda: Exponential.of_stays([[1.0]], [[1.0], []]))
