r"""Intervals by profile likelihood: where the best fit with one quantity held is worse by what chance allows.

The interval of level c holds the values g at which :math:`\min_{g(\theta)=g}D(\theta) - D_{min} \le \phi\,\chi^2_1(c)`,
D the deviance and :math:`\phi` the dispersion (S. S. Wilks, Ann. Math. Stat. 9, 60 (1938)).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq, least_squares
from scipy.stats import chi2

from mtjphys.calibration.fitting.problem import Floats, Problem
from mtjphys.calibration.fitting.surface import Surface

FURTHEST = 30.0
"""Standard deviations beyond which an end is not looked for."""

_HELD = 1e-3  # how exactly a quantity is held, in its standard deviations


class Interval(NamedTuple):
    """Ends of an interval, and whether each is a finding of the data or the end of the range.

    Attributes
    ----------
    low, high : float
        On the scale of the quantity.
    bounded_low, bounded_high : bool
        False where the range ends first.
    """

    low: float
    high: float
    bounded_low: bool
    bounded_high: bool


Quantity = Callable[[Floats], tuple[float, Floats]]
"""Value and gradient of something, of coordinates on the surface."""


def profile(
    problem: Problem, made: Surface, start: Floats, quantity: Quantity, level: float, dispersion: float
) -> Interval:
    """Return the interval of a quantity about the best fit at `start`, in coordinates of the surface."""
    least = float(np.sum(problem.residuals(made.predict(start)) ** 2))
    allowed = dispersion * float(chi2.ppf(level, 1))
    centre, gradient = quantity(start)
    deviation = max(float(np.linalg.norm(gradient)), 1e-300)
    ends: list[tuple[float, bool]] = []
    for sign in (-1.0, 1.0):
        place = start.copy()
        # Asked for twice, a distance would be reached from another place, where the deviance may be another.
        found = {0.0: -allowed}

        def excess(distance: float, sign: float = sign, found: dict[float, float] = found) -> float:
            nonlocal place
            if distance not in found:
                target = centre + sign * distance * deviation
                place, reached = _held(problem, made, place, quantity, target, deviation)
                ended = abs(reached - target) > 0.05 * deviation  # the range does
                deviance = np.inf if ended else float(np.sum(problem.residuals(made.predict(place)) ** 2))
                found[distance] = deviance - least - allowed
            return found[distance]

        inner, outer = 0.0, float(np.sqrt(allowed))
        while (value := excess(outer)) < 0.0 and outer < FURTHEST:
            inner, outer = outer, 1.3 * outer
        if not np.isfinite(value):
            outer = _last(excess, inner, outer)
            value = excess(outer)
        bounded = value >= 0.0
        distance = float(brentq(excess, inner, outer, xtol=0.01, rtol=1e-3)) if value > 0.0 else outer
        ends.append((centre + sign * distance * deviation, bounded))
    return Interval(ends[0][0], ends[1][0], ends[0][1], ends[1][1])


def curve(
    problem: Problem, made: Surface, start: Floats, quantity: Quantity, dispersion: float, reach: float = 3.0
) -> tuple[Floats, Floats]:
    """Return values of a quantity about the best fit and by how much the deviance is higher there, over the dispersion.

    Up to `reach` standard deviations to both sides, or to the end of the range.
    """
    least = float(np.sum(problem.residuals(made.predict(start)) ** 2))
    centre, gradient = quantity(start)
    deviation = max(float(np.linalg.norm(gradient)), 1e-300)
    found = {centre: 0.0}
    for sign in (-1.0, 1.0):
        place = start
        for distance in np.linspace(0.0, reach, 9)[1:]:
            target = centre + sign * distance * deviation
            place, reached = _held(problem, made, place, quantity, target, deviation)
            if abs(reached - target) > 0.05 * deviation:
                break
            found[reached] = float(np.sum(problem.residuals(made.predict(place)) ** 2)) - least
    values = np.array(sorted(found))
    return values, np.array([found[value] for value in values]) / dispersion


def level_at(
    problem: Problem, made: Surface, start: Floats, quantity: Quantity, value: float, dispersion: float
) -> float:
    """Return the level of the smallest interval that reaches a value; 1 where the ranges do not."""
    least = float(np.sum(problem.residuals(made.predict(start)) ** 2))
    centre, gradient = quantity(start)
    deviation = max(float(np.linalg.norm(gradient)), 1e-300)
    place = start
    # In steps, each from the last, so that the held optimum is followed.
    for share in np.linspace(0.0, 1.0, 2 + int(abs(value - centre) / deviation))[1:]:
        target = centre + share * (value - centre)
        place, reached = _held(problem, made, place, quantity, target, deviation)
        if abs(reached - target) > 0.05 * deviation:
            return 1.0
    excess = float(np.sum(problem.residuals(made.predict(place)) ** 2)) - least
    return float(chi2.cdf(max(excess, 0.0) / dispersion, 1))


def _last(excess: Callable[[float], float], inner: float, outer: float) -> float:
    """Return the last distance that the ranges allow, by halving."""
    for _ in range(20):
        middle = 0.5 * (inner + outer)
        inner, outer = (middle, outer) if np.isfinite(excess(middle)) else (inner, middle)
    return inner


def _held(
    problem: Problem, made: Surface, start: Floats, quantity: Quantity, target: float, deviation: float
) -> tuple[Floats, float]:
    """Return where the deviance is least with a quantity held, within the ranges, and what it is there."""
    low, widths = made.bounds[0], problem.widths

    def coordinates(scaled: Floats) -> Floats:
        return made.coordinates(low + scaled * widths)

    scale = np.linalg.solve(made.axes, np.diag(widths))

    def residuals(scaled: Floats) -> Floats:
        v = coordinates(scaled)
        held = (quantity(v)[0] - target) / (_HELD * deviation)
        return np.append(problem.residuals(made.predict(v)), held)

    def jacobian(scaled: Floats) -> Floats:
        v = coordinates(scaled)
        rows = problem.slopes(made.predict(v)) @ made.jacobian(v)
        return np.vstack((rows, quantity(v)[1] / (_HELD * deviation))) @ scale

    begin = np.clip((made.position(start) - low) / widths, 1e-9, 1.0 - 1e-9)
    found = least_squares(residuals, begin, jacobian, bounds=(0.0, 1.0), x_scale="jac", max_nfev=40)
    v = coordinates(found.x)
    return v, quantity(v)[0]
