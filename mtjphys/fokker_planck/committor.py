"""Dwell times of a trace of m.p that is read with hysteresis, by finite elements between two thresholds."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from numpy.polynomial import legendre
from scipy import sparse
from scipy.special import roots_legendre

from mtjphys.core.errors import SimulationError
from mtjphys.fokker_planck.factors import Factors
from mtjphys.fokker_planck.stationary import Equilibrium
from mtjphys.fokker_planck.weight import frame_about
from mtjphys.macrospin.spin import Macrospin

Array = npt.NDArray[np.float64]

_DEGREE = 6  # of the polynomials of an element
_MAXIMUM_ELEMENTS = 6_000
_SEEN = 35.0  # states less probable than e^-35 of the most probable one need no resolution


@lru_cache(maxsize=1)
def _shapes() -> tuple[Array, Array, Array, Array, Array]:
    """Return Lobatto nodes, Gauss nodes and weights on [-1, 1], and the Lagrange polynomials and slopes there."""
    inner = legendre.Legendre.basis(_DEGREE).deriv().roots().real
    nodes = np.concatenate(([-1.0], inner, [1.0]))
    x, w = roots_legendre(_DEGREE + 3)
    inverse = np.linalg.inv(legendre.legvander(nodes, _DEGREE))
    values = legendre.legvander(x, _DEGREE) @ inverse
    slopes = np.column_stack([legendre.legval(x, legendre.legder(column)) for column in inverse.T])
    return nodes, x, w, values, slopes


class Band:
    r"""The sphere in polar angles about p between the thresholds, and the Fokker-Planck equation there.

    With the weight s of the harmonics, a stationary density :math:`\phi = e^{s/2}\psi` has, for every function
    :math:`h`, :math:`\int(\nabla h - h\nabla s/2)\cdot(w\psi - \nabla\psi + \psi\nabla s/2)` equal to the flow of
    :math:`\phi` through the boundary, each part of it weighted with :math:`e^{-s/2}h`.
    """

    def __init__(
        self,
        spin: Macrospin,
        equilibrium: Equilibrium,
        thresholds: tuple[float, float],
        fineness: float = 1.0,
        caps: Array | None = None,
    ) -> None:
        self.spin = spin
        self.frame = frame_about(spin, spin.reference)
        self.weight = equilibrium.weight
        bottom, top = np.arccos(thresholds)
        self.phi, self.theta = self._mesh(top, bottom, fineness)
        if (self.phi.size - 1) * (self.theta.size - 1) > _MAXIMUM_ELEMENTS:
            raise SimulationError(
                f"the dwell times between the thresholds need more than {_MAXIMUM_ELEMENTS} finite elements; raise "
                "the temperature, the damping or rtol, leave out the thresholds, or simulate"
            )
        self.caps = self._beyond(equilibrium) if caps is None else caps
        self._solve(equilibrium)

    def _vectors(self, theta: Array, phi: Array) -> tuple[Array, Array, Array]:
        """Return m and the unit vectors along theta and phi, each of shape (theta, phi, 3)."""
        st, ct = np.sin(theta)[:, None], np.cos(theta)[:, None]
        sp, cp, one = np.sin(phi), np.cos(phi), np.ones_like(phi)
        m = np.stack((st * cp, st * sp, ct * one), axis=-1) @ self.frame
        along = np.stack((ct * cp, ct * sp, -st * one), axis=-1) @ self.frame
        around = np.stack((-sp, cp, 0 * cp), axis=-1) @ self.frame
        return m, along, np.broadcast_to(around, m.shape)

    def _density_of_edges(self, theta: Array, phi: Array, layer: float, fineness: float) -> tuple[Array, Array]:
        """Return how many elements a radian are needed along theta and phi, by the curvature of the weight."""
        m, along, around = self._vectors(theta, phi)
        s = self.weight.exponent(m)
        seen = s > s.max() - _SEEN
        sine = np.sin(theta)[:, None]

        def needed(direction: Array) -> Array:
            return np.where(seen, np.sqrt(np.abs(self.weight.bend(m, direction))), 0.0)

        return (
            fineness * np.maximum(layer * needed(along).max(axis=1), 1.0),
            fineness * np.maximum(layer * (needed(around) * sine).max(axis=0), 1.0),
        )

    def _mesh(self, top: float, bottom: float, fineness: float) -> tuple[Array, Array]:
        theta = np.linspace(top, bottom, 200)
        phi = np.linspace(0, 2 * np.pi, 1201)
        layer = max(3.0, 1.0 / np.sqrt(self.spin.damping)) / 8  # as for the degree of the harmonics
        across, around = self._density_of_edges(theta, phi, layer, fineness)
        # At the thresholds precession carries the state out through a layer of width D over its speed.
        width = min(self.spin.damping, 1.0) / np.sqrt(self.spin.curvature + 1)
        fine = np.geomspace(1e-2 * width, 1, 400) * (bottom - top) / 2
        theta = np.unique(np.concatenate((theta, top + fine, bottom - fine)))
        across = np.interp(theta, np.linspace(top, bottom, 200), across)
        across = across + 0.7 * fineness * (1 / (theta - top + width) + 1 / (bottom - theta + width))
        return _equidistributed(phi, around), _equidistributed(theta, across)

    def _beyond(self, equilibrium: Equilibrium) -> Array:
        """Return the probabilities above the upper and below the lower threshold."""
        found = []
        for start, end in ((0.0, self.theta[0]), (self.theta[-1], np.pi)):
            angle, turn = np.linspace(start, end, 200), np.linspace(0, 2 * np.pi, 1201)
            across, around = self._density_of_edges(angle, turn, 0.4, 1.0)
            theta, dtheta = self._points(_equidistributed(angle, across))
            phi, dphi = self._points(_equidistributed(turn, around))
            density = equilibrium.density(self._vectors(theta.ravel(), phi.ravel())[0])
            found.append(float((np.sin(theta) * dtheta).ravel() @ density @ dphi.ravel()))
        return np.array(found)

    def _points(self, edges: Array) -> tuple[Array, Array]:
        """Return Gauss points and weights of the elements, both of shape (element, point)."""
        _, x, w, _, _ = _shapes()
        half = np.diff(edges)[:, None] / 2
        return edges[:-1, None] + half * (x + 1), half * w

    def _solve(self, equilibrium: Equilibrium) -> None:
        nodes, _, _, values, slopes = _shapes()
        n, q = values.shape[1], values.shape[0]
        theta, dtheta = self._points(self.theta)
        phi, dphi = self._points(self.phi)
        m, along, around = self._vectors(theta.ravel(), phi.ravel())
        drift = self.spin.drift(m)
        pull = self.weight.pull(m)
        rows, columns = theta.shape[0], phi.shape[0]

        def elements(field: Array) -> Array:
            """Return values at the points of every element, (element of theta, element of phi, point)."""
            return field.reshape(rows, q, columns, q).transpose(0, 2, 1, 3).reshape(rows, columns, q * q)

        sine = np.sin(theta)[:, None, :, None]
        area = elements((np.sin(theta) * dtheta).reshape(-1, 1) * dphi.reshape(1, -1))[..., None]
        stretch = (2 / np.diff(self.theta)[:, None, None, None], 2 / np.diff(self.phi)[None, :, None, None])
        around_scale = np.broadcast_to(1 / sine, (rows, columns, q, q)).reshape(rows, columns, q * q, 1)
        flat = np.kron(values, values)
        gradients = (stretch[0] * np.kron(slopes, values), stretch[1] * np.kron(values, slopes) * around_scale)
        local = np.zeros((rows, columns, n * n, n * n))
        for gradient, direction in zip(gradients, (along, around), strict=True):
            half = elements((pull * direction).sum(-1))[..., None] / 2
            rest = elements(((drift - pull) * direction).sum(-1))[..., None]
            slope = gradient - half * flat
            local += np.swapaxes(slope, -1, -2) @ (area * (rest * flat - slope))

        degree = n - 1
        height, around_count = rows * degree + 1, columns * degree
        down = np.arange(rows)[:, None] * degree + np.arange(n)
        right = (np.arange(columns)[:, None] * degree + np.arange(n)) % around_count
        index = (down[:, None, :, None] * around_count + right[None, :, None, :]).reshape(rows, columns, n * n)
        entries = (local.ravel(), (np.repeat(index, n * n, axis=-1).ravel(), np.tile(index, n * n).ravel()))
        form = sparse.csr_array(sparse.coo_array(entries, shape=(height * around_count,) * 2))

        top, bottom = slice(0, around_count), slice((height - 1) * around_count, None)
        inside = slice(around_count, (height - 1) * around_count)
        spread = (np.diff(self.phi)[:, None] * (nodes[:-1] + 1) / 2 + self.phi[:-1, None]).ravel()
        edge = self._vectors(self.theta[[0, -1]], spread)[0]
        exponent = self.weight.exponent(edge) / 2
        reference = float(exponent.max())
        weight = np.exp(np.maximum(exponent - reference, -300.0))  # where there is no density anyway
        start = np.zeros((form.shape[0], 2))
        density = equilibrium.density(edge) / weight
        start[top, 0], start[bottom, 1] = density
        balance = form[inside]
        factors = Factors(balance[:, inside])
        for k in (0, 1):
            start[inside, k] = factors.solve(-(balance @ start[:, k]))
        flow = form @ start
        self.flow = float(weight[1] @ flow[bottom, 0] + weight[0] @ flow[top, 1]) / 2
        mass = elements(np.exp(self.weight.exponent(m) / 2 - reference))[..., None] * area
        mass = (np.swapaxes(mass, -1, -2) @ flat)[..., 0, :]
        total = np.bincount(index.ravel(), mass.ravel(), minlength=form.shape[0])
        self.between = total @ start

    @property
    def dwell_times(self) -> Array:
        """Mean dwell times of the upper and the lower state in units of 1/D."""
        return (self.caps + self.between) / self.flow


def hysteresis_dwell_times(spin: Macrospin, low: float, high: float, rtol: float) -> Array:
    """Return the mean dwell times of the upper and the lower state, in s, on meshes refined until stable."""
    equilibrium = Equilibrium(spin, rtol)
    old, fineness = Band(spin, equilibrium, (low, high)), 1.4
    while True:
        new = Band(spin, equilibrium, (low, high), fineness, old.caps)
        if np.abs(new.dwell_times / old.dwell_times - 1).max() <= rtol:
            return np.asarray(new.dwell_times / spin.diffusion)
        old, fineness = new, 1.4 * fineness


def _equidistributed(x: Array, density: Array) -> Array:
    """Return edges of intervals that hold one element each of the density."""
    whole = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(x))))
    count = max(2, int(np.ceil(whole[-1])))
    return np.interp(np.linspace(0, whole[-1], count + 1), whole, x)
