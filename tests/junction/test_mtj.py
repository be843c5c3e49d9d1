"""The junction: validation messages, derived quantities, kernel numbers, TOML."""

import doctest
import inspect
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.constants import Boltzmann, e, hbar, mu_0

import mtjphys as mp
from mtjphys import Bias
from mtjphys.core.errors import MtjphysError, ParameterError
from mtjphys.junction import MTJ, Barrier, FreeLayer, Heating, ReferenceLayer, SpinOrbit, mtj, parts
from mtjphys.kernels.parameters import flattened
from mtjphys.macrospin.magnetostatics import disc_demagnetising_factors

DISC = {"saturation_magnetisation": 1.1e6, "diameter": 50e-9, "thickness": 3e-9}
MACROSPIN = {
    "saturation_magnetisation": 1e6,
    "volume": 1e-24,
    "damping": 0.1,
    "demagnetising_factors": (0, 0, 0),
    "uniaxial_anisotropy": (2e4, (0, 0, 1)),
}


def perpendicular(**barrier):
    return MTJ(
        free_layer=FreeLayer(**{**MACROSPIN, "volume": 5e-24}),
        barrier=Barrier(**{"resistance_parallel": 2000.0, **barrier}),
    )


def in_plane(**changes):
    layer = {**DISC, "interfacial_anisotropy": 1.2e-3, "uniaxial_anisotropy": (7e3, (1, 0, 0))}
    return MTJ(
        free_layer=FreeLayer(**{**layer, **changes}),
        barrier=Barrier(resistance_area_product=15e-12, tunnel_magnetoresistance=0.6),
    )


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (FreeLayer, {**DISC, "saturation_magnetisation": 1.2}, "A/m.*looks like tesla: use 9.55e5"),
        (FreeLayer, {**DISC, "saturation_magnetisation": 1100}, "looks like emu/cm3: use 1.1e6"),
        (FreeLayer, {**DISC, "saturation_magnetisation": -1e6}, "outside"),
        (FreeLayer, {**DISC, "saturation_magnetisation": math.nan}, "finite"),
        (FreeLayer, {**DISC, "saturation_magnetisation": math.inf}, "finite"),
        (FreeLayer, {**DISC, "saturation_magnetisation": "1e6"}, "valid number"),
        (FreeLayer, {**DISC, "saturation_magnetisation": True}, "valid number"),
        (FreeLayer, {**DISC, "thickness": 3}, "3 looks like nanometres: use 3e-9"),
        (FreeLayer, {**DISC, "thickness": -1e-9}, r"outside \[1e-10, 1e-06\] m"),
        (FreeLayer, {**DISC, "diameter": 50.0}, "nanometres: use 5e-8"),
        (FreeLayer, {**DISC, "interfacial_anisotropy": 1.3}, "mJ/m2: use 0.0013"),
        (FreeLayer, {**DISC, "damping": 1.5}, r"damping=1.5 .*\[0, 1\].*typically"),
        (FreeLayer, {**DISC, "damping": -0.01}, "damping"),
        (FreeLayer, {**DISC, "dampng": 0.01}, "did you mean damping"),
        (FreeLayer, {**DISC, "zzz": 0.01}, "known: saturation_magnetisation"),
        (FreeLayer, {**DISC, "volume": 1e-24}, "exclude each other"),
        (FreeLayer, {**DISC, "diameters": (5e-8, 5e-8)}, "exclude each other"),
        (FreeLayer, {**MACROSPIN, "interfacial_anisotropy": 1e-3}, "exclude each other"),
        (FreeLayer, {**MACROSPIN, "demagnetising_factors": None}, "alone"),
        (FreeLayer, {**MACROSPIN, "demagnetising_factors": (0.1, 0.1, 0.1)}, "sum must be 1"),
        (FreeLayer, {**MACROSPIN, "volume": 1000.0}, "nm3: use 1e-24"),
        (FreeLayer, {**MACROSPIN, "uniaxial_anisotropy": (1e4, (0, 0, 0))}, "no direction"),
        (FreeLayer, {**MACROSPIN, "uniaxial_anisotropy": (1e9, (0, 0, 1))}, "J/m3"),
        (FreeLayer, {**MACROSPIN, "uniaxial_anisotropy": 1e4}, "tuple"),
        (FreeLayer, {"saturation_magnetisation": 1e6}, "needs diameter"),
        (FreeLayer, {"diameter": 5e-8, "thickness": 1e-9}, "missing, and it has no default"),
        (FreeLayer, {**DISC, "curie_temperature": 250.0}, "must exceed"),
        (FreeLayer, {**DISC, "g_factor": 20.0}, "g_factor"),
        (Barrier, {"resistance_area_product": 15.0}, "ohm um2: use 1.5e-11"),
        (Barrier, {"resistance_area_product": 1e-11, "resistance_parallel": 1e3}, "exclude each"),
        (Barrier, {"resistance_parallel": 5.67}, "kilo-ohm: use 5.67e3"),
        (Barrier, {"resistance_parallel": -5e3}, "outside"),
        (Barrier, {"tunnel_magnetoresistance": 120.0}, "per cent: use 1.2"),
        (Barrier, {"tunnel_magnetoresistance": -0.1}, "outside"),
        (Barrier, {"polarisation": 60.0}, "per cent: use 0.6"),
        (Barrier, {"half_voltage": 500.0}, "millivolts: use 0.5"),
        (Barrier, {"half_voltage": 0.0}, "half_voltage"),
        (Barrier, {"voltage_anisotropy": 60.0}, r"fJ/\(V m\): use 6e-14"),
        (Barrier, {"torque_law": "slonczewski"}, "torque_law"),
        (Barrier, {"torque_law": "current", "field_like_per_volt": 0.1}, "field_like_ratio"),
        (ReferenceLayer, {"direction": (0, 0, 0)}, "no direction"),
        (ReferenceLayer, {"direction": (1, 0)}, "direction"),
        (ReferenceLayer, {"stray_field": (100.0, 0, 0)}, "oersted .*: use 0.01"),
        (Heating, {"thermal_resistance": 1e7, "time_constant": 2.0}, "nanoseconds: use 2e-9"),
        (Heating, {"thermal_resistance": -1.0}, "outside"),
        (
            SpinOrbit,
            {"spin_hall_angle": 0.1, "channel_width": 100, "channel_thickness": 5e-9},
            "nanometres: use 1e-7",
        ),
        (MTJ, {"free_layer": {**DISC, "thickness": 3}}, "nanometres"),
        (MTJ, {"free_layer": 3}, "free_layer=3"),
        (MTJ, {"free_layer": DISC, "barier": {}}, "did you mean barrier"),
        (
            MTJ,
            {"free_layer": MACROSPIN, "barrier": {"resistance_area_product": 1e-11}},
            "its volume",
        ),
        (MTJ, {"free_layer": MACROSPIN, "barrier": {"voltage_anisotropy": 5e-14}}, "by its stack"),
        (
            MTJ,
            {
                "free_layer": MACROSPIN,
                "spin_orbit": {
                    "spin_hall_angle": 0.1,
                    "channel_width": 1e-7,
                    "channel_thickness": 5e-9,
                },
            },
            "by its stack",
        ),
    ],
)
def test_bad_parameters_give_one_clear_sentence(kind, values, message):
    with pytest.raises(ParameterError, match=message) as caught:
        kind(**values)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, MtjphysError)


def test_parameters_are_frozen():
    with pytest.raises(ValueError, match=r"^FreeLayer.damping cannot be changed, .*with_parameters"):
        FreeLayer(**DISC).damping = 0.1


def test_signatures_are_names_types_and_defaults():
    signature = str(inspect.signature(FreeLayer))
    assert "damping: float = 0.01" in signature
    for kind in (FreeLayer, MTJ, Bias, Barrier, mp.Sine):
        assert "Annotated" not in str(inspect.signature(kind)) and "Quantity" not in str(inspect.signature(kind))


def test_lists_and_numpy_numbers_are_accepted():
    layer = FreeLayer(
        saturation_magnetisation=np.float32(1e6),
        diameters=np.array([60e-9, 50e-9]),
        thickness=np.float64(2e-9),
        uniaxial_anisotropy=[1e3, [1, 0, 0]],
    )
    assert layer.diameters == (60e-9, 50e-9)
    assert layer.uniaxial_anisotropy == (1e3, (1.0, 0.0, 0.0))


def test_stack_geometry():
    junction = MTJ(free_layer={**DISC, "diameter": None, "diameters": (60e-9, 40e-9)})
    assert junction.area == pytest.approx(math.pi * 30e-9 * 20e-9)
    assert junction.volume == pytest.approx(math.pi * 30e-9 * 20e-9 * 3e-9)
    assert junction.demagnetising_factors == disc_demagnetising_factors(60e-9, 40e-9, 3e-9)
    assert junction.moment == pytest.approx(1.1e6 * junction.volume)
    with pytest.raises(ParameterError, match="diameters"):
        _ = MTJ(free_layer=MACROSPIN).area


def test_textbook_macrospin_is_one_line():
    junction = MTJ(free_layer=FreeLayer(**MACROSPIN))
    delta = 2e4 * 1e-24 / (Boltzmann * 300)
    assert junction.thermal_stability() == pytest.approx((delta, delta), rel=1e-12)
    assert junction.reference_direction == (0.0, 0.0, 1.0)
    assert junction.resistance_parallel == 5000.0
    assert junction.thermal_stability(Bias(temperature=150.0)).parallel == pytest.approx(2 * delta)


def test_easy_axes():
    assert MTJ(free_layer=DISC).easy_axis == (1.0, 0.0, 0.0)
    tall = {**DISC, "diameter": None, "diameters": (40e-9, 60e-9)}
    assert MTJ(free_layer=tall).easy_axis == (0.0, 1.0, 0.0)
    assert in_plane().easy_axis == pytest.approx((1.0, 0.0, 0.0))
    assert MTJ(free_layer={**DISC, "thickness": 1e-9, "interfacial_anisotropy": 2e-3}).easy_axis == (
        0.0,
        0.0,
        1.0,
    )
    tilted = {**MACROSPIN, "uniaxial_anisotropy": (1e4, (1, 1, 0))}
    assert MTJ(free_layer=tilted).easy_axis == pytest.approx((0.5**0.5, 0.5**0.5, 0.0))
    assert MTJ(free_layer={**MACROSPIN, "uniaxial_anisotropy": None}).easy_axis == (0.0, 0.0, 1.0)


def test_lane_parameters():
    junction = MTJ(
        free_layer={
            **DISC,
            "interfacial_anisotropy": 1e-3,
            "uniaxial_anisotropy": (5e3, (1, 1, 0)),
            "curie_temperature": 1000.0,
        },
        barrier={"voltage_anisotropy": 6e-14, "thickness": 1.1e-9, "half_voltage": 0.5},
        reference={"direction": (0, 0, 3), "stray_field": (1e-3, 2e-3, 3e-3)},
        heating={"thermal_resistance": 1e7, "time_constant": 2e-9},
        spin_orbit={
            "spin_hall_angle": -0.3,
            "channel_width": 1e-7,
            "channel_thickness": 5e-9,
            "polarisation": (0, -2, 0),
            "field_like_ratio": 0.5,
        },
    )
    lane = junction.lane_parameters()
    nx, ny, nz = junction.demagnetising_factors
    magnetisation, thickness = 1.1e6, 3e-9
    assert (lane.shape_xx, lane.shape_yy, lane.shape_zz) == pytest.approx(
        tuple(-mu_0 * magnetisation * n for n in (nx, ny, nz))
    )
    assert lane.anisotropy_xx == lane.anisotropy_yy == pytest.approx(5e3 / magnetisation)
    assert lane.anisotropy_xy == pytest.approx(5e3 / magnetisation)
    assert lane.anisotropy_zz == pytest.approx(2e-3 / (magnetisation * thickness))
    assert lane.vcma == pytest.approx(-2 * 6e-14 / (magnetisation * thickness * 1.1e-9))
    assert (lane.stray_x, lane.stray_y, lane.stray_z) == (1e-3, 2e-3, 3e-3)
    assert (lane.reference_x, lane.reference_y, lane.reference_z) == (0, 0, 1)
    spin_orbit, _ = lane.torques
    assert (spin_orbit.x, spin_orbit.y, spin_orbit.z) == (0, -1, 0)
    density = 1.0 / (1e-7 * 5e-9)
    expected = hbar / (2 * e) * -0.3 * density / (magnetisation * thickness)
    assert spin_orbit.damping_like == pytest.approx(expected)
    assert spin_orbit.field_like == pytest.approx(0.5 * expected)
    assert lane.inverse_half_voltage == 2.0
    assert lane.thermal_rate == pytest.approx(5e8)
    assert lane.inverse_curie_temperature == 1e-3
    assert lane.gyromagnetic_ratio == pytest.approx(1.76085963e11, rel=1e-8)
    assert all(math.isfinite(value) for value in flattened(lane))
    assert lane.terms == ()


def test_voltage_law_is_the_current_law_at_fixed_voltage():
    # I(V, c) = V G_P (1 + P^2 c)/(1 + P^2) with Julliere's TMR, so both laws give the same torque.
    (volts,) = perpendicular(tunnel_magnetoresistance=1.3).lane_parameters().torques
    (amperes,) = perpendicular(tunnel_magnetoresistance=1.3, torque_law="current").lane_parameters().torques
    for cosine in (-1.0, -0.3, 0.0, 0.8, 1.0):
        current = 1 / perpendicular(tunnel_magnetoresistance=1.3).resistance(cosine)
        torque = amperes.damping_like_current * current / (1 + amperes.polarisation_squared * cosine)
        assert torque == pytest.approx(volts.damping_like, rel=1e-12)


def test_torque_overrides():
    (torque,) = (
        perpendicular(
            damping_like_per_volt=0.02,
            damping_like_per_volt_squared=0.001,
            field_like_ratio=0.1,
            field_like_per_volt_squared=0.003,
        )
        .lane_parameters()
        .torques
    )
    assert (torque.damping_like, torque.damping_like_quadratic) == (0.02, 0.001)
    assert (torque.field_like, torque.field_like_quadratic) == (pytest.approx(0.002), 0.003)
    assert perpendicular(field_like_per_volt=0.5).lane_parameters().torques[0].field_like == 0.5
    half = perpendicular(damping_like_efficiency=0.5).spin_torque_per_volt
    assert half == pytest.approx(0.5 * perpendicular().spin_torque_per_volt)


def test_critical_current_of_a_perpendicular_junction():
    junction = perpendicular(torque_law="current", tunnel_magnetoresistance=1.0)
    polarisation = junction.barrier.spin_polarisation
    delta = junction.thermal_stability().parallel
    currents = junction.critical_currents()
    for current, cosine in zip(currents, (1, -1), strict=True):
        eta = polarisation / (1 + polarisation**2 * cosine)
        expected = 4 * e * 0.1 / (hbar * eta) * delta * Boltzmann * 300
        assert current == pytest.approx(-cosine * expected, rel=1e-5)


def test_critical_voltage_of_a_perpendicular_junction_is_at_unit_overdrive():
    junction = perpendicular()
    down, up = junction.critical_voltages()
    expected = 0.1 * 0.04 / junction.spin_torque_per_volt
    assert up == pytest.approx(expected, rel=1e-5)
    assert down == pytest.approx(-expected, rel=1e-5)


def test_critical_voltage_of_an_in_plane_junction():
    junction = in_plane(damping=0.02)
    b_k, b_d, _ = junction.anisotropy_fields()
    expected = 0.02 * (b_k + b_d / 2 - b_k / 2) / junction.spin_torque_per_volt
    assert junction.critical_voltages().antiparallel == pytest.approx(expected, rel=1e-4)
    # B1 + B2 = B_k + B_d where B_d is counted from the easy axis: alpha (B_k + B_d')/2.
    low, high = junction.stiffness_fields()
    assert low == pytest.approx(b_k, rel=1e-9)
    assert high == pytest.approx(b_d, rel=1e-9)


def test_critical_voltage_with_tilted_field_against_the_dynamics():
    """Just below, a small deviation dies out; just above, it grows: by integration of the LLG."""
    junction = in_plane(damping=0.02)
    field = np.array([0.002, 0.004, 0.05])
    critical = junction.critical_voltages(Bias(field=field)).antiparallel
    case = junction.landscape(Bias(field=field))
    p, alpha = np.asarray(junction.reference_direction), 0.02
    well = junction.wells(Bias(field=field))[1].direction
    per_volt = junction.spin_torque_per_volt

    def velocity(m, voltage):
        b = case.field + case.matrix @ m + per_volt * voltage * np.cross(m, p)
        precession = np.cross(m, b)
        return -(precession + alpha * np.cross(m, precession))

    def swing(voltage):
        m, step, trace = well + np.array([0.0, 1e-3, 0.0]), 1.5, []
        for _ in range(2400):
            k1 = velocity(m, voltage)
            k2 = velocity(m + 0.5 * step * k1, voltage)
            k3 = velocity(m + 0.5 * step * k2, voltage)
            m = m + step / 6 * (k1 + 2 * k2 + 2 * k3 + velocity(m + step * k3, voltage))
            m = m / np.linalg.norm(m)
            trace.append(m[1])
        return np.ptp(trace[-200:]) / np.ptp(trace[400:600])

    assert swing(0.9 * critical) < 0.7
    assert swing(1.1 * critical) > 1.4


def test_critical_voltage_needs_a_torque_and_two_wells():
    with pytest.raises(ParameterError, match="two wells"):
        perpendicular().critical_voltages(Bias(field=(0, 0, 0.1)))
    crossed = MTJ(free_layer=MACROSPIN, reference={"direction": (1, 0, 0)})
    with pytest.raises(ParameterError, match="along the easy axis"):
        crossed.critical_voltages()


def test_transport():
    junction = perpendicular(tunnel_magnetoresistance=1.5, half_voltage=0.5)
    assert junction.resistance(1.0) == pytest.approx(2000)
    assert junction.resistance(-1.0) == pytest.approx(5000)
    assert junction.resistance(-1.0, Bias(voltage=0.5)) == pytest.approx(3500)
    assert junction.resistance_antiparallel == pytest.approx(5000)
    # Conductance, not resistance, is linear in the cosine.
    assert 1 / junction.resistance(0.0) == pytest.approx(0.5 * (1 / 2000 + 1 / 5000))
    stack = MTJ(free_layer=DISC, barrier={"resistance_area_product": 15e-12})
    assert stack.resistance_parallel == pytest.approx(15e-12 / stack.area)


def test_stray_field_and_voltage_shift_the_barriers():
    junction = MTJ(
        free_layer={**DISC, "thickness": 1.2e-9, "interfacial_anisotropy": 1.1e-3},
        barrier={"voltage_anisotropy": 5e-14, "field_like_per_volt": 0.01},
        reference={"stray_field": (0, 0, 0.01)},
    )
    field = junction.anisotropy_fields()[2]
    symmetric = 0.5 * junction.moment * field / (Boltzmann * 300)
    up, down = junction.thermal_stability()
    assert up == pytest.approx(symmetric * (1 + 0.01 / field) ** 2)
    assert down == pytest.approx(symmetric * (1 - 0.01 / field) ** 2)
    lowered = field + junction.lane_parameters().vcma * 0.3
    assert junction.anisotropy_fields(Bias(voltage=0.3))[2] == pytest.approx(lowered)
    assert lowered < field
    bias = 0.01 + 0.01 * 0.3
    scale = 0.5 * junction.moment * lowered / (Boltzmann * 300)
    expected = scale * (1 + bias / lowered) ** 2
    assert junction.thermal_stability(Bias(voltage=0.3)).parallel == pytest.approx(expected)


def test_temperature_dependence():
    layer = {**DISC, "interfacial_anisotropy": 1e-3, "curie_temperature": 1000.0}
    junction = MTJ(free_layer={**layer, "anisotropy_exponent": 2.5, "bloch_exponent": 1.2})
    ratio = (1 - 0.4**1.2) / (1 - 0.3**1.2)
    assert junction.saturation_magnetisation(Bias(temperature=400.0)) == pytest.approx(1.1e6 * ratio)
    nx, _, nz = junction.demagnetising_factors
    interface = 2 * 1e-3 * ratio**2.5 / (1.1e6 * ratio * 3e-9)
    expected = mu_0 * 1.1e6 * ratio * (nz - nx) - interface
    assert junction.anisotropy_fields(Bias(temperature=400.0))[1] == pytest.approx(expected)
    assert junction.anisotropy_fields()[1] == pytest.approx(mu_0 * 1.1e6 * (nz - nx) - 2e-3 / (1.1e6 * 3e-9))
    with pytest.raises(ParameterError, match="Curie"):
        junction.thermal_stability(Bias(temperature=1000.0))


def test_resonance():
    junction = in_plane(damping=0.02)
    b_k, b_d, _ = junction.anisotropy_fields()
    gamma = junction.free_layer.gyromagnetic_ratio
    expected = gamma / (2 * math.pi) * math.sqrt((0.01 + b_k) * (0.01 + b_d))
    assert junction.resonance_frequency(Bias(field=(0.01, 0, 0))) == pytest.approx(expected)
    width = 0.02 * gamma * (0.02 + b_k + b_d) / (2 * math.pi)
    assert junction.resonance_linewidth(Bias(field=(0.01, 0, 0))) == pytest.approx(width)


@pytest.mark.parametrize(
    ("bias", "message"),
    [
        ({"temperature": -1.0}, "temperature"),
        ({"temperature": 0.0}, "temperature"),
        ({"temperature": math.nan}, "temperature"),
        ({"field": (100.0, 0, 0)}, "Oe by 1e-4"),
        ({"field": 0.1}, "three components"),
        ({"voltage": 300.0}, "in mV, multiply by 1e-3"),
    ],
)
def test_bad_bias(bias, message):
    with pytest.raises(ParameterError, match=message):
        perpendicular().thermal_stability(Bias(**bias))


@settings(max_examples=50, deadline=None)
@given(
    st.floats(1e4, 5e6),
    st.floats(1e-9, 1e-6),
    st.floats(1e-10, 1e-8),
    st.floats(0, 1),
    st.text(max_size=20),
)
def test_toml_round_trip_is_exact(magnetisation, diameter, thickness, damping, name):
    printable = "".join(character for character in name if character.isprintable())
    junction = MTJ(
        free_layer={
            "saturation_magnetisation": magnetisation,
            "diameters": (diameter, diameter / 3 + 1e-9),
            "thickness": thickness,
            "damping": damping,
            "uniaxial_anisotropy": (damping * 1e4, (damping, 1.0, 0.0)),
        },
        heating={"thermal_resistance": 1e6 / 3},
        name=printable,
    )
    assert MTJ.from_toml(junction.to_toml()) == junction


def test_names_with_control_characters_survive_toml():
    junction = in_plane().model_copy(update={"name": 'tab\t quote" back\\ bell\x07 delete\x7f Å'})
    assert MTJ.from_toml(junction.to_toml()) == junction


def test_toml_file_and_its_mistakes(tmp_path):
    junction = in_plane()
    path = tmp_path / "junction.toml"
    path.write_text(junction.to_toml())
    assert MTJ.from_toml(path) == junction
    assert MTJ.from_toml(str(path)).lane_parameters() == junction.lane_parameters()
    path.write_text(junction.to_toml().replace("damping =", "dampling ="))
    with pytest.raises(ParameterError, match="did you mean damping"):
        MTJ.from_toml(path)
    path.write_text("[free_layer\n")
    with pytest.raises(ParameterError, match="not valid TOML"):
        MTJ.from_toml(path)
    with pytest.raises(ParameterError, match="not valid TOML"):
        MTJ.from_toml("[free_layer\n")
    with pytest.raises(ParameterError, match="no such file"):
        MTJ.from_toml(tmp_path / "none.toml")


def test_with_parameters_validates():
    junction = in_plane()
    changed = junction.with_parameters({"free_layer.damping": 0.02, "heating.thermal_resistance": 1e7, "name": "hot"})
    assert changed.free_layer.damping == 0.02
    assert changed.heating == Heating(thermal_resistance=1e7)
    assert changed.barrier == junction.barrier
    with pytest.raises(ParameterError, match="typically"):
        junction.with_parameters({"free_layer.damping": 2.0})
    with pytest.raises(ParameterError, match="did you mean"):
        junction.with_parameters({"free_layer.dampin": 0.1})


def test_summary_and_description():
    entries = {entry.symbol: entry for entry in in_plane().summary()}
    assert entries["Delta_P"].value == in_plane().thermal_stability().parallel
    assert entries["V_cAP"].value == in_plane().critical_voltages().antiparallel
    assert all(math.isfinite(entry.value) for entry in entries.values())
    text = in_plane().describe()
    assert "5890 nm3" in text
    assert "7.639 kohm" in text
    easy_plane = {entry.symbol for entry in MTJ(free_layer=DISC).summary()}
    assert "V_cP" not in easy_plane
    assert "R_AP" in easy_plane


def test_doctests():
    assert doctest.testmod(mtj).failed == 0
    assert doctest.testmod(parts).failed == 0
