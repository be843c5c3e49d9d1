"""Rates of a uniaxial particle against the exact ones."""

import math

import numpy as np
import pytest
from closed_forms import THERMAL_FIELD, uniaxial

from mtjphys import fokker_planck as fp
from mtjphys import theory
from mtjphys.core.errors import MtjphysWarning, ParameterError


@pytest.mark.parametrize(
    ("sigma", "drive", "exact"), [(10, 0.0, 2.88217e-3), (15, 0, 3.72649e-5), (10, 0.1, 8.60053e-3)]
)
def test_brown_against_the_exact_table(sigma, drive, exact):
    unit = 2 * uniaxial(sigma).diffusion
    first, leading = (
        2 * sum(theory.uniaxial_escape_rates(sigma, 2 * sigma * THERMAL_FIELD, 0.1, drive, order=order)) / unit
        for order in (1, 0)
    )
    assert first == pytest.approx(exact, rel=0.02)
    assert 0.9 < (leading / exact - 1) * sigma * (1 - drive) ** 2 < 1.35


@pytest.mark.parametrize("sigma", [3.5, 5.0, 7.0, 10.0, 20.0, 60.0])
@pytest.mark.parametrize("drive", [0.0, -0.2, 0.5])
def test_each_well_of_brown_against_fokker_planck(sigma, drive):
    lower = sigma * (1 - abs(drive)) ** 2
    if lower < 5:
        with pytest.warns(MtjphysWarning, match="at least 5"):
            theory.uniaxial_escape_rates(sigma, 1.0, 0.1, drive, order=1 if lower > 1.5 else 0)
        return
    rates = theory.uniaxial_escape_rates(sigma, 2 * sigma * THERMAL_FIELD, 0.1, drive)
    exact = fp.dwell_times(uniaxial(sigma, drive))
    tolerance = 0.025 if lower < 20 else 0.003
    assert sum(rates) == pytest.approx(1 / exact.parallel + 1 / exact.antiparallel, rel=tolerance)
    assert rates.parallel == pytest.approx(1 / exact.parallel, rel=tolerance + math.exp(-lower))


def test_browns_formula_is_26_per_cent_high_at_5():
    exact = 0.135406 * uniaxial(5).diffusion
    leading = sum(theory.uniaxial_escape_rates(5.0, 10 * THERMAL_FIELD, 0.1, order=0))
    assert leading / exact == pytest.approx(1.256, abs=0.005)


def test_interpolation_and_expansion_hold_their_stated_errors():
    barriers = np.geomspace(0.02, 45.0, 25)
    exact = np.array([fp.relaxation_rate(uniaxial(sigma)) for sigma in barriers])
    error = theory.uniaxial_relaxation_rate(barriers, 2 * barriers * THERMAL_FIELD, 0.1) / exact - 1
    assert 0.05 < np.abs(error).max() < 0.08
    assert np.abs(error[barriers > 20]).max() < 0.01
    low = barriers < 1.4
    error = theory.low_barrier_relaxation_rate(barriers[low], 2 * barriers[low] * THERMAL_FIELD, 0.1) / exact[low] - 1
    assert np.abs(error).max() < 0.01
    assert np.abs(error[barriers[low] < 0.8]).max() < 1.2e-3


@pytest.mark.filterwarnings("ignore::mtjphys.core.errors.MtjphysWarning")
@pytest.mark.parametrize("drive", [0.95, 1.0, -1.0])
def test_no_negative_rate_near_the_critical_drive(drive):
    with pytest.raises(ParameterError, match="too low"):
        theory.uniaxial_escape_rates(60.0, 0.3, 0.01, drive)
    assert theory.uniaxial_escape_rates(60.0, 0.3, 0.01, drive, order=0).antiparallel >= 0


def test_the_rate_at_a_barrier_beyond_the_range_of_exp_is_zero():
    assert theory.uniaxial_relaxation_rate(800.0, 0.3, 0.01) == 0
