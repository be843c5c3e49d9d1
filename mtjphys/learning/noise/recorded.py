"""Recorded noise: what a junction did in the laboratory drives the network, in the order in which it was read."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.core.parameters import check_range
from mtjphys.laboratory.traces import Trace, blocks, read_trace, sample_count
from mtjphys.laboratory.traces.trace import check_interval, check_values
from mtjphys.learning.noise.source import check_conversion, check_request, check_seed

Volts = NDArray[np.float32]

_SMALL = 2**28  # bytes of files that are read as a whole
_BLOCK = 2**20  # samples of larger ones that are in memory at a time
_LARGEST = 10.0  # V; no junction or converter reads more, so that a file with more holds mV, codes or something else


def _single(values: NDArray[np.float64]) -> Volts:
    """Return the values in single precision; what is beyond its range becomes infinite, which is refused later."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


@dataclass
class RecordedNoise:
    """The recorded voltage of a junction, read once, in order.

    ``order="serial"`` hands one reading after the other from unit to unit, then from sample to sample, as Koenders et
    al. do with one junction: unit u of sample t gets reading ``t n_units + u``, so that neighbouring units see
    correlated noise. ``order="segments"`` gives each unit its own part of the record, ``1/n_units`` of it, in which it
    moves on by one reading a sample: as many junctions as units, as long as the parts are longer than the
    correlation. What a network sees of the device's memory is set by the sampling interval: every `stride`-th sample
    of the record is a reading.

    Files of up to 256 MB in all are read at once, larger ones (text, parquet, npy) in blocks while they are used, so
    that they may be larger than memory. "segments" and `shuffle` need the whole record in memory, as float32.

    Parameters
    ----------
    record : array (samples,), Trace, Dataset, path, or sequence of paths
        In V: anything that `mtjphys.laboratory.traces.read_trace` reads; several files continue each other in the
        given order. A lane of a simulated result is chosen by ``read_trace(run, replica=0)``.
    column, time_column : str or int, optional
        Columns of the volts and of the time, where the names do not tell.
    dt : float, optional
        Sampling interval of the record in s, where it has no time; it wins over one that it has.
    stride : int, optional
        Samples of the record from one reading to the next, 1 by default.
    sample_interval : float, optional
        The same in s, a multiple of that of the record.
    order : {"serial", "segments"}
        How units share the record.
    at_end : {"wrap", "error"}
        Whether the record, or each segment, starts again after its end (`passes` says how often), or not.
    shuffle : bool
        Put the samples in random order, which keeps their distribution and destroys their memory.
    standardise : bool
        Set `offset` to the mean and `gain` to 1 over the standard deviation of the record (of the first 2**20 samples
        of one that is read in blocks), so that the perturbation has mean 0 and variance 1.
    seed : int
        Seed of `shuffle`.
    gain, offset : float
        Conversion to pre-activation, ``gain (V - offset)``, in 1/V and V.

    Attributes
    ----------
    source : str
        What is read.
    fingerprint : str
        Names of the files, without their folders, and checksum of the samples (of a record that is read in blocks, of
        its size and the first 2**20 samples): a state goes on with the same record only, wherever it lies.
    passes : int
        How often the record has been started again.

    Raises
    ------
    DataError
        If a file or array is no usable record: missing, not numeric, not finite, constant (in single precision), too
        short, a file that reads more than 10 and names no unit (mV, most likely) and that neither `gain` nor
        `standardise` brings down; or at the end of the record with ``at_end="error"``.
    ParameterError
        If an option is outside its range, or the sampling interval is no multiple of that of the record.

    Warns
    -----
    MtjphysWarning
        If one call needs more readings than there are, so that units or samples get the same ones.

    References
    ----------
    K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025); their record: Zenodo 15222667.

    Examples
    --------
    Training from a measured trace, a text file of two columns, time and volts (written here for want of a junction):

    >>> import tempfile, pathlib
    >>> from mtjphys import learning
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "measured.csv"
    >>> volts = learning.TelegraphNoise(seed=1).volts(20_000, 1)[:, 0]
    >>> np.savetxt(path, np.column_stack([5e-6 * np.arange(volts.size), volts]), delimiter=",", header="time (s),V (V)")

    >>> noise = learning.RecordedNoise(path)
    >>> training = learning.Training(
    ...     learning.Network([64, 20, 10], decorrelated=True, seed=1),
    ...     learning.ANP(),
    ...     learning.digits(seed=1),
    ...     learning.Adam(2e-3),
    ...     epochs=1,
    ...     noise=noise,
    ...     decorrelation=learning.Decorrelation(1e-3),
    ... )
    >>> history = training.run()
    >>> noise.sample_interval, noise.passes > 0
    (5e-06, True)
    """

    record: Any = field(repr=False, compare=False)
    column: str | int | None = field(default=None, kw_only=True)
    time_column: str | int | None = field(default=None, kw_only=True)
    dt: float | None = field(default=None, kw_only=True)
    stride: int | None = field(default=None, kw_only=True)
    sample_interval: float | None = field(default=None, kw_only=True)
    order: Literal["serial", "segments"] = field(default="serial", kw_only=True)
    at_end: Literal["wrap", "error"] = field(default="wrap", kw_only=True)
    shuffle: bool = field(default=False, kw_only=True)
    standardise: bool = field(default=False, kw_only=True)
    seed: int = field(default=0, kw_only=True)
    gain: float = field(default=1.0, kw_only=True)
    offset: float = field(default=0.0, kw_only=True)
    source: str = field(init=False, repr=False, compare=False)
    fingerprint: str = field(init=False)
    passes: int = field(default=0, init=False, repr=False, compare=False)
    _files: list[Path] = field(default_factory=list, init=False, repr=False, compare=False)
    _values: Volts | None = field(default=None, init=False, repr=False, compare=False)  # whole, if in memory
    _blocks: Iterator[Volts] | None = field(default=None, init=False, repr=False, compare=False)
    _kept: Volts = field(default_factory=lambda: np.empty(0, np.float32), init=False, repr=False, compare=False)
    _base: int = field(default=0, init=False, repr=False, compare=False)  # place of `_kept` in the record
    _at: int = field(default=0, init=False, repr=False, compare=False)  # place of the next reading in `_kept`
    _step: int = field(default=1, init=False, repr=False, compare=False)
    _checksum: int = field(default=0, init=False, repr=False, compare=False)
    _n_units: int | None = field(default=None, init=False, repr=False, compare=False)  # of segments
    _warned: bool = field(default=False, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, value, known in (
            ("order", self.order, ("serial", "segments")),
            ("at_end", self.at_end, ("wrap", "error")),
        ):
            if value not in known:
                raise ParameterError(f"{name}={value!r} is unknown; choose one of {', '.join(known)}")
        check_seed(self.seed)
        check_conversion(self.gain, self.offset)
        check_interval(self.dt)
        if self.standardise and (self.gain, self.offset) != (1.0, 0.0):
            raise ParameterError(
                f"gain={self.gain:g} 1/V and offset={self.offset:g} V would be overwritten by standardise=True: "
                "leave out one or the other"
            )
        self.dt = self._load()
        self._step = self._stride_of(self.dt)
        self.stride, self.sample_interval = self._step, self._step * self.dt
        if self.standardise:
            first = next(self._from(0)).astype(np.float64)
            self.offset, self.gain = float(first.mean()), 1.0 / float(first.std())

    def _load(self) -> float:
        """Open the record; return its sampling interval."""
        if isinstance(self.record, (str, Path)):
            paths = [Path(self.record)]
        elif isinstance(self.record, Sequence) and all(isinstance(item, (str, Path)) for item in self.record):
            paths = [Path(item) for item in self.record]
            if not paths:
                raise DataError("an empty list of files is no record; give at least one")
        else:
            paths = []
        self.source = ", ".join(str(path) for path in paths) or "array"
        if sum(path.stat().st_size for path in paths if path.is_file()) > _SMALL:
            self._files = paths
            begun = [next(self._read(path)) for path in paths]
            units = [block.unit for block in begun]
            intervals = [block.sample_interval for block in begun] if self.dt is None else [self.dt]
            first: Any = next(self._from(0))
            if self.order == "segments" or self.shuffle:
                self._values = self._whole()
        else:
            traces = [read_trace(item, self.column, self.time_column, self.dt) for item in paths or [self.record]]
            units = [trace.unit for trace in traces]
            intervals = [trace.sample_interval for trace in traces] if self.dt is None else [self.dt]
            self._values = _single(np.concatenate([trace.values for trace in traces]))
            first = self._values
            if not paths:
                self.source = f"{traces[0].origin} of {self._values.size} samples"
        check_values(first, self.source)
        for path, interval in zip(paths, intervals, strict=False):
            if abs(interval - intervals[0]) > 0.01 * intervals[0]:
                raise DataError(
                    f"{path}: sampled every {interval:g} s where the first file is every {intervals[0]:g} s; "
                    "give files of one record"
                )
        for unit in units:
            if unit not in ("", "V"):
                raise DataError(f"{self.source}: holds {unit}; expected volts, the units get what a readout would see")
        largest = float(np.abs(first).max())
        if paths and "" in units and largest > _LARGEST and self.gain == 1.0 and not self.standardise:
            raise DataError(
                f"{self.source}: reads up to {largest:.4g} and names no unit; expected at most {_LARGEST:g} V: name "
                "the column 'V (mV)' or 'V (V)', or say with gain (1/V) or standardise=True how its values perturb"
            )
        sizes = [path.stat().st_size for path in paths] if self._files else []
        self._checksum = zlib.crc32(first.data, zlib.crc32(str(sizes).encode()))
        names = ", ".join(path.name for path in paths) or f"{first.size} samples"
        self.fingerprint = f"{names} ({self._checksum:08x})"
        if self.shuffle and self._values is not None:
            stream = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(0,)))
            self._values = stream.permutation(self._values)
        return intervals[0]

    def _stride_of(self, dt: float) -> int:
        """Return the samples from one reading to the next."""
        stride = 1 if self.stride is None else self.stride
        if isinstance(stride, bool) or not isinstance(stride, (int, np.integer)) or stride < 1:
            raise ParameterError(
                f"stride={stride!r} is not a whole number of at least 1: samples from reading to reading"
            )
        if self.sample_interval is None:
            return int(stride)
        if self.stride is not None:
            raise ParameterError(
                f"stride={self.stride} and sample_interval={self.sample_interval:g} s say the same: give one of them"
            )
        check_range("sample_interval", self.sample_interval, "s", 0.0, 1e6, open_low=True)
        steps = self.sample_interval / dt
        if round(steps) < 1 or abs(steps - round(steps)) > 1e-3 * steps:
            raise ParameterError(
                f"sample_interval={self.sample_interval:g} s is {steps:.6g} times that of the record, {dt:g} s: "
                "give a whole multiple"
            )
        return round(steps)

    def _read(self, path: Path) -> Iterator[Trace]:
        return blocks(path, self.column, self.time_column, self.dt, rows=_BLOCK)

    def _whole(self) -> Volts:
        from mtjphys.core.machine import available_memory

        n_bytes = sum(4.0 * (sample_count(file) or 0) for file in self._files)
        if n_bytes > 0.5 * available_memory():
            what = "shuffle=True" if self.shuffle else "order='segments'"
            raise DataError(
                f"{self.source}: {what} needs the whole record, {n_bytes / 2**30:.1f} GB, in memory: "
                "give fewer files or use order='serial'"
            )
        return np.concatenate(list(self._from(0)))

    def _from(self, skip: int) -> Iterator[Volts]:
        """Yield the record from sample `skip` on, in blocks."""
        if self._values is not None:
            yield self._values[skip:]
            return
        for file in self._files:
            count = sample_count(file) if skip else None
            if count is not None and skip >= count:
                skip -= count
                continue
            for block in self._read(file):
                if skip >= block.values.size:
                    skip -= block.values.size
                    continue
                values: Any = _single(block.values[skip:])
                check_values(values, f"{self.source}, in a block of {values.size}", 1, constant=False)
                yield values
                skip = 0

    def volts(self, n_samples: int, n_units: int) -> NDArray[np.float32]:
        """Return the next voltages of every unit.

        Parameters
        ----------
        n_samples, n_units : int
            Samples to read and units to feed; with segments the first call fixes `n_units`.

        Returns
        -------
        ndarray of float32, shape (n_samples, n_units)
            Voltages in V.

        Raises
        ------
        DataError
            If the record has ended and does not wrap, or a further block of a file is not usable.
        ParameterError
            If a number is below 1, or there are more units than the record can be divided into.
        """
        check_request(n_samples, n_units, self._n_units)
        if self.order == "segments":
            return self._segments(n_samples, n_units)
        return self._serial(n_samples * n_units).reshape(n_samples, n_units)

    def _serial(self, wanted: int) -> Volts:
        if self._values is not None:
            self._warn_if_short(wanted, self._values.size)
        found = np.empty(wanted, np.float32)
        done = 0
        while done < wanted:
            self._advance()
            ready = self._kept[self._at : self._at + (wanted - done) * self._step : self._step]
            found[done : done + ready.size] = ready
            done += ready.size
            self._at += ready.size * self._step
        return found

    def _advance(self) -> None:
        """Keep the block with the next reading; the record is a ring if it wraps."""
        while self._at >= self._kept.size:
            self._at -= self._kept.size
            self._base += self._kept.size
            self._kept = np.empty(0, np.float32)
            if self._blocks is None:
                self._blocks = self._from(self._base)
            block = next(self._blocks, None)
            if block is not None:
                self._kept = block
                continue
            if self.at_end == "wrap":
                self.passes += 1
                self._base, self._blocks = 0, None
            else:
                raise self._ended(self._base)

    def _segments(self, n_samples: int, n_units: int) -> Volts:
        assert self._values is not None
        length = self._values.size // n_units
        if length < self._step:
            raise ParameterError(
                f"{self.source}: {n_units} segments of a record of {self._values.size} samples are shorter than one "
                f"reading (stride={self._step}): give a longer record or order='serial'"
            )
        self._n_units = n_units
        self._warn_if_short(n_samples, length)
        places = self._at + self._step * np.arange(n_samples)
        self._at += self._step * n_samples
        if self.at_end == "wrap":
            self.passes, self._at = self.passes + self._at // length, self._at % length
        elif places[-1] >= length:
            raise self._ended(length)
        table = self._values[: length * n_units].reshape(n_units, length)
        return np.ascontiguousarray(table[:, places % length].T)

    def _warn_if_short(self, wanted: int, available: int) -> None:
        if (wanted - 1) * self._step >= available and self.at_end == "wrap" and not self._warned:
            self._warned = True
            what = "record" if self.order == "serial" else "segment of each unit"
            warnings.warn(
                f"{self.source}: the {what} has {available} samples and one call needs {wanted} readings "
                f"{self._step} apart, so that the same noise comes again within the call: record for longer",
                MtjphysWarning,
                stacklevel=4,
            )

    def _ended(self, length: int) -> DataError:
        what = "record" if self.order == "serial" else "segments"
        return DataError(
            f"{self.source}: all {length} samples of the {what} have been read; record for longer, or allow "
            "at_end='wrap'"
        )

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy needs; it opens the files again at the same place."""
        return self.__dict__ | {"_blocks": None, "_kept": self._kept[:0]}

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the place in the record, and the checksum of the record."""
        if self.order == "serial" and self.at_end == "wrap":
            self._advance()
        place = np.array(self._base + self._at)
        state = {"place": place, "passes": np.array(self.passes), "checksum": np.array(self._checksum)}
        if self._n_units is not None:
            state["n_units"] = np.array(self._n_units)
        return state

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the source that made `state` stopped, with the same record; files are read up to there.

        Raises
        ------
        DataError
            If the state is of another record or another kind of source.
        """
        if not {"place", "passes", "checksum"} <= state.keys():
            raise DataError("noise state without a place in a record: load a state that this kind of source saved")
        if int(state["checksum"]) != self._checksum:
            raise DataError(
                f"{self.source}: has the checksum {self._checksum:08x} and the noise state is of a record of "
                f"{int(state['checksum']):08x}; load the state of the same record"
            )
        place = int(state["place"])
        # The last reading was in the record; the next may lie up to a stride behind its end.
        if self._values is not None and not 0 <= place < self._values.size + self._step:
            raise DataError(
                f"{self.source}: has {self._values.size} samples and the noise state is at sample {place}; load the "
                "state of the same record"
            )
        self.passes = int(state["passes"])
        self._n_units = int(state["n_units"]) if "n_units" in state else None
        self._kept, self._blocks = np.empty(0, np.float32), None
        self._base, self._at = (place, 0) if self._values is None else (0, place)
