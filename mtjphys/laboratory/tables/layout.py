"""What a text file is made of: encoding, separator, decimal sign, preamble, names and units, and where numbers begin.

Nothing here knows an instrument. A table is what most lines agree on: how many fields, and which of them are numbers;
what stands above is its preamble (``Sample Interval,4e-08``), names, and a row of units.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from mtjphys.core.errors import DataError
from mtjphys.laboratory.tables.columns import is_unit
from mtjphys.laboratory.tables.fields import (
    COMMENTS,
    DIALECTS,
    Dialect,
    as_number,
    header_fields,
    is_number,
    split_fields,
    without_comment,
)

_LINES = 1000
"""Lines that are looked at."""
_BYTES = 1 << 18
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_REMARK = re.compile(r"[^,;\t]*:(?:\s|$)")
"""``Operator: A. Meier`` names no columns,"""
_GAIN = re.compile(r"[^,;\t]*(?::(?:\s|$)|[,;\t]\s*[-+]?[\d.]+$)")
"""and ``Gain,10`` not one."""
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+,\d+|[-+]?\d{1,3}(?:,\d{3})+\.\d+")
_KEY = re.compile(r"[^\W\d]{2}\D*")
_NOTHING = ("", "-", "--", "a.u.", "arb.", "arb. units", "sequence", "index", "#")
"""What stands in a row of units where there is none."""


class Line(NamedTuple):
    """A line that is not empty: number, text, and whether it is all comment."""

    number: int
    text: str
    comment: bool


@dataclass(frozen=True)
class Layout:
    """How a text file holds its table.

    Attributes
    ----------
    encoding : str
        Of the text.
    dialect : Dialect
        Separator and decimal sign.
    width : int
        Fields in a row.
    numeric : tuple of int
        Which of them are numbers.
    skip : int
        Lines ahead of the numbers.
    first : list of str
        Fields of the first row.
    quoted : bool
        Whether fields stand in quotation marks.
    names, units : list of str
        One for each field; empty where the file has none.
    preamble : dict
        What stands above, by its name in lower case.
    """

    encoding: str
    dialect: Dialect
    width: int
    numeric: tuple[int, ...]
    skip: int
    first: list[str]
    quoted: bool
    names: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    preamble: dict[str, str] = field(default_factory=dict)


class _Shape(NamedTuple):
    dialect: Dialect
    width: int
    numeric: tuple[int, ...]

    def holds(self, line: Line) -> bool:
        if line.comment:
            return False
        fields = split_fields(line.text, self.dialect.separator)
        return len(fields) == self.width and all(is_number(fields[k], self.dialect.decimal) for k in self.numeric)


def find_layout(path: Path) -> Layout:
    """Return how a text file holds its table, or raise one sentence that says why there is none."""
    encoding = _encoding_of(path)
    with path.open(encoding=encoding, errors="replace") as file:
        lines = [
            Line(number, text.strip("\r\n"), not without_comment(text).strip())
            for number, text in enumerate(islice(file, _LINES), start=1)
            if text.strip()
        ]
    lines = [line if line.comment else line._replace(text=without_comment(line.text)) for line in lines]
    shape = _shape_of(path, lines)
    start = next(k for k, line in enumerate(lines) if shape.holds(line))
    _check_above(path, lines[:start], shape)
    first = split_fields(lines[start].text, shape.dialect.separator)
    names, units, rest = _names_and_units(path, lines[:start], shape)
    preamble = _preamble(rest, shape)
    if not names and len(shape.numeric) < shape.width:  # numbers beside their preamble
        beside = [split_fields(line.text, shape.dialect.separator) for line in lines[start : start + 40]]
        preamble |= {_key(row[0]): row[1] for row in beside if row[0] and 0 not in shape.numeric and len(row) > 1}
    # "X,CH1,Start,Increment" above "Sequence,Volt,-6e-4,1e-6", or "tInc = 1e-6" among the names
    for k in sorted(set(range(len(names))) - set(shape.numeric)):
        if k < len(units) and is_number(units[k]):
            preamble[_key(names[k])] = units[k]
        elif "=" in names[k]:
            key, _, value = names[k].partition("=")
            preamble[_key(key)] = value.strip()
    pad = [""] * shape.width
    return Layout(
        encoding,
        shape.dialect,
        shape.width,
        shape.numeric,
        lines[start].number - 1,
        first,
        any('"' in line.text for line in lines[start:] if not line.comment),
        (names + pad)[: shape.width] if names else [],
        (units + pad)[: shape.width],
        preamble,
    )


def _encoding_of(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(_BYTES)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        even, odd = head[0::2].count(0), head[1::2].count(0)
        if max(even, odd) > 0.4 * len(head) / 2 and min(even, odd) < 0.05 * len(head) / 2:
            return "utf-16-le" if odd > even else "utf-16-be"
        raise _no_text(path)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        if sum(byte < 128 for byte in head) < 0.7 * len(head):
            raise _no_text(path) from None
        return "cp1252"
    return "utf-8"


def _no_text(path: Path) -> DataError:
    return DataError(f"{path}: not a text file; export it as CSV, or give one of .parquet, .nc, .mat, .h5, .npy")


def _shape_of(path: Path, lines: Sequence[Line]) -> _Shape:
    """Return what most lines agree on; a shape of more numbers wins, and one that leaves fewer words."""
    best, most = None, 0.0
    rows = [line for line in lines if not line.comment]
    for dialect in DIALECTS:
        other = "," if dialect.decimal == "." else "."
        seen: Counter[tuple[int, tuple[int, ...], int, int]] = Counter()
        for line in rows:
            fields = split_fields(line.text, dialect.separator)
            numeric = tuple(k for k, text in enumerate(fields) if is_number(text, dialect.decimal))
            if numeric:
                mixed = sum(is_number(text, other) for k, text in enumerate(fields) if k not in numeric)
                seen[len(fields), numeric, mixed, sum(text != "" for text in fields)] += 1
        widths = Counter(len(split_fields(line.text, dialect.separator)) for line in rows)
        for (width, numeric, mixed, filled), count in seen.items():
            # a separator that splits the header as well is the likelier one
            score = count * (len(numeric) + 0.5 * mixed) ** 2 / filled + 0.1 * widths[width]
            # fewer numbers among its words make prose, but for rows that are all alike
            least = 2 if dialect.separator is None or count == 1 else 3 if count < 3 else 9
            if score > most and least * len(numeric) >= filled:
                best, most = _Shape(dialect, width, numeric), score
    if best is None:
        digits = next((line for line in rows if re.match(r"\s*[-+]?\d", line.text)), None)
        found = f"; line {digits.number} is {digits.text.strip()[:40]!r}" if digits else ""
        raise DataError(
            f"{path}: holds no numbers{found}; expected a table, with a line for each sample or point, and units in "
            "its header alone"
        )
    best = _one_column_with_commas(rows, best)
    _check_decimals(path, rows, best)
    return best


def _one_column_with_commas(rows: Sequence[Line], shape: _Shape) -> _Shape:
    """Return the shape of one column with decimal commas where ``0,0412`` cannot be two columns of whole numbers."""
    if shape.dialect != (",", ".") or shape.numeric != (0, 1) or shape.width != 2:
        return shape
    pairs = [split_fields(line.text, ",") for line in rows if shape.holds(line)]
    start = next(k for k, line in enumerate(rows) if shape.holds(line))
    names = rows[start - 1].text.strip() if start else ""
    whole = all(re.fullmatch(r"[-+]?\d+", a) and re.fullmatch(r"\d+(?:[eE][-+]?\d+)?", b) for a, b in pairs)
    leading = any((b[0] == "0" and len(b) > 1) or a.startswith("-0") for a, b in pairs)
    if whole and (leading or (names and "," not in names and not names.endswith(":"))):
        return _Shape(Dialect(None, ","), 1, (0,))
    return shape


def _check_decimals(path: Path, rows: Sequence[Line], shape: _Shape) -> None:
    """Refuse a table with decimal points in one column and decimal commas in another."""
    held = [line for line in rows if shape.holds(line)]
    other = "," if shape.dialect.decimal == "." else "."
    table = [split_fields(line.text, shape.dialect.separator) for line in held]
    for k in sorted(set(range(shape.width)) - set(shape.numeric)):
        for line, row in zip(held, table, strict=True):
            if _THOUSANDS.fullmatch(row[k]):
                raise DataError(
                    f"{path}: line {line.number}: found {row[k]!r}; expected numbers without marks for thousands, "
                    "export it again"
                )
            if is_number(row[k], other):
                point = next((row[j] for j in shape.numeric if shape.dialect.decimal in row[j]), row[shape.numeric[0]])
                raise DataError(
                    f"{path}: line {line.number}: found {row[k]!r} beside {point!r}; expected one decimal sign in the "
                    "whole file, export it again"
                )
    if shape.dialect == (",", ".") and shape.width % 2 == 0 and shape.width > 2:
        names = next((line for line in rows if not shape.holds(line)), None)
        whole = all(re.fullmatch(r"[-+]?\d+", text) for row in table for text in row)
        if names and whole and len(split_fields(names.text, ",")) * 2 == shape.width:
            raise DataError(
                f"{path}: line {held[0].number}: {shape.width} columns where the header names {shape.width // 2}; "
                "decimal commas between commas cannot be told apart, export with semicolons or tabs"
            )


def _check_above(path: Path, above: Sequence[Line], shape: _Shape) -> None:
    """Refuse rows of numbers above the table, which are broken, truncated or of another table."""
    plain = [line for line in above if not line.comment]
    for line in plain:
        fields = [text for text in split_fields(line.text, shape.dialect.separator) if text]
        numbers = sum(is_number(text, shape.dialect.decimal) for text in fields)
        if numbers == len(fields) and (numbers > 1 or (line is plain[-1] and shape.width > 1)):
            raise DataError(
                f"{path}: line {line.number}: found {numbers} of {shape.width} columns; expected {shape.width}, the "
                "row is truncated or there are two tables in one file"
            )
    broken: list[tuple[Line, str]] = []
    for position in range(len(plain) - 1, -1, -1):
        fields = split_fields(plain[position].text, shape.dialect.separator)
        cells = [fields[k] for k in shape.numeric] if len(fields) == shape.width else []
        words = [text for text in cells if not is_number(text, shape.dialect.decimal)]
        numbers = len(cells) - len(words)
        channels = position == 0 and all(text.isdigit() for text in cells if text not in words)  # "x-axis,1"
        if not words or not numbers or channels:
            break
        broken.append((plain[position], words[0]))
    told = [_KEY.fullmatch(split_fields(line.text, shape.dialect.separator)[0]) for line, _ in broken]
    if broken and not (
        all(told) and (len(broken) > 1 or len(plain) == 1 or above[-1].comment)
    ):  # else "Sample Interval,4e-08"
        line, word = broken[-1]
        raise DataError(
            f"{path}: line {line.number}: found {word!r}; expected a number, or a line of names above the numbers"
        )


def _names_and_units(path: Path, above: Sequence[Line], shape: _Shape) -> tuple[list[str], list[str], Sequence[Line]]:
    """Return names, units and the lines that are neither."""
    separator, needed = shape.dialect.separator, shape.numeric[-1] + 1
    plain = [line for line in above if not line.comment]
    rows = [header_fields(line.text, separator, shape.width) for line in plain[-3:]]
    for row in rows:
        while row and not row[-1]:
            row.pop()

    def names(row: list[str]) -> bool:
        return len(row) >= needed and all(row[k] for k in shape.numeric) and not all(map(is_number, row))

    def units(row: list[str]) -> bool:
        texts = [row[k].strip("()[] ") if k < len(row) else "" for k in shape.numeric]
        return any(map(is_unit, texts)) and all(text.lower() in _NOTHING or is_unit(text) for text in texts)

    for last in range(len(rows) - 1, max(len(rows) - 3, 0), -1):  # a row of comments may stand between
        if units(rows[last]) and names(rows[last - 1]):
            cut = len(plain) - len(rows) + last - 1
            stripped = [text.strip("()[] ") for text in rows[last]]
            return rows[last - 1], stripped, [line for line in above if line not in plain[cut:]]
    commented = _names_in_comment(above, shape)
    told = bool(rows) and names(rows[-1]) and not (_GAIN if shape.width == 1 else _REMARK).match(plain[-1].text)
    if told and not (commented and any(map(is_number, rows[-1]))):
        if len(rows[-1]) > shape.width and not all("=" in text for text in rows[-1][shape.width :]):
            raise DataError(
                f"{path}: line {plain[-1].number + 1}: {shape.width} columns where the header names {len(rows[-1])}"
            )
        return rows[-1], [], [line for line in above if line is not plain[-1]]
    return commented, [], above


def _names_in_comment(above: Sequence[Line], shape: _Shape) -> list[str]:
    """Return the names in one of the last comments, where numpy.savetxt writes them, or nothing."""
    for line in reversed(above[-3:]):
        text = line.text.lstrip("".join(COMMENTS) + " ")
        row = header_fields(text, shape.dialect.separator, shape.width)
        words = not any(map(is_number, row)) and all(row)
        if line.comment and words and len(row) == shape.width and (shape.width > 1 or len(text.split()) < 3):
            return row
    return []


def _key(name: str) -> str:
    return re.sub(r"[^a-z]+", " ", name.lower()).strip()


def _preamble(lines: Sequence[Line], shape: _Shape) -> dict[str, str]:
    found = {}
    separator, decimal = shape.dialect
    marks = [separator or "\t", "\t", ";", *("," if decimal == "." else ""), ":", "="]
    for line in lines:
        text = line.text.lstrip("".join(COMMENTS) + " ")
        key, *values = split_fields(text, next((mark for mark in marks if mark in text), "\t"))
        value = next((value for value in values if value), "")
        if _key(key) and value:
            found[_key(key)] = str(as_number(value, decimal)) if is_number(value, decimal) else value
    return found
