"""The likelihood of a trace: Pedler's law sample by sample, the hidden Markov model at instants, its gradient."""

import math

import numpy as np
import pytest
from occupation_laws import emissions, product
from waveform_checks import check_refused

from mtjphys.calibration.likelihoods import AveragedTelegraph, Sampling, TraceParameters, sample_trace, whiteness
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.kernels import hidden_markov, telegraph
from mtjphys.laboratory import readout

TRUTH = TraceParameters(0.1, 1.0, math.log(0.1), math.log(2e6), math.log(1e6))
OCCUPATION = 2 / 3
SAMPLINGS = [
    Sampling(1e-6),
    Sampling(1e-6, aperture=0.0),
    Sampling(1e-6, quantisation=0.15),
    Sampling(1e-6, bandwidth=2e5),
]


def drawn(sampling, samples, seed=1):
    return AveragedTelegraph(sample_trace(sampling, TRUTH, samples, np.random.default_rng(seed)), sampling)


@pytest.mark.parametrize("quantisation", [0.0, 0.15])
def test_it_is_the_product_of_pedlers_laws(quantisation):
    likelihood = drawn(Sampling(1e-6, quantisation=quantisation), 300)
    matrices = emissions(likelihood.values, TRUTH[:2], 0.1, 2.0, 1.0, quantisation)
    assert likelihood.log_likelihood(TRUTH) == pytest.approx(product(matrices, OCCUPATION), abs=1e-3)


def test_at_instants_it_is_the_hidden_markov_model():
    likelihood = drawn(Sampling(1e-6, aperture=0.0), 5000)
    decay = -math.expm1(-3.0)
    moves = np.array([[1 - decay * 2 / 3, decay * 2 / 3], [decay / 3, 1 - decay / 3]])
    model = hidden_markov.LevelModel(np.array([0.1, 1.0]), np.full(2, 0.01), moves)
    expected = hidden_markov.expectations(likelihood.values, hidden_markov.constants(model)).log_likelihood
    # the first sample, 9 noise widths from the other level, has a probability of one half there
    expected += math.log(2 * (OCCUPATION if likelihood.values[0] > 0.5 else 1 - OCCUPATION))
    assert likelihood.log_likelihood(TRUTH) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_the_gradient_is_the_derivative(sampling):
    likelihood = drawn(sampling, 3000)
    value, gradient = likelihood.value_and_gradient(TRUTH)
    assert value == pytest.approx(likelihood.log_likelihood(TRUTH), rel=1e-12)
    differences = []
    for step in 1e-3 * np.eye(5):
        more, less = (likelihood.log_likelihood(np.array(TRUTH) + sign * step) for sign in (1, -1))
        differences.append((more - less) / 2e-3)
    np.testing.assert_allclose(gradient, differences, rtol=0.01, atol=0.5)


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_the_gradient_at_the_truth_is_noise_of_the_information(sampling):
    """Five parameters, 40 traces: the score in units of the information is chi-square of 200 degrees of freedom."""
    template, generator = drawn(sampling, 2000), np.random.default_rng(2)
    inverse = np.linalg.inv(drawn(sampling, 100_000).information(TRUTH) / 50)
    scores = np.array([template.replicate(TRUTH, generator).gradient(TRUTH) for _ in range(40)])
    square = np.einsum("ti,ij,tj->", scores, inverse, scores)
    assert abs(square - 200) < 5 * math.sqrt(400)
    assert np.all(np.abs(scores.mean(axis=0)) < 5 * np.sqrt(np.diag(np.linalg.inv(inverse)) / 40))


def test_the_amplifier_is_that_of_the_readout():
    """A telegraph signal in fine steps through the instrument's amplifier; its likelihood is higher with the filter."""
    fine, every = 5e-8, 20
    rates = np.array([[0.0, 2e6], [1e6, 0.0]])
    states = telegraph.sample_telegraph(np.random.default_rng(3), rates, fine, 0, 2000 * every)
    record = readout.measure(
        0.1 + 0.9 * states,
        sample_interval=fine,
        signal="resistance",
        bandwidth=2e5,
        sample_rate=1e6,
        noise_rms=0.02,
        seed=1,
    )
    values = np.asarray(record.signal).ravel()
    filtered, integrating = Sampling(1e-6, bandwidth=2e5), Sampling(1e-6)
    truth = TRUTH._replace(log_noise=math.log(0.02))
    score = AveragedTelegraph(values, filtered).gradient(truth)
    information = AveragedTelegraph(values, filtered).information(truth)
    assert score @ np.linalg.solve(information, score) < 5 + 5 * math.sqrt(10)
    gain = AveragedTelegraph(values, filtered).log_likelihood(truth)
    assert gain > AveragedTelegraph(values, integrating).log_likelihood(truth) + 100


def test_bad_input():
    likelihood = drawn(Sampling(1e-6), 200)
    check_refused(ParameterError, "five finite numbers", lambda: likelihood.log_likelihood([0.0, 1.0]))
    check_refused(DataError, "every sample is 1", lambda: AveragedTelegraph(np.ones(200), Sampling(1e-6)))
    check_refused(DataError, "holds 3 samples", lambda: AveragedTelegraph(np.arange(3), Sampling(1e-6)))


@pytest.mark.parametrize("sampling", [*SAMPLINGS, Sampling(1e-6, quantisation=0.4)])
def test_forecast_residuals_are_white_noise_of_variance_one(sampling):
    residuals = drawn(sampling, 8000).forecast_residuals(TRUTH)
    assert abs(residuals.mean()) < 5 / math.sqrt(8000)
    assert abs(residuals.std() - 1) < 5 / math.sqrt(16_000)
    assert whiteness(residuals).p_value > 1e-5
    assert abs(np.mean(residuals**3)) < 5 * math.sqrt(15 / 8000)


def test_forecast_residuals_of_other_rates_are_not():
    slower = TRUTH._replace(log_rate_up=TRUTH.log_rate_up - 0.5, log_rate_down=TRUTH.log_rate_down - 0.5)
    assert whiteness(drawn(Sampling(1e-6), 8000).forecast_residuals(slower)).p_value < 1e-5
