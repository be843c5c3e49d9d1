"""What every energy term and every torque has to pass: field against energy, lanes against arrays, bounds, axes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mtjphys as mp
from mtjphys import fokker_planck
from mtjphys.core.errors import ParameterError
from mtjphys.junction.terms import all_terms
from mtjphys.kernels.contributions import TERMS, TORQUES
from mtjphys.kernels.declaration import GeneralTerm, LinearTerm, QuadraticTerm, Torque
from mtjphys.macrospin.constant import constant_fields
from mtjphys.macrospin.landscape import effective_field, energy
from mtjphys.macrospin.series import meridian

BASE = {
    "free_layer": {"saturation_magnetisation": 1.1e6, "diameters": (50e-9, 40e-9), "thickness": 1.6e-9},
    "barrier": {"thickness": 1.1e-9, "damping_like_efficiency": 0.0, "half_voltage": 0.5},
    "reference": {"direction": (0.3, -0.5, 0.8)},
}
VOLTAGE, CHANNEL = 0.3, 2e-4
EXAMPLES = [(term, values) for term in all_terms() for values in term.examples]
NAMES = [f"{term.name}-{k}" for k, (term, _) in enumerate(EXAMPLES)]
unit_vectors = st.tuples(*[st.floats(-1.0, 1.0)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)


def junction(term=None, values=None):
    parts = {name: dict(part) for name, part in BASE.items()}
    if term is not None:
        parts[term.part] = {**parts.get(term.part, {}), **values}
    return mp.MTJ(**parts)


def unit(vector):
    return np.asarray(vector) / np.linalg.norm(vector)


def test_every_term_has_an_example_and_says_what_it_is():
    for term in all_terms():
        assert term.examples, f"{term.name} has no example"
        assert term.title and term.title[0].islower() and not term.title.endswith(".")
        for parameter in term.parameters:
            assert parameter.meaning.endswith("."), parameter.name
            assert parameter.quantity is None or parameter.quantity.unit


@pytest.mark.parametrize(("term", "values"), EXAMPLES, ids=NAMES)
def test_parameters_are_read_from_toml_and_written_unchanged(term, values):
    device = junction(term, values)
    assert mp.MTJ.from_toml(device.to_toml()) == device
    for parameter in term.parameters:
        if parameter.quantity is not None and parameter.annotation in (float, float | None):
            with pytest.raises(ParameterError, match=parameter.name):
                junction(term, {**values, parameter.name: 2.0 * parameter.quantity.high})


@pytest.mark.parametrize(("term", "values"), EXAMPLES, ids=NAMES)
@given(m=unit_vectors)
def test_field_is_the_slope_of_the_declared_energy(term, values, m):
    """Tangential part of the field against the derivative of the energy density, by complex step."""
    if isinstance(term, Torque):
        return
    m, bias = unit(m), mp.Bias(voltage=VOLTAGE)
    device = junction(term, values)
    with_it, without = device.landscape(bias), junction().landscape(bias)
    field = effective_field(with_it, m) - effective_field(without, m)
    given_values = dict(getattr(device, term.part))
    stack = device.stack
    density = term.energy
    slope = np.array([np.imag(density(given_values, stack, m + 1e-30j * e, VOLTAGE)) / 1e-30 for e in np.eye(3)])
    if term.name == "shape":  # is in both
        field, slope = effective_field(without, m), slope
    expected = -slope / stack.saturation_magnetisation
    # The field is the difference of two with the demagnetising field, of some T, in them.
    tolerance = 1e-12 * np.abs(expected).max() + 1e-15
    np.testing.assert_allclose(np.cross(m, field), np.cross(m, expected), atol=tolerance, rtol=1e-10)
    one, other = unit([1.0, 2.0, -0.4]), m
    rise = energy(with_it, other) - energy(with_it, one) - (energy(without, other) - energy(without, one))
    if term.name == "shape":
        rise = energy(without, other) - energy(without, one)
    declared = density(given_values, stack, other, VOLTAGE) - density(given_values, stack, one, VOLTAGE)
    assert rise == pytest.approx(device.volume * declared, rel=1e-9, abs=1e-12 * device.volume * 1e4)


@pytest.mark.parametrize(("term", "values"), EXAMPLES, ids=NAMES)
@given(m=unit_vectors)
def test_torque_is_the_declared_one(term, values, m):
    if not isinstance(term, Torque):
        return
    m = unit(m)
    device = junction(term, values)
    acting = constant_fields(device.lane_parameters(), mp.Bias(voltage=VOLTAGE, spin_orbit_current=CHANNEL))
    without = constant_fields(junction().lane_parameters(), mp.Bias(voltage=VOLTAGE, spin_orbit_current=CHANNEL))
    p = np.array(device.reference_direction)
    q, f = acting.damping_like - without.damping_like, acting.field - without.field
    if acting.follows:
        for torque in acting.c.torques:
            dl, fl = acting.amplitudes(torque, m @ p, VOLTAGE)
            q, f = q + dl * p, f + fl * p
    conductance = 1.0 / device.resistance(float(m @ p), mp.Bias(voltage=VOLTAGE))
    expected = term.vectors(dict(getattr(device, term.part)), device.stack, p, VOLTAGE, conductance, m @ p, CHANNEL)
    for ours, theirs in zip((q, f), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12 * (np.abs(expected[0]).max()), rtol=1e-10)


@pytest.mark.parametrize(("term", "values"), EXAMPLES, ids=NAMES)
def test_general_terms_keep_their_axis_and_their_bound(term, values):
    if not isinstance(term, GeneralTerm):
        return
    (t,) = junction(term, values).lane_parameters().terms
    generator = np.random.default_rng(1)
    m = generator.standard_normal((2000, 3))
    m /= np.linalg.norm(m, axis=1, keepdims=True)
    field = np.stack(term.field(t, *m.T), axis=-1)
    tangential = field - np.sum(field * m, axis=1, keepdims=True) * m
    assert np.linalg.norm(tangential, axis=1).max() <= term.largest(t)
    axis = term.axis(t)
    if axis is None:
        return
    axis = np.asarray(axis)
    level = term.potential(t, *m.T)
    np.testing.assert_allclose(level, term.potential(t, *meridian(axis, m @ axis).T), atol=1e-12 * abs(level).max())
    # Its gradient turns m no faster than the bound either: by the steepest slope of the field along a meridian.
    c = np.linspace(-1.0, 1.0, 2001)
    along = np.stack(term.field(t, *meridian(axis, c).T), axis=-1) @ axis
    assert np.abs(np.gradient(along, c)).max() <= 1.001 * term.largest(t)
    assert term.entries(t)


@pytest.mark.parametrize(("term", "values"), EXAMPLES, ids=NAMES)
def test_equilibrium_is_that_of_the_declared_energies(term, values):
    """At a volume where every example is a few kT, by a plain product rule over the sphere."""
    if isinstance(term, Torque):
        return
    values = {**values, "diameters": (4e-9, 3e-9)} if term.part == "free_layer" else values
    device = junction(term, values).with_parameters({"free_layer.diameters": (4e-9, 3e-9)})
    z, weight = np.polynomial.legendre.leggauss(100)
    z, phi = np.meshgrid(z, 2.0 * np.pi * np.arange(100) / 100, indexing="ij")
    m = np.stack([np.sqrt(1.0 - z * z) * np.cos(phi), np.sqrt(1.0 - z * z) * np.sin(phi), z], axis=-1)
    density = sum(
        other.energy(dict(getattr(device, other.part)), device.stack, m, VOLTAGE)
        for other in all_terms()
        if other.energy is not None and getattr(device, other.part) is not None
    )
    probability = np.exp(-density * device.volume / (1.380649e-23 * 300.0)) * weight[:, None]
    expected = np.einsum("ab,abi,abj->ij", probability, m, m) / probability.sum()
    found = fokker_planck.equilibrium(device, mp.Bias(voltage=VOLTAGE)).second_moments
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_absent_terms_are_absent():
    p = junction().lane_parameters()
    assert p.terms == ()
    assert [type(t).__name__ for t in p.torques] == ["SpinTransfer"]


def test_declarations_are_found_by_what_they_carry():
    kinds = (LinearTerm, QuadraticTerm, GeneralTerm)
    assert all(isinstance(term, kinds) for term in TERMS.all())
    assert all(isinstance(term, Torque) for term in TORQUES.all())
    for term in all_terms():
        if hasattr(term, "lane"):
            assert (TORQUES if isinstance(term, Torque) else TERMS).of(term.lane) is term
    assert len({term.name for term in all_terms()}) == len(all_terms())
