"""Axially symmetric junctions: the m = 0 sector by positive integrals."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev
from scipy.optimize import brentq
from scipy.special import roots_legendre

from mtjphys.core.errors import SimulationError
from mtjphys.macrospin.spin import Macrospin

Array = npt.NDArray[np.float64]

MAXIMUM_EXPONENT = 600.0  # exp() of it is still far from overflow


class _Panels(NamedTuple):
    """Composite Gauss-Legendre rule in the polar angle, with cumulative integrals in a panel."""

    z: Array  # (panel, node), ascending from -1 to 1
    sine: Array
    weights: Array  # of dtheta
    left: Array  # (node, node), integral from the panel's start to the node, for dtheta
    right: Array  # from the node to the panel's end


@lru_cache(maxsize=64)
def _panels(count: int, nodes: int = 16) -> _Panels:
    x, w = roots_legendre(nodes)
    vandermonde = np.polynomial.legendre.legvander(x, nodes)
    degree = np.arange(nodes)
    to_coefficients = (vandermonde[:, :nodes] * w[:, None]).T * (degree[:, None] + 0.5)
    integrals = np.empty((nodes, nodes))
    integrals[:, 0] = x + 1
    for n in range(1, nodes):
        integrals[:, n] = (vandermonde[:, n + 1] - vandermonde[:, n - 1]) / (2 * n + 1)
    half = np.pi / (2 * count)
    left = half * integrals @ to_coefficients
    theta = half * (2 * np.arange(count)[:, None] + 1 + x)
    return _Panels(-np.cos(theta), np.sin(theta), half * w, left, half * w - left)


def barrier_top(potential: Array) -> float | None:
    """Return z of the lowest density between two wells; None where there is only one well."""
    slope = chebyshev.chebder(potential)
    grid = -np.cos(np.linspace(0, np.pi, 2001))
    values = chebyshev.chebval(grid, slope)
    rising = np.flatnonzero((values[:-1] < 0) & (values[1:] >= 0))
    if not rising.size:
        return None
    tops = [brentq(chebyshev.chebval, grid[k], grid[k + 1], args=(slope,), xtol=1e-15) for k in rising]
    return float(tops[int(np.argmin(chebyshev.chebval(np.array(tops), potential)))])


class Axial:
    """The m = 0 sector of an axially symmetric junction, by positive integrals."""

    def __init__(self, spin: Macrospin) -> None:
        potential = spin.axial_potential
        grid = -np.cos(np.linspace(0, np.pi, 129))
        u = chebyshev.chebval(grid, potential)
        span = float(u.max() - u.min())
        if not span < MAXIMUM_EXPONENT:
            raise SimulationError(
                f"the energy varies by {span:.4g} kT over the sphere, more than the "
                f"{MAXIMUM_EXPONENT:g} kT that float64 holds; raise the temperature or use an "
                "asymptotic rate"
            )
        variation = float(np.abs(np.diff(u)).sum())
        self.rule = rule = _panels(int(np.clip(np.ceil(variation / 2.5), 16, 400)))
        u = chebyshev.chebval(rule.z, potential)
        self.density = np.exp(u - u.max())
        self.density /= self.total(self.density * rule.sine)
        below = self.density * rule.sine
        self.below = self.cumulate(below)
        self.above = self.cumulate_down(below)

    def total(self, values: Array) -> float:
        """Return the integral over the polar angle."""
        return float((values @ self.rule.weights).sum())

    def cumulate(self, values: Array) -> Array:
        """Return the integral from z = -1 to each node."""
        whole = values @ self.rule.weights
        before = np.concatenate(([0.0], np.cumsum(whole)[:-1]))
        return np.asarray(before[:, None] + values @ self.rule.left.T)

    def cumulate_down(self, values: Array) -> Array:
        """Return the integral from each node to z = 1."""
        whole = values @ self.rule.weights
        after = np.concatenate((np.cumsum(whole[::-1])[::-1][1:], [0.0]))
        return np.asarray(after[:, None] + values @ self.rule.right.T)

    def slowest(self) -> tuple[float, Array]:
        """Return the slowest rate in units of D and its probability flux.

        With F the cumulative probability and J the flux of the mode, the backward equation is
        J = rate * [(1 - F) int_left F f' dz + F int_right (1 - F) f' dz], f' = J/((1 - z^2) rho):
        a positive operator, so nothing cancels at any barrier.
        """
        resistance = 1.0 / (self.rule.sine * self.density)
        flux = np.minimum(self.below, self.above)
        old = np.inf
        for _ in range(500):
            slope = flux * resistance
            new = self.above * self.cumulate(self.below * slope)
            new += self.below * self.cumulate_down(self.above * slope)
            size = float(new.max())
            new /= size
            rate = self.total(flux * slope) / self.total(new * slope) / size
            flux = new
            if abs(rate - old) <= 1e-14 * rate:
                return rate, flux
            old = rate
        if abs(rate - old) <= 1e-9 * rate:
            return rate, flux
        raise SimulationError(
            "two axial modes relax at nearly the same rate and no slowest one was found; "
            "ask for relaxation_rates with n=4"
        )

    def slow_tops(self) -> tuple[float, float, float]:
        """Return the slowest rate in units of D, and the highest value of its mode f at z = 1 and of -f at z = -1."""
        rate, flux = self.slowest()
        slope = flux / (self.rule.sine * self.density)
        return rate, self.total(slope * self.below), self.total(slope * self.above)
