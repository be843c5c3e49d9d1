"""Escape at any damping against the exact rates."""

import math

import numpy as np
import pytest
from closed_forms import GAMMA, THERMAL_FIELD, in_plane, spin

import mtjphys as mp
from mtjphys import fokker_planck as fp
from mtjphys import presets, theory
from mtjphys.core.errors import MtjphysWarning, ParameterError
from mtjphys.macrospin import energy


def test_in_plane_turnover_has_a_closed_form():
    rates = theory.escape_rates(in_plane(6.0, 20.0, 0.01))
    loss = 4 * 0.01 * 6.0 * math.sqrt(20.0)
    single, double = theory.depopulation_factor([loss, 2 * loss])
    assert rates.depopulation == pytest.approx(single**2 / double, rel=1e-3)


def test_escape_rates_against_the_exact_in_plane_table():
    for damping, exact in ((0.05, 0.136858), (0.1, 0.144810)):
        case = in_plane(3.0, 50.0, damping)
        rates = theory.escape_rates(case)
        ratio = rates.relaxation / (exact * GAMMA * 6 * THERMAL_FIELD)
        assert 1.0 < ratio < 1.06
        assert ratio - 1 < rates.relative_error


@pytest.mark.parametrize(
    "case",
    [
        in_plane(6, 50, 0.03),
        in_plane(6, 5, 0.03),
        in_plane(6, 5, 0.5),
        in_plane(6, 1, 0.1),
        in_plane(7, 5, 0.1, (0, 0.02, 0)),
        in_plane(7, 5, 0.03, (0.1, 0.1, 0)),
        in_plane(7, 5, 0.1, (0, 0, 1.0)),
        spin([5, 0, 0], [0, 0, 24], 0.01),
        spin([5, 0, 0], [0, 0, 24], 0.3),
        spin([0.2, 0, 0], [0, 0, 16], 0.003),
        spin([0.05, 0, 0], [0, 0, 16], 0.01),
        spin([1.5, 1.0, 2.0], [0, -1, 20], 0.05),
        spin([0.01, 0, 10], [0, 0, 40], 0.1),
        spin([1e-9, 0, 10], [0, 0, 40], 0.1),
    ],
)
def test_escape_rates_keep_their_stated_error(case):
    rates = theory.escape_rates(case)
    ratio = rates.relaxation / fp.relaxation_rate(case, rtol=5e-3)
    assert abs(ratio - 1) < rates.relative_error < 0.5


def test_turnover_matters():
    case = in_plane(6, 5, 0.01)
    rates = theory.escape_rates(case)
    exact = fp.relaxation_rate(case, rtol=5e-3)
    assert rates.relaxation / rates.depopulation > 5 * exact
    assert rates.relaxation == pytest.approx(exact, rel=0.25)


def test_error_falls_with_the_barrier():
    errors = []
    for delta in (4, 10):
        case = in_plane(delta, 5, 0.2)
        errors.append(theory.escape_rates(case).relaxation / fp.relaxation_rate(case, rtol=1e-3) - 1)
    assert errors[1] * 10 == pytest.approx(errors[0] * 4, rel=0.5)
    assert 0 < errors[1] < 0.06


def test_two_wells_escape_at_their_own_rates():
    case = in_plane(8, 5, 0.05, (0.15, 0, 0))
    rates, exact = theory.escape_rates(case), fp.dwell_times(case, rtol=5e-3)
    assert rates.parallel == pytest.approx(1 / exact.parallel, rel=rates.relative_error)
    assert rates.antiparallel == pytest.approx(1 / exact.antiparallel, rel=rates.relative_error)
    # Detailed balance of the Gaussian wells, whatever the damping.
    landscape = energy.Landscape(case.field, case.matrix, 1.0)
    deep, shallow = (math.sqrt(np.prod(well.curvatures)) for well in energy.wells(landscape))
    weights = deep * math.exp(-rates.barriers.parallel), shallow * math.exp(-rates.barriers.antiparallel)
    assert rates.parallel / rates.antiparallel == pytest.approx(weights[0] / weights[1])
    attempt = rates.attempt
    assert attempt.parallel == pytest.approx(rates.parallel * math.exp(rates.barriers.parallel))


@pytest.mark.parametrize(("torque", "reference"), [(0.0, 1), (0.3, 1), (-0.3, 1), (0.3, -1)])
def test_axial_escape_holds_spin_torque(torque, reference):
    case = spin(
        [0, 0, 3],
        [0, 0, 60],
        0.1,
        damping_like=[0, 0, torque * 0.1 * 60 * THERMAL_FIELD],
        reference=[0, 0, reference],
    )
    rates, exact = theory.escape_rates(case), fp.dwell_times(case)
    assert rates.depopulation == 1.0
    assert rates.relaxation == pytest.approx(fp.relaxation_rate(case), rel=rates.relative_error)
    assert rates.parallel == pytest.approx(1 / exact.parallel, rel=0.02)
    assert rates.antiparallel == pytest.approx(1 / exact.antiparallel, rel=0.02)
    drive = reference * (0.05 + torque)
    assert rates.barriers == pytest.approx((30 * (1 + drive) ** 2, 30 * (1 - drive) ** 2))


def test_escape_rates_of_a_junction():
    junction = presets.funatsu_2022()
    assert theory.escape_rates(junction).relaxation == pytest.approx(fp.relaxation_rate(junction), rel=0.02)
    field = mp.Bias(field=(0.001, 0.0, 0.0))
    koenders = presets.koenders_2025()
    biased = theory.escape_rates(koenders, field)
    assert biased.parallel < theory.escape_rates(koenders).parallel < biased.antiparallel
    stability = koenders.thermal_stability(mp.Bias(field=(0.001, 0.0, 0.0)))
    assert biased.barriers == pytest.approx(stability)
    one_point = theory.escape_rates(fp.macrospin(koenders, field))
    assert one_point == biased


def test_what_no_closed_form_holds():
    with pytest.raises(ParameterError, match="two wells"):
        theory.escape_rates(spin([0, 0, 50], [0, 0, 20], 0.1))
    with pytest.raises(ParameterError, match="two wells"):
        theory.escape_rates(in_plane(5, 5, 0.1, (2, 0, 0)))
    with pytest.raises(ParameterError, match="two wells"):
        theory.escape_rates(spin([0, 0, 0], [0, 0, -20], 0.1))
    with pytest.raises(ParameterError, match="no closed form"):
        theory.escape_rates(presets.koenders_2025(), mp.Bias(voltage=0.1))
    with pytest.raises(ParameterError, match="no closed form"):
        theory.escape_rates(presets.funatsu_2022(), mp.Bias(voltage=0.1, series_resistance=1e4))
    with pytest.warns(MtjphysWarning, match=r"=1.5 .* at least 3: .*fokker_planck"):
        theory.escape_rates(in_plane(1.5, 5, 0.1))
