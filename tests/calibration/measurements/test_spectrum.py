"""Spectra."""

import numpy as np
import pytest
from laboratories import perpendicular

from mtjphys import calibration as cal
from mtjphys import fokker_planck
from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError

FREQUENCIES = np.array([1e3, 1e5])


def test_voltage_noise_is_current_squared_times_that_of_the_resistance() -> None:
    exact = fokker_planck.spectrum(perpendicular(), Bias(current=1e-6), FREQUENCIES, "resistance")
    record = cal.Spectrum(current=1e-6, frequency=FREQUENCIES, density=1e-12, averages=10)
    np.testing.assert_allclose(np.exp(record.predictor(perpendicular())), 1e-12 * exact, rtol=1e-2)


def test_behind_a_resistor_it_is_the_slope_of_the_divider() -> None:
    # V = V_s R/(R + R_s): a hundredth of V_s over R_s = 99 R is nearly a current of V_s/(100 R).
    junction = perpendicular()
    series = 99.0 * 7.5e3
    behind = cal.Spectrum(
        voltage=1.0, series_resistance=series, frequency=FREQUENCIES, density=1e-12, averages=10
    ).predictor(junction)
    mean = cal.Resistance(voltage=1.0, series_resistance=series, resistance=1e3, error=1.0).predictor(junction)[0]
    slope = series / (mean + series) ** 2
    resistance = cal.Spectrum(
        voltage=1.0, series_resistance=series, frequency=FREQUENCIES, density=1.0, averages=10, quantity="resistance"
    ).predictor(junction)
    np.testing.assert_allclose(behind - resistance, 2.0 * np.log(slope), rtol=1e-9)


def test_a_background_adds_to_the_density() -> None:
    given = {"current": 1e-6, "frequency": FREQUENCIES, "density": 1e-12, "averages": 10}
    without = cal.Spectrum(**given).predictor(perpendicular())
    with_it = cal.Spectrum(**given, background=3e-12).predictor(perpendicular())
    np.testing.assert_allclose(np.exp(with_it) - np.exp(without), 3e-12, rtol=1e-9)


def test_a_junction_on_a_stiff_source_has_no_voltage_noise() -> None:
    record = cal.Spectrum(voltage=0.1, frequency=FREQUENCIES, density=1e-12, averages=10)
    with pytest.raises(ParameterError, match="give series_resistance or a current"):
        record.predictor(perpendicular())
