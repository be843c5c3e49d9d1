"""Which column of a table holds the trace, which the time, and what else tells the time between samples."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.text import number_of
from mtjphys.laboratory.tables import Column, TableFile, find_column
from mtjphys.laboratory.tables.table import listing

_TIME = re.compile(
    r"t|x_value|(?:.*\W)?(?:time|zeit|temps|tiempo|tempo|tijd|tid|czas|время|时间|時間)(?:$|[^a-z].*|step.*|stamp.*|base.*|s$)",
    re.IGNORECASE,
)
"""Names of times, in the languages that instruments speak."""
_READING = ("v", "reading", "signal")
"""Names of the trace where there are other columns beside it."""
_INTERVALS = ("sample interval", "sampling interval", "increment", "xinc", "x increment", "tinc", "delta x", "dt")
"""What a preamble calls the time between samples."""


def find_columns(
    table: TableFile, column: str | int | None = None, time_column: str | int | None = None
) -> tuple[Column, Column | None]:
    """Return the column of the trace and that of the time, if there is one, among the columns of a table."""
    path, columns = table.path, table.columns
    if not table.named and column is None and len(columns) > 2:
        last = columns[-1].place
        raise DataError(f"{path}: has {last + 1} columns and no header; choose one with column=0..{last}")
    time = find_column(table, time_column, "time_column") if time_column is not None else None
    value = find_column(table, column) if column is not None else None
    time = time or _time_among([one for one in columns if one != value])
    if value is None:
        value, time = _trace_among(table, [one for one in columns if one != time], time)
    if not table.named:
        value = Column.of(value.place, "signal", value.stated)
        time = None if time is None else Column.of(time.place, "time", time.stated)
    return value, time


def _time_among(columns: Sequence[Column]) -> Column | None:
    """Return the time: what is called so and not in kelvin, else the only column in seconds."""
    named = [column for column in columns if _TIME.fullmatch(column.name) and column.unit in ("", "s")]
    seconds = [column for column in columns if column.unit == "s"]
    if named:
        return named[0]
    return seconds[0] if len(seconds) == 1 else None


def _trace_among(table: TableFile, rest: list[Column], time: Column | None) -> tuple[Column, Column | None]:
    candidates = [column for column in rest if not column.numbering] or rest
    if len(candidates) == 1:
        return candidates[0], time
    called = [column for name in _READING for column in candidates if column.name.lower() == name]
    if called:
        return called[0], time
    if len(candidates) == 2 and time is None and candidates[0].unit in ("", "s"):
        return candidates[1], candidates[0]
    raise DataError(f"{table.path}: cannot tell which column holds the trace; choose one of {listing(table.columns)}")


def interval_of(table: TableFile) -> float | None:
    """Return the time between samples in s that the preamble of a file tells, if it does."""
    for key in _INTERVALS:
        if key in table.preamble:
            try:
                interval = number_of(table.preamble[key], "s")
            except ParameterError:
                continue
            if 0.0 < interval < float("inf"):
                return interval
    return None
