"""One description for many devices: files with the device in their names, or a column of a file that names it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from glob import escape, glob
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.calibration.files.kinds import is_trace, kinds
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.parameters import known_instead, read_toml
from mtjphys.laboratory.tables import Column, TableFile, open_table

Floats = NDArray[np.float64]

MARK = "{device}"
"""Stands in the name of a file for that of the device."""

_FIELD = re.compile(r"\{\w+(?::[^{}]*)?\}|[*?]")


class Rows:
    """Some rows of a table.

    Parameters
    ----------
    table : TableFile
        The whole.
    chosen : array of bool
        Which rows.
    """

    count: int | None = None

    def __init__(self, table: TableFile, chosen: NDArray[np.bool_]) -> None:
        self._table, self._chosen = table, chosen
        self.path, self.columns, self.named = table.path, table.columns, table.named
        self.words, self.preamble = table.words, table.preamble

    def blocks(self, rows: int, columns: Sequence[Column], gaps: Sequence[Column] = ()) -> Iterator[list[Floats]]:
        """Yield some columns in SI units, of the chosen among `rows` at a time."""
        first = 0
        for block in self._table.blocks(rows, columns, gaps):
            chosen = self._chosen[first : first + block[0].size]
            first += block[0].size
            if chosen.any():
                yield [values[chosen] for values in block]

    def texts(self, header: str) -> list[str] | None:
        """Return a column as text; None if there is no such header."""
        texts = self._table.texts(header)
        return texts and [text for text, chosen in zip(texts, self._chosen, strict=True) if chosen]

    def place(self, row: int) -> str:
        """Return how messages name a row."""
        return self._table.place(int(np.flatnonzero(self._chosen)[row]))


def of_device(where: str, table: Mapping[str, Any], device: str | None) -> tuple[dict[str, Any], str | None]:
    """Return the table of a measurement with a device in its file's name, and the header of the column that names it.

    Raises
    ------
    ParameterError
        If it stands for several devices and none is named.
    """
    item, columns = dict(table), table.get("columns")
    if not _several(table):
        return item, None
    if device is None:
        raise ParameterError(f"{where}: stands for several devices; calibrate them together with calibrate_devices")
    if MARK in str(item.get("file", "")):
        item["file"] = item["file"].replace(MARK, device)
    if not isinstance(columns, Mapping) or "device" not in columns:
        return item, None
    item["columns"] = {name: choice for name, choice in columns.items() if name != "device"}
    if not isinstance(columns["device"], str):
        raise ParameterError(f'{where}: columns.device={columns["device"]!r} is not a header; write device = "die"')
    if item.get("kind") in kinds() and is_trace(kinds()[item["kind"]]):
        raise ParameterError(f"{where}: columns.device: a trace has a file for each device; write {MARK} in its name")
    return item, columns["device"]


def _several(table: Mapping[str, Any]) -> bool:
    columns = table.get("columns")
    return MARK in str(table.get("file", "")) or (isinstance(columns, Mapping) and "device" in columns)


def stands_for_devices(path: str | Path) -> bool:
    """Return whether a description stands for several devices."""
    listed = read_toml(path).get("measurement", [])
    return isinstance(listed, list) and any(_several(table) for table in listed if isinstance(table, dict))


def rows_of(table: TableFile, header: str, device: str) -> TableFile | None:
    """Return the rows of a device; None if it has none."""
    chosen = np.array([text == device for text in _texts(table, header)])
    return Rows(table, chosen) if chosen.any() else None


def _texts(table: TableFile, header: str) -> list[str]:
    texts = table.texts(header)
    if texts is None:
        known = [*(column.header for column in table.columns), *table.words]
        raise DataError(f"{table.path}: no column {header!r} of devices; {known_instead(header, known)}")
    return texts


def devices_in(path: str | Path) -> list[str]:
    """Return the devices that a description stands for, in the order of its files and their rows.

    Parameters
    ----------
    path : str or Path
        The TOML file; its measurements have ``{device}`` in the names of their files, or ``columns.device``.

    Raises
    ------
    ParameterError
        If it stands for none.
    """
    path = Path(path)
    found: dict[str, None] = {}
    for table in read_toml(path).get("measurement", []):
        name, columns = str(table.get("file", "")), table.get("columns", {})
        if MARK in name:
            found |= dict.fromkeys(_named(path.parent, name))
        elif isinstance(columns, Mapping) and isinstance(columns.get("device"), str):
            wild = "*".join(escape(part) for part in _FIELD.split(name))
            for file in sorted(glob(str(Path(escape(str(path.parent))) / wild))):
                found |= dict.fromkeys(_texts(open_table(file), columns["device"]))
    if not found:
        raise ParameterError(
            f"{path}: stands for no device; write {MARK} in the name of a file that is there, or name the column of "
            'devices in it, columns.device = "die"'
        )
    return list(found)


def _named(folder: Path, pattern: str) -> list[str]:
    """Return what stands for the device in the names of files that fit a pattern."""
    first, *rest = pattern.split(MARK)
    loose = [re.sub(r"\\\{.*?\\\}|\\[*?]", "[^/]*", re.escape(part)) for part in (first, *rest)]
    expression = re.compile(f"{loose[0]}(?P<device>[^/]+?)" + "(?P=device)".join(loose[1:]))
    wild = "*".join(escape(part) for part in _FIELD.split(pattern))
    files = map(Path, sorted(glob(str(Path(escape(str(folder))) / wild))))
    names = ((file if Path(pattern).is_absolute() else file.relative_to(folder)).as_posix() for file in files)
    return [match["device"] for name in names if (match := expression.fullmatch(name))]
