"""Whether a junction explains the data."""

import numpy as np
import pytest
from laboratories import FREE, dwell_times, fitted, perpendicular

from mtjphys import calibration as cal
from mtjphys import telegraph
from mtjphys.bias import Bias
from mtjphys.calibration.forward import log_dwell_times


def test_data_of_the_model_pass() -> None:
    goodness = fitted().goodness
    assert goodness.degrees == 3
    assert goodness.p_value > 1e-3
    assert "explains all that was measured" in goodness.sentence
    assert goodness.parts == {"1. dwell_times 'telegraph'": (pytest.approx(goodness.statistic, rel=1e-3), 6)}


def test_data_of_no_macrospin_fail_where_they_are_wrong() -> None:
    table = dwell_times(perpendicular(), 0)
    factor = np.array([1.0, 1.0, 1.5])
    fit = cal.calibrate(table.with_data(parallel=table.parallel * factor), perpendicular(), FREE[:2], starts=1)
    goodness = fit.goodness
    assert goodness.p_value < 1e-3
    assert goodness.dispersion > 5.0
    assert "No macrospin" in goodness.sentence
    assert "telegraph" in goodness.sentence
    assert "voltage 0.01 V" in goodness.sentence


def test_a_trace_that_drifts_calls_the_fit_out_whatever_its_rates() -> None:
    # One trace and two numbers: nothing is left by which the rates could contradict each other.
    parallel, antiparallel = np.exp(log_dwell_times(perpendicular(), Bias()))
    interval = parallel / 10.0
    values = telegraph.sample(1.0 / parallel, 1.0 / antiparallel, interval, 6000, seed=1).values

    def goodness(given):
        record = cal.TelegraphTrace(values=given, sample_interval=interval, aperture=0.0, label="night")
        return cal.calibrate(record, perpendicular(), FREE[:2], starts=1).goodness

    assert goodness(values).p_value > 1e-3
    drifting = goodness(values + np.linspace(0.0, 0.2, 6000))
    assert drifting.p_value < 1e-6
    assert drifting.sentence.startswith("telegraph_trace 'night' is no telegraph noise of a junction alone")
