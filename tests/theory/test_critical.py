"""Critical currents and fields."""

import math

import pytest
from closed_forms import ALPHA, FIELD
from scipy.constants import Boltzmann, e, hbar

from mtjphys import presets, theory


def test_critical_current_in_both_geometries():
    delta, temperature, alpha, eta = 60.0, 300.0, 0.01, 0.6
    thermal = Boltzmann * temperature
    perpendicular = theory.critical_current((0.3, 0.3), 2 * delta * thermal / 0.3, alpha, eta)
    assert perpendicular == pytest.approx(4 * e * alpha * delta * thermal / (hbar * eta))
    in_plane = theory.critical_current((0.02, 0.02 + 1.0), 1e-17, alpha, eta)
    assert in_plane == pytest.approx(2 * e * alpha / (hbar * eta) * 1e-17 * (0.02 + 1.0 / 2))


@pytest.mark.parametrize("junction", [presets.rehm_2023(), presets.koenders_2025()])
def test_critical_current_against_the_followed_equilibrium(junction):
    junction = junction.with_parameters(
        {
            "barrier.torque_law": "current",
            "barrier.damping_like_per_volt": None,
            "barrier.field_like_ratio": 0.0,
            "barrier.voltage_anisotropy": 0.0,
        }
    )
    polarisation = junction.barrier.spin_polarisation
    both = junction.critical_currents()
    for current, cosine in zip(both, (1, -1), strict=True):
        efficiency = polarisation / (1 + polarisation**2 * cosine) * junction.barrier.damping_like_efficiency
        ours = theory.critical_current(
            junction.stiffness_fields(), junction.moment, junction.free_layer.damping, efficiency
        )
        assert ours == pytest.approx(abs(current), rel=2e-3)


@pytest.mark.parametrize("barrier", [40.0, 100.0])
def test_sharrock_against_browns_rate(barrier):
    rate = theory.uniaxial_escape_rates(barrier, FIELD, ALPHA).parallel
    for h in (0.1, 0.3, 0.5):
        time = math.log(2) / theory.uniaxial_escape_rates(barrier, FIELD, ALPHA, h).antiparallel
        law = theory.sharrock_field(time, barrier, 1.0, rate * math.exp(barrier))
        assert h - 0.03 < law < h


def test_sharrock_inverts_its_barrier():
    for exponent in (1.5, 2.0):
        field = theory.sharrock_field(1e-3, 50.0, 0.2, 1e9, exponent)
        rate = 1e9 * math.exp(-50 * (1 - field / 0.2) ** exponent)
        assert 1 - math.exp(-rate * 1e-3) == pytest.approx(0.5)
