"""The recorded voltage of a junction: arrays and files, in memory or in blocks."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError
from mtjphys.core.machine import available_memory
from mtjphys.laboratory.traces import Trace, blocks, read_trace, sample_count
from mtjphys.laboratory.traces.trace import check_interval, check_values

Volts = NDArray[np.float32]

SMALL = 2**28
"""Bytes of files that are read as a whole."""
BLOCK = 2**20
"""Samples of larger ones that are in memory at a time."""
LARGEST = 10.0
"""V; no junction or converter reads more, so that a file with more holds mV, codes or something else."""


def _single(values: NDArray[np.float64]) -> Volts:
    """Return the values in single precision; what is beyond its range becomes infinite, which is refused later."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


class Record:
    """A recorded voltage, read from an array or from files that continue each other.

    Parameters
    ----------
    record : array (samples,), Trace, Dataset, path, or sequence of paths
        See `RecordedNoise`.
    column, time_column : str or int, optional
        Columns of the volts and of the time, where the names do not tell.
    sample_interval : float, optional
        In s, where the record has no time; it wins over one that it has.
    any_size : bool
        Whether values above `LARGEST` are legal in a file that names no unit.

    Attributes
    ----------
    origin : str
        What is read.
    fingerprint : str
        Names of the files, without their folders, and checksum of the samples (of a record that is read in blocks, of
        its size and the first samples).
    sample_interval : float
        s.
    values : ndarray or None
        The samples in V, if all of them are in memory.

    Raises
    ------
    DataError
        If it is no usable record.
    """

    def __init__(
        self,
        record: Any,
        column: str | int | None = None,
        time_column: str | int | None = None,
        sample_interval: float | None = None,
        *,
        any_size: bool = False,
    ) -> None:
        check_interval(sample_interval)
        self._columns = column, time_column, sample_interval
        paths = _paths(record)
        self.origin = ", ".join(str(path) for path in paths) or "array"
        self.values: Volts | None = None
        self.files: list[Path] = []
        if sum(path.stat().st_size for path in paths if path.is_file()) > SMALL:
            self.files = paths
            begun = [next(self._read(path)) for path in paths]
            first = next(self.blocks(0))
        else:
            begun = [read_trace(item, *self._columns) for item in paths or [record]]
            first = self.values = _single(np.concatenate([trace.values for trace in begun]))
            if not paths:
                self.origin = f"{begun[0].origin} of {first.size} samples"
        check_values(first, self.origin)  # type: ignore[arg-type] # in single precision
        intervals = [trace.sample_interval for trace in begun]
        if sample_interval is None:
            for path, interval in zip(paths, intervals, strict=False):
                if abs(interval - intervals[0]) > 0.01 * intervals[0]:
                    raise DataError(
                        f"{path}: sampled every {interval:g} s where the first file is every {intervals[0]:g} s; "
                        "give files of one record"
                    )
        self.sample_interval = intervals[0] if sample_interval is None else sample_interval
        self._check_volts([trace.unit for trace in begun], float(np.abs(first).max()), bool(paths) and not any_size)
        sizes = [path.stat().st_size for path in self.files]
        self.checksum = zlib.crc32(first.data, zlib.crc32(str(sizes).encode()))
        names = ", ".join(path.name for path in paths) or f"{first.size} samples"
        self.fingerprint = f"{names} ({self.checksum:08x})"

    def _check_volts(self, units: list[str], largest: float, bounded: bool) -> None:
        for unit in units:
            if unit not in ("", "V"):
                raise DataError(f"{self.origin}: holds {unit}; expected volts, the units get what a readout would see")
        if bounded and "" in units and largest > LARGEST:
            raise DataError(
                f"{self.origin}: reads up to {largest:.4g} and names no unit; expected at most {LARGEST:g} V: name "
                "the column 'V (mV)' or 'V (V)', or say with gain (1/V) or standardise=True how its values perturb"
            )

    def _read(self, path: Path) -> Iterator[Trace]:
        return blocks(path, *self._columns, rows=BLOCK)

    def blocks(self, skip: int) -> Iterator[Volts]:
        """Yield the record from sample `skip` on, in blocks."""
        if self.values is not None:
            yield self.values[skip:]
            return
        for file in self.files:
            count = sample_count(file) if skip else None
            if count is not None and skip >= count:
                skip -= count
                continue
            for block in self._read(file):
                if skip >= block.values.size:
                    skip -= block.values.size
                    continue
                values: Any = _single(block.values[skip:])
                check_values(values, f"{self.origin}, in a block of {values.size}", 1, constant=False)
                yield values
                skip = 0

    def keep(self, why: str) -> Volts:
        """Bring the whole record to memory and return it; `why` is what needs it there."""
        if self.values is None:
            n_bytes = sum(4.0 * (sample_count(file) or 0) for file in self.files)
            if n_bytes > 0.5 * available_memory():
                raise DataError(
                    f"{self.origin}: {why} needs the whole record, {n_bytes / 2**30:.1f} GB, in memory: "
                    "give fewer files or use order='serial'"
                )
            self.values = np.concatenate(list(self.blocks(0)))
        return self.values


def _paths(record: Any) -> list[Path]:
    """Return the files of a record, or none if it is an array."""
    if isinstance(record, (str, Path)):
        return [Path(record)]
    if isinstance(record, Sequence) and all(isinstance(item, (str, Path)) for item in record):
        if not record:
            raise DataError("an empty list of files is no record; give at least one")
        return [Path(item) for item in record]
    return []
