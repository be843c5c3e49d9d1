"""Tables of files, opened by their suffix, and columns of them as arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from mtjphys.laboratory.tables.arrays import open_hdf5, open_matlab, open_netcdf, open_npy
from mtjphys.laboratory.tables.columns import Column, Floats
from mtjphys.laboratory.tables.parquet import ParquetTable
from mtjphys.laboratory.tables.table import TableFile, check_file
from mtjphys.laboratory.tables.text import TextTable

ROWS = 1 << 20
"""Rows that are in memory at a time."""

_OPENERS: dict[str, Callable[[Path], TableFile]] = {
    ".parquet": ParquetTable,
    ".pq": ParquetTable,
    ".npy": open_npy,
    ".mat": open_matlab,
    ".nc": open_netcdf,
    ".nc4": open_netcdf,
    ".cdf": open_netcdf,
    ".h5": open_hdf5,
    ".hdf5": open_hdf5,
}


def open_table(path: str | Path) -> TableFile:
    r"""Return a file as a table; of text and parquet nothing but the header is read.

    Text files (any suffix but those below) are taken as instruments write them: comma, semicolon, tab or spaces,
    decimal points or commas, a preamble, units in the names or in a row of their own, UTF-8, UTF-16 or Windows'
    encoding. ``.parquet``, ``.npy``, ``.mat`` (all versions), ``.h5`` and ``.nc`` are read by the libraries made for
    them; what lies on a grid of several dimensions becomes a row for each point.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    TableFile
        With its `columns`, and their units.

    Raises
    ------
    DataError
        If the file is missing, empty, truncated or holds no table of numbers.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "keysight.csv"
    >>> _ = path.write_text("x-axis,1\nsecond,Volt\n-1e-3,0.5\n0.0,0.75\n")
    >>> [(column.name, column.unit) for column in open_table(path).columns]
    [('x-axis', 's'), ('1', 'V')]
    """
    path = Path(path)
    check_file(path)
    return _OPENERS.get(path.suffix.lower(), TextTable)(path)


def read_columns(table: TableFile, columns: Sequence[Column]) -> list[Floats]:
    """Return whole columns of a table in SI units.

    Parameters
    ----------
    table : TableFile
        From `open_table`.
    columns : sequence of Column
        Some of its columns.

    Returns
    -------
    list of array
        One for each column.
    """
    parts = list(table.blocks(ROWS, columns))
    return [np.concatenate([part[k] for part in parts]) for k in range(len(columns))] if parts else []
