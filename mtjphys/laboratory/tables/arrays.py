"""Files of whole arrays: .npy, MATLAB, HDF5 and netCDF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError
from mtjphys.laboratory.tables.columns import Column, Floats
from mtjphys.laboratory.tables.table import as_floats, first_line, row_number


class ArrayTable:
    """Arrays of one length, each a column.

    Parameters
    ----------
    path : Path
        Where they come from.
    arrays : mapping of str to array
        By header; those of other lengths than most are left out.
    units : mapping of str to str
        Of those whose header does not tell it.
    named : bool
        Whether the headers are the file's.
    """

    preamble: Mapping[str, str] = {}
    words: Mapping[str, str] = {}

    def __init__(
        self, path: Path, arrays: Mapping[str, NDArray[Any]], units: Mapping[str, str] | None = None, named: bool = True
    ) -> None:
        self.path, self.named = path, named
        sizes = [array.size for array in arrays.values() if array.size > 1] or [array.size for array in arrays.values()]
        if not sizes:
            raise DataError(f"{path}: holds no columns of numbers; expected arrays of one dimension, all of one length")
        self.count: int | None = max(sizes, key=lambda size: (sizes.count(size), size))
        held = {name: array for name, array in arrays.items() if array.size == self.count}
        self._arrays = list(held.values())
        told = units or {}
        self.columns = tuple(Column.of(place, name, told.get(name, "")) for place, name in enumerate(held))

    def blocks(self, rows: int, columns: Sequence[Column], gaps: Sequence[Column] = ()) -> Iterator[list[Floats]]:
        """Yield some columns in SI units, `rows` at a time; those in `gaps` may miss values, which are NaN."""
        for first in range(0, self.count or 0, rows):
            yield [
                column.to_si(as_floats(self._arrays[column.place][first : first + rows], str(self.path)))
                for column in columns
            ]

    def texts(self, header: str) -> list[str] | None:
        """Return a column as text; None if there is no such header."""
        found = [column.place for column in self.columns if column.header == header]
        return [f"{value:.15g}" for value in self._arrays[found[0]]] if found else None

    def place(self, row: int) -> str:
        """Return how messages name a row."""
        return row_number(row)


def open_npy(path: Path) -> ArrayTable:
    """Return a .npy file of one dimension as a table of one column."""
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise DataError(f"{path}: not a readable .npy array ({first_line(error)})") from None
    if values.ndim != 1:
        raise DataError(f"{path}: has shape {values.shape}; expected one dimension, (samples,)")
    return ArrayTable(path, {"0": values}, named=False)


def open_matlab(path: Path) -> ArrayTable:
    """Return the vectors of a MATLAB file, and those in its structures (``scan.time``), as columns."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    with path.open("rb") as file:
        head = file.read(128)
    if b"MATLAB 7.3" in head or head.startswith(b"\x89HDF"):
        return open_hdf5(path)
    try:
        content = loadmat(path, squeeze_me=True, simplify_cells=True)
    except (ValueError, OSError, EOFError, TypeError, NotImplementedError, MatReadError, IndexError) as error:
        raise DataError(f"{path}: not a readable MATLAB file ({first_line(error)}); it may be truncated") from None
    arrays: dict[str, NDArray[Any]] = {}

    def collect(name: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                if not key.startswith("__"):
                    collect(f"{name}.{key}" if name else key, item)
        elif isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
            arrays.update(_vectors(name, value))

    collect("", content)
    return ArrayTable(path, arrays)


def open_hdf5(path: Path) -> ArrayTable:
    """Return the vectors of an HDF5 file, a MATLAB 7.3 file among them, as columns."""
    import h5py

    arrays: dict[str, NDArray[Any]] = {}
    units: dict[str, str] = {}

    def collect(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.dtype.kind in "fiub" and not name.startswith("#"):
            found = _vectors(name.replace("/", "."), item[()])
            arrays.update(found)
            told = item.attrs.get("units", item.attrs.get("unit", ""))
            units.update({key: told.decode() if isinstance(told, bytes) else str(told) for key in found})

    try:
        with h5py.File(path, "r") as file:
            file.visititems(collect)
    except (OSError, RuntimeError, KeyError) as error:
        raise DataError(f"{path}: not a readable HDF5 file ({first_line(error)}); it may be truncated") from None
    return ArrayTable(path, arrays, units)


def _vectors(name: str, value: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return an array as columns: a matrix has several, ``data(:,1)`` and so on, along its longer side."""
    array = np.squeeze(np.atleast_1d(value))
    if array.ndim <= 1:
        return {name: np.atleast_1d(array)}
    if array.ndim > 2:
        return {}
    rows = array if array.shape[0] >= array.shape[1] else array.T
    return {f"{name}(:,{k + 1})": rows[:, k] for k in range(rows.shape[1])}


def open_netcdf(path: Path) -> ArrayTable:
    """Return the variables of a netCDF file as columns; what lies on a grid has a row for each of its points."""
    import xarray

    with path.open("rb") as file:
        engine: Any = "scipy" if file.read(3) == b"CDF" else "h5netcdf"
    try:
        with xarray.open_dataset(path, engine=engine, decode_times=False) as data:
            data = data.reset_coords().load()
    except Exception as error:  # HDF5 and what is above it raise nearly every kind
        raise DataError(f"{path}: not a readable netCDF file ({first_line(error)}); it may be truncated") from None
    names = [str(name) for name in data.variables if data[name].dtype.kind in "fiub"]
    spread = xarray.broadcast(*(data[name] for name in names))
    # In the order of the variable with most dimensions: the order of the variables is the reader's.
    whole = sorted(names, key=lambda name: -data[name].ndim)
    order = list(dict.fromkeys(dimension for name in whole for dimension in data[name].dims))
    arrays = {name: np.ravel(array.transpose(*order).values) for name, array in zip(names, spread, strict=True)}
    return ArrayTable(path, arrays, {name: str(data[name].attrs.get("units", "")) for name in names})
