"""Levels, noise and rates of traces, among them of junctions faster than the sampling and the amplifier."""

import math

import numpy as np
import pytest
from waveform_checks import check_refused

from mtjphys.calibration.likelihoods import AveragedTelegraph, Sampling, TraceParameters, fit_trace, sample_trace
from mtjphys.calibration.likelihoods.trace_maximum import variance_of_means
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError


def truth(per_sample, noise=0.1):
    return TraceParameters(0.0, 1.0, math.log(noise), math.log(per_sample), math.log(0.6 * per_sample))


def check_fit(fit, p, chance=37.7):
    """The truth is within the covariance of all five: chi-square of five degrees, above 37.7 once in two million."""
    deviation = np.subtract(fit.parameters, p)
    free = np.diag(fit.covariance) > 0
    inverse = np.linalg.inv(fit.covariance[np.ix_(free, free)])
    assert deviation[free] @ inverse @ deviation[free] < chance


@pytest.mark.parametrize(
    ("per_sample", "sampling"),
    [
        (0.02, Sampling(1.0)),
        (3.0, Sampling(1.0)),
        (3.0, Sampling(1.0, aperture=0.5)),
        (1.0, Sampling(1.0, aperture=0.0)),
        (3.0, Sampling(1.0, bandwidth=0.05)),
        (1.0, Sampling(1.0, quantisation=0.2)),
    ],
)
def test_the_truth_is_within_the_intervals(per_sample, sampling):
    p = truth(per_sample)
    values = sample_trace(sampling, p, 20_000, np.random.default_rng(1))
    fit = fit_trace(values, sampling)
    check_fit(fit, p)
    assert fit.log_likelihood >= AveragedTelegraph(values, sampling).log_likelihood(p)
    assert max(fit.standard_errors[3:]) < 0.2


def test_a_longer_trace_is_fitted_in_stages():
    p = truth(3.0)
    values = sample_trace(Sampling(1.0), p, 300_000, np.random.default_rng(2))
    fit = fit_trace(values, Sampling(1.0))
    check_fit(fit, p)
    assert max(fit.standard_errors[3:]) < 0.02
    assert np.linalg.norm(AveragedTelegraph(values, Sampling(1.0)).gradient(fit.parameters) * fit.standard_errors) < 0.2


def test_a_long_trace_of_a_slow_junction():
    """The first tenth of it has no flip."""
    p = truth(5e-5)
    values = sample_trace(Sampling(1.0), p, 250_000, np.random.default_rng(13))
    assert values[:25_000].max() < 0.6
    fit = fit_trace(values, Sampling(1.0))
    check_fit(fit, p)
    assert fit.log_likelihood >= AveragedTelegraph(values, Sampling(1.0)).log_likelihood(p)


def test_the_variance_of_means_over_blocks():
    p = truth(0.1, noise=0.5)
    values = sample_trace(Sampling(1.0, bandwidth=0.2), p, 200_000, np.random.default_rng(10))
    means = values.reshape(-1, 40).mean(axis=1)
    expected = variance_of_means(np.array(p), Sampling(1.0, bandwidth=0.2), 40)
    assert means.var() == pytest.approx(expected, rel=0.02 + 5 * math.sqrt(4 / means.size))


def test_the_dwell_times_are_a_likelihood_with_the_levels_fitted_along():
    p = truth(1.0)
    fit = fit_trace(sample_trace(Sampling(1.0), p, 5000, np.random.default_rng(3)), Sampling(1.0))
    dwells = fit.dwell_times()
    residuals = dwells.residuals([0.0, -math.log(0.6)])
    assert residuals @ residuals < 25
    np.testing.assert_allclose(dwells.residuals(-np.array(fit.parameters[3:])), 0.0, atol=1e-12)


def test_known_levels_and_noise_are_kept_and_narrow_the_rest():
    p = truth(10.0)
    values = sample_trace(Sampling(1.0), p, 20_000, np.random.default_rng(4))
    known = fit_trace(values, Sampling(1.0), levels=(0.0, 1.0), noise=0.1)
    check_fit(known, p)
    assert known.parameters[:3] == p[:3]
    assert max(known.standard_errors[3:]) < 0.05


def test_high_and_low_are_told_by_the_level():
    p = truth(0.3)
    values = sample_trace(Sampling(1.0), p, 20_000, np.random.default_rng(5))
    turned = fit_trace(-values, Sampling(1.0))
    check_fit(turned, TraceParameters(-1.0, 0.0, p.log_noise, p.log_rate_down, p.log_rate_up))


@pytest.mark.parametrize(
    ("sampled", "taken", "told"),
    [
        (Sampling(1.0, aperture=0.0), Sampling(1.0), "likelier to be samples at instants than means over 1 s"),
        (Sampling(1.0), Sampling(1.0, aperture=0.0), "likelier to be means over 1 s than samples at instants"),
        (
            Sampling(1.0, bandwidth=0.08),
            Sampling(1.0),
            "likelier to be samples behind an amplifier of 200 mHz than",
        ),
    ],
)
def test_another_way_of_sampling_is_told(sampled, taken, told):
    values = sample_trace(sampled, truth(0.3), 5000, np.random.default_rng(7))
    with pytest.warns(MtjphysWarning, match=told):
        fit_trace(values, taken)


def test_white_noise_has_no_rates():
    noise = np.random.default_rng(6).standard_normal(2000)
    with pytest.warns(MtjphysWarning, match="rates of the trace are known to a factor of"):
        fit_trace(noise, Sampling(1.0))


def test_bad_input():
    values = sample_trace(Sampling(1.0), truth(1.0), 200, np.random.default_rng(8))
    check_refused(
        ParameterError, "not a low and a high one", lambda: fit_trace(values, Sampling(1.0), levels=(1.0, 0.0))
    )
    check_refused(ParameterError, "noise=0.0", lambda: fit_trace(values, Sampling(1.0), noise=0.0))
    spike = np.append(values, 1e6)
    check_refused(DataError, "cut outliers out", lambda: fit_trace(spike, Sampling(1.0), noise=0.1))
