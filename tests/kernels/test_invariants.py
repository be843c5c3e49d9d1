"""What the steppers must keep: length, symmetries, signs, closed forms."""

import math

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_lane import (
    M0,
    SCHEMES,
    advance,
    bias,
    directions,
    junction,
    normal_numbers,
    only_torque,
    parameters,
    scaled_fields,
    unit,
)

import mtjphys as mp
from mtjphys.kernels.conduction import DIVIDED

# What must not change


@pytest.mark.parametrize("integrator", SCHEMES)
def test_the_length_stays_one_for_a_million_steps(integrator):
    simulator = mp.Simulator(
        junction(),
        mp.Bias(voltage=0.3, series_resistance=3000.0),
        sample_interval=1e-9,
        step=1e-13,
        replicas=16,
        seed=1,
        integrator=integrator,
    )
    m = simulator.advance(100)["m"]
    assert simulator.steps_done == 1_000_000
    # A random walk of roundings of 1e-16 would be at 1e-13 here.
    assert np.max(np.abs(np.linalg.norm(m, axis=-1) - 1.0)) < 1e-12


def rotated(p, rotation):
    """Return the junction with all its matrices and vectors turned."""
    changes = {}
    for name in ("shape", "anisotropy"):
        matrix = rotation @ naive.symmetric(p, name) @ rotation.T
        for pair, value in zip(
            ("xx", "yy", "zz", "xy", "xz", "yz"),
            matrix[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]],
            strict=True,
        ):
            changes[f"{name}_{pair}"] = value
    for name in ("stray", "reference"):
        for axis, value in zip("xyz", rotation @ naive.vector(p, name), strict=True):
            changes[f"{name}_{axis}"] = value
    turned = p._replace(**{name: float(value) for name, value in changes.items()})
    spin_orbit, other = p.torques
    x, y, z = map(float, rotation @ np.array(spin_orbit[:3]))
    return turned._replace(torques=(spin_orbit._replace(x=x, y=y, z=z), other))


@settings(max_examples=40)
@given(
    axis=directions,
    angle=st.floats(0.1, 3.0),
    m=directions,
    source=st.floats(-0.5, 0.5),
    scheme=st.sampled_from(sorted(SCHEMES)),
    divided=st.booleans(),
    about_normal=st.booleans(),
)
def test_turning_everything_turns_the_path(axis, angle, m, source, scheme, divided, about_normal):
    # Voltage-controlled anisotropy has the film normal as its axis: with it only turns about z are free.
    axis = np.array([0.0, 0.0, 1.0]) if about_normal else unit(axis)
    p = parameters() if about_normal else parameters(vcma=0.0)
    x, y, z = axis
    turn = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    rotation = np.eye(3) + math.sin(angle) * turn + (1.0 - math.cos(angle)) * turn @ turn
    options = {"circuit": DIVIDED, "b": 4000.0} if divided else {}
    noise, table, m = normal_numbers(100), bias(source), unit(m)
    turned = table.copy()
    turned[1:4, 0] = rotation @ table[1:4, 0]
    path, _, _ = advance(p, m, noise, table, 1e-12, scheme, **options)
    other, _, _ = advance(rotated(p, rotation), rotation @ m, noise @ rotation.T, turned, 1e-12, scheme, **options)
    np.testing.assert_allclose(other, path @ rotation.T, atol=1e-11)


def energy(p, m, field):
    """Return the energy over the moment, in T."""
    matrix = naive.symmetric(p, "shape") + naive.symmetric(p, "anisotropy")
    return -0.5 * np.einsum("ki,ij,kj->k", m, matrix, m) - m @ field


@settings(max_examples=60)
@given(m=directions, alpha=st.floats(0.01, 1.0), scheme=st.sampled_from(sorted(SCHEMES)))
def test_energy_falls_without_noise_and_torque(m, alpha, scheme):
    p = parameters(damping=alpha)
    table = bias(0.0, temperature=0.0, channel=0.0)
    path, _, _ = advance(p, unit(m), np.zeros((3000, 3)), table, 5e-14, scheme)
    levels = energy(p, path, table[1:4, 0] + naive.vector(p, "stray"))
    assert np.all(np.diff(levels) < 1e-14)


@settings(max_examples=40)
@given(factor=st.floats(0.1, 10.0), m=directions, scheme=st.sampled_from(sorted(SCHEMES)))
def test_time_scaling(factor, m, scheme):
    """Fields, torques and temperature times k, in a k-th of the time: the same path."""
    p = parameters()
    faster = scaled_fields(p, factor)
    noise, m = normal_numbers(200), unit(m)
    table = bias(0.3)
    scaled = table.copy()
    scaled[1:5] *= factor
    path, _, _ = advance(p, m, noise, table, 5e-13, scheme)
    other, _, _ = advance(faster, m, noise, scaled, 5e-13 / factor, scheme)
    np.testing.assert_allclose(other, path, atol=1e-10)


@settings(max_examples=30)
@given(m=directions, reference=directions, scheme=st.sampled_from(sorted(SCHEMES)))
def test_positive_voltage_drives_towards_the_reference_and_negative_away(m, reference, scheme):
    reference, m = unit(reference), unit(m)
    if abs(m @ reference) > 0.99:
        m = unit(np.cross(reference, M0) + 0.1 * m)
    p = only_torque(0.05, **{f"reference_{axis}": value for axis, value in zip("xyz", reference, strict=True)})
    for sign in (1.0, -1.0):
        table = bias(sign, field=(0.0, 0.0, 0.0), temperature=0.0, channel=0.0)
        path, _, _ = advance(p, m, np.zeros((4000, 3)), table, 5e-13, scheme)
        cosine = sign * (path @ reference)
        assert np.all(np.diff(cosine) > -1e-12)
        assert cosine[-1] > 0.99999


def test_spin_torque_rate_is_gamma_a_over_one_plus_alpha_squared():
    """Without field, c = m.p obeys dc/dt = gamma a_DL/(1 + alpha^2) (1 - c^2): a tanh."""
    alpha, a_dl, dt, n = 0.4, 0.05, 1e-14, 20000
    p = only_torque(a_dl, damping=alpha)
    table = bias(1.0, field=(0.0, 0.0, 0.0), temperature=0.0, channel=0.0)
    path, _, _ = advance(p, M0, np.zeros((n, 3)), table, dt, "midpoint")
    c = path @ naive.vector(p, "reference")
    rate = p.gyromagnetic_ratio * a_dl / (1.0 + alpha**2)
    expected = np.tanh(np.arctanh(c[0]) + rate * dt * np.arange(n + 1))
    np.testing.assert_allclose(c, expected, atol=1e-7)


def test_ferromagnetic_resonance_at_small_angle():
    """A damped ellipse of frequency gamma sqrt(B_x B_y)/(2 pi) to first order in alpha."""
    alpha = 0.002
    device = mp.presets.schnitzspan_2023()
    device = device.with_parameters({"free_layer.damping": alpha, "reference.stray_field": (0.0, 0.0, 0.0)})
    field = 0.1 * np.array(device.easy_axis)
    expected = device.resonance_frequency(mp.Bias(field=tuple(field), temperature=0.0))
    simulator = mp.Simulator(
        device,
        mp.Bias(field=tuple(field), temperature=0.0),
        sample_interval=2e-13,
        initial=np.add(device.easy_axis, (0.0, 1e-3, 1e-4)),
        record=("m",),
    )
    signal = simulator.advance(60000)["m"][0, :, 1]
    assert simulator.step <= 2e-13
    rising = np.nonzero((signal[:-1] < 0.0) & (signal[1:] >= 0.0))[0]
    crossing = rising + signal[rising] / (signal[rising] - signal[rising + 1])
    period = (crossing[-1] - crossing[0]) / (crossing.size - 1) * 2e-13
    assert crossing.size > 20
    assert 1.0 / period == pytest.approx(expected, rel=2e-4)
