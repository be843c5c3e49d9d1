"""One reader for records of any length: text, parquet and .npy files, block by block."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from mtjphys.core.checks import as_count
from mtjphys.core.errors import DataError
from mtjphys.laboratory.traces.binary import ArrayFile, ParquetFile
from mtjphys.laboratory.traces.columns import Column
from mtjphys.laboratory.traces.text import TextFile
from mtjphys.laboratory.traces.timing import Clock
from mtjphys.laboratory.traces.trace import (
    MINIMUM_SAMPLES,
    Floats,
    Trace,
    check_finite,
    check_interval,
    no_time,
    too_short,
)

ROWS = 1 << 20
"""Samples that are in memory at a time."""

NETCDF = (".nc", ".nc4", ".h5", ".hdf5")
"""Suffixes of netCDF files, which hold lanes rather than columns."""


class TraceFile(Protocol):
    """A file with a trace in it."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    @property
    def column(self) -> Column:
        """Which of its columns is the trace."""
        ...

    @property
    def time(self) -> Column | None:
        """Which is the time."""
        ...

    @property
    def timeless(self) -> str:
        """What to say of a file without times."""
        ...

    @property
    def count(self) -> int | None:
        """Number of samples, if the file tells it ahead of reading."""
        ...

    def blocks(self, rows: int, timed: bool) -> Iterator[tuple[Floats, Floats | None]]:
        """Yield values and, if `timed`, times in SI units, `rows` at a time."""
        ...

    def place(self, row: int) -> str:
        """Return how messages name a row."""
        ...


def check_file(path: Path) -> None:
    """Raise unless `path` is a file that is not empty."""
    if not path.exists():
        raise DataError(f"{path}: no such file")
    if path.is_dir():
        raise DataError(f"{path}: is a folder; expected a file with a trace")
    try:
        with path.open("rb") as handle:
            if not handle.read(1):
                raise DataError(f"{path}: the file is empty; expected at least {MINIMUM_SAMPLES} samples")
    except PermissionError:
        raise DataError(f"{path}: permission denied; make the file readable") from None


def open_file(path: str | Path, column: str | int | None = None, time_column: str | int | None = None) -> TraceFile:
    """Return the file with its columns found, by its suffix; nothing but its header is read."""
    path = Path(path)
    check_file(path)
    suffix = path.suffix.lower()
    if suffix in (".parquet", ".pq"):
        return ParquetFile(path, column, time_column)
    if suffix == ".npy":
        return ArrayFile(path)
    if suffix in NETCDF:
        raise DataError(f"{path}: a netCDF file is not read in blocks; write the lane that you want to an .npy file")
    return TextFile(path, column, time_column)


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


def blocks_of(file: TraceFile, sample_interval: float | None, rows: int = ROWS) -> Iterator[Trace]:
    """Return the blocks of an open file, as `blocks` does."""
    check_interval(sample_interval)
    if sample_interval is None and file.time is None:
        raise no_time(str(file.path), file.timeless)
    return _blocks(file, sample_interval, rows)


def _blocks(file: TraceFile, sample_interval: float | None, rows: int) -> Iterator[Trace]:
    origin = str(file.path)
    clock = Clock(origin, "time" if file.time is None else file.time.header, file.place)
    interval = math.nan if sample_interval is None else float(sample_interval)
    first = 0
    for values, times in file.blocks(rows, timed=sample_interval is None):
        check_finite(values, origin, first)
        if times is not None:
            clock.add(times)
            interval = clock.interval
        yield Trace(values, interval, file.column.unit, file.column.name, origin)
        first += values.size
    if first == 0:
        raise too_short(origin, 0)
