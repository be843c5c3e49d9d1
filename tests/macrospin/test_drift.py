"""The deterministic drift of a macrospin against Gilbert's equation."""

import numpy as np
import pytest

import mtjphys as mp
from mtjphys.junction.spin import macrospin
from mtjphys.kernels.terms.second_order_anisotropy import SecondOrder
from mtjphys.macrospin.spin import Macrospin

RNG = np.random.default_rng(3)
STATES = RNG.standard_normal((20, 3))
STATES /= np.linalg.norm(STATES, axis=1, keepdims=True)


def gilbert(spin, m, field, torque):
    """Solve dm/dt = -gamma m x B + alpha m x dm/dt - gamma m x (m x q) for dm/dt."""
    right = -spin.gyromagnetic_ratio * (np.cross(m, field) + np.cross(m, np.cross(m, torque)))
    cross = np.array([[0, -m[2], m[1]], [m[2], 0, -m[0]], [-m[1], m[0], 0]])
    return np.linalg.solve(np.eye(3) - spin.damping * cross, right)


def test_drift_is_that_of_gilbert():
    matrix = RNG.standard_normal((3, 3))
    spin = Macrospin(
        field=RNG.standard_normal(3),
        matrix=matrix + matrix.T,
        thermal_field=0.01,
        damping=0.3,
        damping_like=RNG.standard_normal(3),
        terms=(SecondOrder(0.7),),
    )
    second = [np.array([0.0, 0.0, 0.7 * m[2] * (1.0 - m[2] ** 2)]) for m in STATES]
    fields = [spin.field + spin.matrix @ m + more for m, more in zip(STATES, second, strict=True)]
    expected = [gilbert(spin, m, field, spin.damping_like) for m, field in zip(STATES, fields, strict=True)]
    np.testing.assert_allclose(spin.diffusion * spin.drift(STATES), expected, rtol=1e-12, atol=1e-3)
    np.testing.assert_allclose(spin.diffusion * spin.drift(STATES[0]), expected[0], rtol=1e-12)


def test_torques_that_follow_the_state():
    junction = mp.presets.funatsu_2022()
    spin = macrospin(junction, mp.Bias(voltage=0.3, series_resistance=1e4))
    p = np.asarray(spin.reference)
    assert spin.modulations
    expected = []
    for m in STATES:
        field, torque = spin.field + spin.matrix @ m, np.array(spin.damping_like)
        for part in spin.modulations:
            size = part.profile(np.array([m @ p]))[0]
            field, torque = field + size * (part.field + part.matrix @ m), torque + size * np.asarray(part.damping_like)
        expected.append(gilbert(spin, m, field, torque))
    np.testing.assert_allclose(
        spin.diffusion * spin.drift(STATES), expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max()
    )
    assert spin.diffusion * spin.drift(STATES) @ np.zeros(3) == pytest.approx(0.0)
