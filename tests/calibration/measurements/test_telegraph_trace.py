"""Traces."""

import numpy as np
import pytest
from laboratories import perpendicular
from scipy.signal import lfilter

from mtjphys import calibration as cal
from mtjphys import telegraph
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError

RATES = {"rate_up": 2.0e3, "rate_down": 3.0e3}


def trace(levels=(0.036, 0.048)):
    return telegraph.sample(**RATES, sample_interval=25e-6, samples=20_000, levels=levels, noise=1e-3, seed=1).values


def test_the_likelihood_is_that_of_the_dwell_times() -> None:
    record = cal.TelegraphTrace(values=trace(), sample_interval=25e-6, current=1e-5, aperture=0.0)
    residuals = record.likelihood.residuals(-np.log([2.0e3, 3.0e3]))
    assert np.all(np.abs(residuals) < 4.0)
    value, low, high = record.observed()
    assert np.all((low < value) & (value < high))


def test_a_current_is_high_in_the_parallel_state() -> None:
    low = cal.TelegraphTrace(values=trace(), sample_interval=25e-6, current=1e-5, aperture=0.0).observed()[0]
    high = cal.TelegraphTrace(
        values=trace(), sample_interval=25e-6, voltage=0.1, quantity="current", aperture=0.0
    ).observed()[0]
    np.testing.assert_allclose(low[::-1], high)


def test_levels_count_where_their_error_is_given() -> None:
    junction = perpendicular()
    record = cal.TelegraphTrace(values=trace(), sample_interval=25e-6, current=1e-6, level_error=1e-4, aperture=0.0)
    assert record.names()[2:] == ["parallel level", "antiparallel level"]
    level = record.predictor(junction)[2:]
    state = [
        cal.Resistance(current=1e-6, resistance=1e3, error=1.0, state=state).predictor(junction)[0]
        for state in ("parallel", "antiparallel")
    ]
    np.testing.assert_allclose(level, 1e-6 * np.array(state))
    np.testing.assert_allclose(record.likelihood.observed[2:], [0.036, 0.048], atol=3e-4)
    divided = cal.TelegraphTrace(
        values=trace(), sample_interval=25e-6, voltage=0.1, series_resistance=1e4, level_error=1e-4
    ).predictor(junction)[2:]
    assert 0.1 * 5.0 / 15.0 < divided[0] < divided[1] < 0.1 * 10.0 / 20.0


def test_one_trace_has_one_condition() -> None:
    with pytest.raises(DataError, match="2 conditions for one trace"):
        cal.TelegraphTrace(values=trace(), sample_interval=25e-6, voltage=[0.1, 0.2])


def test_levels_of_an_unknown_gain_do_not_count() -> None:
    with pytest.raises(ParameterError, match="needs levels in a unit"):
        cal.TelegraphTrace(values=trace(), sample_interval=25e-6, quantity="arbitrary", level_error=1.0)


def test_a_trace_that_is_no_telegraph_noise_alone_is_doubted() -> None:
    values = trace()
    clean = cal.TelegraphTrace(values=values, sample_interval=25e-6, aperture=0.0).doubt()
    assert clean.p_value > 1e-3
    rising = np.linspace(0.0, 2e-3, values.size)
    slow = cal.TelegraphTrace(values=values + rising, sample_interval=25e-6, aperture=0.0).doubt()
    assert slow.p_value < 1e-6
    assert "take drift and slow noise off" in slow.words
    behind = lfilter([0.7], [1.0, -0.3], values - values[0]) + values[0]
    with pytest.warns(MtjphysWarning, match="likelier to be samples behind an amplifier"):
        fast = cal.TelegraphTrace(values=behind, sample_interval=25e-6, aperture=0.0).doubt()
    assert fast.p_value < 1e-6
    assert "check aperture, bandwidth" in fast.words


@pytest.mark.parametrize(("step", "coarse"), [(3e-3, True), (0.5e-3, False)])
def test_a_converter_coarser_than_the_noise_has_to_be_told(step: float, coarse: bool) -> None:
    values = step * np.rint(trace() / step)
    told = cal.TelegraphTrace(values=values, sample_interval=25e-6, aperture=0.0, quantisation=step).doubt()
    assert told.p_value > 1e-3
    doubt = cal.TelegraphTrace(values=values, sample_interval=25e-6, aperture=0.0).doubt()
    assert (doubt.p_value == 0.0) == coarse
    assert (f"give quantisation={step:g}" in doubt.words) == coarse
