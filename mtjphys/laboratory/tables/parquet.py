"""Parquet files, read in blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError
from mtjphys.laboratory.tables.columns import Column, Floats
from mtjphys.laboratory.tables.table import as_floats, first_line, row_number


class ParquetTable:
    """A parquet file.

    Parameters
    ----------
    path : Path
        The file.
    """

    named = True
    preamble: Mapping[str, str] = {}
    words: Mapping[str, str] = {}

    def __init__(self, path: Path) -> None:
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
        self.columns = tuple(
            Column.of(place, field.name, whole=pyarrow.types.is_integer(field.type))
            for place, field in enumerate(metadata.schema.to_arrow_schema())
        )

    def _unreadable(self, error: BaseException) -> DataError:
        return DataError(f"{self.path}: not a readable parquet file ({first_line(error)}); it may be truncated")

    def blocks(self, rows: int, columns: Sequence[Column], gaps: Sequence[Column] = ()) -> Iterator[list[Floats]]:
        """Yield some columns in SI units, `rows` at a time; those in `gaps` may miss values, which are NaN."""
        import pyarrow
        import pyarrow.parquet

        first = 0
        try:
            with pyarrow.parquet.ParquetFile(self.path, pre_buffer=False) as file:
                for batch in file.iter_batches(rows, columns=[column.header for column in columns]):
                    arrays = [self._numbers(batch, column, first, column in gaps) for column in columns]
                    read = [as_floats(array, str(self.path)) for array in arrays]
                    yield [column.to_si(values) for column, values in zip(columns, read, strict=True)]
                    first += batch.num_rows
        except (pyarrow.ArrowException, OSError) as error:
            raise self._unreadable(error) from None

    def _numbers(self, batch: Any, column: Column, first: int, gaps: bool) -> NDArray[Any]:
        numbers = batch.column(column.header)
        if numbers.null_count and not gaps:
            missing = first + int(np.argmax(np.asarray(numbers.is_null())))
            raise DataError(
                f"{self.path}: column {column.header!r} has missing values, the first in sample {missing}; expected "
                "none, cut them out"
            )
        array = numbers.to_numpy(zero_copy_only=False)
        if array.dtype.kind not in "fiub":
            raise DataError(f"{self.path}: column {column.header!r} holds {numbers.type}; expected numbers")
        return np.asarray(array)

    def texts(self, header: str) -> list[str] | None:
        """Return a column of words or numbers as text; None if there is no such header."""
        import pyarrow
        import pyarrow.parquet

        if header not in [column.header for column in self.columns]:
            return None
        try:
            values = pyarrow.parquet.read_table(self.path, columns=[header]).column(0).to_pylist()
        except (pyarrow.ArrowException, OSError) as error:
            raise self._unreadable(error) from None
        return [f"{value:.15g}" if isinstance(value, float) else str(value) for value in values]

    def place(self, row: int) -> str:
        """Return how messages name a row."""
        return row_number(row)
