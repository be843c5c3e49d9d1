"""Barriers against the landscape and a climb."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mtjphys import theory
from mtjphys.macrospin import energy


def test_collinear_barrier_is_that_of_the_landscape():
    for drive in (-0.7, 0.0, 0.4):
        case = energy.Landscape(np.array([0, 0, drive]), np.diag([0.0, 0, 1]), 2.0)
        well = min(energy.wells(case), key=lambda well: well.direction[2])
        assert theory.collinear_barrier(1.0, drive) == pytest.approx(energy.saddles(case)[0].energy - well.energy)
    assert theory.collinear_barrier(40.0, 1.2) == 0.0


def naive_barrier(h, angle):
    """Climb in the plane of field and easy axis from the well at pi, on both sides."""
    phi = np.linspace(0, 2 * np.pi, 200_001)
    level = np.sin(phi) ** 2 - 2 * h * np.cos(phi - angle)
    wells = [
        i for i in range(1, phi.size - 1) if level[i] < min(level[i - 1], level[i + 1]) and abs(phi[i] - np.pi) < 1.6
    ]
    well = min(wells, key=lambda i: abs(phi[i] - np.pi)) if angle < 1.5 else max(wells, key=lambda i: phi[i])
    left = next(i for i in range(well, 0, -1) if level[i - 1] < level[i] and level[i] > level[well])
    right = next(i for i in range(well, phi.size - 1) if level[i + 1] < level[i] and level[i] > level[well])
    return min(level[left], level[right]) - level[well]


@pytest.mark.parametrize(("h", "degrees"), [(0.2, 45), (0.4, 45), (0.3, 10), (0.3, 80), (0.5, 70)])
def test_stoner_wohlfarth_barrier_against_a_climb(h, degrees):
    angle = math.radians(degrees)
    assert theory.stoner_wohlfarth_barrier(1.0, h, angle) == pytest.approx(naive_barrier(h, angle), rel=1e-6)


def test_stoner_wohlfarth_limits():
    h = np.array([0.0, 0.3, 0.9])
    for angle in (0.0, 0.5 * math.pi):
        assert_allclose(theory.stoner_wohlfarth_barrier(30.0, h, angle), 30 * (1 - h) ** 2, rtol=1e-9)
    angles = np.radians([1.0, 30.0, 60.0, 89.0])
    edge = theory.stoner_wohlfarth_switching_field(angles)
    assert np.all(theory.stoner_wohlfarth_barrier(1.0, 0.999 * edge, angles) > 0)
    assert_allclose(theory.stoner_wohlfarth_barrier(1.0, 1.001 * edge, angles), 0.0, atol=1e-12)


def test_near_astroid_law():
    angle = np.radians([10.0, 20.0, 45.0, 70.0, 80.0])[:, None]
    edge = theory.stoner_wohlfarth_switching_field(angle)
    for distance, tolerance in ((0.2, 0.017), (1e-3, 2e-4)):
        h = edge * (1 - distance)
        exact = theory.stoner_wohlfarth_barrier(1.0, h, angle)
        assert_allclose(theory.near_astroid_barrier(1.0, h, angle), exact, rtol=tolerance)
    assert np.all(theory.near_astroid_barrier(1.0, 1.1 * edge, angle) == 0)
