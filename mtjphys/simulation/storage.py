"""Runs on disk: samples streamed to a netCDF-4 file, with the state from which the run continues.

While samples are being added the file is named ``FILE.part``; it gets its name when the run ends or is
interrupted. The group ``checkpoint`` holds the state of all lanes after the last sample.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mtjphys import __version__
from mtjphys.core.errors import DataError, MtjphysWarning
from mtjphys.simulation.lanes import LANES, SIMULATORS, STATES, UNITS, LaneSimulator

if TYPE_CHECKING:
    import xarray as xr


_CHUNK_BYTES = 2**20


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def create(path: str | Path, simulator: LaneSimulator, n_samples: int) -> None:
    """Create the file of a run that has no samples yet.

    Parameters
    ----------
    path : str or Path
        Where; an existing file is replaced.
    simulator : LaneSimulator
        At time zero.
    n_samples : int
        Samples the run is meant to have.

    Raises
    ------
    DataError
        If the folder is missing or not writable.
    """
    import h5netcdf

    path = Path(path)
    if not path.parent.is_dir():
        raise DataError(f"{path}: the folder {path.parent} does not exist; create it first")
    if path.is_dir():
        raise DataError(f"{path}: is a folder; give the name of a file")
    sizes = dict(zip(LANES, simulator.shape, strict=True))
    try:
        with h5netcdf.File(_part(path), "w") as file:
            file.dimensions = sizes | {"time": None, "component": 3, "component_2": 3}
            file.attrs.update(simulator.provenance())
            file.attrs["n_samples"] = n_samples
            for name in simulator.record:
                extra = ("component",) if name == "m" else ()
                tail = (3,) if name == "m" else ()
                steps = max(1, min(n_samples, _CHUNK_BYTES // (8 * max(1, len(tail) * 3))))
                variable = file.create_variable(name, (*LANES, "time", *extra), "f8", chunks=(1, 1, 1, steps, *tail))
                variable.attrs["units"] = UNITS[name]
            times = file.create_variable("time", ("time",), "f8", chunks=(2**14,))
            times.attrs["units"] = "s"
            lanes = file.create_variable("lane", LANES, "i8")
            lanes[...] = simulator.first_lane + np.arange(simulator.n_lanes).reshape(simulator.shape)
            lanes.attrs["long_name"] = "number of the random stream"
            _write_statistics(file, simulator)
            _write_checkpoint(file, simulator)
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error})") from None
    os.replace(_part(path), path)


def _write_statistics(file: Any, simulator: LaneSimulator) -> None:
    for name, (dimensions, values, attributes) in simulator.statistics().items():
        values = np.asarray(values)
        if name not in file.variables:
            for dimension, size in zip(dimensions, values.shape, strict=True):
                if dimension not in file.dimensions:
                    file.dimensions[dimension] = size
            file.create_variable(name, dimensions, values.dtype)
            file.variables[name].attrs.update(attributes)
        file.variables[name][...] = values


def _write_checkpoint(file: Any, simulator: LaneSimulator) -> None:
    group = file.groups["checkpoint"] if "checkpoint" in file.groups else file.create_group("checkpoint")
    for name, values in simulator.save_state().items():
        if name not in group.variables:
            dimensions = tuple(f"{name}_{axis}" for axis in range(values.ndim))
            for dimension, size in zip(dimensions, values.shape, strict=True):
                group.dimensions[dimension] = size
            group.create_variable(name, dimensions, values.dtype)
        group.variables[name][...] = values


class Writer:
    """Adds samples to an open file; after each `write` the file is complete up to there."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, simulator: LaneSimulator, arrays: Mapping[str, Any], first: int) -> None:
        """Add the samples from `first` up to what `simulator` has done, and its state.

        Parameters
        ----------
        simulator : LaneSimulator
            After making the samples.
        arrays : mapping
            Of shape (lanes, >= samples) or (lanes, >= samples, 3).
        first : int
            Number of samples before these.
        """
        last = simulator.samples_done
        n = last - first
        file = self._file
        if n:
            file.resize_dimension("time", last)
            file.variables["time"][first:last] = (np.arange(first, last) + 1) * simulator.sample_interval
            for name, values in arrays.items():
                shaped = values[:, :n].reshape(*simulator.shape, n, *values.shape[2:])
                file.variables[name][:, :, :, first:last] = shaped
        _write_statistics(file, simulator)
        _write_checkpoint(file, simulator)
        file.attrs["duration"] = last * simulator.sample_interval
        file.attrs["duration_units"] = "s"
        file.flush()


@contextmanager
def append(path: Path) -> Iterator[Writer]:
    """Open the file of a run to add samples to it; it has its name again when the context ends."""
    import h5netcdf

    os.replace(path, _part(path))
    try:
        with h5netcdf.File(_part(path), "a") as file:
            yield Writer(file)
    finally:
        os.replace(_part(path), path)


def _check(path: Path) -> Path:
    """Return the path if it is a file; a run that was killed is taken up from its part."""
    if not path.exists() and _part(path).exists():
        os.replace(_part(path), path)
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    return path


def load(path: Path, threads: int | None = None) -> tuple[LaneSimulator, int]:
    """Return the simulator as it was after the file's last sample, and the samples it was meant to have.

    Parameters
    ----------
    path : Path
        A file that `create` made.
    threads : int, optional
        For the simulator.

    Returns
    -------
    tuple
        Simulator and number of samples.

    Raises
    ------
    DataError
        If the file holds no run that can be continued.
    """
    import h5netcdf

    try:
        with h5netcdf.File(_check(path), "r") as file:
            attributes = dict(file.attrs)
            group = file.groups["checkpoint"]
            saved = {name: np.asarray(group.variables[name][...]) for name in group.variables}
            samples = len(file.dimensions["time"]) if simulator_records(attributes) else None
    except (OSError, KeyError, RuntimeError) as error:
        raise DataError(
            f"{path}: holds no run that can be continued ({error}); give the file written by simulate with output=..."
        ) from None
    if attributes["mtjphys_version"] != __version__:
        warnings.warn(
            f"{path}: written by mtjphys {attributes['mtjphys_version']}, continued by {__version__}; "
            "the bits may differ from an uninterrupted run",
            MtjphysWarning,
            stacklevel=3,
        )
    kind = SIMULATORS.find(str(attributes.get("simulator")), f"{path}: simulator")
    simulator = kind.from_provenance(attributes, threads)
    simulator.load_state(saved)
    if samples is not None and samples < simulator.samples_done:
        raise DataError(
            f"{path}: has {samples} samples where its state is after {simulator.samples_done}; "
            "the file is damaged: run the simulation again"
        )
    return simulator, int(attributes["n_samples"])


def simulator_records(attributes: Mapping[str, Any]) -> bool:
    """Return whether the run samples anything, beside its statistics."""
    return bool(json.loads(attributes["record"]))


def intend(path: Path, n_samples: int) -> None:
    """Note how many samples the run in the file is meant to have now."""
    import h5netcdf

    with h5netcdf.File(path, "a") as file:
        file.attrs["n_samples"] = n_samples


def open_run(path: str | Path) -> xr.Dataset:
    """Open a run that `simulate` streamed to a file, without reading the samples yet.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    xarray.Dataset
        As of `simulate`; close it, or use it in a ``with`` statement, before the file is continued.

    Raises
    ------
    DataError
        If it is missing or not a netCDF-4 file.
    """
    import xarray as xr

    try:
        run = xr.open_dataset(_check(Path(path)), engine="h5netcdf", cache=False)
    except OSError as error:
        raise DataError(f"{path}: not a netCDF-4 file ({error})") from None
    named = run.assign_coords(component=["x", "y", "z"])
    if "state" in run.dims:
        named = named.assign_coords(state=list(STATES))
    named = named.set_coords("lane")
    named.set_close(run.close)
    return named
