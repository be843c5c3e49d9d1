"""What every table of a file offers, whatever its format, and how its columns are found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from mtjphys.core.errors import DataError
from mtjphys.core.parameters import known_instead
from mtjphys.laboratory.tables.columns import Column, Floats


class TableFile(Protocol):
    """A file with columns of numbers, of which no more than its header has been read."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    @property
    def columns(self) -> Sequence[Column]:
        """Its columns of numbers."""
        ...

    @property
    def named(self) -> bool:
        """Whether the file names its columns; else their headers are their numbers."""
        ...

    @property
    def words(self) -> Mapping[str, str]:
        """Headers of columns that hold no numbers, and what they hold."""
        ...

    @property
    def preamble(self) -> Mapping[str, str]:
        """What the file says of itself, by names in lower case."""
        ...

    @property
    def count(self) -> int | None:
        """Number of rows, if the file tells it ahead of reading."""
        ...

    def blocks(self, rows: int, columns: Sequence[Column], gaps: Sequence[Column] = ()) -> Iterator[list[Floats]]:
        """Yield some columns in SI units, `rows` at a time; those in `gaps` may miss values, which are NaN."""
        ...

    def texts(self, header: str) -> list[str] | None:
        """Return a column of words or numbers as text; None if there is no such header."""
        ...

    def place(self, row: int) -> str:
        """Return how messages name a row."""
        ...


def find_column(table: TableFile, key: str | int, what: str = "column") -> Column:
    """Return the column of a header, a name without its unit, or a number, or raise one sentence.

    Parameters
    ----------
    table : TableFile
        Where it stands.
    key : str or int
        Header, name or number.
    what : str
        Name of the argument, for the sentence.
    """
    origin, columns = table.path, table.columns
    if isinstance(key, int) and not isinstance(key, bool):
        for column in columns:
            if column.place == key:
                return column
        last = max(column.place for column in columns)
        if 0 <= key <= last:
            raise DataError(f"{origin}: {what}={key} does not hold numbers; choose one of {listing(columns)}")
        raise DataError(f"{origin}: {what}={key} is outside [0, {last}], the columns there are")
    text = str(key).strip()
    for same in (
        [column for column in columns if column.header.strip() == text],
        [column for column in columns if column.name == text],
        [column for column in columns if text.lower() in (column.header.strip().lower(), column.name.lower())],
    ):
        if len(same) == 1:
            return same[0]
        if same:
            places = " or ".join(str(column.place) for column in same)
            raise DataError(f"{origin}: {len(same)} columns are called {text!r}; choose by number, {what}={places}")
    if text in table.words:
        raise DataError(f"{origin}: column {text!r} holds words, such as {table.words[text]!r}; expected numbers")
    close = known_instead(text, [column.header for column in columns])
    hint = f"; {close}" if close.startswith("did you") else ""
    raise DataError(f"{origin}: no column {text!r}; the columns are {listing(columns)}{hint}")


def listing(columns: Sequence[Column]) -> str:
    """Return the headers, as messages list them."""
    return ", ".join(repr(column.header) for column in columns)


def check_file(path: Path) -> None:
    """Raise unless `path` is a file that is not empty."""
    if not path.exists():
        raise DataError(f"{path}: no such file")
    if path.is_dir():
        raise DataError(f"{path}: is a folder; expected a file with numbers")
    try:
        with path.open("rb") as handle:
            if not handle.read(1):
                raise DataError(f"{path}: the file is empty; expected a table of numbers")
    except PermissionError:
        raise DataError(f"{path}: permission denied; make the file readable") from None


def as_floats(array: ArrayLike, origin: str) -> Floats:
    """Return `array` as contiguous float64, or say what it holds instead of real numbers."""
    raw = np.asarray(array)
    if raw.dtype.kind not in "fiub":
        raise DataError(f"{origin}: holds {raw.dtype} elements; expected real numbers")
    return np.ascontiguousarray(raw, dtype=np.float64)


def row_number(k: int) -> str:
    """Return how a row is named where there are no lines."""
    return f"sample {k}"


def first_line(error: BaseException) -> str:
    """Return the first line of what an exception says, or its kind."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
