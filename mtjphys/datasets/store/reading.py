"""A store as a Dataset."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from mtjphys.core.errors import DataError
from mtjphys.datasets.store.netcdf import is_netcdf, read_netcdf
from mtjphys.datasets.store.skeleton import check_installed
from mtjphys.datasets.store.store import read_specification
from mtjphys.datasets.store.words import in_words
from mtjphys.simulation.varied import selectable

if TYPE_CHECKING:
    import xarray as xr


def open_dataset(path: str | Path) -> xr.Dataset:
    """Open a dataset; what is not asked for stays on the disk.

    Parameters
    ----------
    path : str or Path
        Folder of the store, or a netCDF file; a store may be unfinished: of what is not made yet ``status`` is -1 and
        the rest NaN.

    Returns
    -------
    xarray.Dataset
        Dimensions device, bias, replica and those of what was kept. What distinguishes devices and biases are
        coordinates to select by, as is ``split``: ``found.sel(split="train")``. ``status`` is 1 where a lane was made,
        0 where it failed. The specification as TOML is an attribute.

    Raises
    ------
    DataError
        If there is no dataset at `path`, or its metadata are damaged.
    """
    import xarray as xr

    path = Path(path)
    if is_netcdf(path):
        return selectable(read_netcdf(path))
    if not path.exists():
        raise DataError(f"{path}: no such dataset")
    if read_specification(path) is None:
        raise DataError(f"{path}: holds no dataset that mtjphys has made; give the folder of one")
    check_installed()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = xr.open_dataset(path, engine="zarr", chunks=None, consolidated=True)
    except Exception as error:  # of damaged metadata nearly every kind
        raise DataError(
            f"{path}: its metadata cannot be read ({error}); mtjphys dataset verify {path} --repair makes them again"
        ) from None
    return selectable(in_words(found))
