"""Which lanes a task makes, and what of each array is its shard and its chunk; a matter of the specification alone.

A task makes some devices under all biases, or some biases of one device, or some replicas of one device under one bias:
lanes that follow each other. Its part of every array is one shard, which no other task touches.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from mtjphys.core.errors import ParameterError
from mtjphys.datasets.products import LANES, Variable
from mtjphys.datasets.specification import Specification
from mtjphys.kernels.simd import WIDTH

SAMPLE_BYTES = 2**25
"""Of samples in memory that a task makes; whoever reads a shard whole needs no more."""

BLOCK_BYTES = 2**28
"""Of samples of so few lanes that they fill one block of the kernels, where fewer would cost as much time."""

MOST_SAMPLE_BYTES = 2**29
"""The most that a specification may ask for in one shard."""

LANE_STEPS = 2**31
"""Of a task of more than one block of the kernels: some twenty seconds."""

FEWEST_LANES, FEWEST_TASKS = 64, 64
"""A dataset has some tasks to be shared out, unless they would become too small for the kernels."""

CHUNK_BYTES = 2**19
"""Of a chunk before its compression: reading a window costs little more than the window."""


class Tasks(NamedTuple):
    """How the lanes are divided.

    Attributes
    ----------
    shape : tuple of three int
        Devices, biases, replicas of the dataset.
    shard : tuple of three int
        Of a task; the last ones may have fewer.
    """

    shape: tuple[int, int, int]
    shard: tuple[int, int, int]

    @property
    def counts(self) -> tuple[int, int, int]:
        """Shards along devices, biases and replicas."""
        d, b, r = (-(-n // part) for n, part in zip(self.shape, self.shard, strict=True))
        return d, b, r

    @property
    def total(self) -> int:
        """Number of tasks."""
        return math.prod(self.counts)

    def place(self, task: int) -> tuple[int, int, int]:
        """Return which shard along devices, biases and replicas a task makes."""
        rest, r = divmod(task, self.counts[2])
        d, b = divmod(rest, self.counts[1])
        return d, b, r

    def ranges(self, task: int) -> tuple[slice, slice, slice]:
        """Return the devices, biases and replicas of a task."""
        d, b, r = (
            slice(k * part, min((k + 1) * part, n))
            for k, part, n in zip(self.place(task), self.shard, self.shape, strict=True)
        )
        return d, b, r

    def first_lane(self, device: int, bias: int = 0, replica: int = 0) -> int:
        """Return the number of a lane."""
        return (device * self.shape[1] + bias) * self.shape[2] + replica

    def makes(self, task: int, variable: Variable) -> bool:
        """Return whether a task makes a part of a variable: of dimensions that it has not, the first task does."""
        return all(k == 0 or name in variable.dimensions for name, k in zip(LANES, self.place(task), strict=True))

    def key(self, task: int, name: str, variable: Variable) -> str:
        """Return the key of a task's shard of a variable in the Zarr store."""
        place = dict(zip(LANES, self.place(task), strict=True))
        return "/".join([name, "c", *(str(place.get(dimension, 0)) for dimension in variable.dimensions)])


def sample_bytes(specification: Specification) -> int:
    """Return the bytes of a lane's samples in memory."""
    numbers = sum(3 if name == "m" else 1 for name in specification.record)
    return max(8, 8 * specification.engine.n_samples * numbers)


def bytes_of_task(specification: Specification, tasks: Tasks) -> int:
    """Return the bytes of a task's samples in memory."""
    return math.prod(tasks.shard) * sample_bytes(specification)


def tasks_of(specification: Specification) -> Tasks:
    """Return how the lanes of a dataset are divided.

    Raises
    ------
    ParameterError
        If a shard of the size that is given would have more samples than memory should hold.
    """
    shape = specification.shape
    devices, biases, replicas = shape
    engine = specification.engine
    bytes_of_lane = sample_bytes(specification)
    held = max(SAMPLE_BYTES // bytes_of_lane, min(WIDTH, BLOCK_BYTES // bytes_of_lane))
    soon = max(WIDTH, int(LANE_STEPS / engine.lane_steps()))
    lanes = max(1, min(held, soon, max(FEWEST_LANES, math.prod(shape) // FEWEST_TASKS)))
    given = specification.store.devices_per_shard
    per_device = biases * replicas
    if given is not None:
        if given * per_device * bytes_of_lane > MOST_SAMPLE_BYTES:
            raise ParameterError(
                f"devices_per_shard={given} makes {given * per_device * bytes_of_lane / 2**30:.3g} GiB of samples in "
                f"one piece, of which {MOST_SAMPLE_BYTES / 2**30:.3g} GiB are legal; leave it out or give fewer"
            )
        return Tasks(shape, (min(given, devices), biases, replicas))
    if per_device <= lanes:
        whole = WIDTH // math.gcd(WIDTH, per_device)  # devices whose lanes fill the kernels' blocks
        many = lanes // per_device
        return Tasks(shape, (min(devices, many // whole * whole or many), biases, replicas))
    if replicas <= lanes:
        return Tasks(shape, (1, lanes // replicas, replicas))
    return Tasks(shape, (1, 1, lanes // WIDTH * WIDTH or lanes))


class Chunking(NamedTuple):
    """Shapes of an array, of its shards, and of the chunks in them."""

    shape: tuple[int, ...]
    shard: tuple[int, ...]
    chunk: tuple[int, ...]


def chunking(variable: Variable, sizes: Mapping[str, int], tasks: Tasks) -> Chunking:
    """Return the shapes of a variable; what runs along its last dimensions is in one chunk first."""
    parts = dict(zip(LANES, tasks.shard, strict=True))
    room = CHUNK_BYTES // np.dtype(variable.dtype).itemsize
    shape, shard, chunk = [], [], []
    for name in reversed(variable.dimensions):
        size = sizes[name]
        whole = parts.get(name, size)
        if name in parts:
            part = next(k for k in range(min(whole, max(1, room)), 0, -1) if whole % k == 0)
        else:
            pieces = -(-whole // max(1, room))
            part = -(-whole // pieces)
            whole = part * pieces
        room //= part
        shape.append(size)
        shard.append(whole)
        chunk.append(part)
    return Chunking(tuple(shape[::-1]), tuple(shard[::-1]), tuple(chunk[::-1]))
