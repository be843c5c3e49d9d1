"""Runs read from their files: as xarray does, but damage is one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mtjphys.core.errors import DataError
from mtjphys.core.journal import recover
from mtjphys.simulation.checksums import CHECKSUM, CHECKSUMS, naming_damage, verify
from mtjphys.simulation.lanes import STATES
from mtjphys.simulation.names import existing
from mtjphys.simulation.varied import selectable

if TYPE_CHECKING:
    import xarray as xr


def recovered(path: Path) -> Path:
    """Return the path after finishing what a killed process left of a commit."""
    try:
        recover(path)
    except OSError as error:
        raise DataError(
            f"{path}: was being written when its process ended, and cannot be put in order "
            f"({error.strerror or error}); make the file and its folder writable"
        ) from None
    return path


def is_run(path: str | Path) -> bool:
    """Return whether a file is one that `simulate` wrote, damaged or not, as far as can be seen."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return CHECKSUM in file.attrs
    except Exception:  # whatever HDF5 says about damage or other files
        return False


def open_run(path: str | Path) -> xr.Dataset:
    """Open a run that `simulate` streamed to a file, without reading the samples yet.

    Parameters
    ----------
    path : str or Path
        The file; of a run that was killed, or is still going on, also as it was given to `simulate`.

    Returns
    -------
    xarray.Dataset
        As of `simulate`; close it, or use it in a ``with`` statement, before the file is continued. Samples are
        checked as they are read.

    Raises
    ------
    DataError
        If the file is missing, damaged, or not written by `simulate`. Reading damaged samples raises it too.
    """
    import h5py
    import xarray as xr

    from mtjphys.simulation.checked import CheckedStore

    file = recovered(existing(path))
    with naming_damage(file, "not a run that can be read"):
        with h5py.File(file, "r") as opened:
            verify(opened)
        store = CheckedStore.open(str(file))
        try:
            run = xr.open_dataset(store, cache=False)
        except BaseException:
            store.close()
            raise
        named = run.assign_coords(component=["x", "y", "z"])
        if "state" in run.dims:
            named = named.assign_coords(state=list(STATES))
        named.time.encoding.clear()
        for name in CHECKSUMS:  # of the file, not of the run
            del named.attrs[name]
        named = selectable(named)
        named.set_close(run.close)
    return named
