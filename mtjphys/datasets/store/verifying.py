"""Whether a dataset is what was written."""

from __future__ import annotations

from pathlib import Path

from mtjphys.datasets.store.checking import Report, report_of
from mtjphys.datasets.store.netcdf import is_netcdf, verify_netcdf
from mtjphys.datasets.store.store import Store


def verify(path: str | Path, *, threads: int | None = None) -> Report:
    """Read every file of a dataset and compare it with its checksum.

    Parameters
    ----------
    path : str or Path
        Folder of the store, or the netCDF file.
    threads : int, optional
        That read; by default one for each core.

    Returns
    -------
    Report
        What is missing and what is damaged.

    Raises
    ------
    DataError
        If there is no dataset at `path`, or it no longer says of what.
    """
    if is_netcdf(path):
        return verify_netcdf(Path(path))
    return report_of(Store.opened(path), threads)
