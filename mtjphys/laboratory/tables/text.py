"""Text files, read by pandas in blocks: CSV, semicolons, tabs or spaces, as instruments and laboratories write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from mtjphys.core.errors import DataError
from mtjphys.laboratory.tables.columns import Column, Floats, is_unit
from mtjphys.laboratory.tables.fields import as_number, is_number, split_fields, without_comment
from mtjphys.laboratory.tables.layout import find_layout
from mtjphys.laboratory.tables.table import first_line

_NAN = ["nan", "NaN", "NAN", "-nan", "-NaN"]
_COMMENT = re.compile(r"[^\S\n]*#.*|^%.*", re.MULTILINE)
_MINUS = "\N{MINUS SIGN}"
_BLANK = re.compile(r"^[^\S\n]+$", re.MULTILINE)
_OVERFLOW = 9.8e37
"""What instruments send where there is no reading: 9.9E37, and 9.91E37 for not a number (SCPI)."""
_UNITS_OF_X = ("horizontal units", "xunits", "x units")
_UNITS_OF_Y = ("vertical units", "yunits", "y units")


class TextTable:
    """A text file with columns of numbers.

    Parameters
    ----------
    path : Path
        The file; ``#`` starts a comment, empty lines are skipped.
    """

    count: int | None = None
    """Number of rows, which a text file does not tell ahead."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._layout = layout = find_layout(path)
        self.preamble = layout.preamble
        self.named = bool(layout.names)
        others = sorted(set(range(layout.width)) - set(layout.numeric)) if layout.names else []
        self.words = {layout.names[place]: layout.first[place] for place in others}
        self.columns = tuple(self._column(place) for place in layout.numeric)

    def _column(self, place: int) -> Column:
        name = self._layout.names[place] if self.named else str(place)
        column = Column.of(place, name, self._layout.units[place])
        elsewhere = "" if column.stated else self._unit_elsewhere(column)
        return Column.of(place, name, elsewhere) if is_unit(elsewhere) else column

    def _unit_elsewhere(self, column: Column) -> str:
        """Return the unit in the column beside, "Reading,Unit" above "1.2e-06,Amp DC", or in the preamble."""
        layout, beside = self._layout, column.place + 1
        time = len(layout.numeric) > 1 and column.place == layout.numeric[0]
        if self.named:
            if beside < layout.width and beside not in layout.numeric and "unit" in layout.names[beside].lower():
                return layout.first[beside]
            time = column.name.lower().startswith("time")
        keys = _UNITS_OF_X if time else () if column.numbering else _UNITS_OF_Y
        return next((self.preamble[key] for key in keys if key in self.preamble), "")

    def blocks(self, rows: int, columns: Sequence[Column], gaps: Sequence[Column] = ()) -> Iterator[list[Floats]]:
        """Yield some columns in SI units, `rows` at a time; those in `gaps` may miss values, which are NaN."""
        places = [column.place for column in columns]
        holed = [column.place for column in gaps]
        first = 0
        for table in self._tables(rows, places, holed):
            read = [np.ascontiguousarray(table[place], dtype=np.float64) for place in places]
            for place, values in zip(places, read, strict=True):
                total = np.nansum(values) if place in holed else values.sum()
                if not np.isfinite(total) or abs(total) >= _OVERFLOW:
                    self._name_fault(first, places, holed)
            yield [column.to_si(values) for column, values in zip(columns, read, strict=True)]
            first += len(table)

    def _tables(self, rows: int, used: list[int], holed: list[int]) -> Iterator[Any]:
        """Yield all columns in blocks: every one is parsed, so that a truncated row is found wherever it breaks off.

        Those that are used hold no NaN, but for those that are `holed`.
        """
        import csv

        import pandas

        layout = self._layout
        others = [place for place in layout.numeric if place not in used or place in holed]
        # pandas reads as many correct digits as there are by itself from 3.1 on, where asking for them is deprecated
        exact = tuple(int(part) for part in pandas.__version__.split(".")[:2]) >= (3, 1)
        # what is no text comes out as a character that is no number either
        with self._open() as file:
            lines: Any = _Numbers(file, layout.skip, blank=layout.dialect.separator == "\t")
            first = 0
            try:
                with pandas.read_csv(
                    lines, sep=layout.dialect.separator or r"\s+", header=None, engine="c",
                    dtype={place: np.float64 if place in layout.numeric else str for place in range(layout.width)},
                    decimal=layout.dialect.decimal, skipinitialspace=True, chunksize=rows,
                    quoting=csv.QUOTE_MINIMAL if layout.quoted else csv.QUOTE_NONE,
                    keep_default_na=False, na_filter=bool(others), na_values={place: _NAN for place in others},
                    **({} if exact else {"float_precision": "round_trip"}),
                ) as reader:  # fmt: skip
                    for table in reader:
                        yield table
                        first += len(table)
            except (ValueError, OverflowError) as error:
                self._name_fault(first, used, holed)
                raise DataError(f"{self.path}: cannot be read as numbers ({first_line(error)})") from None

    def _open(self) -> TextIO:
        return self.path.open(encoding=self._layout.encoding, errors="replace")

    def _rows(self) -> Iterator[tuple[int, str]]:
        """Yield number and text of every line with data, slowly."""
        with self._open() as file:
            for number, raw in enumerate(file, start=1):
                line = without_comment(raw)
                if number > self._layout.skip and line.strip():
                    yield number, line

    def texts(self, header: str) -> list[str] | None:
        """Return a column of words or numbers as text; None if there is no such header."""
        names = [name.strip() for name in self._layout.names]
        if header not in names:
            return None
        place, separator = names.index(header), self._layout.dialect.separator
        return [(split_fields(line, separator) + [""] * self._layout.width)[place] for _, line in self._rows()]

    def place(self, row: int) -> str:
        """Return the line of a row of data."""
        return f"line {next(islice(self._rows(), row, None))[0]}"

    def _name_fault(self, first: int, used: list[int], holed: list[int]) -> None:
        """Raise with the first line, from row `first` of the data on, that does not hold what it should."""
        layout = self._layout
        separator, decimal = layout.dialect
        for number, line in islice(self._rows(), first, None):
            fields = split_fields(line, separator)
            where = f"{self.path}: line {number}"
            if layout.names and fields[: len(layout.names)] == layout.names[: len(fields)]:
                raise DataError(
                    f"{where}: the header comes again; expected one table, put each sweep into a file of its own"
                )
            missing = [k for k in layout.numeric if k >= len(fields) or not fields[k]]
            if len(fields) != layout.width or missing:
                there = sum(field != "" for field in fields)
                raise DataError(
                    f"{where}: found {there} of {layout.width} columns; expected {layout.width}, the row is truncated "
                    "or the separator changes"
                )
            for place in layout.numeric:
                text = fields[place]
                if not is_number(text, decimal):
                    mixed = is_number(text, "," if decimal == "." else ".")
                    mark = "points" if decimal == "." else "commas"
                    expected = f"decimal {mark}, as above, in the whole file" if mixed else "a number"
                    raise DataError(f"{where}: found {text!r}; expected {expected}")
            numbers = [as_number(fields[place], decimal) for place in used]
            numbers = [x for place, x in zip(used, numbers, strict=True) if place not in holed or not np.isnan(x)]
            if not all(np.isfinite(numbers)):
                raise DataError(f"{where}: found {line.strip()!r}; expected finite numbers, cut this line out")
            if max(map(abs, numbers), default=0.0) >= _OVERFLOW:
                raise DataError(
                    f"{where}: found {line.strip()!r}, where 9.9E37 stands for an overflow; cut this line out or "
                    "measure in a larger range"
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
            if _MINUS in text:
                text = text.replace(_MINUS, "-")
            commented = "#" in text or "%" in text
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
