"""Columns of a file, as a description names them, to arrays in SI."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.calibration.files.kinds import COMPONENTS, Slot
from mtjphys.calibration.files.numbers import direction_of, unit_for
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.parameters import known_instead
from mtjphys.core.units import conversion
from mtjphys.laboratory.tables import Column, TableFile, find_column, read_columns

Floats = NDArray[np.float64]
_KEYS = ("column", "unit", "along")


class Choice(NamedTuple):
    """A column of a file that stands for something, as a description says."""

    slot: Slot
    key: str | int
    unit: str | None = None
    along: Any = None


def choices_of(where: str, slots: Mapping[str, Slot], columns: Any) -> list[Choice]:
    """Return what ``columns = {duration = "t (ns)", field = {column = "H", unit = "Oe", along = "x"}}`` says."""
    if not isinstance(columns, dict):
        raise ParameterError(f'{where}: columns={columns!r} is not a table; write columns = {{duration = "t (ns)"}}')
    found = []
    for name, given in columns.items():
        if name not in slots:
            raise ParameterError(f"{where}: columns.{name}: unknown; {known_instead(name, slots)}")
        spec = given if isinstance(given, dict) else {"column": given}
        for key in spec:
            if key not in _KEYS:
                raise ParameterError(f"{where}: columns.{name}.{key}: unknown; {known_instead(key, _KEYS)}")
        key, unit = spec.get("column"), spec.get("unit")
        if isinstance(key, bool) or not isinstance(key, (str, int)) or not isinstance(unit, (str, type(None))):
            raise ParameterError(
                f'{where}: columns.{name}={given!r} is not a column; write {name} = "t (ns)" or '
                f'{name} = {{column = "t", unit = "ns"}}'
            )
        if ("along" in spec) != (name == "field"):
            raise ParameterError(
                f"{where}: columns.{name}: "
                + ("along is for the field alone; leave it out" if "along" in spec else "a column is no vector; write "
                   f'field = {{column = {key!r}, along = "x"}}, or give {", ".join(COMPONENTS)}')
            )  # fmt: skip
        found.append(Choice(slots[name], key, unit, spec.get("along")))
    return found


class Found(NamedTuple):
    """A column as it stands in a file, what makes SI of it, and whether anybody tells its unit."""

    column: Column
    to_si: Callable[[Any], Any]
    told: bool


def find_choice(where: str, table: TableFile, choice: Choice) -> Found:
    """Return the column that a description chooses, or raise if its unit contradicts the file's."""
    column = find_column(table, choice.key, f"columns.{choice.slot.name}")
    stated = column.stated if column.certain or _fits(column.stated, choice.slot.unit) else ""
    if choice.unit is None:
        if not stated:
            return Found(column, lambda values: values, False)
        return Found(column, unit_for(f"{where}: column {column.header!r}", choice.slot, stated), True)
    to_si = unit_for(f"{where}: columns.{choice.slot.name}", choice.slot, choice.unit)
    if stated and conversion(stated, column.unit) != conversion(choice.unit, choice.slot.unit):
        raise contradiction(where, choice, column)
    return Found(column, to_si, True)


def contradiction(where: str, choice: Choice, column: Column) -> ParameterError:
    """Return the error that says that a description and a file give different units."""
    return ParameterError(
        f"{where}: columns.{choice.slot.name}: unit {choice.unit!r} where the file says {column.stated!r} "
        f"({column.header!r}); leave the unit out, or give this column's own"
    )


def _fits(unit: str, si: str) -> bool:
    try:
        conversion(unit, si)
    except ParameterError:
        return False
    return bool(unit)


def read_choices(where: str, table: TableFile, choices: list[Choice]) -> dict[str, Floats]:
    """Return the columns that a description chooses, by what they stand for, in SI."""
    found = [find_choice(where, table, choice) for choice in choices]
    used: dict[int, str] = {}
    for choice, (column, *_) in zip(choices, found, strict=True):
        other = used.setdefault(column.place, choice.slot.name)
        # one column of counts may serve both states
        if other.rpartition("_")[2] != choice.slot.name.rpartition("_")[2]:
            raise ParameterError(
                f"{where}: column {column.header!r} is given for {other} and for {choice.slot.name}; choose another "
                "for one of them"
            )
    plain = [Column(column.place, column.header, column.name) for column, *_ in found]
    read = read_columns(table, plain)
    if not read or not read[0].size:
        raise DataError(f"{where}: holds no rows; expected one for each point")
    values: dict[str, Floats] = {}
    for choice, (_, to_si, _), numbers in zip(choices, found, read, strict=True):
        bad = np.flatnonzero(~np.isfinite(numbers))
        if bad.size:
            raise DataError(
                f"{where}: {table.place(int(bad[0]))}: {choice.slot.name} is {numbers[bad[0]]}; expected finite "
                "numbers, cut this row out"
            )
        in_si = np.asarray(to_si(numbers))
        if choice.slot.name == "field":
            in_si = in_si[:, None] * direction_of(f"{where}: columns.field", choice.along)
        values[choice.slot.name] = in_si
    return values


def with_place(message: str, table: TableFile | None, names: Collection[str]) -> str:
    """Return what is wrong with a point, ``duration[3]=...``, with its place in the file that it is from."""
    match = re.search(r"(\w+)\[(\d+)\]", message)
    return f"{message} ({table.place(int(match[2]))})" if match and table and match[1] in names else message
