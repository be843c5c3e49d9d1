"""A junction's free numbers, what was measured, and how far they are from each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mtjphys.calibration.fitting.parameters import FreeParameter
from mtjphys.calibration.forward import Linear, Unanswered
from mtjphys.calibration.measurements import Measurement
from mtjphys.calibration.measurements.unknown_conditions import UNKNOWNS, is_condition, under
from mtjphys.core.errors import ParameterError
from mtjphys.junction import MTJ
from mtjphys.junction.numbers import value_of, with_values

Floats = NDArray[np.float64]

STEP = 0.01
"""Of the numerical derivatives, in ln of a parameter or as a share of its range."""

SIMULATED_STEP = 0.05
"""The same where predictions are simulated: far enough to rise above their chance."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Measurements, a junction to start from, and the numbers of it that are free.

    Positions are on the scale of the fit, see `FreeParameter`; what a junction predicts is on the scale of the
    likelihoods, all measurements one after the other.

    Attributes
    ----------
    measurements : tuple of Measurement
        What was measured, with the conditions as the laboratory gives them.
    start : MTJ
        What is not free stays as it is here.
    parameters : tuple of FreeParameter
        What is free, of the junction and of the conditions.
    conditions : dict of str to float
        Of conditions that were free and are not any more, see `measurements.unknown_conditions`.
    """

    measurements: tuple[Measurement, ...]
    start: MTJ
    parameters: tuple[FreeParameter, ...]
    conditions: Mapping[str, float] = field(default_factory=dict)

    @property
    def simulated(self) -> bool:
        """Whether some predictions are simulated."""
        return any(measurement.simulated for measurement in self.measurements)

    @property
    def origin(self) -> Floats:
        """The position of the start."""
        return np.array([p.inner(self._start(p.name)) for p in self.parameters])

    def _start(self, name: str) -> float:
        if is_condition(name):
            return self.conditions.get(name, UNKNOWNS[name.partition("[")[0]].start)
        return float(value_of(self.start, name) or 0.0)

    @property
    def names(self) -> list[str]:
        """The names of what is free."""
        return [p.name for p in self.parameters]

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """The ends of the ranges."""
        ends = np.array([p.bounds for p in self.parameters]).reshape(-1, 2)
        return ends[:, 0], ends[:, 1]

    @property
    def widths(self) -> Floats:
        """The widths of the ranges."""
        return np.array([p.width for p in self.parameters])

    def junction(self, position: Floats) -> MTJ:
        """Return the junction at a position."""
        return with_values(
            self.start, {name: x for name, x in self._values(position).items() if not is_condition(name)}
        )

    def _values(self, position: Floats) -> dict[str, float]:
        return {p.name: p.outer(float(x)) for p, x in zip(self.parameters, position, strict=True)}

    def conditions_at(self, position: Floats) -> dict[str, float]:
        """Return how far the conditions at a position are from those that the laboratory gives."""
        free = {name: value for name, value in self._values(position).items() if is_condition(name)}
        return {**self.conditions, **free}

    def measured(self, position: Floats) -> list[Measurement]:
        """Return the measurements under the conditions at a position."""
        conditions = self.conditions_at(position)
        return [under(measurement, conditions) for measurement in self.measurements]

    def at(self, position: Floats) -> Problem:
        """Return the problem that starts at a position."""
        return replace(self, start=self.junction(position), conditions=self.conditions_at(position))

    def predict(self, position: Floats, slopes: bool = False) -> Floats:
        """Return what the junction at a position predicts; NaN throughout where it has no answer.

        With `slopes` what `jacobian` needs there too is found on the way where that is exact.
        """
        return _predicted(self, tuple(map(float, position)), slopes)

    def is_exact(self, position: Floats) -> bool:
        """Return whether `jacobian` takes no differences at a position."""
        return all(found is not None for found in _exact(self, tuple(map(float, position))))

    def failure(self, position: Floats) -> str:
        """Return why the junction at a position has no answer; empty if it has."""
        for measurement in self.measurements:
            try:
                under(measurement, self.conditions_at(position)).predictor(self.junction(position))
            except (Unanswered, ParameterError) as error:
                return f"{measurement.name}: {error}"
        return ""

    def parts(self, predicted: Floats) -> list[Floats]:
        """Return a prediction, measurement by measurement."""
        sizes = [len(measurement.names()) * measurement.points for measurement in self.measurements]
        return np.split(predicted, np.cumsum(sizes)[:-1])

    def residuals(self, predicted: Floats) -> Floats:
        """Return the deviance residuals of a prediction; NaN where that has no answer."""
        if not np.isfinite(predicted).all():
            return np.full(predicted.size, np.nan)
        pairs = zip(self.measurements, self.parts(predicted), strict=True)
        return np.concatenate([measurement.likelihood.residuals(part) for measurement, part in pairs])

    def slopes(self, predicted: Floats) -> Floats:
        """Return d residual/d prediction, (n, n)."""
        result = np.zeros((predicted.size, predicted.size))
        start = 0
        for measurement, part in zip(self.measurements, self.parts(predicted), strict=True):
            slope = measurement.likelihood.slopes(part)
            block = slice(start, start + part.size)
            result[block, block] = np.diag(slope) if slope.ndim == 1 else slope
            start += part.size
        return result

    def roots(self, predicted: Floats) -> Floats:
        """Return a matrix R with R^T R the expected information of a prediction, (n, n)."""
        result = np.zeros((predicted.size, predicted.size))
        start = 0
        for measurement, part in zip(self.measurements, self.parts(predicted), strict=True):
            information = measurement.likelihood.information(part)
            block = slice(start, start + part.size)
            root = np.diag(np.sqrt(information)) if information.ndim == 1 else np.linalg.cholesky(information).T
            result[block, block] = root
            start += part.size
        return result

    def log_likelihood(self, predicted: Floats) -> float:
        """Return ln of the likelihood of a prediction."""
        if not np.isfinite(predicted).all():
            return -np.inf
        pairs = zip(self.measurements, self.parts(predicted), strict=True)
        return float(sum(measurement.likelihood.log_likelihood(part) for measurement, part in pairs))

    def steps(self) -> Floats:
        """Return the steps of the numerical derivatives."""
        step = SIMULATED_STEP if self.simulated else STEP
        return np.array([step if p.logarithmic else step * p.width for p in self.parameters])

    def jacobian(self, position: Floats, central: bool = True) -> Floats:
        """Return d prediction/d position, (n, parameters).

        It is exact where a measurement says so of this junction, and by central differences elsewhere, or for half the
        price by one-sided ones. At the ends of a range, and where a junction beside has no answer, they are one-sided.
        """
        exact = _exact(self, tuple(map(float, position)))
        rest = _among(self, tuple(found is None for found in exact))
        blocks = iter(rest.parts(rest._differences(position, central)) if rest.measurements else [])
        pairs = zip(self.parameters, position, strict=True)
        scale = np.array([p.outer(float(x)) if p.logarithmic else 1.0 for p, x in pairs])
        return np.vstack([next(blocks) if found is None else found.slopes * scale for found in exact])

    def _differences(self, position: Floats, central: bool) -> Floats:
        low, high = self.bounds
        here = self.predict(position)
        columns = []
        for k, step in enumerate(self.steps()):
            ends = []
            for sign in (1.0, -1.0) if central else (1.0 if position[k] + step <= high[k] else -1.0, 0.0):
                moved = position.copy()
                moved[k] = np.clip(position[k] + sign * step, low[k], high[k])
                there = self.predict(moved)
                ends.append((moved[k], there) if np.isfinite(there).all() else (position[k], here))
            (left, below), (right, above) = sorted(ends, key=lambda end: end[0])
            columns.append((above - below) / (right - left) if right > left else np.zeros(here.size))
        return np.array(columns).T.reshape(here.size, len(self.parameters))

    def with_free(self, names: Sequence[str]) -> Problem:
        """Return the problem with some of its parameters only."""
        return replace(self, parameters=tuple(p for p in self.parameters if p.name in names))


@lru_cache(maxsize=4096)
def _predicted(problem: Problem, position: tuple[float, ...], slopes: bool) -> Floats:
    sizes = [len(measurement.names()) * measurement.points for measurement in problem.measurements]
    exact = _exact(problem, position) if slopes else (None,) * len(sizes)
    try:
        junction = problem.junction(np.array(position))
        parts = [
            measurement.predictor(junction) if found is None else found.value
            for measurement, found in zip(problem.measured(np.array(position)), exact, strict=True)
        ]
    except (Unanswered, ParameterError):
        return np.full(sum(sizes), np.nan)
    result = np.concatenate(parts)
    result.flags.writeable = False
    return result


@lru_cache(maxsize=256)
def _exact(problem: Problem, position: tuple[float, ...]) -> tuple[Linear | None, ...]:
    """Return the predictions that come with exact derivatives; None of a measurement that has none here."""
    place, names = np.array(position), tuple(name for name in problem.names if not is_condition(name))

    def ask(measurement: Measurement) -> Linear | None:
        if not names:
            return None
        try:
            junction = problem.junction(place)
            answer = under(measurement, problem.conditions_at(place)).linear(junction, names)
            return None if answer is None else _with_conditions(problem, place, measurement, answer)
        except (Unanswered, ParameterError):
            return None

    return tuple(ask(measurement) for measurement in problem.measurements)


def _with_conditions(problem: Problem, place: Floats, measurement: Measurement, answer: Linear) -> Linear:
    """Return an answer whose derivatives by the junction's numbers are exact with those by conditions, by differences.

    Raises
    ------
    Unanswered
        If there is no answer beside this place.
    """
    slopes = np.zeros((answer.value.size, len(problem.parameters)))
    numbers = [not is_condition(name) for name in problem.names]
    slopes[:, numbers] = answer.slopes
    junction, (low, high) = problem.junction(place), problem.bounds
    for k, step in enumerate(problem.steps()):
        if numbers[k] or under(measurement, {problem.names[k]: problem.parameters[k].high}) is measurement:
            continue
        ends = []
        for sign in (-1.0, 1.0):
            moved = place.copy()
            moved[k] = np.clip(place[k] + sign * step, low[k], high[k])
            predicted = under(measurement, problem.conditions_at(moved)).predictor(junction)
            ends.append((problem.parameters[k].outer(float(moved[k])), predicted))
        (left, below), (right, above) = ends
        slopes[:, k] = (above - below) / (right - left)
    return Linear(answer.value, slopes)


@lru_cache(maxsize=256)
def _among(problem: Problem, chosen: tuple[bool, ...]) -> Problem:
    """Return the problem with some of its measurements; always the same object, whose predictions are kept."""
    kept = tuple(one for one, stays in zip(problem.measurements, chosen, strict=True) if stays)
    return replace(problem, measurements=kept)
