"""Maps of the sphere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtjphys.experiments.sphere import APART, angles, frame, from_angles, from_disc, hemispheres, ring

DIRECTIONS = np.random.default_rng(1).standard_normal((200_000, 3))
DIRECTIONS /= np.linalg.norm(DIRECTIONS, axis=-1, keepdims=True)
P = np.array([0.6, 0.0, 0.8])


@given(st.tuples(*[st.floats(-1.0, 1.0)] * 3).filter(lambda p: np.linalg.norm(p) > 0.1))
def test_the_frame_is_right_handed(p):
    rows = frame(p)
    np.testing.assert_allclose(rows @ rows.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rows) == pytest.approx(1.0)
    np.testing.assert_allclose(rows[2], np.array(p) / np.linalg.norm(p))


def test_the_normal_points_up_beside_an_in_plane_reference():
    np.testing.assert_allclose(frame((1.0, 0.0, 0.0)), [(0, 1, 0), (0, 0, 1), (1, 0, 0)], atol=1e-15)


def test_equal_areas_go_to_equal_areas():
    """Uniform directions are uniform on the two discs: x^2 + y^2 and x^2 have the means 1/2 and 1/4."""
    x, y = hemispheres(DIRECTIONS, P)
    other = DIRECTIONS @ P < 0.0
    x = np.where(other, x - APART, x)
    square = x * x + y * y
    assert square.max() <= 1.0 + 1e-12
    for side in (other, ~other):
        n = side.sum()
        assert abs(square[side].mean() - 0.5) < 5.0 * np.sqrt(1.0 / 12.0 / n)
        assert abs((x[side] ** 2).mean() - 0.25) < 5.0 * np.sqrt(1.0 / 16.0 / n)


def test_the_maps_have_inverses():
    x, y = hemispheres(DIRECTIONS, P)
    along = DIRECTIONS @ P
    for side in (1.0, -1.0):
        here = side * along > 1e-6
        shift = 0.0 if side > 0 else APART
        np.testing.assert_allclose(from_disc(x[here] - shift, y[here], side, P), DIRECTIONS[here], atol=1e-7)
    np.testing.assert_allclose(from_angles(*angles(DIRECTIONS)), DIRECTIONS, atol=1e-7)


def test_a_path_over_the_equator_enters_the_other_disc_where_they_touch():
    first, second, _ = frame(P)
    height = 0.3
    at = np.sqrt(1.0 - height**2) * first + height * second  # on the equator
    near = [at + side * 1e-9 * P for side in (1.0, -1.0)]
    (x1, y1), (x2, y2) = (hemispheres(m, P) for m in near)
    assert y1 == pytest.approx(y2, abs=1e-8) and y1 == pytest.approx(height, abs=1e-8)
    assert x1 == pytest.approx(APART - x2, abs=1e-8)


def test_a_ring_keeps_its_height():
    points = ring(DIRECTIONS[0], P)
    np.testing.assert_allclose(points @ P, DIRECTIONS[0] @ P)
    np.testing.assert_allclose(np.linalg.norm(points, axis=-1), 1.0)
    assert np.ptp(points @ frame(P)[0]) == pytest.approx(2.0 * np.sqrt(1.0 - (DIRECTIONS[0] @ P) ** 2), rel=1e-3)
