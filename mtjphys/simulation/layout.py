"""How samples are laid out in a file: chunks of some lanes by some samples, in rows across all lanes."""

from __future__ import annotations

import math
from collections.abc import Sequence

ROW_BYTES = 2**22
"""The most that a row holds: chunks of all lanes and variables with the same samples. It bounds what a file that
stops somewhere is larger than its samples, and what a commit writes again."""

CHUNK_BYTES = 2**16
"""What a chunk holds if the samples suffice: less would be slow to write, more is waste where a file stops."""

WASTE = 1.05


def _divided(n: int, most: int) -> int:
    """Return the largest part of at most `most` that divides `n` with little left over in the last part."""
    for part in range(min(n, max(1, most)), 1, -1):
        if -(-n // part) * part <= WASTE * n:
            return part
    return 1


def sample_chunks(shape: Sequence[int], n_samples: int, numbers: int) -> tuple[int, int, int, int]:
    """Return the devices, biases, replicas and samples in a chunk.

    Parameters
    ----------
    shape : sequence of int
        Devices, biases, replicas.
    n_samples : int
        Samples the run is meant to have.
    numbers : int
        Numbers in a sample of a lane.

    Returns
    -------
    tuple
        The four of them.
    """
    sample = 8 * math.prod(shape) * max(1, numbers)
    longest = max(1, min(ROW_BYTES // sample, CHUNK_BYTES // 8))
    steps = -(-n_samples // -(-n_samples // longest))
    if steps == n_samples:  # one row; not too short if the run is continued one day
        steps = max(steps, min(longest, CHUNK_BYTES // sample))
    lanes = max(1, CHUNK_BYTES // (8 * steps))
    sizes = []
    for n in reversed(shape):
        size = _divided(n, lanes)
        lanes = lanes // n if size == n else 1
        sizes.append(size)
    replicas, biases, devices = sizes
    return devices, biases, replicas, steps


def whole_chunks(shape: Sequence[int], itemsize: int) -> tuple[int, ...]:
    """Return chunks of an array that is written as a whole."""
    room = max(1, 16 * CHUNK_BYTES // itemsize)
    sizes = []
    for n in reversed(shape):
        size = max(1, min(n, room))
        room = room // n if size == n else 1
        sizes.append(size)
    return tuple(reversed(sizes))
