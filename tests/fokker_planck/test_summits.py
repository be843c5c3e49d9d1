"""Extrema of smooth functions on the sphere."""

import numpy as np
from numpy.testing import assert_allclose

from mtjphys.fokker_planck.summits import summits


def test_newton_finds_the_top_and_the_bottom():
    n = np.array([0.48, 0.6, 0.64])
    nodes = np.array([n, -n]) + np.array([[0.02, -0.01, 0.0], [0.0, 0.01, -0.02]])
    nodes /= np.linalg.norm(nodes, axis=1, keepdims=True)
    found = summits(lambda m: m @ n + 0.5 * (m @ n) ** 3, nodes, 1e-3, 0.1)
    assert_allclose(found, [n, -n], atol=1e-7)


def test_a_node_without_an_extremum_beside_it_stays():
    node = np.array([[1.0, 0.0, 0.0]])
    assert_allclose(summits(lambda m: 2 + m[..., 1], node, 1e-3, 0.1), node)
    assert_allclose(summits(lambda m: 2 + m @ np.array([0.6, 0.8, 0.0]), node, 1e-3, 0.1), node)
