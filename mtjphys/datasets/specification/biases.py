"""What is applied: some biases, or a grid of them."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import known_instead

GRID = (
    "voltage",
    "current",
    "field_x",
    "field_y",
    "field_z",
    "temperature",
    "series_resistance",
    "spin_orbit_current",
)
"""What may be on a grid; of a waveform a number of it, as ``voltage.amplitude``."""


def biases_of(table: Any, folder: Path) -> tuple[Bias, ...]:
    """Return the biases of ``[bias]``, with its grid, or of several ``[[bias]]``.

    Parameters
    ----------
    table : mapping or list
        Fields of `mtjphys.Bias`; a mapping may hold a table ``grid`` of lists, or of tables ``{low, high, points}``,
        of which all combinations are made, the last one running fastest.
    folder : Path
        Which names of waveform files are relative to.

    Raises
    ------
    ParameterError
        If a bias is illegal, or a name of the grid unknown.
    """
    if isinstance(table, list):
        found = []
        for number, one in enumerate(table):
            try:
                found.append(Bias(**placed(one, folder)))
            except (ParameterError, TypeError) as error:
                raise ParameterError(f"bias {number}: {error}") from None
        if not found:
            raise ParameterError("there is none; write [bias] or several [[bias]]")
        return tuple(found)
    if not isinstance(table, Mapping):
        raise ParameterError(f"{table!r} is no table; write [bias]")
    base = placed(table, folder)
    grid = base.pop("grid", {})
    if not isinstance(grid, Mapping):
        raise ParameterError(f"grid={grid!r} is no table; write [bias.grid]")
    axes = {name: axis(name, values) for name, values in grid.items()}
    found = []
    for point in itertools.product(*axes.values()):
        mapping = copy.deepcopy(base)
        for name, value in zip(axes, point, strict=True):
            put(mapping, name, value)
        try:
            found.append(Bias(**mapping))
        except ParameterError as error:
            where = ", ".join(f"{name}={value!r}" for name, value in zip(axes, point, strict=True))
            raise ParameterError(f"grid at {where}: {error}" if where else str(error)) from None
    return tuple(found)


def axis(name: str, values: Any) -> list[Any]:
    """Return the values of an axis of the grid."""
    if name not in GRID and name.partition(".")[0] not in GRID:
        raise ParameterError(f"grid: {name!r} is unknown; {known_instead(name, GRID)}")
    if isinstance(values, list) and values:
        return values
    if isinstance(values, Mapping) and set(values) == {"low", "high", "points"}:
        points = values["points"]
        if isinstance(points, int) and points >= 2 and values["low"] < values["high"]:
            return [float(value) for value in np.linspace(values["low"], values["high"], points)]
    raise ParameterError(
        f"grid: {name}={values!r} is neither a list of values nor {{low = ..., high = ..., points = ...}} with "
        "low < high and two points or more"
    )


def put(mapping: dict[str, Any], name: str, value: Any) -> None:
    """Set a number of a bias, or one of a waveform of it."""
    head, _, rest = name.partition(".")
    if head.startswith("field_"):
        field = mapping.get("field", (0.0, 0.0, 0.0))
        mapping["field"] = dict(field) if isinstance(field, Mapping) else dict(zip("xyz", field, strict=True))
        held, key = mapping["field"], head[-1]
    else:
        held, key = mapping, head
    if not rest:
        held[key] = value
        return
    if not isinstance(held.get(key), dict) or rest not in held[key]:
        raise ParameterError(f"grid: {name}: there is no such number in the waveform of [bias]; give it there first")
    held[key][rest] = value


def placed(table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a table whose names of files are complete."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            found[name] = placed(value, folder)
        else:
            found[name] = str(folder / value) if name == "path" and isinstance(value, str) else value
    return found
