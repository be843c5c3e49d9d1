"""One reader for records of any length: text, parquet and .npy files, block by block."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from mtjphys.core.checks import as_count
from mtjphys.core.errors import DataError
from mtjphys.laboratory.tables import TableFile, open_table
from mtjphys.laboratory.tables.reading import ROWS
from mtjphys.laboratory.tables.table import check_file
from mtjphys.laboratory.traces.columns import find_columns, interval_of
from mtjphys.laboratory.traces.timing import Clock
from mtjphys.laboratory.traces.trace import Floats, Trace, check_finite, check_interval, no_time, too_short

NETCDF = (".nc", ".nc4", ".h5", ".hdf5")
"""Suffixes of netCDF files, which hold lanes rather than columns."""


class TraceFile:
    """A file with a trace in it.

    Parameters
    ----------
    table : TableFile
        What it holds.
    column, time_column : str or int, optional
        Which columns; by default found by their names and units.
    """

    def __init__(self, table: TableFile, column: str | int | None = None, time_column: str | int | None = None) -> None:
        self._table = table
        self.path = table.path
        self.column, self.time = find_columns(table, column, time_column)
        self.interval = interval_of(table) if self.time is None or self.time.numbering else None

    @property
    def count(self) -> int | None:
        """Number of samples, if the file tells it ahead of reading."""
        return self._table.count

    @property
    def timeless(self) -> str | None:
        """What to say if nothing tells the time."""
        if self.interval is not None:
            return None
        if self.time is not None:
            counts = f"column {self.time.header!r} counts samples and does not say how long one is"
            return counts if self.time.numbering else None
        if not self._table.named and self.count is not None:
            return "an array has no time"
        return "one column and no time" if len(self._table.columns) == 1 else "none of the columns is the time"

    def blocks(self, rows: int, timed: bool, gaps: bool = False) -> Iterator[tuple[Floats, Floats | None]]:
        """Yield values and, if `timed`, times in SI units, `rows` at a time; missing values are NaN with `gaps`."""
        used = [self.column] + ([self.time] if timed and self.time is not None else [])
        for values, *times in self._table.blocks(rows, used, [self.column] if gaps else []):
            yield values, times[0] if times else None

    def place(self, row: int) -> str:
        """Return how messages name a row."""
        return self._table.place(row)


def open_file(path: str | Path, column: str | int | None = None, time_column: str | int | None = None) -> TraceFile:
    """Return the file with its columns found, by its suffix; of text and parquet nothing but the header is read."""
    path = Path(path)
    check_file(path)
    if path.suffix.lower() in NETCDF:
        raise DataError(f"{path}: a netCDF file is not read in blocks; write the lane that you want to an .npy file")
    return TraceFile(open_table(path), column, time_column)


def sample_count(path: str | Path) -> int | None:
    """Return the number of samples of a parquet or .npy file; None of a text file, which does not tell it ahead."""
    return None if Path(path).suffix.lower() not in (".parquet", ".pq", ".npy") else open_file(path).count


def blocks(
    path: str | Path,
    column: str | int | None = None,
    time_column: str | int | None = None,
    sample_interval: float | None = None,
    *,
    rows: int = ROWS,
) -> Iterator[Trace]:
    """Read a record piece by piece, so that it may be larger than memory.

    What can be told from the header is told at once; every block is checked when it is read: numbers only, finite, and
    evenly spaced in time, from block to block as well.

    Parameters
    ----------
    path : str or Path
        Text, parquet or .npy file, as `mtjphys.laboratory.traces.read_trace` reads it.
    column, time_column : str or int, optional
        Columns of the values and of the times, where the names do not tell.
    sample_interval : float, optional
        Time between samples in s; needed where the file has no time. It wins over a time column, which is then not
        read.
    rows : int
        Samples in a block, at least 2; the last one may have fewer.

    Returns
    -------
    iterator of Trace
        The blocks in order, with values in SI units; the sampling interval of each is that of the record from its
        beginning to the end of the block.

    Raises
    ------
    DataError
        If the file is missing, empty, truncated, not numeric, not finite or not evenly sampled, or has no time and
        `sample_interval` is not given. Whether a record is long enough and varies, only its reader knows.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import numpy as np
    >>> from mtjphys.laboratory.traces import blocks
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "record.csv"
    >>> table = np.c_[0.5 * np.arange(500), np.sin(np.arange(500))]
    >>> np.savetxt(path, table, delimiter=",", header="time (ms),V (mV)", comments="")
    >>> [(block.values.size, block.unit) for block in blocks(path, rows=200)]
    [(200, 'V'), (200, 'V'), (100, 'V')]
    """
    return blocks_of(open_file(path, column, time_column), sample_interval, as_count("rows", rows, 2))


def blocks_of(
    file: TraceFile, sample_interval: float | None, rows: int = ROWS, *, gaps: bool = False
) -> Iterator[Trace]:
    """Return the blocks of an open file, as `blocks` does; with `gaps`, NaN where nothing was measured."""
    check_interval(sample_interval)
    if sample_interval is None and file.timeless is not None:
        raise no_time(str(file.path), file.timeless)
    return _blocks(file, file.interval if sample_interval is None else sample_interval, rows, gaps)


def _blocks(file: TraceFile, sample_interval: float | None, rows: int, gaps: bool) -> Iterator[Trace]:
    origin = str(file.path)
    clock = Clock(origin, "time" if file.time is None else file.time.header, file.place)
    interval = math.nan if sample_interval is None else float(sample_interval)
    first = 0
    for values, times in file.blocks(rows, timed=sample_interval is None, gaps=gaps):
        check_finite(values, origin, first, gaps=gaps)
        if times is not None:
            clock.add(times)
            interval = clock.interval
        yield Trace(values, interval, file.column.unit, file.column.name, origin)
        first += values.size
    if first == 0:
        raise too_short(origin, 0)
