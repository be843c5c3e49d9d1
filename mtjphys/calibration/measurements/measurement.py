"""What every measurement has: points, the conditions of each, and what a junction says about them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextvars import copy_context
from dataclasses import dataclass, fields, replace
from functools import cached_property
from time import thread_time
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, Self, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from mtjphys.bias import Bias
from mtjphys.bias.applied import CURRENT, FIELD, RESISTANCE, TEMPERATURE
from mtjphys.calibration.forward import Linear, axial
from mtjphys.calibration.likelihoods.likelihood import Likelihood
from mtjphys.core.checks import as_choice
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.machine import available_cores, pool
from mtjphys.core.parameters import plain
from mtjphys.core.quantity import Quantity
from mtjphys.junction import MTJ

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]


class Doubt(NamedTuple):
    """Whether data are what their kind takes them for.

    Attributes
    ----------
    p_value : float
        Probability of data as unlikely as these or more so, if they are.
    words : str
        What they look like otherwise, and what to do.
    """

    p_value: float
    words: str


VOLTAGE = Quantity("V", -50.0, 50.0, ((50.0, 5e4, 1e-3, "millivolts"),))

SLOW = 0.01
"""Seconds of work from which the answers of a measurement are found in threads."""


@dataclass(frozen=True)
class Column:
    """In an annotation: one number for each point, with unit and legal range.

    Parameters
    ----------
    quantity : Quantity
        Unit and range.
    meaning : str
        What it is, for templates.
    """

    quantity: Quantity
    meaning: str = ""


Voltage = Annotated[Any, Column(VOLTAGE, "of the source")]
Current = Annotated[Any, Column(CURRENT, "of a current source, instead of a voltage")]
Temperature = Annotated[Any, Column(TEMPERATURE, "ambient")]
SeriesResistance = Annotated[Any, Column(RESISTANCE, "between source and junction")]


@dataclass(frozen=True, eq=False, kw_only=True)
class Measurement(ABC):
    """Points that were measured, each under conditions of its own; the base of every kind.

    Every condition is a number or an array of one entry a point. What is declared as a `Column` is checked against
    its range and becomes an array (points,); None stays None.

    Parameters
    ----------
    voltage : array_like
        Of the source, V.
    current : array_like, optional
        Of a current source, A, instead of a voltage.
    field : array_like
        Applied field in T, (3,) or (points, 3).
    temperature : array_like
        Ambient, K.
    series_resistance : array_like
        Between the voltage source and the junction, ohm.
    label : str
        Name in reports and errors.
    forward : {"exact", "simulation"}
        What a prediction comes from: the Fokker-Planck equation, or lanes of the stochastic LLG equation, where that
        does not hold. `calibrate` chooses.
    """

    kind: ClassVar[str]
    """Identifier in files."""
    noun: ClassVar[str]
    """What the value is, for figures."""
    unit: ClassVar[str]
    """Of the value."""
    simulable: ClassVar[bool] = False
    """Whether a simulation predicts it too."""

    voltage: Voltage = 0.0
    current: Current = None
    field: Any = (0.0, 0.0, 0.0)
    temperature: Temperature = 300.0
    series_resistance: SeriesResistance = 0.0
    label: str = ""
    forward: str = "exact"

    def __post_init__(self) -> None:
        if not isinstance(self.label, str):
            raise ParameterError(f"label={self.label!r} is not a text")
        as_choice(f"{self.name}: forward", self.forward, ("exact", "simulation"))
        if self.simulated and not self.simulable:
            raise ParameterError(f'{self.name}: forward="simulation" is for kinds that are counted; leave it out')
        columns = {name: self._numbers(name, column) for name, column in columns_of(type(self)).items()}
        given = {name: numbers for name, numbers in columns.items() if numbers is not None}
        if self.current is not None and np.any(given["voltage"]):
            raise ParameterError(f"{self.name}: voltage and current are both given; give one of the two")
        vector = self._vector()
        sizes = {name: numbers.size for name, numbers in given.items() if numbers.size > 1}
        if vector.shape[0] > 1:
            sizes["field"] = vector.shape[0]
        points = max(sizes.values(), default=1)
        if len(set(sizes.values())) > 1:
            told = ", ".join(f"{size} of {name}" for name, size in sizes.items())
            raise DataError(f"{self.name}: {told} do not go together; give one number, or one for each point")
        for name, numbers in given.items():
            object.__setattr__(self, name, np.broadcast_to(numbers, (points,)).copy())
        object.__setattr__(self, "field", np.broadcast_to(vector, (points, 3)).copy())
        self.check()

    @abstractmethod
    def check(self) -> None:
        """Raise if the points are not what this kind can be."""

    @property
    def name(self) -> str:
        """How it is called in reports and errors."""
        return f"{self.kind} {self.label!r}" if self.label else self.kind

    @property
    def simulated(self) -> bool:
        """Whether its predictions are simulated."""
        return self.forward == "simulation"

    def _numbers(self, name: str, column: Column) -> Floats | None:
        value = getattr(self, name)
        if value is None:
            return None
        try:
            numbers = np.atleast_1d(np.asarray(plain(value) if isinstance(value, tuple) else value, dtype=np.float64))
        except (TypeError, ValueError):
            raise ParameterError(
                f"{self.name}: {name}={value!r} is not a number or an array of numbers, in {column.quantity.unit}"
            ) from None
        if numbers.ndim != 1 or not numbers.size:
            raise ParameterError(f"{self.name}: {name} has the shape {numbers.shape}; give one number for each point")
        low, high = column.quantity.low, column.quantity.high
        wrong = np.flatnonzero(~(np.isfinite(numbers) & (numbers >= low) & (numbers <= high)))
        for position in wrong[:1]:
            column.quantity.check(f"{self.name}: {name}[{position}]", float(numbers[position]))
        if column.quantity.open_low and (numbers <= low).any():
            column.quantity.check(f"{self.name}: {name}[{int(numbers.argmin())}]", float(numbers.min()))
        return numbers

    def _vector(self) -> Floats:
        try:
            vector = np.atleast_2d(np.asarray(self.field, dtype=np.float64))
        except (TypeError, ValueError):
            vector = np.empty((0, 0))
        if vector.ndim != 2 or vector.shape[-1] != 3 or not vector.shape[0]:
            raise ParameterError(
                f"{self.name}: field={self.field!r} is not a vector; give three numbers in T, or three for each point"
            )
        for value in vector[~((vector >= FIELD.low) & (vector <= FIELD.high))][:1]:
            FIELD.check(f"{self.name}: field", float(value))
        return vector

    @property
    def points(self) -> int:
        """How many points there are."""
        return int(self.field.shape[0])

    @cached_property
    def biases(self) -> list[Bias]:
        """The bias of each point; equal conditions are one object."""
        made: dict[tuple[float, ...], Bias] = {}
        result = []
        for k in range(self.points):
            source = self.voltage[k] if self.current is None else self.current[k]
            x, y, z = map(float, self.field[k])
            key = (float(source), x, y, z, float(self.temperature[k]), float(self.series_resistance[k]))
            if key not in made:
                kind = "voltage" if self.current is None else "current"
                made[key] = Bias(**{kind: key[0]}, field=(x, y, z), temperature=key[4], series_resistance=key[5])
            result.append(made[key])
        return result

    def of_each_bias(self) -> Iterator[tuple[Bias, Any]]:
        """Yield each bias once, with the positions of its points."""
        found: dict[int, list[int]] = {}
        for position, bias in enumerate(self.biases):
            found.setdefault(id(bias), []).append(position)
        for positions in found.values():
            yield self.biases[positions[0]], np.array(positions)

    def answers(self, ask: Callable[[Bias, Any], Any]) -> list[tuple[Any, Any]]:
        """Return what a function of a bias and its points says of each, with these points.

        In threads where that is slow: to begin them, and their waiting for each other, takes longer than answers of
        milliseconds.
        """
        asked = list(self.of_each_bias())

        def timed(one: tuple[Bias, Any]) -> tuple[Any, float]:
            begun = thread_time()
            return ask(*one), thread_time() - begun

        found: list[tuple[Any, float]] = []
        slow = self._seconds > SLOW
        while not slow and len(found) < len(asked):
            found.append(timed(asked[len(found)]))
            slow = found[-1][1] > SLOW
        rest = asked[len(found) :]
        contexts = [copy_context() for _ in rest]  # where answers are kept, in other threads too
        with pool(max(1, min(available_cores(), len(rest)))) as workers:
            in_turn = workers.map if workers else map
            found += in_turn(lambda context, one: context.run(timed, one), contexts, rest)
        self.__dict__["_seconds"] = max(seconds for _, seconds in found)
        return [(answer, positions) for (answer, _), (_, positions) in zip(found, asked, strict=True)]

    @cached_property
    def _seconds(self) -> float:
        """Of work for the slowest answer when they were last asked for; `answers` writes it."""
        return 0.0

    @abstractmethod
    def predictor(self, junction: MTJ) -> Floats:
        """Return what a junction says of this measurement, on the unbounded scale of its likelihood."""

    def linear(self, junction: MTJ, names: tuple[str, ...]) -> Linear | None:
        """Return the predictor with its derivatives by numbers of the junction; None where differences are cheaper."""
        return None

    def linear_answers(self, rows: int, ask: Callable[[Bias, Any], Linear]) -> Linear:
        """Return the answers of each bias, `rows` of them a point, as one, all points of a row after the other."""
        found = self.answers(ask)
        numbers = found[0][0].slopes.shape[-1]
        value, slopes = np.empty((rows, self.points)), np.empty((rows, self.points, numbers))
        for one, positions in found:
            value[:, positions] = one.value.reshape(rows, -1)
            slopes[:, positions] = one.slopes.reshape(rows, -1, numbers)
        return Linear(value.ravel(), slopes.reshape(-1, numbers))

    def axial(self, junction: MTJ) -> bool:
        """Return whether a junction is symmetric about an axis under all conditions."""
        return all(axial(junction, bias) for bias, _ in self.of_each_bias())

    @property
    @abstractmethod
    def likelihood(self) -> Likelihood:
        """The likelihood of the predictor."""

    @abstractmethod
    def in_units(self, predictor: Floats) -> Floats:
        """Return a predictor as what the laboratory writes down, in `unit`."""

    @abstractmethod
    def observed(self) -> tuple[Floats, Floats, Floats]:
        """Return what was measured, beside the ends of its own 68 % interval, as `in_units` gives it."""

    @abstractmethod
    def replicate(self, predictor: Floats, generator: np.random.Generator) -> Self:
        """Return synthetic data of the same conditions for a predictor."""

    def doubt(self) -> Doubt | None:
        """Return how likely the data are of their kind at all, whatever the junction; None where nothing says."""
        return None

    def with_data(self, **values: Any) -> Self:
        """Return the measurement with other data under the same conditions."""
        return replace(self, **values)

    def table(self, predictor: Floats | None = None) -> xr.Dataset:
        """Return the points with their conditions, what was measured, and what a predictor says."""
        import xarray as xr

        value, low, high = self.observed()
        names = self.names()
        rows = np.tile(np.arange(self.points), len(value) // self.points)
        data = {"value": value, "low": low, "high": high}
        if predictor is not None:
            data["model"] = self.in_units(predictor)
        source = "voltage" if self.current is None else "current"
        conditions = {
            source: getattr(self, source),
            **{f"field_{axis}": self.field[:, k] for k, axis in enumerate("xyz")},
            "temperature": self.temperature,
            "series_resistance": self.series_resistance,
        }
        units = {"voltage": "V", "current": "A", "temperature": "K", "series_resistance": "ohm"}
        coordinates: dict[str, Any] = {
            name: ("point", column[rows], {"units": units.get(name, "T")}) for name, column in conditions.items()
        }
        coordinates["quantity"] = ("point", [names[k // self.points] for k in range(len(value))])
        variables = {name: ("point", column, {"units": self.unit}) for name, column in data.items()}
        return xr.Dataset(variables, coordinates, {"kind": self.kind, "label": self.label})

    def names(self) -> list[str]:
        """Return the names of the quantities that each point has, in the order of the predictor."""
        return [self.noun]


def columns_of(kind: type[Measurement]) -> dict[str, Column]:
    """Return the columns that a kind of measurement has, by name, in order.

    >>> from mtjphys.calibration import SwitchingProbability
    >>> columns_of(SwitchingProbability)["duration"].quantity.unit
    's'
    """
    hints = get_type_hints(kind, include_extras=True)
    return {
        item.name: rule
        for item in fields(kind)
        if get_origin(hints[item.name]) is Annotated
        for rule in get_args(hints[item.name])[1:]
        if isinstance(rule, Column)
    }


def both(count: Floats, simulated: float | Floats) -> Floats:
    """Return how many trials have the chance of a measured and a simulated number of them together."""
    return np.asarray(1.0 / (1.0 / count + 1.0 / simulated))


def required(*values: tuple[str, Any], of: str) -> None:
    """Raise if something that a measurement cannot do without is missing."""
    for name, value in values:
        if value is None:
            raise ParameterError(f"{of}: {name} is missing; give it, one number or one for each point")


__all__ = ["Column", "Doubt", "Measurement", "both", "columns_of", "required"]
