"""Integrals over the sphere of functions that jump where m.p = 0."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import roots_legendre

Array = npt.NDArray[np.float64]


def legendre_table(z: Array, l_max: int, m_max: int) -> list[Array]:
    """Return the Legendre parts of the real spherical harmonics at cosines z: a matrix (degrees, z) for each order."""
    table = []
    top = np.full(z.shape, np.sqrt(1 / (4 * np.pi)))
    for order in range(m_max + 1):
        if order > 0:
            top = top * np.sqrt((1 - z**2) * (2 * order + 1) / (2 * order))
        rows = [top]
        last = 0.0
        for degree in range(order, l_max):
            following = np.sqrt(((degree + 1) ** 2 - order**2) / ((2 * degree + 1) * (2 * degree + 3)))
            before = rows[-2] * last if last else 0.0
            rows.append((z * rows[-1] - before) / following)
            last = following
        table.append(np.array(rows) * (np.sqrt(2) if order > 0 else 1.0))
    return table


def _graded(scale: float, waves: float) -> tuple[Array, Array]:
    """Return a rule over (-pi/2, pi/2) in panels that halve towards the ends, down to the scale of what changes there.

    Where p is nearly in the plane of the circles, the plane normal to it passes the poles within about that angle.
    """
    count = int(np.clip(np.ceil(-np.log2(max(scale, 1e-8))), 0, 26))
    ends = np.concatenate((0.5 ** np.arange(count + 1), [0.0]))
    edges = np.pi / 2 * np.concatenate((ends[::-1] - 1, 1 - ends[1:]))
    nodes, weights = [], []
    for left, right in pairwise(edges):
        x, w = roots_legendre(int(waves * (right - left) / np.pi) + 24)
        nodes.append(left + (right - left) * (x + 1) / 2)
        weights.append((right - left) / 2 * w)
    return np.concatenate(nodes), np.concatenate(weights)


class EdgeRule:
    """Circles of latitude about z, cut where they cross the plane normal to p.

    Between the latitudes that p is normal to, ``|z| < sin(z, p)``, a circle has an arc on each side of the plane, each
    with a Gauss rule; ``z = sin(z, p) sin(tau)`` makes the ends of the arcs smooth in tau. The other circles lie on one
    side. Products of harmonics with what is smooth on each side are integrated to rounding.
    """

    def __init__(self, degree: Any, order: Any, p: Array) -> None:
        self.degree, self.order = degree, order
        l_max, m_max = int(degree.max()), int(order.max())
        across = float(np.hypot(p[0], p[1]))
        width = np.arcsin(min(across, 1.0)) / (np.pi / 2)
        x, w = roots_legendre(int(0.75 * l_max * (1 - width)) + 16)
        cap, cap_weight = across + (1 - across) * (x + 1) / 2, (1 - across) / 2 * w
        tau, w = _graded(abs(float(p[2])), 1.6 * l_max * width)
        belt, belt_weight = across * np.sin(tau), across * np.cos(tau) * w
        self.z = np.concatenate((-cap, belt, cap))
        self._weight = np.concatenate((cap_weight, belt_weight, cap_weight))
        x, w = roots_legendre(int(3.3 * m_max) + 16)
        ahead = np.arctan2(p[1], p[0])
        edge = np.arccos(np.clip(-belt * p[2] / np.sqrt(np.maximum((1 - belt**2) * across**2, 1e-300)), -1, 1))
        front, back = np.multiply.outer(edge, x), np.pi + np.multiply.outer(np.pi - edge, x)
        around = 2 * np.pi * np.arange(2 * x.size) / (2 * x.size)
        rings = np.broadcast_to(around, (cap.size, around.size))
        evenly = np.full(rings.shape, 2 * np.pi / around.size)
        self._phi = ahead + np.concatenate((rings, np.hstack((front, back)), rings))
        arcs = np.hstack((np.multiply.outer(edge, w), np.multiply.outer(np.pi - edge, w)))
        self._dphi = np.concatenate((evenly, arcs, evenly))
        sine = np.sqrt(1 - self.z**2)[:, None]
        z = np.broadcast_to(self.z[:, None], self._phi.shape)
        self.nodes = np.stack((sine * np.cos(self._phi), sine * np.sin(self._phi), z), -1).reshape(-1, 3)

    @property
    def areas(self) -> Array:
        """The weights of the nodes."""
        return np.asarray((self._weight[:, None] * self._dphi).ravel())

    def project(self, *functions: Array) -> list[Array]:
        """Return the coefficients of functions that are given at the nodes."""
        table = legendre_table(self.z, int(self.degree.max()), int(self.order.max()))
        rings = [values.reshape(self._phi.shape) * self._weight[:, None] * self._dphi for values in functions]
        results = [np.zeros(self.degree.size) for _ in functions]
        for order, legendre in enumerate(table):
            for sign, wave in ((1, np.cos(order * self._phi)), (-1, np.sin(order * self._phi))):
                if order > 0 or sign > 0:
                    here = self.order == sign * order
                    for result, values in zip(results, rings, strict=True):
                        result[here] = legendre @ (values * wave).sum(axis=1)
        return results
