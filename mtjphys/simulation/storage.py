"""Runs on disk: samples streamed to a netCDF-4 file, with the state from which the run continues.

While a run goes on its file is named ``FILE.part``, and changes by commits (`mtjphys.core.journal`): whatever ends the
process, the file holds the samples, the statistics and the state of all lanes, in the group ``checkpoint``, as of one
moment. It gets its name when the run ends or is interrupted.
"""

from __future__ import annotations

import io
import json
import os
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from mtjphys import __version__
from mtjphys.core.errors import DataError, MtjphysWarning
from mtjphys.core.files import replacing, sync_folder
from mtjphys.core.journal import JournaledFile, discard
from mtjphys.simulation.checksums import (
    ARRAYS,
    CHECKPOINT,
    CHECKSUM,
    COVERED,
    HEAPS,
    VARIABLES,
    arrays_checksum,
    attributes_checksum,
    attributes_of,
    heaps_checksum,
    naming_damage,
    plain,
    variables_checksum,
    verify,
    write_text,
)
from mtjphys.simulation.lanes import COUNTERS, LANES, SIMULATORS, UNITS, LaneSimulator
from mtjphys.simulation.layout import CHUNK_BYTES, sample_chunks, whole_chunks
from mtjphys.simulation.names import check_output, part_of, unfinished
from mtjphys.simulation.reading import recovered
from mtjphys.simulation.varied import APPLIED_UNITS

COMMIT_SECONDS = 10.0
"""Time between two commits."""

FORMAT = ("v110", "v110")
"""HDF5's format of 2016, the first one with checksums in all of its structures."""

TIME_CHUNK = 4096
TICKS = 2**20
"""Units of the stored time in a sample interval. Times are stored as whole numbers, which take next to no space, with
the unit as `scale_factor`. It is this small because xarray keeps it when it saves means over several samples, whose
times lie between the samples."""


def create(path: str | Path, simulator: LaneSimulator, n_samples: int, *, overwrite: bool = False) -> None:
    """Create the file of a run that has no samples yet, as a part.

    Parameters
    ----------
    path : str or Path
        Where.
    simulator : LaneSimulator
        At time zero.
    n_samples : int
        Samples the run is meant to have.
    overwrite : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    DataError
        If the folder is missing or not writable.
    ParameterError
        If there is a file already, or the suffix is that of another format.
    """
    path = check_output(path, overwrite)
    part = part_of(path)
    content = io.BytesIO()
    _write_new(content, simulator, n_samples)
    try:
        discard(part)
        with replacing(part) as unfinished_part:
            unfinished_part.write_bytes(content.getbuffer())
            if path.exists():
                os.replace(path, part)  # then the old run or the new one is there, at any moment
    except OSError as error:
        raise _not_written(path, error) from None


def _write_new(file: io.BytesIO, simulator: LaneSimulator, n_samples: int) -> None:
    import h5netcdf
    import h5py

    attributes: dict[str, dict[str, Any]] = {
        "": simulator.provenance() | {"n_samples": n_samples, "duration": 0.0, "duration_units": "s"},
        "time": {"units": "s", "scale_factor": simulator.sample_interval / TICKS},
        CHECKPOINT: {name: getattr(simulator, name) for name in COUNTERS},
    }
    with h5netcdf.File(file, "w", libver=FORMAT) as new:
        new.dimensions = dict(zip(LANES, simulator.shape, strict=True)) | {
            "time": None,
            "component": 3,
            "component_2": 3,
        }
        numbers = len(simulator.record) + 2 * ("m" in simulator.record)
        chunks = sample_chunks(simulator.shape, n_samples, numbers)
        for name in simulator.record:
            extra, size = (("component",), (3,)) if name == "m" else ((), ())
            new.create_variable(name, (*LANES, "time", *extra), "f8", chunks=(*chunks, *size), fletcher32=True)
            attributes[name] = {"units": UNITS[name]}
        packed = {"compression": "gzip", "compression_opts": 1, "shuffle": True, "fletcher32": True}
        new.create_variable("time", ("time",), "i8", chunks=(TIME_CHUNK,), **packed)
        coordinates = simulator.coordinates()
        applied = list(simulator.applied(0, 0))
        attributes[""]["coordinates"] = " ".join([*coordinates, *applied])
        for name, (axes, values, units) in coordinates.items():
            _create(new, name, axes, values)
            attributes[name] = units
        for name in applied:
            chunk = (min(simulator.shape[1], max(1, CHUNK_BYTES // (8 * chunks[3]))), chunks[3])
            new.create_variable(name, ("bias", "time"), "f8", chunks=chunk, fletcher32=True)
            attributes[name] = {"units": APPLIED_UNITS[name]}
        for name, (axes, values, units) in simulator.statistics().items():
            _create(new, name, axes, values)
            attributes[name] = units
        group = new.create_group(CHECKPOINT)
        for name, values in simulator.save_state().items():
            if values.ndim:
                _create(group, name, tuple(f"{name}_{axis}" for axis in range(values.ndim)), values)
    heaps = heaps_checksum(file.getvalue())
    with h5py.File(file, "r+", libver=FORMAT) as new:
        for name, given in attributes.items():
            for key, value in given.items():
                if isinstance(value, str):
                    write_text(new[name] if name else new, key, value)
                else:
                    (new[name] if name else new).attrs[key] = value
        write_text(new, COVERED, " ".join(attributes[""]))
        write_text(new, HEAPS, heaps)
        write_text(new, VARIABLES, variables_checksum(new))
        write_text(new, ARRAYS, arrays_checksum(_whole(simulator)))
        write_text(new, CHECKSUM, attributes_checksum(new))


def _whole(simulator: LaneSimulator) -> dict[str, Any]:
    """Return what is written as a whole, coordinates, statistics and state as they are now, by its names in a file."""
    coordinates = {name: np.asarray(values) for name, (_, values, _) in simulator.coordinates().items()}
    statistics = {name: np.asarray(values) for name, (_, values, _) in simulator.statistics().items()}
    state = {f"{CHECKPOINT}/{name}": values for name, values in simulator.save_state().items() if values.ndim}
    return coordinates | statistics | state


def _create(group: Any, name: str, dimensions: tuple[str, ...], values: Any) -> Any:
    """Create a variable that is always written as a whole."""
    values = np.asarray(values)
    for dimension, size in zip(dimensions, values.shape, strict=True):
        if dimension not in group.dimensions:
            group.dimensions[dimension] = size
    chunks = whole_chunks(values.shape, values.itemsize)
    return group.create_variable(name, dimensions, values.dtype, data=values, chunks=chunks, fletcher32=True)


def _not_written(path: Path, error: OSError, saved: str = "") -> DataError:
    """Return what to say about an error of the disk."""
    if isinstance(error, BlockingIOError):
        return DataError(f"{path}: another process is writing it; wait for it, or end it")
    if isinstance(error, FileNotFoundError):
        return DataError(
            f"{part_of(path)}: was moved or removed, or its folder, while the run wrote to it; what was saved is where "
            "it was moved to: continue it there with mtjphys.resume"
        )
    why = error.strerror or error
    return DataError(f"{path}: cannot be written ({why}); {saved}make room or see to the disk, then go on")


class Writer:
    """Adds samples to the file of a run; they count with the next commit."""

    def __init__(self, file: JournaledFile, path: Path) -> None:
        self._file = file
        self._path = path
        self._opened: Any = None
        self._last = time.monotonic()
        self.damaged = False
        with self._changing() as opened:
            sampled = [opened[name] for name in json.loads(opened.attrs["record"])]
            self.row = sampled[0].chunks[3] if sampled else 1
            self.steps_done = plain(opened[CHECKPOINT].attrs["steps_done"])
            self.n_samples = plain(opened.attrs["n_samples"])

    def is_due(self) -> bool:
        """Return whether it is time for a commit."""
        return time.monotonic() - self._last >= COMMIT_SECONDS

    def add(self, simulator: LaneSimulator, arrays: Mapping[str, Any], first: int) -> None:
        """Add the samples from `first` up to what `simulator` has done.

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
        if not n:
            return
        with self._changing() as file:
            file["time"].resize(last, axis=0)
            file["time"][first:last] = (np.arange(first, last, dtype=np.int64) + 1) * TICKS
            for name, table in simulator.applied(first, n).items():
                file[name].resize(last, axis=1)
                file[name][:, first:last] = table
            for name, values in arrays.items():
                shaped = values[:, :n].reshape(*simulator.shape, n, *values.shape[2:])
                file[name].resize(last, axis=3)
                file[name][:, :, :, first:last] = shaped

    def commit(self, simulator: LaneSimulator, n_samples: int) -> None:
        """Make the samples count, with the statistics and the state of `simulator`.

        Parameters
        ----------
        simulator : LaneSimulator
            As it was when the last samples were added.
        n_samples : int
            Samples the run is meant to have.
        """
        with self._changing() as file:
            whole = _whole(simulator)
            for name, values in whole.items():
                file[name][...] = values
            for name in COUNTERS:
                file[CHECKPOINT].attrs.modify(name, getattr(simulator, name))
            attributes = file.attrs
            attributes.modify("duration", simulator.samples_done * simulator.sample_interval)
            attributes.modify("settle", simulator.settled)
            attributes.modify("n_samples", n_samples)
            attributes.modify(ARRAYS, np.bytes_(arrays_checksum(whole)))
            attributes.modify(CHECKSUM, np.bytes_(attributes_checksum(file)))
            self._opened = None
            file.close()
            self._file.commit()
        self._last = time.monotonic()

    def close(self) -> None:
        """Forget what is not committed, and let go of the file."""
        self._abandon()
        self._file.close()

    def _abandon(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            with suppress(Exception):
                opened.close()
        with suppress(OSError):
            self._file.rollback()

    @contextmanager
    def _changing(self) -> Iterator[Any]:
        """Hand out the file; after an error it is as at the last commit."""
        import h5py

        try:
            if self._opened is None:
                self._opened = h5py.File(self._file, "r+", libver=FORMAT)
            yield self._opened
            if self._file.failure is not None:
                raise self._file.failure
        except BaseException as error:
            failure = self._file.failure
            self._abandon()
            if isinstance(failure, OSError):
                saved = f"what was saved before is kept, continue with mtjphys.resume({str(self._path)!r}): "
                raise _not_written(self._path, failure, saved) from None
            if failure is not None:
                raise failure from None
            self.damaged = isinstance(error, (OSError, RuntimeError, KeyError))
            if self.damaged:
                with naming_damage(self._path, "cannot be continued"):
                    raise
            raise


@contextmanager
def append(path: Path) -> Iterator[Writer]:
    """Open the file of a run to add samples to it; it has its name again when the context ends."""
    part = part_of(path)
    named = not part.exists()
    try:
        if named:
            discard(part)
            os.replace(path, part)
        file = JournaledFile(part)
    except OSError as error:
        if named:
            with suppress(OSError):
                os.replace(part, path)
        raise _not_written(path, error) from None
    writer = None
    try:
        writer = Writer(file, path)
        yield writer
    except BaseException:
        # What was saved gets its name, unless it is damaged; the error is what matters.
        with suppress(OSError):
            file.close() if writer is None else writer.close()
            if named or not (writer is None or writer.damaged):
                os.replace(part, path)
        raise
    try:
        writer.close()
        os.replace(part, path)
        sync_folder(path.parent)
    except OSError as error:
        raise _not_written(path, error) from None


def load(path: str | Path, threads: int | None = None) -> tuple[LaneSimulator, int]:
    """Return the simulator as it was after the file's last sample, and the samples it was meant to have.

    Parameters
    ----------
    path : str or Path
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
    import h5py

    file = recovered(unfinished(path))
    with naming_damage(file, "holds no run that can be continued"), h5py.File(file, "r") as opened:
        verify(opened)
        attributes = attributes_of(opened)
        group = opened[CHECKPOINT]
        saved = {name: np.asarray(dataset[...]) for name, dataset in group.items() if dataset.fletcher32}
        saved.update({name: np.asarray(value) for name, value in attributes_of(group).items()})
        samples = len(opened["time"][...])  # read, so that damage is found before anything is written
    if attributes["mtjphys_version"] != __version__:
        warnings.warn(
            f"{file}: written by mtjphys {attributes['mtjphys_version']}, continued by {__version__}; "
            "the bits may differ from an uninterrupted run",
            MtjphysWarning,
            stacklevel=3,
        )
    kind = SIMULATORS.find(str(attributes.get("simulator")), f"{file}: simulator")
    simulator = kind.from_provenance(attributes, threads)
    simulator.load_state(saved)
    if samples != simulator.samples_done:
        raise DataError(
            f"{file}: has {samples} samples where its state is after {simulator.samples_done}; "
            "the file is damaged: run the simulation again"
        )
    return simulator, int(attributes["n_samples"])
