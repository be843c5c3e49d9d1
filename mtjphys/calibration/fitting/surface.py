r"""What junctions near the best one predict, to second order: intervals, checks and predictions cost no solver.

In coordinates v along the axes of the fit's covariance, in units of its standard deviations, a prediction on the
likelihood's scale (logit p, ln tau, ...) is nearly straight:

.. math::

    \eta(v) = \eta_0 + Av + \tfrac12\,v\cdot Bv .

A and B come from the solver at one standard deviation and a half along each axis and each pair of axes. What is left
out is measured at two standard deviations and reported in units of the measurements' errors.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from mtjphys.calibration.fitting.problem import Floats, Problem

REACH = 1.5
"""Standard deviations at which the solver is asked."""


def axes_of(problem: Problem, position: Floats, predicted: Floats, dispersion: float = 1.0) -> tuple[Floats, Floats]:
    """Return the covariance of the fit on its scale, and the axes of it in columns of one standard deviation.

    It is the inverse of the expected information plus that of the ranges, of which a flat one of width w has 12/w^2: a
    number that the data say nothing about keeps the spread of its range.
    """
    information = problem.roots(predicted) @ problem.jacobian(position)
    total = information.T @ information / dispersion + np.diag(12.0 / problem.widths**2)
    covariance = np.linalg.inv(total)
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(covariance), np.asarray(vectors * np.sqrt(values))


@dataclass(frozen=True, eq=False)
class Surface:
    """Predictions near the best fit; see the module.

    Attributes
    ----------
    origin : array (parameters,)
        The best position, on the scale of the fit.
    axes : array (parameters, parameters)
        Position = origin + axes @ v.
    value, slope, bend : array (n,), (n, parameters), (n, parameters, parameters)
        The expansion.
    bounds : tuple of array
        Ends of the ranges on the scale of the fit.
    """

    origin: Floats
    axes: Floats
    value: Floats
    slope: Floats
    bend: Floats
    bounds: tuple[Floats, Floats]

    def position(self, v: Floats) -> Floats:
        """Return positions (..., parameters) of coordinates."""
        return np.asarray(self.origin + v @ self.axes.T)

    def coordinates(self, position: Floats) -> Floats:
        """Return coordinates of positions (..., parameters)."""
        return np.asarray(np.linalg.solve(self.axes, np.moveaxis(position - self.origin, -1, 0)).T)

    def predict(self, v: Floats) -> Floats:
        """Return predictions (..., n) at coordinates (..., parameters)."""
        return np.asarray(self.value + v @ self.slope.T + 0.5 * np.einsum("...i,nij,...j->...n", v, self.bend, v))

    def jacobian(self, v: Floats) -> Floats:
        """Return d prediction/d v at one place, (n, parameters)."""
        return np.asarray(self.slope + self.bend @ v)

    def inside(self, v: Floats) -> Any:
        """Return whether coordinates (..., parameters) are within the ranges."""
        place = self.position(v)
        return ((place >= self.bounds[0]) & (place <= self.bounds[1])).all(axis=-1)


def surface(problem: Problem, position: Floats, axes: Floats) -> Surface:
    """Return the expansion about a position; where the range or the solver ends, nearer to it."""
    low, high = problem.bounds
    size = position.size
    here = problem.predict(position)

    def reach(direction: Floats) -> float:
        """Return how far along a direction the range lets one go, at most `REACH`."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = np.where(direction > 0, (high - position) / direction, (low - position) / direction)
        return float(min(REACH, np.min(np.where(direction == 0.0, np.inf, ends))))

    def along(direction: Floats) -> tuple[float, Floats]:
        step = reach(direction)
        while step > 1e-3:
            there = problem.predict(np.clip(position + step * direction, low, high))
            if np.isfinite(there).all():
                return step, there
            step *= 0.5
        return 0.0, here

    slope, bend = np.zeros((here.size, size)), np.zeros((here.size, size, size))
    for k in range(size):
        (right, above), (left, below) = along(axes[:, k]), along(-axes[:, k])
        if right > 0.0 and left > 0.0:
            slope[:, k] = ((above - here) * left / right - (below - here) * right / left) / (right + left)
            bend[:, k, k] = 2.0 * ((above - here) / right + (below - here) / left) / (right + left)
        elif right > 0.0:
            slope[:, k] = (above - here) / right
        elif left > 0.0:
            slope[:, k] = (here - below) / left
    for i, k in itertools.combinations(range(size), 2):
        direction = axes[:, i] + axes[:, k]
        step, there = along(direction)
        sign = 1.0
        if step < 0.5:
            direction, sign = axes[:, i] - axes[:, k], -1.0
            step, there = along(direction)
        if step > 0.1:
            v = np.zeros(size)
            v[i], v[k] = step, sign * step
            rest = there - here - slope @ v - 0.5 * np.einsum("i,nij,j->n", v, bend, v)
            bend[:, i, k] = bend[:, k, i] = rest / (v[i] * v[k])
    return Surface(position, axes, here, slope, bend, (low, high))


def worst(problem: Problem, made: Surface, distance: float = 2.0) -> float:
    """Return the largest error of the expansion at `distance` standard deviations, in those of the measurements."""
    largest = 0.0
    roots = problem.roots(made.value)
    for k, sign in itertools.product(range(made.origin.size), (1.0, -1.0)):
        v = np.zeros(made.origin.size)
        v[k] = sign * distance
        if made.inside(v):
            exact = problem.predict(made.position(v))
            if np.isfinite(exact).all():
                largest = max(largest, float(np.linalg.norm(roots @ (exact - made.predict(v)))))
    return largest


def refit(problem: Problem, made: Surface, start: Floats | None = None, rtol: float = 1e-8) -> tuple[Floats, float]:
    """Return coordinates of highest likelihood on the surface within the ranges, and their deviance to `rtol`."""
    size = made.origin.size
    v = np.zeros(size) if start is None else start
    if not size:
        return v, float(np.sum(problem.residuals(made.value) ** 2))
    (low, _), widths = made.bounds, problem.widths
    scale = np.linalg.solve(made.axes, np.diag(widths))

    def coordinates(scaled: Floats) -> Floats:
        return made.coordinates(low + scaled * widths)

    found = least_squares(
        lambda scaled: problem.residuals(made.predict(coordinates(scaled))),
        np.clip((made.position(v) - low) / widths, 1e-9, 1.0 - 1e-9),
        lambda scaled: problem.slopes(made.predict(coordinates(scaled))) @ made.jacobian(coordinates(scaled)) @ scale,
        bounds=(0.0, 1.0),
        x_scale="jac",
        ftol=rtol,
        xtol=rtol,
        max_nfev=50,
    )
    return coordinates(found.x), float(2.0 * found.cost)
