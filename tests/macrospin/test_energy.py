"""Stationary points, barriers and rates against brute force and closed forms."""

import doctest
import math

import numpy as np
import pytest
from flooding import naive_barrier
from hypothesis import given, settings
from hypothesis import strategies as st

from mtjphys.macrospin import energy
from mtjphys.macrospin.energy import (
    Landscape,
    saddles,
    stationary_points,
    wells,
)

MOMENT = 1e-18


def landscape(field, diagonal):
    return Landscape(np.asarray(field, dtype=float), np.diag(diagonal).astype(float), MOMENT)


def random_landscape(seed, strength):
    generator = np.random.default_rng(seed)
    matrix = generator.normal(size=(3, 3))
    return Landscape(strength * generator.normal(size=3), matrix + matrix.T, MOMENT)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-9.0, 0.7))
def test_every_point_is_stationary_and_morse_holds(seed, exponent):
    case = random_landscape(seed, 10.0**exponent)
    points = stationary_points(case)
    for point in points:
        effective = case.field + case.matrix @ point.direction
        assert np.linalg.norm(np.cross(point.direction, effective)) < 1e-7
        assert np.linalg.norm(point.direction) == pytest.approx(1.0, abs=1e-12)
    kinds = [point.kind for point in points]
    assert kinds.count("minimum") - kinds.count("saddle") + kinds.count("maximum") == 2
    assert kinds.count("minimum") in (1, 2)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-3.0, 0.5))
def test_no_point_is_missed(seed, exponent):
    """From random starts, Newton's method on grad E = 0 finds only points that are in the list."""
    case = random_landscape(seed, 10.0**exponent)
    known = np.array([point.direction for point in stationary_points(case)])
    generator = np.random.default_rng(seed)
    for _ in range(30):
        m = generator.normal(size=3)
        m /= np.linalg.norm(m)
        multiplier = m @ (case.field + case.matrix @ m)
        for _ in range(60):
            residual = np.append(case.field + case.matrix @ m - multiplier * m, (m @ m - 1) / 2)
            jacobian = np.block([[case.matrix - multiplier * np.eye(3), -m[:, None]], [m, 0.0]])
            move = np.linalg.lstsq(jacobian, -residual, rcond=None)[0]
            m, multiplier = m + move[:3], multiplier + move[3]
            if np.abs(move).max() < 1e-13:
                assert np.min(np.linalg.norm(known - m, axis=1)) < 1e-4
                break


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("strength", [0.05, 0.4])
def test_lowest_pass_against_flooding(seed, strength):
    case = random_landscape(seed, strength)
    passes = saddles(case)
    depth, level = naive_barrier(case)
    size = np.ptp([point.energy for point in stationary_points(case)])
    if not passes:
        assert depth < 0.01 * size
        return
    found = wells(case)
    assert passes[0].energy - found[1].energy == pytest.approx(depth, abs=0.01 * size)
    if depth > 0.02 * size:
        assert passes[0].energy == pytest.approx(level, abs=0.01 * size)


@pytest.mark.parametrize("h", [0.0, 0.2, 0.7, 0.99])
def test_uniaxial_longitudinal_ring(h):
    case = landscape((0, 0, 0.1 * h), (0, 0, 0.1))
    down, up = saddles(case)[0].energy - np.array([w.energy for w in wells(case)])[::-1]
    assert down == pytest.approx(0.05 * MOMENT * (1 - h) ** 2, rel=1e-9, abs=1e-27)
    assert up == pytest.approx(0.05 * MOMENT * (1 + h) ** 2, rel=1e-9)


@pytest.mark.parametrize("h", [1e-13, 1e-9, 1e-5, 0.3, 0.9])
def test_uniaxial_transverse_saddle(h):
    case = landscape((0.1 * h, 0, 0), (0, 0, 0.1))
    barrier = saddles(case)[0].energy - wells(case)[0].energy
    assert barrier == pytest.approx(0.05 * MOMENT * (1 - h) ** 2, rel=1e-8)


@pytest.mark.parametrize("angle", [5.0, 30.0, 45.0, 80.0])
def test_no_well_beyond_the_astroid(angle):
    # Stoner and Wohlfarth: h_sw = (cos^(2/3) + sin^(2/3))^(-3/2).
    t = math.radians(angle)
    switching = (math.cos(t) ** (2 / 3) + math.sin(t) ** (2 / 3)) ** -1.5
    for factor, count in ((0.999, 2), (1.001, 1)):
        h = 0.1 * factor * switching
        assert len(wells(landscape((h * math.sin(t), 0, -h * math.cos(t)), (0, 0, 0.1)))) == count


def test_biaxial_barrier_is_in_the_plane():
    case = landscape((0, 0, 0), (0.01, 0, -0.5))
    first, second = saddles(case)
    assert abs(first.direction[1]) == pytest.approx(1.0)
    assert first.energy - wells(case)[0].energy == pytest.approx(0.005 * MOMENT)
    assert second.energy == first.energy


def test_degenerate_energies():
    assert stationary_points(landscape((0, 0, 0), (0.3, 0.3, 0.3))) == []
    easy_plane = stationary_points(landscape((0, 0, 0), (0, 0, -0.1)))
    assert [point.kind for point in easy_plane] == ["degenerate", "maximum", "maximum"]
    (ring,) = wells(landscape((0, 0, 0), (0, 0, -0.1)))
    assert ring.ring_radius == 1.0
    zeeman = stationary_points(landscape((0, 0.1, 0), (0.3, 0.3, 0.3)))
    assert [point.kind for point in zeeman] == ["minimum", "maximum"]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_rotation_leaves_energies(seed):
    generator = np.random.default_rng(seed)
    rotation = np.linalg.qr(generator.normal(size=(3, 3)))[0]
    case = landscape((0.002, 0, 0), (0.01, 0.0, 0.0))
    turned = Landscape(rotation @ case.field, rotation @ case.matrix @ rotation.T, case.moment)
    expected = [point.energy for point in stationary_points(case)]
    assert [p.energy for p in stationary_points(turned)] == pytest.approx(expected, rel=1e-9)
    assert saddles(turned)[0].kind == saddles(case)[0].kind == "degenerate"


def test_doctests():
    assert doctest.testmod(energy).failed == 0
