"""Which junctions a dataset is of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, InstanceOf, model_validator

from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import Parameters, known_instead, parse_toml, read_toml, to_toml
from mtjphys.datasets.specification.design import Design, cholesky, correlated, unit_points
from mtjphys.datasets.specification.distributions import Distribution, distribution_of
from mtjphys.junction import MTJ, Spread, Variability, as_mtj
from mtjphys.junction.given import is_file
from mtjphys.junction.numbers import COMPONENTS, value_of, with_values
from mtjphys.simulation.varied import differing, numbers, unit_of

Floats = NDArray[np.float64]

MOST = 10_000_000


class Column(NamedTuple):
    """What distinguishes the devices: a number of each."""

    values: Floats
    units: str


class Devices(Parameters):
    """Which junctions a dataset is of.

    Either `junctions`, or one `junction` of which `count` are made: with `parameters` from a design, then spread by a
    `variability`.

    Parameters
    ----------
    junction : MTJ, optional
        The nominal one.
    junctions : tuple of MTJ
        All of them.
    count : int, optional
        How many; of a grid it follows.
    design : {"random", "sobol", "latin_hypercube", "grid"}
        How the parameters fill their ranges.
    parameters : dict
        Distribution of each number that varies, by its path, as ``free_layer.damping`` or
        ``reference.stray_field.z``.
    correlations : tuple of (str, str, float)
        Between normal scores of two parameters each.
    variability : Spread, optional
        From device to device.
    """

    junction: InstanceOf[MTJ] | None = None
    junctions: tuple[InstanceOf[MTJ], ...] = ()
    count: int | None = None
    design: Design = "random"
    parameters: dict[str, InstanceOf[Distribution]] = Field(default_factory=dict)
    correlations: tuple[tuple[str, str, float], ...] = ()
    variability: InstanceOf[Spread] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.junction is None) == (not self.junctions):
            raise ParameterError("give one of junction (a preset, a file or a table) and junctions (a list of them)")
        if self.junctions:
            if self.parameters or self.variability or self.count is not None:
                raise ParameterError(
                    "junctions are all that there are; leave count, parameters and variability out, or give one "
                    "junction"
                )
            return self
        if self.design == "grid":
            if not self.parameters:
                raise ParameterError('design = "grid" needs [devices.parameters] with points or values')
            if self.correlations:
                raise ParameterError("correlations are nothing for a grid; take another design")
            points = int(np.prod([len(self._levels(name)) for name in self.parameters]))
            if self.count not in (None, points):
                raise ParameterError(f"count={self.count} is not the {points} points of the grid; leave it out")
        elif self.count is None:
            raise ParameterError("count is missing; say how many devices are made")
        elif not 1 <= self.count <= MOST:
            raise ParameterError(f"count={self.count} is outside [1, {MOST}]; give a number of devices")
        cholesky(list(self.parameters), self.correlations)
        for name, distribution in self.parameters.items():
            for value in distribution.typical():
                self._changed({name: float(value)})
        return self

    def _levels(self, name: str) -> Floats:
        try:
            return self.parameters[name].levels()
        except ParameterError as error:
            raise ParameterError(f"{name}: {error}") from None

    def _changed(self, values: Mapping[str, float]) -> MTJ:
        assert self.junction is not None
        for name in values:
            if value_of(self.junction, name) is None:
                known = [path for path, _ in numbers(self.junction, "")]
                raise ParameterError(f"the junction has no number {name!r}; {known_instead(name, known)}")
        return with_values(self.junction, values)

    # Size and draws

    @property
    def total(self) -> int:
        """How many devices there are."""
        if self.junctions:
            return len(self.junctions)
        if self.design == "grid":
            return int(np.prod([len(self._levels(name)) for name in self.parameters]))
        return int(self.count or 0)

    def drawn(self, seed: int) -> dict[str, Floats]:
        """Return the parameters of all devices, by path."""
        names = list(self.parameters)
        if not names:
            return {}
        if self.design == "grid":
            axes = np.meshgrid(*(self._levels(name) for name in names), indexing="ij")
            return {name: axis.ravel() for name, axis in zip(names, axes, strict=True)}
        points = unit_points(self.design, self.total, len(names), seed)
        if self.correlations:
            points = correlated(points, cholesky(names, self.correlations))
        return {name: self.parameters[name].quantile(points[:, k]) for k, name in enumerate(names)}

    def build(self, drawn: Mapping[str, Floats], first: int, last: int) -> list[MTJ | str]:
        """Return devices ``first`` to ``last - 1``, of each that is not possible the reason.

        Parameters
        ----------
        drawn : mapping
            Of `drawn`.
        first, last : int
            Numbers of devices.
        """
        if self.junctions:
            return list(self.junctions[first:last])
        if self.variability is not None and not drawn:
            try:
                return list(self.variability.junctions(self.junction, last - first, first=first))  # type: ignore[arg-type]
            except ParameterError:
                if last - first == 1:
                    raise
        found: list[MTJ | str] = []
        for k in range(first, last):
            try:
                one = self._changed({name: float(values[k]) for name, values in drawn.items()})
                if self.variability is not None:
                    one = self.variability.junctions(one, 1, first=k)[0]
                found.append(one)
            except ParameterError as error:
                found.append(str(error))
        return found

    def columns(self, drawn: Mapping[str, Floats]) -> dict[str, Column]:
        """Return what distinguishes the devices, by the names that `mtjphys.simulate` gives it."""
        if self.junctions or self.variability is not None:
            rows: list[dict[str, float]] = []
            for first in range(0, self.total, 256):
                for one in self.build(drawn, first, min(first + 256, self.total)):
                    rows.append({} if isinstance(one, str) else dict(numbers(one, "")))
            found = differing(rows)
        else:
            found = {as_coordinate(name): values for name, values in drawn.items()}
        return {name: Column(values, unit_of(MTJ, name)) for name, values in found.items()}

    # Text

    @classmethod
    def of_table(cls, table: Mapping[str, Any], folder: Path) -> Self:
        """Return the devices of a table of the specification; names of files are relative to a folder."""
        values = dict(table)
        if "junction" in values:
            values["junction"] = junction_of(values["junction"], folder)
        if "junctions" in values:
            if not isinstance(values["junctions"], list) or not values["junctions"]:
                raise ParameterError(f"junctions={values['junctions']!r} is no list of files or presets")
            values["junctions"] = [junction_of(one, folder) for one in values["junctions"]]
        if "parameters" in values:
            if not isinstance(values["parameters"], Mapping):
                raise ParameterError(f"parameters={values['parameters']!r} is no table; write [devices.parameters]")
            found = {}
            for name, distribution in flattened(values["parameters"]):
                try:
                    found[name] = distribution_of(distribution)
                except ParameterError as error:
                    raise ParameterError(f"parameters: {name}: {error}") from None
            values["parameters"] = found
        if "variability" in values:
            spread = values["variability"]
            tables = read_toml(folder / spread) if isinstance(spread, str) else dict(spread)
            if "junction" in tables:  # of a calibrated wafer
                if "junction" in values:
                    raise ParameterError("junction and that of the variability are both given; leave one of them out")
                found_in = Variability.from_toml(to_toml(tables))
                values["junction"], values["variability"] = found_in.junction, found_in.spread
            else:
                values["variability"] = Spread(**tables)
        return cls(**values)

    def table(self) -> dict[str, Any]:
        """Return a table that `of_table` reads, without names of files."""
        table = self.model_dump(include={"count", "design"}, exclude_none=True)
        if self.junction is not None:
            table["junction"] = parse_toml(self.junction.to_toml())
        if self.junctions:
            table = {"junctions": [parse_toml(one.to_toml()) for one in self.junctions]}
        if self.parameters:
            table["parameters"] = {name: one.table() for name, one in self.parameters.items()}
        if self.correlations:
            table["correlations"] = [list(one) for one in self.correlations]
        if self.variability is not None:
            table["variability"] = self.variability.model_dump()
        return table


def junction_of(given: Any, folder: Path) -> MTJ:
    """Return the junction of a preset, a file or a table."""
    if isinstance(given, Mapping):
        return MTJ(**given)
    if isinstance(given, str) and "\n" not in given and is_file(folder / given if given.endswith(".toml") else given):
        return as_mtj(folder / given)
    return as_mtj(given)


def flattened(tables: Mapping[str, Any], path: str = "") -> list[tuple[str, Any]]:
    """Return distributions by their dotted names, which TOML may have as quoted keys or as nested tables."""
    found: list[tuple[str, Any]] = []
    for name, value in tables.items():
        nested = (
            isinstance(value, Mapping) and value and all(isinstance(one, (Mapping, list)) for one in value.values())
        )
        whole = f"{path}{name}"
        found += flattened(value, f"{whole}.") if nested else [(whole, value)]
    return found


def as_coordinate(name: str) -> str:
    """Return the name that a run gives a parameter: components of vectors end in ``_x``."""
    path, _, last = name.rpartition(".")
    return f"{path}_{last}" if last in COMPONENTS else name
