"""Where the fit starts: signals that hide their levels, with known truth."""

import math

import numpy as np
import pytest
from chains import told

from mtjphys import telegraph
from mtjphys.telegraph import hidden_markov, starts


@pytest.mark.parametrize("separation", [4.6, 2.2])
def test_a_rare_short_state_is_found(separation):
    """Dwell times of 10 and 0.55 ms, sampled every 0.1 ms: one sample in twenty is high, five at a time."""
    options = {"sample_interval": 1e-4, "samples": 100_000, "seed": 1}
    trace = telegraph.sample(100.0, 1 / 0.55e-3, noise=1 / separation, **options)
    states = telegraph.sample(100.0, 1 / 0.55e-3, noise=0.0, **options).values
    result, remarks = told(trace)
    assert remarks == ""
    # the best that is possible, with the true parameters: 99.92 % and 98.9 %
    assert np.mean(result.states[0] == states) > (0.999 if separation > 4 else 0.985)
    assert result.quality.two_level
    # 950 stays of each; five times the statistical error
    for dwell, truth in ((result.dwell_low, 10e-3), (result.dwell_high, 0.55e-3)):
        assert dwell.mean.value == pytest.approx(truth, rel=5 / math.sqrt(950) * 1.3)
        assert dwell.mean.low < truth * 1.1
        assert dwell.mean.high > truth * 0.9
    assert result.levels == pytest.approx((0.0, 1.0), abs=0.05)


def test_moments_see_through_the_noise():
    """The correlated part of the variance, its decay and the third moment are those of the truth."""
    trace = telegraph.sample(20.0, 180.0, 1e-3, 400_000, noise=0.5, seed=3)
    part, decay = starts.memory(trace.values[None])
    assert part == pytest.approx(0.09 / (0.09 + 0.25), rel=0.05)
    assert decay == pytest.approx(math.exp(-0.2), rel=0.05)
    model = starts.by_moments(trace.values[None])[0]
    np.testing.assert_allclose(model.means, [0.0, 1.0], atol=0.1)
    assert model.transitions[0, 1] / model.transitions[1, 0] == pytest.approx(1 / 9, rel=0.2)


def test_a_level_is_divided():
    rates = np.array([[0.0, 50.0, 0.0], [50.0, 0.0, 50.0], [0.0, 50.0, 0.0]])
    trace = telegraph.sample_levels(rates, 1e-3, 10_000, [0.0, 1.0, 3.0], noise=0.3, seed=1)
    values = trace.values[None]
    two = hidden_markov.baum_welch(values, starts.by_moments(values)[0], 1e-3, 200, floor=1e-9)
    models = starts.divided(values, two.model, hidden_markov.drawn(values, two.model, 0))
    assert len(models) == 6
    assert all(np.allclose(model.transitions.sum(axis=1), 1) for model in models)
    best = starts.best_of(values, models, 1e-3, 200, 1e-9)
    np.testing.assert_allclose(best[0].model.means, [0.0, 1.0, 3.0], atol=0.08)
    assert best[0].log_likelihood > two.log_likelihood + 100


def test_starts_that_reach_the_same_are_one():
    trace = telegraph.sample(50.0, 80.0, 1e-3, 5000, noise=0.4, seed=3)
    values = trace.values[None]
    fits = starts.best_of(values, starts.by_moments(values), 1e-6, 500, 1e-9)
    for k, fit in enumerate(fits):
        assert not any(starts.same(fit.model, other.model) for other in fits[:k])
        assert fit.log_likelihood <= fits[0].log_likelihood
