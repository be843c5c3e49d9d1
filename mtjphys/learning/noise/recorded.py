"""Recorded noise: what a junction did in the laboratory drives the network, in the order in which it was read."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.checks import as_choice
from mtjphys.core.declared import Count, Declared, Seed
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.core.streams import Use, generator
from mtjphys.learning.noise.record import Record, Volts
from mtjphys.learning.noise.source import NOISES, Gain, Offset, check_request
from mtjphys.learning.tables import Context, Table


class RecordTable(Table):
    """The `file` of a recorded trace, or a list of files that continue each other."""

    replaces: ClassVar[tuple[str, ...]] = ("record",)
    file: str | list[str]

    def arguments(self, context: Context) -> dict[str, Any]:
        """Return the arguments, with the record."""
        given = super().arguments(context)
        return {"record": given.pop("file"), **given}


@NOISES.register("recorded")
@dataclass
class RecordedNoise(Declared):
    """The recorded voltage of a junction, read once, in order.

    ``order="serial"`` hands one reading after the other from unit to unit, then from sample to sample, as Koenders et
    al. do with one junction: unit u of sample t gets reading ``t n_units + u``, so that neighbouring units see
    correlated noise. ``order="segments"`` gives each unit its own part of the record, ``1/n_units`` of it, in which it
    moves on by one reading a sample: as many junctions as units, as long as the parts are longer than the
    correlation. What a network sees of the device's memory is set by the time between readings: every `stride`-th
    sample of the record is one.

    Files of up to 256 MB in all are read at once, larger ones (text, parquet, npy) in blocks while they are used, so
    that they may be larger than memory. "segments" and `shuffle` need the whole record in memory, as float32.

    Parameters
    ----------
    record : array (samples,), Trace, Dataset, path, or sequence of paths
        In V: anything that `mtjphys.laboratory.traces.read_trace` reads; several files continue each other in the
        given order. A lane of a simulated result is chosen by ``read_trace(run, replica=0)``.
    column, time_column : str or int, optional
        Columns of the volts and of the time, where the names do not tell.
    sample_interval : float, optional
        Of the record in s, where it has no time; it wins over one that it has.
    stride : int, optional
        Samples of the record from one reading to the next, 1 by default.
    reading_interval : float, optional
        The same in s, a multiple of the record's sampling interval.
    order : {"serial", "segments"}
        How units share the record.
    at_end : {"wrap", "error"}
        Whether the record, or each segment, starts again after its end (`passes` says how often), or not.
    shuffle : bool
        Put the samples in random order, which keeps their distribution and destroys their memory.
    standardise : bool
        Set `offset` to the mean and `gain` to 1 over the standard deviation of the record (of the first 2**20 samples
        of one that is read in blocks), so that the perturbation has mean 0 and variance 1.
    seed : int or None
        Seed of `shuffle`, kept; None draws one.
    gain, offset : float
        Conversion to pre-activation, ``gain (V - offset)``, in 1/V and V.

    Attributes
    ----------
    origin : str
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
        If an option is outside its range, or the time between readings is no multiple of the record's interval.

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
    ...     learning.DANP(),
    ...     learning.digits(seed=1),
    ...     learning.Adam(2e-3),
    ...     epochs=1,
    ...     noise=noise,
    ...     decorrelation=learning.Decorrelation(1e-3),
    ... )
    >>> history = training.run()
    >>> noise.reading_interval, noise.passes > 0
    (5e-06, True)
    """

    table: ClassVar[type[RecordTable]] = RecordTable

    record: Any = field(repr=False, compare=False)
    column: str | int | None = field(default=None, kw_only=True)
    time_column: str | int | None = field(default=None, kw_only=True)
    sample_interval: float | None = field(default=None, kw_only=True)
    stride: Count | None = field(default=None, kw_only=True)
    reading_interval: Annotated[float | None, Quantity("s", 0.0, 1e6, open_low=True)] = field(
        default=None, kw_only=True
    )
    order: Literal["serial", "segments"] = field(default="serial", kw_only=True)
    at_end: Literal["wrap", "error"] = field(default="wrap", kw_only=True)
    shuffle: bool = field(default=False, kw_only=True)
    standardise: bool = field(default=False, kw_only=True)
    seed: Seed = field(default=0, kw_only=True)
    gain: Gain = field(default=1.0, kw_only=True)
    offset: Offset = field(default=0.0, kw_only=True)
    origin: str = field(init=False, repr=False, compare=False)
    fingerprint: str = field(init=False)
    passes: int = field(default=0, init=False, repr=False, compare=False)
    _blocks: Iterator[Volts] | None = field(default=None, init=False, repr=False, compare=False)
    _kept: Volts = field(default_factory=lambda: np.empty(0, np.float32), init=False, repr=False, compare=False)
    _base: int = field(default=0, init=False, repr=False, compare=False)  # place of `_kept` in the record
    _at: int = field(default=0, init=False, repr=False, compare=False)  # place of the next reading in `_kept`
    _step: int = field(default=1, init=False, repr=False, compare=False)
    _n_units: int | None = field(default=None, init=False, repr=False, compare=False)  # of segments
    _warned: bool = field(default=False, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        as_choice("order", self.order, ("serial", "segments"))
        as_choice("at_end", self.at_end, ("wrap", "error"))
        if self.standardise and (self.gain, self.offset) != (1.0, 0.0):
            raise ParameterError(
                f"gain={self.gain:g} 1/V and offset={self.offset:g} V would be overwritten by standardise=True: "
                "leave out one or the other"
            )
        any_size = self.standardise or self.gain != 1.0
        self._record = Record(self.record, self.column, self.time_column, self.sample_interval, any_size=any_size)
        self.origin, self.fingerprint = self._record.origin, self._record.fingerprint
        if self.order == "segments" or self.shuffle:
            self._record.keep("shuffle=True" if self.shuffle else "order='segments'")
        if self.shuffle and self._record.values is not None:
            self._record.values = generator(self.seed, 0, Use.RECORD).permutation(self._record.values)
        interval = self.sample_interval = self._record.sample_interval
        self._step = self._stride_of(interval)
        self.stride, self.reading_interval = self._step, self._step * interval
        if self.standardise:
            first = next(self._record.blocks(0)).astype(np.float64)
            self.offset, self.gain = float(first.mean()), 1.0 / float(first.std())

    def _stride_of(self, sample_interval: float) -> int:
        """Return the samples from one reading to the next."""
        if self.reading_interval is None:
            return 1 if self.stride is None else int(self.stride)
        if self.stride is not None:
            raise ParameterError(
                f"stride={self.stride} and reading_interval={self.reading_interval:g} s say the same: give one of them"
            )
        steps = self.reading_interval / sample_interval
        if round(steps) < 1 or abs(steps - round(steps)) > 1e-3 * steps:
            raise ParameterError(
                f"reading_interval={self.reading_interval:g} s is {steps:.6g} times that of the record, "
                f"{sample_interval:g} s: give a whole multiple"
            )
        return round(steps)

    @property
    def samples_in_memory(self) -> int:
        """Samples of the record that are held now: all of them, or a block of a large file."""
        return self._kept.size if self._record.values is None else self._record.values.size

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
        if self._record.values is not None:
            self._warn_if_short(wanted, self._record.values.size)
        readings = np.empty(wanted, np.float32)
        done = 0
        while done < wanted:
            self._advance()
            ready = self._kept[self._at : self._at + (wanted - done) * self._step : self._step]
            readings[done : done + ready.size] = ready
            done += ready.size
            self._at += ready.size * self._step
        return readings

    def _advance(self) -> None:
        """Keep the block with the next reading; the record is a ring if it wraps."""
        while self._at >= self._kept.size:
            self._at -= self._kept.size
            self._base += self._kept.size
            self._kept = np.empty(0, np.float32)
            if self._blocks is None:
                self._blocks = self._record.blocks(self._base)
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
        values = self._record.values
        assert values is not None
        length = values.size // n_units
        if length < self._step:
            raise ParameterError(
                f"{self.origin}: {n_units} segments of a record of {values.size} samples are shorter than one "
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
        table = values[: length * n_units].reshape(n_units, length)
        return np.ascontiguousarray(table[:, places % length].T)

    def _warn_if_short(self, wanted: int, available: int) -> None:
        if (wanted - 1) * self._step >= available and self.at_end == "wrap" and not self._warned:
            self._warned = True
            what = "record" if self.order == "serial" else "segment of each unit"
            warnings.warn(
                f"{self.origin}: the {what} has {available} samples and one call needs {wanted} readings "
                f"{self._step} apart, so that the same noise comes again within the call: record for longer",
                MtjphysWarning,
                stacklevel=4,
            )

    def _ended(self, length: int) -> DataError:
        what = "record" if self.order == "serial" else "segments"
        return DataError(
            f"{self.origin}: all {length} samples of the {what} have been read; record for longer, or allow "
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
        state = {"place": place, "passes": np.array(self.passes), "checksum": np.array(self._record.checksum)}
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
        if int(state["checksum"]) != self._record.checksum:
            raise DataError(
                f"{self.origin}: has the checksum {self._record.checksum:08x} and the noise state is of a record of "
                f"{int(state['checksum']):08x}; load the state of the same record"
            )
        place, values = int(state["place"]), self._record.values
        # The last reading was in the record; the next may lie up to a stride behind its end.
        if values is not None and not 0 <= place < values.size + self._step:
            raise DataError(
                f"{self.origin}: has {values.size} samples and the noise state is at sample {place}; load the "
                "state of the same record"
            )
        self.passes = int(state["passes"])
        self._n_units = int(state["n_units"]) if "n_units" in state else None
        self._kept, self._blocks = np.empty(0, np.float32), None
        self._base, self._at = (place, 0) if values is None else (0, place)
