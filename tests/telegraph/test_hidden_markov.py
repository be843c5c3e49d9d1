"""Hidden Markov fit: an independent library, the chain of the paper, errors by the numerical Hessian."""

import math
import warnings
from contextlib import contextmanager

import numpy as np
import pytest
from chains import OVERLAPPING, PAPER, THREE, chain, two_levels

from mtjphys import telegraph
from mtjphys.core.errors import MtjphysWarning
from mtjphys.kernels.hidden_markov import LevelModel
from mtjphys.telegraph import hidden_markov


@contextmanager
def of_others():
    """Let another package's code run whatever it warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


STARTS = {
    "two": (OVERLAPPING, two_levels(-0.5, 1.0, 1.0, 1.0, 0.1, 0.1)),
    "three": (
        THREE,
        LevelModel(np.array([-0.8, 0.5, 1.8]), np.full(3, 0.4), np.full((3, 3), 0.05) + 0.85 * np.eye(3)),
    ),
}


@pytest.mark.parametrize("case", STARTS)
def test_fit_matches_hmmlearn(case):
    model, start = STARTS[case]
    _, values = chain(model, 5000, seed=8)
    levels = start.means.size
    with of_others():
        hmm = pytest.importorskip("hmmlearn.hmm")
        peer = hmm.GaussianHMM(
            levels, "diag", min_covar=0, covars_prior=0, covars_weight=0, n_iter=5000, tol=1e-9, params="tmc",
            init_params="",
        )  # fmt: skip
        peer.startprob_ = np.full(levels, 1 / levels)
        peer.transmat_, peer.means_, peer.covars_ = start.transitions, start.means[:, None], start.variances[:, None]
        before = peer.score(values[:, None])
        peer.fit(values[:, None])
        after, path = peer.score(values[:, None]), peer.predict(values[:, None])
    theirs = LevelModel(peer.means_.ravel(), peer.covars_.ravel(), peer.transmat_)
    assert hidden_markov.expect(values[None], start).log_likelihood == pytest.approx(before, abs=1e-6)
    fit = hidden_markov.baum_welch(values[None], start, 1e-9, 5000, floor=0.0)
    assert fit.log_likelihood == pytest.approx(after, abs=1e-6)
    for ours, other in zip(fit.model, theirs, strict=True):
        np.testing.assert_allclose(ours, other, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(hidden_markov.most_probable(values[None], theirs)[0], path)
    assert fit.iterations < peer.monitor_.iter


def test_chain_of_the_paper_is_recovered():
    _, values = chain(PAPER, 100_000, seed=11)
    result = telegraph.analyse(values, sample_interval=1.0)
    assert result.level_low.value == pytest.approx(PAPER.means[0], abs=5 * 9.1e-4 / math.sqrt(5e4))
    assert result.level_high.value == pytest.approx(PAPER.means[1], abs=5 * 9.1e-4 / math.sqrt(5e4))
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


@pytest.mark.parametrize("model", [OVERLAPPING, THREE], ids=["two", "three"])
def test_standard_errors_against_the_numerical_hessian(model):
    _, values = chain(model, 4000, seed=14)
    fit = hidden_markov.baum_welch(values[None], model, 1e-9, 5000, floor=0.0)
    levels = model.means.size

    def log_likelihood(theta):
        mean, variance = theta[:levels], np.exp(theta[levels : 2 * levels])
        moves = hidden_markov.from_log_odds(theta[2 * levels :], levels)
        return hidden_markov.expect(values[None], LevelModel(mean, variance, moves)).log_likelihood

    odds = hidden_markov.log_odds(fit.model.transitions)
    centre = np.array([*fit.model.means, *np.log(fit.model.variances), *odds])
    h = 1e-3 * np.eye(centre.size)
    hessian = np.array(
        [
            [
                sum(a * b * log_likelihood(centre + a * first + b * second) for a in (1, -1) for b in (1, -1)) / 4e-6
                for second in h
            ]
            for first in h
        ]
    )
    covariance = np.linalg.inv(-hessian)
    ours = hidden_markov.covariance(values[None], fit)
    scale = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(ours / np.outer(scale, scale), covariance / np.outer(scale, scale), atol=0.02)


def test_unconverged_fit_warns():
    _, values = chain(OVERLAPPING, 3000, seed=71)
    with pytest.warns(MtjphysWarning, match="raise max_iterations or tolerance"):
        telegraph.analyse(values, sample_interval=1.0, max_iterations=2)
