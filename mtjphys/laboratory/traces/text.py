"""Text files: CSV, semicolons, tabs or spaces, with or without a header, read by pandas in blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from mtjphys.core.errors import DataError
from mtjphys.laboratory.traces.columns import Column, find_columns
from mtjphys.laboratory.traces.trace import MINIMUM_SAMPLES, Floats, first_line

_NAN = ["nan", "NaN", "NAN", "-nan", "-NaN"]
_COMMENT = re.compile(r"[^\S\n]*#.*")
_BLANK = re.compile(r"^[^\S\n]+$", re.MULTILINE)


class TextFile:
    """A text file with a column of values, and perhaps one of times.

    Parameters
    ----------
    path : Path
        The file; ``#`` starts a comment, empty lines are skipped.
    column, time_column : str or int, optional
        Which columns; by default found in the header.
    """

    count: int | None = None
    """Number of samples, which a text file does not tell ahead."""

    def __init__(self, path: Path, column: str | int | None = None, time_column: str | int | None = None) -> None:
        self.path = path
        try:
            with path.open(encoding="utf-8-sig") as file:
                header, self._separator, self._width, self._skip = read_header(path, file)
        except UnicodeDecodeError:
            raise DataError(
                f"{path}: not a text file; expected CSV, or one of the suffixes .parquet, .nc, .npy"
            ) from None
        if header is None and column is None and self._width > 2:
            raise DataError(
                f"{path}: has {self._width} columns and no header; choose one with column=0..{self._width - 1}"
            )
        headers = header or [str(k) for k in range(self._width)]
        self.column, self.time = find_columns(path, headers, column, time_column)
        self.timeless = "one column and no time" if self._width == 1 else "none of the columns is the time"
        if header is None:
            self.column = Column.of(self.column.place, "signal")
            self.time = None if self.time is None else Column.of(self.time.place, "time")

    def blocks(self, rows: int, timed: bool) -> Iterator[tuple[Floats, Floats | None]]:
        """Yield values and, if `timed`, times in SI units, `rows` at a time."""
        used = [self.column] + ([self.time] if timed and self.time is not None else [])
        first = 0
        for table in self._tables(rows, [column.place for column in used]):
            columns = [np.ascontiguousarray(table[:, column.place]) * column.factor for column in used]
            if not all(np.isfinite(column.sum()) for column in columns):
                self._name_fault(first, [column.place for column in used])
            yield columns[0], columns[1] if len(columns) > 1 else None
            first += len(table)

    def _tables(self, rows: int, used: list[int]) -> Iterator[Floats]:
        """Yield all columns in blocks: every one is parsed, so that a truncated row is found wherever it breaks off."""
        import csv

        import pandas

        unused = [place for place in range(self._width) if place not in used]
        # pandas reads as many correct digits as there are by itself from 3.1 on, where asking for them is deprecated
        exact = tuple(int(part) for part in pandas.__version__.split(".")[:2]) >= (3, 1)
        # what is no text comes out as a character that is no number either
        with self.path.open(encoding="utf-8-sig", errors="replace") as file:
            lines: Any = _Numbers(file, self._skip, blank=self._separator == "\t")
            first = 0
            try:
                with pandas.read_csv(
                    lines, sep=self._separator or r"\s+", header=None, dtype=np.float64, engine="c",
                    skipinitialspace=True, quoting=csv.QUOTE_NONE, chunksize=rows,
                    keep_default_na=False, na_filter=bool(unused), na_values={place: _NAN for place in unused},
                    **({} if exact else {"float_precision": "round_trip"}),
                ) as reader:  # fmt: skip
                    for table in reader:
                        yield table.to_numpy()
                        first += len(table)
            except (ValueError, OverflowError) as error:
                self._name_fault(first, used)
                raise DataError(f"{self.path}: cannot be read as numbers ({first_line(error)})") from None

    def _rows(self) -> Iterator[tuple[int, str]]:
        """Yield number and text of every line with data, slowly."""
        with self.path.open(encoding="utf-8-sig", errors="replace") as file:
            for number, raw in enumerate(file, start=1):
                line = raw.split("#", 1)[0].strip("\r\n")
                if number > self._skip and line.strip():
                    yield number, line

    def place(self, row: int) -> str:
        """Return the line of a row of data."""
        return f"line {next(islice(self._rows(), row, None))[0]}"

    def _name_fault(self, first: int, used: list[int]) -> None:
        """Raise with the first line, from row `first` of the data on, that does not hold what it should."""
        for number, line in islice(self._rows(), first, None):
            fields = split_fields(line, self._separator)
            if len(fields) != self._width or "" in fields:
                there = sum(field != "" for field in fields)
                raise DataError(
                    f"{self.path}: line {number}: found {there} of {self._width} columns; expected {self._width}, "
                    "the row is truncated or the separator changes"
                )
            for field in fields:
                if not is_number(field):
                    raise DataError(f"{self.path}: line {number}: found {field!r}; expected a number")
            if not all(np.isfinite(float(fields[place])) for place in used):
                raise DataError(
                    f"{self.path}: line {number}: found {line.strip()!r}; expected finite numbers, cut this line out"
                )


class _Numbers:
    """The lines below a header without comments, as a file that pandas reads."""

    def __init__(self, file: TextIO, skip: int, blank: bool) -> None:
        self._file, self._blank = file, blank
        for _ in islice(file, skip):
            pass

    def read(self, size: int = -1) -> str:
        """Return the next whole lines, about `size` characters of them."""
        while text := self._file.read(size) + self._file.readline():
            commented = "#" in text
            if commented:
                text = _COMMENT.sub("", text)
            if commented or self._blank:
                text = _BLANK.sub("", text)
            if text:  # nothing at all would be the end of the file
                break
        return text

    def __iter__(self) -> Iterator[str]:
        """Say to pandas that this is a file."""
        return iter(self.read, "")


def read_header(path: Path, file: TextIO) -> tuple[list[str] | None, str | None, int, int]:
    """Return names of the columns (or None), separator (None for spaces), number of columns, and lines to skip."""
    header: list[str] | None = None
    skip = 0
    for number, raw in enumerate(file, start=1):
        line = raw.split("#", 1)[0].strip("\r\n")
        if not line.strip():
            continue
        separator = next((mark for mark in (",", ";", "\t") if mark in line), None)
        fields = split_fields(line, separator)
        if all(is_number(field) for field in fields):
            if header is not None and len(header) != len(fields):
                raise DataError(f"{path}: line {number}: {len(fields)} columns where the header names {len(header)}")
            return header, separator, len(fields), skip
        if header is not None or (any(is_number(field) for field in fields) and len(fields) < 3):
            bad = next(field for field in fields if not is_number(field))
            raise DataError(f"{path}: line {number}: found {bad!r}; expected a number")
        if separator is None:  # "time (ms)  V (mV)": a unit belongs to the name before it
            fields = re.split(r"\s+(?![\[(])", line.strip())
        header, skip = fields, number
    raise DataError(f"{path}: holds no numbers; expected at least {MINIMUM_SAMPLES} samples, one per line")


def split_fields(line: str, separator: str | None) -> list[str]:
    """Return the fields of a line without the spaces around them."""
    return [field.strip() for field in line.split(separator)]


def is_number(field: str) -> bool:
    """Return whether a field is a number as tables hold it; Python's own underscores and foreign digits are not."""
    try:
        float(field)
    except ValueError:
        return False
    return field.isascii() and "_" not in field
