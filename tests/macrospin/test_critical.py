"""Critical drives against closed forms and integration, in tilted wells and on easy cones."""

import math

import numpy as np
import pytest
from one_lane import advance, unit

import mtjphys as mp
from mtjphys.kernels.terms.second_order_anisotropy import SecondOrder
from mtjphys.kernels.torques.spin_orbit import SpinOrbit
from mtjphys.macrospin.critical import critical_drive


def test_critical_drive_is_none_when_nothing_happens():
    def damped(m, drive):
        effective = np.array([0.0, 0.0, 0.1 * m[2]])
        return -0.1 * np.cross(m, np.cross(m, effective))

    assert critical_drive(damped, np.array([0.0, 0.0, 1.0]), 1.0) is None


def junction(**layer):
    defaults = {
        "saturation_magnetisation": 1e6,
        "volume": 4.14e-24,
        "damping": 0.02,
        "demagnetising_factors": (0.0, 0.0, 0.0),
    }
    return mp.MTJ(
        free_layer={**defaults, **layer},
        barrier={"damping_like_per_volt": 0.01},
        reference={"direction": (0.0, 0.0, 1.0)},
    )


@pytest.mark.parametrize(("first", "second"), [(-4e3, 8e3), (3e3, 2e3), (-2e3, 1.5e3)])
def test_an_axial_junction_is_lost_where_the_axial_field_is_largest(first, second):
    """``alpha B(c) + a_DL = 0`` has no root any more: a_DL = alpha max |B| between the well and the equator.

    E/V = K1 sin^2 + K2 sin^4 has the axial field B = (2 K1 c + 4 K2 c (1 - c^2))/Ms.
    """
    device = junction(uniaxial_anisotropy=(first, (0, 0, 1)), second_order_anisotropy=second)
    c = np.linspace(0.0, 1.0, 200_001)
    field = (2.0 * first * c + 4.0 * second * c * (1.0 - c * c)) / 1e6
    down, up = device.critical_voltages()
    start = float(device.wells()[0].direction[2])
    # From a cone the root moves towards the equator, where the field's magnitude grows first and then falls; the
    # pole itself is an equilibrium until it is none.
    expected = 0.02 * np.abs(field[c <= start] if start < 1.0 else field[-1:]).max() / 0.01
    assert up == pytest.approx(expected, rel=1e-5)
    assert down == pytest.approx(-expected, rel=1e-5)


def restlessness(device, well, voltage):
    """Return how far m still moves, or has moved to, 30 ns after the voltage has grown in 40 ns, at 0 K.

    With a general term and a spin-orbit torque, be they zero: that kernel is compiled for the tests of the steppers.
    """
    p = device.lane_parameters()
    still = SpinOrbit(1.0, 0.0, 0.0, 0.0, 0.0)
    p = p._replace(terms=p.terms or (SecondOrder(0.0),), torques=(still, *p.torques))
    dt, steps = 1e-12, 70_000
    bias = np.zeros((7, steps))
    bias[0] = voltage * np.minimum(np.arange(steps) * dt / 4e-8, 1.0)
    m, _, _ = advance(p, unit(well + np.array([1e-4, 3e-4, 2e-4])), np.zeros((steps, 3)), bias, dt, "midpoint")
    last = m[-5000:]
    return max(np.ptp(last, axis=0).max(), np.abs(last - well).max() - 0.5)


@pytest.mark.parametrize("tilt", [50.0, 75.0])
@pytest.mark.parametrize("second", [0.0, 1e4])
def test_a_well_far_from_the_reference_direction(tilt, second):
    """|m.p| below 0.5: following the equilibrium takes small steps of the drive, not a large move for its loss."""
    angle = math.radians(tilt)
    device = mp.MTJ(
        free_layer={
            "saturation_magnetisation": 1e6,
            "volume": 4.14e-24,
            "damping": 0.05,
            "demagnetising_factors": (0.01, 0.02, 0.97),
            "uniaxial_anisotropy": (2e3, (1.0, 0.0, 0.0)),
            "second_order_anisotropy": second,
        },
        barrier={"damping_like_per_volt": 0.02},
        reference={"direction": (math.cos(angle), math.sin(angle), 0.0)},
    )
    critical = device.critical_voltages().antiparallel
    well = device.wells()[1].direction
    assert restlessness(device, well, 0.93 * critical) < 1e-3
    assert restlessness(device, well, 1.07 * critical) > 0.03
