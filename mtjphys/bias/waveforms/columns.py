"""Columns of numbers from a CSV file."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from mtjphys.core.errors import DataError


def read_columns(path: str | Path, columns: tuple[int | str, ...]) -> list[list[float]]:
    """Return numeric columns of a CSV file, by number (from 0) or by heading.

    Blank lines and lines that begin with ``#`` are left out.

    Raises
    ------
    DataError
        If the file is missing, empty, truncated or not numeric; the sentence names the line.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            rows = [
                (line, [cell.strip() for cell in row])
                for line, row in enumerate(csv.reader(file), start=1)
                if any(cell.strip() for cell in row) and not row[0].lstrip().startswith("#")
            ]
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: is not a CSV text file ({error})") from None
    heading = rows[0][1] if rows and not all(is_number(cell) for cell in rows[0][1]) else None
    if heading is not None:
        rows = rows[1:]
    if not rows:
        raise DataError(f"{path}: holds no rows of numbers; give at least one")
    numbers = []
    for column in columns:
        if isinstance(column, int):
            numbers.append(column)
        elif heading is not None and column in heading:
            numbers.append(heading.index(column))
        else:
            raise DataError(f"{path}: no column {column!r}; the headings are {heading or 'missing'}")
    read: list[list[float]] = [[] for _ in columns]
    for line, row in rows:
        for number, values in zip(numbers, read, strict=True):
            if not 0 <= number < len(row):
                raise DataError(f"{path}: line {line} has {len(row)} columns; column {number} is missing")
            if not is_number(row[number]):
                raise DataError(f"{path}: line {line} has {row[number]!r} where a finite number is due")
            values.append(float(row[number]))
    return read


def is_number(text: str) -> bool:
    """Whether a text is a finite number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
