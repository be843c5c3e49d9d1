"""Stationary points and barriers of energies that are no quadratic form, against closed forms and brute force."""

import math

import numpy as np
import pytest
from flooding import naive_barrier
from hypothesis import given, settings
from hypothesis import strategies as st

import mtjphys as mp
from mtjphys.kernels.terms.second_order_anisotropy import SecondOrder
from mtjphys.macrospin.energy import Landscape, barrier, effective_field, energy, saddles, stationary_points, wells

MOMENT = 1e-18
Z = np.array([0.0, 0.0, 1.0])


def axial(first, second, field=0.0):
    """Return ``E/(Ms V) = d1 sin^2 + d2 sin^4 - field cos`` with d1, d2 in T."""
    return Landscape(
        np.array([0.0, 0.0, field]), np.diag([0.0, 0.0, 2.0 * first]), MOMENT, (SecondOrder(4.0 * second),)
    )


def random_landscape(seed, strength, second):
    generator = np.random.default_rng(seed)
    matrix = generator.normal(size=(3, 3))
    return Landscape(strength * generator.normal(size=3), matrix + matrix.T, MOMENT, (SecondOrder(second),))


@pytest.mark.parametrize(("first", "second"), [(-0.04, 0.08), (-0.01, 0.02), (-0.03, 0.016)])
def test_easy_cone(first, second):
    """d1 < 0 and d2 > -d1/2: wells at sin^2 = -d1/(2 d2), a ring of maxima at the equator, maxima at the poles."""
    up, down = wells(axial(first, second))
    sine = math.sqrt(-first / (2.0 * second))
    assert up.ring_radius == pytest.approx(sine, rel=1e-9)
    assert down.ring_radius == pytest.approx(sine, rel=1e-9)
    bottom = -(first**2) / (4.0 * second)
    assert up.energy == pytest.approx(MOMENT * (bottom - first), rel=1e-9)  # sin^2 = 1 - m_z^2: the matrix drops d1
    (top,) = saddles(axial(first, second))
    assert top.direction[2] == pytest.approx(0.0, abs=1e-9)
    assert top.energy - up.energy == pytest.approx(MOMENT * (first + second - bottom), rel=1e-9)
    # Stiffness across the cone: E'' = -2 d1 (1 + d1/(2 d2)) 2.
    expected = -4.0 * first * (1.0 + first / (2.0 * second))
    assert up.curvatures == pytest.approx((0.0, expected), rel=1e-9, abs=1e-15)


def test_axis_and_plane_together():
    """d1 > 0 and d2 < -d1/2: wells at the poles and in the plane, with rings of maxima between."""
    found = wells(axial(0.04, -0.03))
    assert sorted(round(float(well.direction[2]), 6) for well in found) == [-1.0, 0.0, 1.0]
    state = barrier(axial(0.04, -0.03), Z)
    assert abs(state.parallel[0].direction[2]) == pytest.approx(1.0)
    height = -(0.04**2) / (4.0 * -0.03)
    assert state.tops[0].energy - min(well.energy for well in found if abs(well.direction[2]) > 0.5) == pytest.approx(
        MOMENT * height, rel=1e-9
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-4.0, 0.5), st.floats(-3.0, 3.0))
def test_every_point_is_stationary_and_morse_holds(seed, exponent, second):
    case = random_landscape(seed, 10.0**exponent, second)
    points = stationary_points(case)
    for point in points:
        assert np.linalg.norm(np.cross(point.direction, effective_field(case, point.direction))) < 1e-7
        assert np.linalg.norm(point.direction) == pytest.approx(1.0, abs=1e-12)
    kinds = [point.kind for point in points]
    assert kinds.count("minimum") - kinds.count("saddle") + kinds.count("maximum") == 2


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("second", [-2.0, 2.5])
def test_lowest_pass_between_the_deepest_wells_against_flooding(seed, second):
    case = random_landscape(seed, 0.3, second)
    points = stationary_points(case)
    found = [point for point in points if point.is_well]
    depth, _ = naive_barrier(case)
    size = np.ptp([point.energy for point in points])
    if len(found) < 2:
        assert depth < 0.01 * size
        return
    # With the direction between the two wells that flooding tells apart, the states are those two.
    best = max(
        (state for p in np.eye(3) if (state := barrier(case, p)) is not None),
        key=lambda state: min(state.heights()),
    )
    assert min(best.heights()) <= depth + 0.01 * size
    highest = max(
        min(barrier(case, unit).heights())
        for unit in [one.direction - other.direction for one in found for other in found if one is not other]
        if barrier(case, unit) is not None
    )
    assert highest == pytest.approx(depth, abs=0.015 * size)


@given(st.floats(0.0, math.pi), st.floats(0.0, math.pi))
@settings(max_examples=20, deadline=None)
def test_a_small_second_order_term_changes_little(theta, phi):
    direction = np.array([math.sin(theta) * math.cos(phi), math.sin(theta) * math.sin(phi), math.cos(theta)])
    plain = Landscape(0.01 * direction, np.diag([0.05, 0.0, -0.2]), MOMENT)
    expected = [point.energy for point in stationary_points(plain)]
    found = [point.energy for point in stationary_points(plain._replace(terms=(SecondOrder(1e-9),)))]
    assert found == pytest.approx(expected, abs=1e-9 * MOMENT)


LAYER = {"saturation_magnetisation": 1e6, "volume": 4.14e-24, "demagnetising_factors": (0.0, 0.0, 0.0)}


def test_a_degenerate_pole_is_no_obstacle():
    """At the pole of sin^4 with an axis in the plane, the energy has no curvature across that axis."""
    layer = {**LAYER, "uniaxial_anisotropy": (2e3, (1.0, 0.0, 0.0)), "second_order_anisotropy": 8e3}
    device = mp.MTJ(free_layer=layer, reference={"direction": (0.1, 0.0, 1.0)})
    energies = sorted(well.energy for well in device.wells())
    # E/V = -2e3 sin^2 + 8e3 sin^4 in the plane of the axis: lowest at sin^2 = 1/8.
    assert energies[0] == pytest.approx(4.14e-24 * (8e3 / 64 - 2e3 / 8), rel=1e-4)


def test_four_wells_of_a_cone_with_an_axis_in_the_plane():
    layer = {**LAYER, "uniaxial_anisotropy": (4e3, (1.0, 0.0, 0.3)), "demagnetising_factors": (0.0, 0.01, 0.99)}
    cone = mp.MTJ(
        free_layer={**layer, "second_order_anisotropy": 6e5},
        reference={"direction": (0.0, 0.0, 1.0)},
    )
    assert len(cone.wells()) == 4
    over_plane = cone.thermal_stability().parallel
    in_plane = cone.with_parameters({"reference.direction": (1.0, 0.0, 0.0)}).thermal_stability().parallel
    # Up and down, and left and right, are different pairs of states with barriers of their own.
    assert over_plane != pytest.approx(in_plane, rel=0.05)
    assert min(over_plane, in_plane) > 1.0


def test_energy_is_the_integral_of_the_field():
    case = random_landscape(3, 0.3, 1.7)
    m = np.array([0.3, -0.5, 0.81])
    m /= np.linalg.norm(m)
    tangent = np.cross(m, [0.2, 0.9, -0.1])
    slope = (energy(case, m + 1e-6 * tangent) - energy(case, m - 1e-6 * tangent)) / 2e-6
    assert slope == pytest.approx(-MOMENT * float(effective_field(case, m) @ tangent), rel=1e-8)
