"""Windows of the traces of a split: as batches, or one by one."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.core.checks import as_count
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.parameters import known_instead
from mtjphys.core.streams import Use, as_seed, generator
from mtjphys.datasets.products import LANES
from mtjphys.datasets.store.reading import open_dataset
from mtjphys.datasets.use.labels import Column, columns_of
from mtjphys.datasets.use.moments import Moments
from mtjphys.datasets.use.normalisation import Normalisation, Scale

if TYPE_CHECKING:
    import xarray as xr

BLOCK_BYTES = 2**22
"""Of consecutive windows that are read together."""

TIMES = ("time", "record_time")


class Batch(NamedTuple):
    """Some windows with their labels.

    Attributes
    ----------
    inputs : ndarray (windows, channels, samples) of float32
        Traces.
    labels : ndarray (windows, labels) of float32
        What is to be told from them.
    """

    inputs: NDArray[np.float32]
    labels: NDArray[np.float32]


class Windows:
    """Windows of the traces of one split of a dataset, as an array that is read while it is used.

    A split is of devices: none of its windows is of a device of another split. Scales are those of the training split
    alone, whichever split is read. Lanes that failed, are not made yet, or have a label that is NaN are left out, and
    counted in `left_out`.

    Parameters
    ----------
    path : str or Path
        Dataset that `mtjphys.datasets.make` has made.
    inputs : str or sequence of str
        Traces, which are the channels: "resistance", "voltage", "signal", ...; of "m" three.
    labels : str or sequence of str
        Numbers of the lane: variables as "exact_dwell_time" or "switched", coordinates as "free_layer.damping" or
        "applied_voltage". Of what has a number for each state there are two.
    length : int, optional
        Samples of a window; by default those of a lane.
    stride : int, optional
        Samples from one window to the next; by default `length`.
    split : str
        Which.
    training : str
        Split whose windows and labels have mean 0 and standard deviation 1.
    normalised : bool
        Whether they are normalised; else they are in their units.
    memory : int
        Bytes of traces that are kept in memory, at most, 256 MiB by default.

    Attributes
    ----------
    channels, label_names : tuple of str
        Names of the rows of a window, and of the labels.
    lanes : ndarray (lanes, 3)
        Device, bias and replica of each lane; window k is of lane ``k // windows_per_lane``.
    windows_per_lane : int
        Of each.
    left_out : dict
        Number of lanes of the split that are not there, by reason.

    Raises
    ------
    DataError
        If there is no dataset, or nothing of the split.
    ParameterError
        If a name is unknown or a number illegal.

    Examples
    --------
    >>> import tempfile
    >>> import mtjphys as mp
    >>> text = '''
    ... name = "small"
    ... [devices]
    ... junction = "rehm_2023"
    ... count = 10
    ... [devices.parameters]
    ... "free_layer.damping" = {kind = "uniform", low = 0.01, high = 0.03}
    ... [engine]
    ... duration = 1e-8
    ... sample_interval = 1e-10
    ... [keep.traces]
    ... '''
    >>> folder = tempfile.TemporaryDirectory()
    >>> store = mp.datasets.make(text, folder.name + "/set.zarr", progress=False)
    >>> train = mp.datasets.Windows(store, "resistance", "free_layer.damping", length=50)
    >>> len(train), [batch.inputs.shape for batch in train.batches(6, seed=1)]
    (16, [(6, 1, 50), (6, 1, 50), (4, 1, 50)])
    >>> test = train.of("test")
    >>> test[0].inputs.shape, test[0].labels.shape
    ((1, 50), (1,))
    >>> folder.cleanup()
    """

    def __init__(
        self,
        path: str | Path,
        inputs: str | Sequence[str] = "resistance",
        labels: str | Sequence[str] = (),
        *,
        length: int | None = None,
        stride: int | None = None,
        split: str = "train",
        training: str = "train",
        normalised: bool = True,
        memory: int = 2**28,
    ) -> None:
        self.path = Path(path)
        self.inputs = (inputs,) if isinstance(inputs, str) else tuple(inputs)
        self.labels = (labels,) if isinstance(labels, str) else tuple(labels)
        self.split, self.training, self.normalised = split, training, normalised
        self.memory = as_count("memory", memory)
        self._opened: tuple[int, xr.Dataset] | None = None
        self._kept: OrderedDict[int, NDArray[np.float32]] = OrderedDict()
        found = self._dataset()
        self.channels, samples = channels_of(found, self.inputs)
        self.length = samples if length is None else as_count("length", length)
        self.stride = self.length if stride is None else as_count("stride", stride)
        if self.length > samples:
            raise ParameterError(f"length={self.length} is more than the {samples} samples of a lane; give fewer")
        self.windows_per_lane = (samples - self.length) // self.stride + 1
        columns = columns_of(found, self.labels)
        self.label_names = tuple(column.name for column in columns)
        self.lanes, self.left_out = lanes_of(found, split, columns)
        self._labels = _table(columns, self.lanes)
        if not len(self.lanes):
            reasons = ", ".join(f"{number} {reason}" for reason, number in self.left_out.items())
            raise DataError(f"{self.path}: no lane of the split {split} is of use: {reasons or 'it has no devices'}")
        lane_bytes = 4 * len(self.channels) * samples
        self._lanes_per_block = max(1, BLOCK_BYTES // lane_bytes)
        self._windows_per_block = self.windows_per_lane
        if lane_bytes > BLOCK_BYTES:
            room = BLOCK_BYTES // (4 * len(self.channels))
            self._windows_per_block = min(self.windows_per_lane, max(1, (room - self.length) // self.stride + 1))
        self._blocks_per_lane = -(-self.windows_per_lane // self._windows_per_block)

    def of(self, split: str) -> Self:
        """Return the same windows of another split, on the same scales."""
        other = type(self)(
            self.path,
            self.inputs,
            self.labels,
            length=self.length,
            stride=self.stride,
            split=split,
            training=self.training,
            normalised=self.normalised,
            memory=self.memory,
        )
        if "normalisation" in self.__dict__:
            other.normalisation = self.normalisation
        return other

    @cached_property
    def normalisation(self) -> Normalisation:
        """The scales, from one pass over the training split; of a large set it takes as long as reading it."""
        if self.split != self.training:
            return self.of(self.training).normalisation
        inputs, labels = Moments(len(self.channels)), Moments(len(self.label_names))
        labels.add(self._labels)
        for block in range(self._blocks):
            traces = self._read(block)
            inputs.add(np.moveaxis(traces, 1, 2).reshape(-1, len(self.channels)))
        return Normalisation(
            Scale.of(inputs, self.channels, self.training), Scale.of(labels, self.label_names, self.training)
        )

    # Windows

    def __len__(self) -> int:
        return len(self.lanes) * self.windows_per_lane

    def __getitem__(self, index: int) -> Batch:
        inputs, labels = self.take([index])
        return Batch(inputs[0], labels[0])

    def take(self, indices: ArrayLike) -> Batch:
        """Return some windows, by their numbers."""
        numbers = np.asarray(indices, dtype=np.int64)
        if np.any((numbers < 0) | (numbers >= len(self))):
            raise IndexError(f"the windows have numbers 0 to {len(self) - 1}")
        lane, window = np.divmod(numbers, self.windows_per_lane)
        block = lane // self._lanes_per_block * self._blocks_per_lane + window // self._windows_per_block
        inputs = np.empty((len(numbers), len(self.channels), self.length), dtype=np.float32)
        for one in np.unique(block):
            traces = self._block(int(one))
            for k in np.flatnonzero(block == one):
                start = window[k] % self._windows_per_block * self.stride
                inputs[k] = traces[lane[k] % self._lanes_per_block, :, start : start + self.length]
        labels = self._labels[lane]
        if self.normalised:
            inputs = self.normalisation.normalised_inputs(inputs)
            labels = self.normalisation.normalised_labels(labels)
        return Batch(np.asarray(inputs, dtype=np.float32), np.asarray(labels, dtype=np.float32))

    def batches(self, size: int, *, seed: int | None = None, epoch: int = 0) -> Iterator[Batch]:
        """Yield all windows in batches, the last of which may be smaller.

        Parameters
        ----------
        size : int
            Windows of a batch.
        seed : int, optional
            Of the order, see `order`; by default the windows come one after the other.
        epoch : int
            Each has another order.
        """
        size = as_count("size", size)
        waiting: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        for part in self.order(seed, epoch):
            waiting = np.concatenate([waiting, part])
            whole = len(waiting) // size * size
            for first in range(0, whole, size):
                yield self.take(waiting[first : first + size])
            waiting = waiting[whole:]
        if len(waiting):
            yield self.take(waiting)

    def order(self, seed: int | None, epoch: int = 0) -> Iterator[NDArray[np.int64]]:
        """Yield the numbers of all windows, each once, in an order that reads little from the disk at a time.

        Blocks of some megabytes come in random order, and as many of them as half of `memory` holds are mixed
        window by window: a split below that is shuffled as a whole.

        Parameters
        ----------
        seed : int or None
            None: one after the other.
        epoch : int
            Each has another order.
        """
        blocks = np.arange(self._blocks)
        if seed is None:
            for block in blocks:
                yield self._windows_of(int(block))
            return
        stream = generator(as_seed(seed), as_count("epoch", epoch, 0), Use.DATASET_ORDER)
        stream.shuffle(blocks)
        together = max(1, self.memory // 2 // BLOCK_BYTES)
        for first in range(0, len(blocks), together):
            part = np.concatenate([self._windows_of(int(block)) for block in blocks[first : first + together]])
            stream.shuffle(part)
            yield part

    # Blocks: some whole lanes, or some windows of one

    @property
    def _blocks(self) -> int:
        return -(-len(self.lanes) // self._lanes_per_block) * self._blocks_per_lane

    def _windows_of(self, block: int) -> NDArray[np.int64]:
        group, part = divmod(block, self._blocks_per_lane)
        first = group * self._lanes_per_block * self.windows_per_lane + part * self._windows_per_block
        lanes = min(len(self.lanes), (group + 1) * self._lanes_per_block)
        last = lanes * self.windows_per_lane
        return np.arange(first, min(last, first + self._windows_per_block * self._lanes_per_block))

    @property
    def bytes_in_memory(self) -> int:
        """Bytes of traces that are kept now; a copy in another process begins with none."""
        return sum(traces.nbytes for traces in self._kept.values())

    def _block(self, block: int) -> NDArray[np.float32]:
        """Return the traces of a block, from memory if they are there."""
        if block in self._kept:
            self._kept.move_to_end(block)
            return self._kept[block]
        traces = self._kept[block] = self._read(block)
        while len(self._kept) > 1 and self.bytes_in_memory > self.memory:
            self._kept.popitem(last=False)
        return traces

    def _read(self, block: int) -> NDArray[np.float32]:
        """Return the traces of a block from the disk, (lanes, channels, samples)."""
        group, part = divmod(block, self._blocks_per_lane)
        lanes = self.lanes[group * self._lanes_per_block : (group + 1) * self._lanes_per_block]
        windows = min(self._windows_per_block, self.windows_per_lane - part * self._windows_per_block)
        start = part * self._windows_per_block * self.stride
        span = slice(start, start + (windows - 1) * self.stride + self.length)
        traces = np.empty((len(lanes), len(self.channels), span.stop - span.start), dtype=np.float32)
        for rows in pieces(lanes):
            picked = lanes[rows]
            devices, place = np.unique(picked[:, 0], return_inverse=True)
            together = devices[-1] - devices[0] + 1 == len(devices)  # slices are read faster
            lowest = picked[:, 1:].min(axis=0)
            (first_bias, first_replica), (last_bias, last_replica) = lowest, picked[:, 1:].max(axis=0)
            channel = 0
            for name in self.inputs:
                variable = self._dataset()[name]
                time = next(dimension for dimension in TIMES if dimension in variable.dims)
                box = variable.isel(
                    {
                        "device": slice(devices[0], devices[-1] + 1) if together else devices,
                        "bias": slice(first_bias, last_bias + 1),
                        "replica": slice(first_replica, last_replica + 1),
                        time: span,
                    }
                ).transpose(*LANES, ..., time)
                values = box.values.reshape(*(box.sizes[name] for name in LANES), -1, box.sizes[time])
                rest = values[place, picked[:, 1] - lowest[0], picked[:, 2] - lowest[1]]
                traces[rows, channel : channel + rest.shape[1]] = rest
                channel += rest.shape[1]
        return traces

    # A file that was opened before a process was forked or pickled is not to be used in the new one.

    def _dataset(self) -> xr.Dataset:
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = os.getpid(), open_dataset(self.path)
        return self._opened[1]

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_opened": None, "_kept": OrderedDict()}


def channels_of(found: xr.Dataset, inputs: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """Return the names of the channels and the samples of a lane."""
    traces = [str(name) for name in found.data_vars if any(time in found[name].dims for time in TIMES)]
    if not inputs:
        raise ParameterError(f"inputs is empty; give some of {', '.join(traces)}")
    names: list[str] = []
    samples = {}
    for name in inputs:
        if name not in traces:
            raise ParameterError(f"input {name!r} is no trace of the dataset; {known_instead(name, traces)}")
        variable = found[name]
        samples[name] = next(variable.sizes[time] for time in TIMES if time in variable.dims)
        names += [f"{name}_{axis}" for axis in "xyz"] if "component" in variable.dims else [name]
    if len(set(samples.values())) > 1:
        text = ", ".join(f"{number} of {name}" for name, number in samples.items())
        raise ParameterError(f"inputs have different numbers of samples: {text}; give those of one length")
    return tuple(names), next(iter(samples.values()))


def lanes_of(found: xr.Dataset, split: str, columns: Sequence[Column]) -> tuple[NDArray[np.int64], dict[str, int]]:
    """Return device, bias and replica of the lanes of a split that are of use, and how many are not, by reason."""
    names = [str(name) for name in np.unique(found.split.values)]
    if split not in names:
        raise ParameterError(f"split {split!r} has no devices; {known_instead(split, names)}")
    status = found.status.values
    inside = (found.split.values == split)[:, None, None] & np.ones(status.shape, dtype=bool)
    left_out = {
        "failed": int(np.count_nonzero(inside & (status == 0))),
        "not made yet": int(np.count_nonzero(inside & (status == -1))),
    }
    lanes = np.argwhere(inside & (status == 1))
    for column in columns:
        finite = np.isfinite(column.of(lanes))
        left_out[f"without {column.name}"] = int(np.count_nonzero(~finite))
        lanes = lanes[finite]
    return lanes, {reason: number for reason, number in left_out.items() if number}


def _table(columns: Sequence[Column], lanes: NDArray[np.int64]) -> NDArray[np.float64]:
    table = np.empty((len(lanes), len(columns)))
    for k, column in enumerate(columns):
        table[:, k] = column.of(lanes)
    return table


def pieces(lanes: NDArray[np.int64]) -> list[slice]:
    """Return rows that are read at once: all if they are of whole devices or of more than two, else those of each."""
    starts = np.flatnonzero(np.diff(lanes[:, 0], prepend=-1))
    counts = np.diff(starts, append=len(lanes))
    if len(np.unique(counts)) == 1 or len(starts) > 2:
        return [slice(0, len(lanes))]
    return [slice(start, start + count) for start, count in zip(starts, counts, strict=True)]
