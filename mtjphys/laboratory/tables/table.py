"""What every table of a file offers, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from mtjphys.core.errors import DataError
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

    def blocks(self, rows: int, columns: Sequence[Column]) -> Iterator[list[Floats]]:
        """Yield some columns in SI units, `rows` at a time."""
        ...

    def place(self, row: int) -> str:
        """Return how messages name a row."""
        ...


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
