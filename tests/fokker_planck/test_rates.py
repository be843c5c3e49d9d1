"""Relaxation rates and dwell times of Fokker-Planck, against tabulated exact numbers and closed forms."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from spins import THERMAL_FIELD, ZERO, biaxial, general, in_plane_junction, perpendicular, reduced, uniaxial

from mtjphys import fokker_planck as fp
from mtjphys import presets, theory
from mtjphys.bias import Bias
from mtjphys.bias.waveforms import Sine
from mtjphys.core.errors import MtjphysWarning, ParameterError, SimulationError
from mtjphys.junction import MTJ, Barrier, FreeLayer, Heating


@pytest.mark.parametrize("damping", [0.01, 0.1, 1.0])
@pytest.mark.parametrize(
    ("sigma", "expected"),
    [(1, 1.30628), (3, 0.471402), (5, 0.135406), (10, 2.88217e-3), (15, 3.72649e-5)],
)
def test_uniaxial_rates(sigma, expected, damping):
    assert_allclose(reduced(uniaxial(sigma, damping=damping)), expected, rtol=5e-6)


@pytest.mark.parametrize(("h", "expected"), [(0.1, 8.60053e-3), (0.3, 0.136468)])
def test_field_and_spin_torque_have_one_spectrum(h, expected):
    assert_allclose(reduced(uniaxial(10, field=h)), expected, rtol=5e-6)
    assert_allclose(reduced(uniaxial(10, torque=h)), expected, rtol=5e-6)
    assert_allclose(reduced(general(uniaxial(10, torque=h)), rtol=1e-6), expected, rtol=5e-6)


def test_transverse_field():
    assert_allclose(reduced(uniaxial(10, field=0.2, angle=np.pi / 2)), 0.078413, rtol=1e-4)


@pytest.mark.parametrize(("damping", "expected"), [(0.05, 0.136858), (0.1, 0.144810)])
def test_in_plane_junction(damping, expected):
    spin = biaxial(3, 50, damping)
    rate = fp.relaxation_rate(spin)
    assert_allclose(rate / (spin.gyromagnetic_ratio * 6 * THERMAL_FIELD), expected, rtol=1e-4)


def test_high_barriers():
    for sigma, tolerance in ((60, 2e-3), (250, 1e-4)):
        brown = 4 / np.sqrt(np.pi) * sigma**1.5 * np.exp(-sigma) * (1 - 1 / sigma)
        assert_allclose(reduced(uniaxial(sigma)), brown, rtol=tolerance)


def test_the_relaxation_time_of_a_measured_in_plane_junction():
    """The preset was given the anisotropy with which its relaxation time is 0.207 ms, as measured."""
    result = fp.relaxation_rates(presets.koenders_2025(), n=1, rtol=5e-3)
    assert_allclose(1 / result.rates[0].real, 0.207e-3, rtol=5e-3)


def test_symmetric_wells_dwell_twice_the_relaxation_time():
    for spin in (uniaxial(6), biaxial(5, 10, 0.1)):
        times = fp.dwell_times(spin)
        expected = 2 / fp.relaxation_rate(spin)
        assert_allclose([times.parallel, times.antiparallel], expected, rtol=1e-4)


def test_dwell_times_obey_balance_and_reading_with_hysteresis():
    spin = uniaxial(20, field=0.1)
    two_state = fp.dwell_times(spin)
    up = fp.equilibrium(spin).occupation()
    assert_allclose(two_state.parallel / two_state.antiparallel, up / (1 - up), rtol=1e-6)
    total = 1 / two_state.parallel + 1 / two_state.antiparallel
    assert_allclose(total, fp.relaxation_rate(spin), rtol=1e-10)
    read = fp.dwell_times(spin, thresholds=(-0.6, 0.6))
    assert_allclose(read[:2], two_state[:2], rtol=5e-3)
    swapped = fp.dwell_times(uniaxial(20, field=0.1, reference=[0, 0, -1]), thresholds=(-0.6, 0.6))
    assert_allclose(swapped[:2], read[1::-1], rtol=1e-9)


def test_unequal_wells_of_an_in_plane_junction_obey_balance():
    field = np.array([0.025, 0.0, 0.0])
    spin = fp.Macrospin(field, np.diag([0.16, 0.0, -0.8]), THERMAL_FIELD, 0.05, reference=[1, 0, 0])
    times = fp.dwell_times(spin, rtol=1e-3)
    up = fp.equilibrium(spin).occupation()
    assert times.separation > 200
    assert_allclose(times.parallel / times.antiparallel, up / (1 - up), rtol=0.01)
    assert_allclose(1 / times.parallel + 1 / times.antiparallel, fp.relaxation_rate(spin), rtol=1e-3)


@pytest.mark.parametrize("field", [0.05, 0.08, -0.08])
def test_very_unequal_wells_in_a_tilted_field_have_the_axial_dwell_times(field):
    # On the slopes of the deep well the mode has the sign of the shallow one, which holds 1e-5 to 1e-8 here.
    def times(across):
        return fp.dwell_times(fp.Macrospin([across, 0, field], np.diag([0, 0, 0.2]), 0.01 / 1.2, 0.5))

    exact, tilted = times(0.0), times(1e-4)
    assert max(exact[:2]) / min(exact[:2]) > 1e4
    assert_allclose(tilted[:2], exact[:2], rtol=1e-3)


def test_general_and_axial_dwell_times_agree():
    for sign in (1, -1):
        axial = fp.dwell_times(uniaxial(6, field=0.1, reference=[0, 0, sign]))
        full = fp.dwell_times(general(uniaxial(6, field=0.1, reference=[0, 0, sign])))
        assert_allclose(full[:2], axial[:2], rtol=1e-5)
        assert (axial.parallel > axial.antiparallel) == (sign > 0)


def test_uniaxial_junction_is_the_macrospin_of_the_table():
    junction = perpendicular()
    kelvin = 2e4 * 1e-24 / 1.380649e-23 / 5
    spin = fp.macrospin(junction, Bias(temperature=kelvin))
    assert_allclose(reduced(spin), 0.135406, rtol=1e-5)
    tau = 1e6 * 1e-24 * (1 + 0.01) / (2 * 0.1 * spin.gyromagnetic_ratio * 1.380649e-23 * kelvin)
    rate = fp.relaxation_rate(junction, Bias(temperature=kelvin))
    assert_allclose(2 * tau * rate, 0.135406, rtol=1e-5)
    # No bias is the default bias.
    assert fp.relaxation_rate(junction) == fp.relaxation_rate(junction, Bias())


def test_current_law_depends_on_the_angle():
    layer = perpendicular().free_layer
    junction = MTJ(free_layer=layer, barrier=Barrier(torque_law="current", polarisation=0.6))
    lane = junction.lane_parameters()
    spin = fp.macrospin(junction, Bias(current=2e-6))
    (part,) = spin.modulations
    c = np.linspace(-1, 1, 9)
    assert_allclose(part.profile(c), lane.torques[0].damping_like_current * 2e-6 / (1 + 0.36 * c), rtol=1e-12)
    assert_allclose(part.damping_like, [0, 0, 1])


def test_magnetisation_falls_with_temperature():
    layer = FreeLayer(
        saturation_magnetisation=1e6,
        volume=1e-24,
        damping=0.1,
        demagnetising_factors=(0.0, 0.0, 1.0),
        uniaxial_anisotropy=(8e5, (0.0, 0.0, 1.0)),
        curie_temperature=1200.0,
        bloch_exponent=1.5,
        anisotropy_exponent=2.5,
    )
    kelvin = 400.0
    cold = layer.reference_temperature
    s = (1 - (kelvin / 1200) ** 1.5) / (1 - (cold / 1200) ** 1.5)
    barrier = Barrier(damping_like_per_volt=0.05)
    spin = fp.macrospin(MTJ(free_layer=layer, barrier=barrier), Bias(temperature=kelvin, voltage=0.1))
    assert_allclose(spin.thermal_field, 1.380649e-23 * kelvin / (1e-18 * s), rtol=1e-10)
    mu0 = 4e-7 * np.pi
    assert_allclose(spin.matrix[2, 2], 1.6 * s**1.5 - mu0 * 1e6 * s, rtol=1e-8)
    assert_allclose(spin.damping_like, [0, 0, 0.005 / s], rtol=1e-10)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fp.Macrospin(ZERO, np.eye(3), 0.0, 0.1), "thermal_field=0.0 T"),
        (lambda: fp.Macrospin(ZERO, np.eye(3), 0.01, -0.1), "damping=-0.1"),
        (lambda: fp.Macrospin([0, 0, np.nan], np.eye(3), 0.01, 0.1), "finite"),
        (lambda: fp.Macrospin(ZERO, np.eye(2), 0.01, 0.1), "3x3"),
        (lambda: fp.Macrospin(ZERO, np.eye(3), 0.01, 0.1, reference=ZERO), "no direction"),
        (lambda: fp.Macrospin(ZERO, np.tri(3), 0.01, 0.1), "symmetric"),
        (lambda: fp.Macrospin(["a", 0, 0], np.eye(3), 0.01, 0.1), r"field=\['a', 0, 0\] must be 3 finite numbers in T"),
        (lambda: modulated(field=[0.0, 1.0]), r"modulations\[1\].field=\[0.0, 1.0\] must be 3 finite numbers in T"),
        (lambda: modulated(field=[0.0, 0.0, np.inf]), r"modulations\[1\].field=.* finite numbers in T"),
        (lambda: modulated(damping_like="high"), r"modulations\[1\].damping_like='high' .* in T"),
        (lambda: modulated(matrix=np.eye(2)), r"modulations\[1\].matrix=.* must be 3x3 finite numbers in T"),
        (lambda: modulated(matrix=np.tri(3)), r"modulations\[1\].matrix=.* T must be symmetric"),
        (lambda: modulated(profile=0.4), r"modulations\[1\].profile=0.4 must be a function"),
        (lambda: fp.Macrospin(ZERO, np.eye(3), 0.01, 0.1, modulations=fp.Modulation(np.exp)), "a tuple of Modulation"),
        (lambda: fp.Macrospin(ZERO, np.eye(3), 0.01, 0.1, modulations=[np.exp]), r"modulations\[0\]=.* a Modulation"),
        (lambda: fp.relaxation_rate(modulated(profile=lambda c: c[:3], field=[0, 0, 1])), "does not take an array"),
        (lambda: fp.relaxation_rate(uniaxial(1), Bias()), "leave bias out"),
        (lambda: fp.relaxation_rates(uniaxial(1), n=0), "n=0"),
        (lambda: fp.relaxation_rate(biaxial(3, 5, 0.1), rtol=0.0), "rtol=0.0"),
        (lambda: fp.dwell_times(uniaxial(5), thresholds=(0.5, -0.5)), "low < high"),
        (lambda: fp.dwell_times(uniaxial(5, reference=[1, 0, 0])), "same resistance"),
        (lambda: fp.dwell_times(across(5)), "same resistance"),
        (lambda: fp.dwell_times(across(60)), "same resistance"),  # where the expansion does not reach
        (lambda: fp.autocorrelation(uniaxial(1), times=[-1.0]), "times"),
        (lambda: fp.autocorrelation(uniaxial(1), times=[1.0], observable="mz"), "projection"),
        (lambda: fp.correlation_time(uniaxial(1), kind="half"), "integral"),
        (lambda: fp.equilibrium(uniaxial(1)).resistance, "resistance"),
        (lambda: fp.equilibrium(uniaxial(1)).occupation(ZERO), "direction"),
        (lambda: fp.equilibrium(uniaxial(1)).density([1.0, 1.0, 0.0]), "unit vectors"),
        (
            lambda: fp.relaxation_rate(perpendicular(), Bias(voltage=Sine(amplitude=0.1, frequency=1e9))),
            "constant bias",
        ),
        (
            lambda: fp.relaxation_rate(perpendicular(heating=Heating(thermal_resistance=1e6)), Bias(voltage=0.1)),
            "heating",
        ),
        (lambda: fp.relaxation_rate(perpendicular(), Bias(temperature=0.0)), "thermal noise"),
    ],
)
def test_bad_input_is_one_clear_sentence(call, message):
    with pytest.raises(ParameterError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def across(delta):
    """An in-plane junction whose reference layer is at right angles to its easy axis."""
    return replace(biaxial(delta, 0.3, 0.1), reference=[0, 1, 0])


def modulated(profile=np.exp, **numbers):
    items = fp.Modulation(np.exp), fp.Modulation(profile, **numbers)
    return fp.Macrospin(ZERO, np.diag([0.0, 0.1, 0.2]), 0.01, 0.1, modulations=items)


@pytest.mark.parametrize("rtol", [0.0, -1e-4, 1.0, np.nan, "small", None])
@pytest.mark.parametrize(
    "call",
    [
        lambda spin, rtol: fp.relaxation_rate(spin, rtol=rtol),
        lambda spin, rtol: fp.relaxation_rates(spin, n=4, rtol=rtol),
        lambda spin, rtol: fp.dwell_times(spin, rtol=rtol),
        lambda spin, rtol: fp.dwell_times(spin, thresholds=(-0.5, 0.5), rtol=rtol),
        lambda spin, rtol: fp.equilibrium(spin, rtol=rtol),
        lambda spin, rtol: fp.autocorrelation(spin, rtol=rtol),
    ],
)
@pytest.mark.parametrize("spin", [uniaxial(8), biaxial(8, 1, 0.1)], ids=["axial", "general"])
def test_every_path_refuses_an_accuracy_out_of_range(spin, call, rtol):
    with pytest.raises(ParameterError, match=r"rtol=.* is outside \(0, 1\)"):
        call(spin, rtol)


def test_beyond_the_range_of_the_numbers():
    with pytest.raises(SimulationError, match="energy varies by"):
        fp.relaxation_rate(uniaxial(700))
    with pytest.raises(SimulationError, match="not stable"):
        fp.relaxation_rates(biaxial(2000, 50, 0.1), n=2)


def test_the_expansion_reaches_45_kt_and_never_takes_rounding_for_a_rate():
    for sigma in (15, 30, 45):
        exact = fp.relaxation_rate(uniaxial(sigma))
        result = fp.relaxation_rates(general(uniaxial(sigma)), n=1)
        assert result.method == "exact"
        assert abs(result.rates[0].real / exact - 1) <= min(result.relative_error, 1e-4) + 1e-9
    with pytest.raises(SimulationError, match="rounding"):
        fp.relaxation_rates(general(uniaxial(60)), n=2)
    with pytest.raises(SimulationError, match="rounding"):
        fp.autocorrelation(uniaxial(60), times=[1.0])


def test_where_the_expansion_ends_the_asymptotic_rate_takes_over():
    exact = fp.relaxation_rates(biaxial(25, 1, 0.1), n=1)
    escape = theory.escape_rates(biaxial(25, 1, 0.1))
    assert exact.method == "exact"
    assert abs(escape.relaxation / exact.rates[0].real - 1) < escape.relative_error < 0.1
    with pytest.warns(MtjphysWarning, match="asymptotic rate, with an estimated relative error"):
        beyond = fp.relaxation_rates(biaxial(60, 0.3, 0.1), n=1)
    escape = theory.escape_rates(biaxial(60, 0.3, 0.1))
    assert (beyond.method, beyond.relative_error) == ("asymptotic", escape.relative_error)
    assert beyond.rates[0] == escape.relaxation
    with pytest.warns(MtjphysWarning, match="asymptotic"):
        times = fp.dwell_times(biaxial(60, 0.3, 0.1))
    assert_allclose(times[:2], 1 / escape.parallel)
    driven = fp.Macrospin(ZERO, np.diag([0.7, 0.0, -2.8]), 0.01, 0.1, [0.01, 0.0, 0.0], reference=[1, 0, 0])
    with pytest.raises(SimulationError, match="rare_events"):
        fp.relaxation_rate(driven)


def test_two_states_that_describe_a_junction_poorly_are_warned_of():
    spin = fp.Macrospin(ZERO, np.diag([0.01, 0, -0.02]), 0.01, 0.1, reference=[1, 0, 0])
    with pytest.warns(MtjphysWarning, match="two states"):
        fp.dwell_times(spin)


def test_a_single_well_has_no_dwell_times_but_those_between_thresholds():
    in_plane = in_plane_junction()
    for junction, bias, words in (
        (presets.funatsu_2022_34nm(), Bias(voltage=-0.1), r"voltage=-0.1 V, field=\(0, 0, 0\) T"),
        (presets.funatsu_2022_34nm(), Bias(current=-3e-5), r"current=-3e-05 A"),
        (in_plane, Bias(field=(0.03, 0.0, 0.0)), r"voltage=0 V, field=\(0.03, 0, 0\) T"),
        (uniaxial(4, field=1.5), None, "its field and torque"),
        (uniaxial(4, torque=-1.5), None, "its field and torque"),
        (general(uniaxial(4, field=1.5)), None, "its field and torque"),
        (uniaxial(-4), None, "its field and torque"),
    ):
        with pytest.raises(ParameterError, match=f"no second well under {words}.*nearer to zero, or give thresholds"):
            fp.dwell_times(junction, bias)
    times = fp.dwell_times(presets.funatsu_2022_34nm(), Bias(voltage=-0.1), thresholds=(-0.5, 0.5))
    assert 0 < times.parallel < 1e-9 * times.antiparallel
    assert fp.dwell_times(uniaxial(4, field=0.9)).separation > 3  # there is a second well, of 0.04 kT


@pytest.mark.parametrize("torque", [0.13, 0.3])
def test_a_well_that_the_torque_makes_unstable_has_no_dwell_time(torque):
    """In a field across the axis; it once had picoseconds, beside seconds, with a warning."""
    spin = fp.Macrospin([0.2, 0.0, 0.0], np.diag([0.0, 0.0, 1.0]), 0.05, 0.1, damping_like=[0.0, 0.0, torque])
    with pytest.raises(ParameterError, match="no second well under its field and torque"):
        fp.dwell_times(spin)
    in_plane = fp.Macrospin(ZERO, np.diag([0.04, 0, -0.08]), 0.01, 0.1, [0.03, 0, 0], reference=[1, 0, 0])
    with pytest.raises(ParameterError, match="no second well under its field and torque"):
        fp.dwell_times(in_plane)
    weak = fp.Macrospin([0.2, 0.0, 0.0], np.diag([0.0, 0.0, 1.0]), 0.05, 0.1, damping_like=[0.0, 0.0, 0.03])
    assert 0.0 < fp.dwell_times(weak).antiparallel < fp.dwell_times(weak).parallel


def test_a_preset_beyond_its_critical_voltage_has_no_second_dwell_time():
    junction = presets.hayakawa_2021()
    beyond = 1.2 * max(abs(voltage) for voltage in junction.critical_voltages())
    with pytest.raises(ParameterError, match="no second well under voltage="):
        fp.dwell_times(junction, Bias(voltage=beyond))


@pytest.mark.parametrize("rtol", ["x", None, 0.0, -1.0, 2.0, np.nan])
def test_every_path_checks_rtol(rtol):
    axial, tilted = uniaxial(4, torque=-0.2), general(uniaxial(4, torque=-0.2))
    for spin in (axial, tilted):
        for call in (
            lambda spin: fp.relaxation_rates(spin, n=2, rtol=rtol),
            lambda spin: fp.relaxation_rate(spin, rtol=rtol),
            lambda spin: fp.dwell_times(spin, rtol=rtol),
            lambda spin: fp.dwell_times(spin, thresholds=(-0.5, 0.5), rtol=rtol),
            lambda spin: fp.switching_probability(spin, durations=[1e-9], rtol=rtol),
            lambda spin: fp.autocorrelation(spin, times=[1e-9], rtol=rtol),
        ):
            with pytest.raises(ParameterError, match="rtol="):
                call(spin)


@pytest.mark.parametrize("thresholds", ["ab", 0.5, (0.5, -0.5), (0.0, "x")])
def test_thresholds_that_are_none(thresholds):
    with pytest.raises(ParameterError, match=r"thresholds=.* of m.p must be two numbers"):
        fp.dwell_times(uniaxial(4), thresholds=thresholds)


def test_what_is_no_junction_or_bias():
    with pytest.raises(ParameterError, match="junction=3 is not an MTJ; give one, the name of a preset"):
        fp.relaxation_rate(3)
    with pytest.raises(ParameterError, match=r"bias='0\.1 V' is not a Bias"):
        fp.relaxation_rate(presets.hayakawa_2021(), "0.1 V")
