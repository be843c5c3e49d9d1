"""A small dataset as one netCDF file: what a finished store holds, with a checksum of every variable."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.files import replacing
from mtjphys.datasets.specification import Specification
from mtjphys.datasets.store.checking import Damage, Report, report_of
from mtjphys.datasets.store.layout import chunking, tasks_of
from mtjphys.datasets.store.skeleton import sizes_of, variables_of
from mtjphys.datasets.store.store import Store

if TYPE_CHECKING:
    import xarray as xr

SUFFIXES = (".nc", ".nc4", ".netcdf")
MOST_BYTES = 2**30

SUM = "sha256"

ATTRIBUTES = ("specification", "specification_sha256", "failed", "notes")
"""Without which a file is no dataset."""


def is_netcdf(path: str | Path) -> bool:
    """Return whether a dataset of this name is one file."""
    return Path(path).suffix.lower() in SUFFIXES


def check_size(path: Path, specification: Specification) -> None:
    """Raise unless a dataset is small enough for one file."""
    tasks, sizes = tasks_of(specification), sizes_of(specification)
    shapes = [(chunking(v, sizes, tasks).shape, np.dtype(v.dtype)) for v in variables_of(specification).values()]
    size = sum(float(np.prod(shape, dtype=float)) * dtype.itemsize for shape, dtype in shapes)
    if size > MOST_BYTES:
        raise ParameterError(
            f"{path}: {size / 2**30:.3g} GiB are more than the {MOST_BYTES / 2**30:g} GiB of one netCDF file; give a "
            "name that ends in .zarr"
        )


def write_netcdf(store: Store, found: xr.Dataset, target: Path) -> None:
    """Write a finished dataset as one file, whole or not at all."""
    report = report_of(store)
    if not report.is_whole:
        raise DataError(f"{store.path}: is damaged; mtjphys dataset verify {store.path} --repair mends it")
    found = found.load().reset_index([name for name in found.indexes if name not in found.dims]).copy()
    found.attrs["failed"] = json.dumps(report.failed)
    found.attrs["notes"] = json.dumps(report.notes)
    for name, variable in found.variables.items():
        variable.encoding = {}
        variable.attrs[SUM] = sum_of(variable.values)
        if name in found.coords and "flag_meanings" not in variable.attrs:
            variable.attrs.pop("coordinates", None)
    encoding = {name: {"zlib": True, "complevel": 1, "shuffle": True} for name in found.data_vars}
    with replacing(target) as unfinished:
        found.to_netcdf(unfinished, engine="h5netcdf", encoding=encoding)


def sum_of(values: Any) -> str:
    """Return the checksum of an array, texts as UTF-8."""
    array = np.asarray(values)
    content = "\0".join(array.ravel().tolist()).encode() if array.dtype.kind in "OU" else array.tobytes()
    return hashlib.sha256(f"{array.shape}".encode() + content).hexdigest()


def read_netcdf(path: Path) -> xr.Dataset:
    """Open the file; raise `DataError` if it is no dataset."""
    import xarray as xr

    try:
        found = xr.open_dataset(path, engine="h5netcdf")
        absent = [name for name in ATTRIBUTES if name not in found.attrs]
        digest = hashlib.sha256(str(found.attrs.get("specification")).encode()).hexdigest()
    except FileNotFoundError:
        raise DataError(f"{path}: no such dataset") from None
    except Exception as error:  # of damaged files nearly every kind
        raise DataError(f"{path}: cannot be read as a dataset ({error}); make it again") from None
    if absent:
        found.close()
        raise DataError(
            f"{path}: has no attribute {absent[0]}, and is no dataset that mtjphys has made; give one of those"
        )
    if digest != found.attrs["specification_sha256"]:
        raise DataError(f"{path}: its specification does not match its checksum; make it again")
    return found


def verify_netcdf(path: Path) -> Report:
    """Compare every variable of the file with its checksum."""
    with read_netcdf(path) as found:
        damaged = []
        for name, variable in found.variables.items():
            try:
                wrong = sum_of(variable.values) != variable.attrs.get(SUM)
                reason = "does not match its checksum" if wrong else ""
            except Exception as error:  # HDF5 finds most of it
                reason = f"cannot be read ({error})"
            if reason:
                damaged.append(Damage(str(name), None, reason))
        failed = {int(device): str(why) for device, why in json.loads(found.attrs["failed"]).items()}
        notes = tuple(json.loads(found.attrs["notes"]))
    return Report(path, 1, (), tuple(damaged), failed, notes)
