"""Combinations that measurements see."""

import math

import pytest
from laboratories import perpendicular
from scipy.constants import Boltzmann

from mtjphys import fokker_planck
from mtjphys.calibration.fitting.combinations import COMBINATIONS, log_combination


def test_they_are_those_of_a_uniaxial_junction() -> None:
    junction = perpendicular(4e4, 0.0)
    barrier = 4e4 * 1e-24 / (Boltzmann * 300.0)
    assert math.exp(log_combination("thermal_stability", junction)) == pytest.approx(barrier)
    assert math.exp(log_combination("critical_voltage", junction)) == pytest.approx(0.02 * 0.08 / 0.03, rel=1e-6)
    tau = fokker_planck.dwell_times(junction).parallel
    assert math.exp(log_combination("attempt_time", junction)) == pytest.approx(tau * math.exp(-barrier), rel=1e-4)
    assert math.exp(log_combination("level_splitting", junction)) == pytest.approx(5000.0)
    assert set(COMBINATIONS) == {"thermal_stability", "critical_voltage", "attempt_time", "level_splitting"}


def test_a_junction_without_wells_has_none() -> None:
    assert math.isnan(log_combination("thermal_stability", perpendicular(4e4, 0.5)))
