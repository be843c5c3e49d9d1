"""Parquet and .npy files, read in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError
from mtjphys.laboratory.traces.columns import Column, find_columns
from mtjphys.laboratory.traces.timing import sample_number
from mtjphys.laboratory.traces.trace import Floats, as_floats, first_line, no_time


class ParquetFile:
    """A parquet file with a column of values, and perhaps one of times.

    Parameters
    ----------
    path : Path
        The file.
    column, time_column : str or int, optional
        Which columns; by default found by their names.
    """

    timeless = "there is no time column"

    def __init__(self, path: Path, column: str | int | None = None, time_column: str | int | None = None) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError:
            raise DataError(
                f'{path}: reading parquet needs pyarrow; install it with pip install "mtjphys[data]"'
            ) from None
        self.path = path
        try:
            metadata = pyarrow.parquet.read_metadata(path)
        except (pyarrow.ArrowException, OSError) as error:
            raise self._unreadable(error) from None
        self.count: int | None = metadata.num_rows
        self.column, self.time = find_columns(path, metadata.schema.to_arrow_schema().names, column, time_column)

    def _unreadable(self, error: BaseException) -> DataError:
        return DataError(f"{self.path}: not a readable parquet file ({first_line(error)}); it may be truncated")

    def blocks(self, rows: int, timed: bool) -> Iterator[tuple[Floats, Floats | None]]:
        """Yield values and, if `timed`, times in SI units, `rows` at a time."""
        import pyarrow
        import pyarrow.parquet

        time = self.time if timed else None
        wanted = [self.column] + ([time] if time is not None else [])
        first = 0
        try:
            with pyarrow.parquet.ParquetFile(self.path, pre_buffer=False) as file:
                for batch in file.iter_batches(rows, columns=[column.header for column in wanted]):
                    values = as_floats(self._numbers(batch, self.column, first), str(self.path)) * self.column.factor
                    yield values, None if time is None else self._times(batch, time, first)
                    first += batch.num_rows
        except (pyarrow.ArrowException, OSError) as error:
            raise self._unreadable(error) from None

    def _numbers(self, batch: Any, column: Column, first: int) -> NDArray[Any]:
        numbers = batch.column(column.header)
        if numbers.null_count:
            missing = first + int(np.argmax(np.asarray(numbers.is_null())))
            raise DataError(
                f"{self.path}: column {column.header!r} has missing values, the first in sample {missing}; expected "
                "none, cut them out"
            )
        array = numbers.to_numpy(zero_copy_only=False)
        if array.dtype.kind not in "fiub":
            raise DataError(f"{self.path}: column {column.header!r} holds {numbers.type}; expected numbers")
        return np.asarray(array)

    def _times(self, batch: Any, column: Column, first: int) -> Floats:
        times = self._numbers(batch, column, first)
        if times.dtype.kind in "iub":
            raise no_time(str(self.path), f"column {column.header!r} counts samples and does not say how long one is")
        return as_floats(times, str(self.path)) * column.factor

    def place(self, row: int) -> str:
        """Return how messages name a row."""
        return sample_number(row)


class ArrayFile:
    """A .npy file of one dimension.

    Parameters
    ----------
    path : Path
        The file.
    """

    column, time = Column.of(0, "signal"), None
    timeless = "an array has no time"

    def __init__(self, path: Path) -> None:
        self.path = path
        values = self._mapped()
        if values.ndim != 1:
            raise DataError(f"{path}: has shape {values.shape}; expected one dimension, (samples,)")
        self.count: int | None = values.size

    def _mapped(self) -> NDArray[Any]:
        try:
            return np.load(self.path, mmap_mode="r", allow_pickle=False)
        except (ValueError, OSError, EOFError) as error:
            raise DataError(f"{self.path}: not a readable .npy array ({first_line(error)})") from None

    def blocks(self, rows: int, timed: bool) -> Iterator[tuple[Floats, Floats | None]]:
        """Yield values, `rows` at a time; there are no times."""
        values = self._mapped()
        for first in range(0, values.size, rows):
            yield as_floats(values[first : first + rows], str(self.path)), None

    def place(self, row: int) -> str:
        """Return how messages name a row."""
        return sample_number(row)
