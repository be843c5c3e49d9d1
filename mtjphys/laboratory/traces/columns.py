"""The columns of a table: which holds the trace, which the time, and their units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mtjphys.core.errors import DataError

_PREFIXES = {"": 1.0, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6}
_UNITS = {"s": "s", "sec": "s", "V": "V", "A": "A", "S": "S", "ohm": "ohm", "Ohm": "ohm", "Ω": "ohm"}
_HEADER = re.compile(r"^(?P<name>.*?)\s*(?:[\[(](?P<bracket>[^\])]*)[\])]|_(?P<suffix>[^\W_]+))?$")


@dataclass(frozen=True)
class Column:
    """A column of a table: its place, its header, and the name, SI unit and factor to SI that the header tells."""

    place: int
    header: str
    name: str
    unit: str
    factor: float

    @classmethod
    def of(cls, place: int, header: str) -> Column:
        """Return the column of a header."""
        return cls(place, header, *split_unit(header))


def split_unit(header: str) -> tuple[str, str, float]:
    """Split ``V (mV)``, ``time [us]`` or ``time_ms`` into name, SI unit and factor to SI."""
    match = _HEADER.match(header.strip())
    text = (match["bracket"] or match["suffix"] or "").strip() if match else ""
    for symbol, unit in _UNITS.items():
        prefix = text.removesuffix(symbol)
        if text.endswith(symbol) and prefix in _PREFIXES and match:
            return match["name"].strip() or header, unit, _PREFIXES[prefix]
    name = header.strip()
    return name, _UNITS.get(name, ""), 1.0


def find_columns(
    path: Path, headers: Sequence[str], column: str | int | None = None, time_column: str | int | None = None
) -> tuple[Column, Column | None]:
    """Return the column of the trace and that of the time, if there is one, among the headers of a table."""
    listing = ", ".join(repr(name) for name in headers)

    def find(key: str | int, what: str) -> int:
        if isinstance(key, int) and not isinstance(key, bool):
            if not 0 <= key < len(headers):
                raise DataError(f"{path}: {what}={key} is outside [0, {len(headers) - 1}], the columns there are")
            return key
        for k, name in enumerate(headers):
            if key in (name, split_unit(name)[0]):
                return k
        raise DataError(f"{path}: no column {key!r}; the columns are {listing}")

    time_at = find(time_column, "time_column") if time_column is not None else None
    value_at = find(column, "column") if column is not None else None
    if time_at is None:
        for k, name in enumerate(headers):
            short = split_unit(name)[0].lower()
            if k != value_at and (short.startswith("time") or short == "t"):
                time_at = k
                break
    if value_at is None:
        rest = [k for k in range(len(headers)) if k != time_at]
        voltage = [k for k in rest if headers[k] == "V"]
        if len(rest) == 2 and time_at is None and not voltage:
            value_at, time_at = 1, 0
        elif len(rest) != 1 and len(voltage) != 1:
            raise DataError(f"{path}: cannot tell which column holds the trace; choose one of {listing}")
        else:
            value_at = rest[0] if len(rest) == 1 else voltage[0]
    return Column.of(value_at, headers[value_at]), None if time_at is None else Column.of(time_at, headers[time_at])
