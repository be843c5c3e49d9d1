"""Hidden Markov fit: an independent library, the chain of the paper, errors by the numerical Hessian."""

import math
import warnings
from contextlib import contextmanager

import numpy as np
import pytest
from chains import OVERLAPPING, PAPER, chain

from mtjphys import telegraph
from mtjphys.core.errors import MtjphysWarning
from mtjphys.kernels import telegraph as kernels
from mtjphys.kernels.telegraph import TwoLevelModel
from mtjphys.telegraph import hidden_markov


@contextmanager
def of_others():
    """Let another package's code run whatever it warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_fit_matches_hmmlearn():
    _, values = chain(OVERLAPPING, 5000, seed=8)
    start = TwoLevelModel(-0.5, 1.0, 1.0, 1.0, 0.1, 0.1)
    with of_others():
        hmm = pytest.importorskip("hmmlearn.hmm")
        peer = hmm.GaussianHMM(
            2, "diag", min_covar=0, covars_prior=0, covars_weight=0, n_iter=5000, tol=1e-9, params="tmc", init_params=""
        )
        peer.startprob_ = np.array([0.5, 0.5])
        peer.transmat_ = np.array([[1 - start.flip_up, start.flip_up], [start.flip_down, 1 - start.flip_down]])
        peer.means_ = np.array([[start.mean_low], [start.mean_high]])
        peer.covars_ = np.array([[start.variance_low], [start.variance_high]])
        before = peer.score(values[:, None])
        peer.fit(values[:, None])
        after, path = peer.score(values[:, None]), peer.predict(values[:, None])
    theirs = TwoLevelModel(*peer.means_.ravel(), *peer.covars_.ravel(), peer.transmat_[0, 1], peer.transmat_[1, 0])
    assert kernels.expectations(values, start, 0.5).log_likelihood == pytest.approx(before, abs=1e-6)
    model, log_likelihood, *_ = hidden_markov.baum_welch(values[None], start, 1e-9, 5000)
    assert log_likelihood == pytest.approx(after, abs=1e-6)
    np.testing.assert_allclose(np.array(model), np.array(theirs), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(kernels.viterbi(values, theirs, 0.5), path)


def test_chain_of_the_paper_is_recovered():
    _, values = chain(PAPER, 100_000, seed=11)
    result = telegraph.analyse(values, sample_interval=1.0)
    assert result.level_low.value == pytest.approx(PAPER.mean_low, abs=5 * 9.1e-4 / math.sqrt(5e4))
    assert result.level_high.value == pytest.approx(PAPER.mean_high, abs=5 * 9.1e-4 / math.sqrt(5e4))
    assert result.noise_low.value == pytest.approx(0.00090841466, rel=5 / math.sqrt(1e5))
    for flip in (result.flip_up, result.flip_down):
        # 5 sigma of a binomial proportion in 5e4 trials
        assert flip.value == pytest.approx(0.0809, abs=5 * math.sqrt(0.0809 * 0.92 / 5e4))
    # C(k) = (1 - 2p)^k falls to 1/e after 5.67 samples
    assert result.tau_c.value == pytest.approx(5.67, rel=0.05)
    assert result.autocorrelation.time == pytest.approx(5.67, rel=0.05)
    assert result.autocorrelation.value[1] == pytest.approx(0.8382 * 0.977, abs=0.01)
    assert result.dwell_low.durations.mean() == pytest.approx(1 / 0.0809, rel=0.06)
    # continuous time: flips between samples make the rate higher than p per sample
    assert 1 / result.rate_up.value == pytest.approx(2 * 5.67, rel=0.06)
    assert result.quality.two_level
    assert result.quality.separation == pytest.approx(13.06, rel=0.02)


def test_standard_errors_against_the_numerical_hessian():
    _, values = chain(OVERLAPPING, 4000, seed=14)
    model = hidden_markov.baum_welch(values[None], OVERLAPPING, 1e-9, 5000).model

    def log_likelihood(theta):
        mean, variance, odds = theta[:2], np.exp(theta[2:4]), np.exp(theta[4:])
        moved = TwoLevelModel(*mean, *variance, *(odds / (1 + odds)))
        return kernels.forward_backward(values, moved, 0.5)[1]

    flips = np.array(model[4:])
    centre = np.array([*model[:2], *np.log(model[2:4]), *np.log(flips / (1 - flips))])
    h = 1e-3 * np.eye(6)
    hessian = np.array(
        [
            [
                sum(a * b * log_likelihood(centre + a * h[i] + b * h[j]) for a in (1, -1) for b in (1, -1)) / 4e-6
                for j in range(6)
            ]
            for i in range(6)
        ]
    )
    covariance = np.linalg.inv(-hessian)
    single, pair = hidden_markov.standard_errors(values[None], model)
    np.testing.assert_allclose(single, np.diag(covariance)[:4], rtol=0.01)
    to_log = np.outer(1 - flips, 1 - flips)
    np.testing.assert_allclose(pair, covariance[4:, 4:] * to_log, rtol=0.01)


def test_unconverged_fit_warns():
    _, values = chain(OVERLAPPING, 3000, seed=71)
    with pytest.warns(MtjphysWarning, match="raise max_iterations or tolerance"):
        telegraph.analyse(values, sample_interval=1.0, max_iterations=2)
