"""The order parameter."""

import math

import numpy as np

from mtjphys.kernels import splitting
from mtjphys.macrospin import energy
from mtjphys.rare_events.order import order_between, order_parameter


def test_order_parameter():
    film = energy.Landscape(np.array([0.001, 0.002, 0.0]), np.diag([0.02, 0.0, -0.3]), 1e-18)
    well, other = (point.direction for point in energy.wells(film))
    order = order_between(film, well, other, 4e-21)._replace(mark_x=-1.0, level=0.9)
    m = np.random.default_rng(1).standard_normal((200, 3))
    m /= np.linalg.norm(m, axis=1, keepdims=True)
    phi = order_parameter(order, m)
    kernel = [splitting.order_parameter(order, *vector) for vector in m]
    np.testing.assert_allclose(kernel, phi, rtol=0, atol=1e-9)
    assert np.array_equal(np.isinf(phi), m[:, 0] < -0.9)
    # Continuous across the ridge: two neighbours on either side.
    side = np.array([order.side_x, order.side_y, order.side_z])
    flat = m - np.outer(m @ side, side)
    flat *= math.sqrt(1.0 - order.edge**2) / np.linalg.norm(flat, axis=1, keepdims=True)
    near = [order_parameter(order, flat + (order.edge + shift) * side) for shift in (1e-9, -1e-9)]
    np.testing.assert_allclose(*near, atol=0.01)
