"""The junction of highest likelihood, from several starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares

from mtjphys.calibration.fitting.problem import Floats, Problem
from mtjphys.core.errors import DataError
from mtjphys.core.streams import Use, generator


class Maximum(NamedTuple):
    """Where a search ended.

    Attributes
    ----------
    position : array (parameters,)
        On the scale of the fit.
    predicted : array
        What the junction there predicts.
    deviance : float
        Twice the distance in ln of the likelihood to that of data that are met exactly.
    ties : tuple of array
        Other positions that explain the data as well, within one unit of the deviance.
    """

    position: Floats
    predicted: Floats
    deviance: float
    ties: tuple[Floats, ...] = ()


def search(problem: Problem, position: Floats, iterations: int = 60) -> Maximum:
    """Return the maximum of the likelihood near a position, by least squares on the deviance residuals.

    Steps are taken in units of the ranges' widths and stay within them; where a junction has no answer the step is
    halved. Where derivatives are differences, the way there is found with one-sided ones and the place itself with
    central ones: where numbers are known in combination only, it is as exact as these.
    """
    near = _searched(problem, position, iterations, central=False)
    if not np.isfinite(near.deviance) or problem.is_exact(near.position):
        return near
    return _searched(problem, near.position, 10, central=True)


def _searched(problem: Problem, position: Floats, iterations: int, central: bool) -> Maximum:
    widths = problem.widths
    low, high = problem.bounds

    def outer(scaled: Floats) -> Floats:
        return np.clip(low + scaled * widths, low, high)

    def residuals(scaled: Floats) -> Floats:
        return problem.residuals(problem.predict(outer(scaled), slopes=True))

    def jacobian(scaled: Floats) -> Floats:
        place = outer(scaled)
        return problem.slopes(problem.predict(place, slopes=True)) @ problem.jacobian(place, central) * widths

    start = np.clip((position - low) / widths, 1e-6, 1.0 - 1e-6)
    if not np.isfinite(residuals(start)).all():
        return Maximum(position, problem.predict(position), np.inf)
    rtol = 1e-3 if problem.simulated else 1e-6  # steps below it are chance
    found = least_squares(
        residuals, start, jacobian, bounds=(0.0, 1.0), x_scale="jac", ftol=rtol, xtol=rtol, gtol=1e-10,
        max_nfev=iterations,
    )  # fmt: skip
    place = outer(found.x)
    return Maximum(place, problem.predict(place, slopes=True), float(2.0 * found.cost))


def maximise(
    problem: Problem,
    starts: int,
    seed: int,
    told: Callable[[int], None] = lambda number: None,
) -> Maximum:
    """Return the best of several searches: one from the start, the others from where the data are met best at random.

    Raises
    ------
    DataError
        If no start has an answer.
    """
    if not problem.parameters:
        predicted = problem.predict(problem.origin)
        return Maximum(problem.origin, predicted, float(np.sum(problem.residuals(predicted) ** 2)))
    found = [search(problem, problem.origin)]
    told(1)
    if starts > 1:
        for position in _others(problem, starts - 1, seed):
            found.append(search(problem, position))
            told(1)
    best = min(found, key=lambda one: one.deviance)
    if not np.isfinite(best.deviance):
        raise DataError(
            f"no junction in the ranges has an answer to all that was measured: {problem.failure(problem.origin)}"
        )
    ties: list[Floats] = []
    for one in found:
        apart = [np.abs(one.position - other).max() for other in (best.position, *ties)]
        if one.deviance < best.deviance + 1.0 and min(apart / problem.widths.min()) > 0.1:
            ties.append(one.position)
    return best._replace(ties=tuple(ties))


def _others(problem: Problem, number: int, seed: int) -> list[Floats]:
    """Return the positions, of eight times as many random ones, at which the data are met best."""
    low, high = problem.bounds
    draws = generator(seed, 0, Use.CALIBRATION_STARTS).random((8 * number, low.size))
    rated = []
    for draw in draws:
        position = low + draw * (high - low)
        deviance = float(np.sum(problem.residuals(problem.predict(position)) ** 2))
        if np.isfinite(deviance):
            rated.append((deviance, position))
    rated.sort(key=lambda pair: pair[0])
    return [position for _, position in rated[:number]]
