"""Names of the files of runs: ``FILE`` is a run that has stopped, ``FILE.part`` one that is going on or was killed."""

from __future__ import annotations

import os
from pathlib import Path

from mtjphys.core.errors import DataError, ParameterError

PART = ".part"
SUFFIXES = (".nc", ".nc4", ".netcdf", ".h5", ".hdf5", "")


def name_of(path: str | Path) -> Path:
    """Return the name of a run, given as such or as that of its part."""
    path = Path(path)
    return path.with_suffix("") if path.suffix == PART else path


def part_of(path: Path) -> Path:
    """Return the name of a run while it goes on."""
    return path.with_name(path.name + PART)


def check_output(path: str | Path, overwrite: bool) -> Path:
    """Return where a new run may be written, or raise one sentence.

    Parameters
    ----------
    path : str or Path
        Where.
    overwrite : bool
        Whether a file that is there may be replaced.

    Returns
    -------
    Path
        The same.

    Raises
    ------
    ParameterError
        If there is a run already, or the suffix is that of another format.
    DataError
        If the folder is missing, or the path is one.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise ParameterError(
            f"{path}: runs are written as netCDF files, not as {path.suffix}; give a name that ends in .nc"
        )
    if not path.parent.is_dir():
        raise DataError(f"{path}: the folder {path.parent} does not exist; create it first")
    if path.is_dir():
        raise DataError(f"{path}: is a folder; give the name of a file")
    for there in (path, part_of(path)):
        if not overwrite and os.path.lexists(there):
            raise ParameterError(
                f"{there}: exists already; give another name, continue it with mtjphys.resume({str(path)!r}), "
                "or replace it with overwrite=True"
            )
    return path


def existing(path: str | Path) -> Path:
    """Return the file that a run is in: the one named, or else its part."""
    path = Path(path)
    part = part_of(path)
    file = part if not path.exists() and part.is_file() else path
    if not file.is_file():
        raise DataError(f"{path}: no such file")
    return file


def unfinished(path: str | Path) -> Path:
    """Return the file of a run that is to be continued; raise if it is not clear which that is."""
    name = name_of(path)
    part = part_of(name)
    if name.exists() and part.exists():
        raise DataError(f"{name}: exists beside {part.name}; rename or remove the one that is not to be continued")
    return existing(name)
