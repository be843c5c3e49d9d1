"""Random streams: every use of a seed has its own key, and all keys stand here.

A seed is shared: one number makes the noise of all lanes, the first weights of a network, the order of its epochs. The
streams are ``SeedSequence(seed, spawn_key=(number, use, ...))`` of NumPy, with a `Use` that no other part of the
package has; the noise itself, of a lane or of a unit, has ``(number,)`` alone. A stream depends on its seed and key and
on nothing else, so that one lane of a large run can be made again alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.checks import as_count


class Use(IntEnum):
    """What a stream beside a lane's noise is for: the second word of its key, after a number of the user's kind."""

    INITIAL = 0
    """Random state of a lane at time zero."""
    READOUT_NOISE = 1
    """Noise of the instrument that reads a lane."""
    BUFFER = 2
    """Shuffle of a ring buffer, by call."""
    WELL = 3
    """Fluctuation of a two-state junction within its state."""
    SPREAD = 4
    """Deviation of one device from the nominal one."""
    EFFECTS = 5
    """Read noise and drift that a device effect adds to a unit."""
    RARE_EVENT = 6
    """Choice of starting points in forward flux sampling, by round."""
    WEIGHTS = 7
    """First weights, by layer."""
    ORDER = 8
    """Order of the samples, by epoch."""
    AUGMENTATION = 9
    """Random changes of the inputs, by epoch and batch."""
    SPLIT = 10
    """Division of data into parts."""
    RECORD = 11
    """Order in which a recorded trace is handed out."""
    TEACHER = 12
    """Weights of a teacher network, by layer."""
    INPUTS = 13
    """Generated inputs, by part."""
    STAND_IN = 14
    """Pictures that stand in for a data set which is not at hand."""
    TELEGRAPH = 15
    """Samples of a fitted two-level model."""
    DITHER = 16
    """Uniform numbers that make discrete dwell times continuous in a test."""
    ELECTRONICS = 17
    """Deviation of one unit's amplifier from the nominal one, and whether its device is stuck."""
    VALIDATION = 18
    """Choice of the training samples that are set aside for validation."""
    ENSEMBLE = 19
    """Choice of the members of a weighted ensemble that go on, by ensemble."""
    CROSSING = 20
    """Crossings of thresholds within the steps of a lane, by step."""
    CALIBRATION_STARTS = 21
    """Junctions from which a fit starts beside the one that is given."""
    CALIBRATION_CHECK = 22
    """Synthetic data that a fit is checked with."""
    CALIBRATION_POSTERIOR = 23
    """Walk over the junctions that are plausible after a fit."""
    HIDDEN_PATH = 24
    """States of a trace drawn from their posterior, by replica."""
    CALIBRATION_GAIN = 25
    """Data of a measurement that has not been made, to weigh what it would tell."""
    CALIBRATION_CHOICE = 26
    """Choice of junctions among the plausible ones."""
    CALIBRATION_PREDICTIVE = 27
    """Junctions that are plausible after a fit, and the data that they would have shown."""
    CALIBRATION_POPULATION = 28
    """Populations that are about as likely as the best one."""
    DEVICE = 29
    """Noise that is drawn on the device of a module, for all units together."""
    DATASET_DEVICE = 40
    """Numbers of one device of a dataset."""
    DATASET_DESIGN = 41
    """Scrambling of the design of a dataset."""
    DATASET_SPLIT = 42
    """Division of the devices of a dataset."""
    DATASET_ORDER = 43
    """Order of the windows of a dataset in one epoch."""


def as_seed(seed: Any) -> int:
    """Return a seed: the whole number that was given, or for None one that is drawn, to be recorded with what it made.

    A seed that is drawn comes from the operating system and is below 2^63, so that every file format holds it.

    Parameters
    ----------
    seed : int or None
        As an argument gives it.

    Raises
    ------
    ParameterError
        If it is neither None nor a whole number of at least 0.

    Examples
    --------
    >>> as_seed(7), as_seed(None) != as_seed(None)
    (7, True)
    """
    if seed is None:
        return int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> np.uint64(1))
    return as_count("seed", seed, 0)


def sequence(seed: int, number: int, use: Use, *more: int) -> np.random.SeedSequence:
    """Return the seed sequence of one use of `seed`.

    Parameters
    ----------
    seed : int
        Non-negative.
    number : int
        Of the lane, unit, layer, epoch: whatever the use counts.
    use : Use
        What the stream is for.
    *more : int
        Further numbers, such as the batch within an epoch.

    Returns
    -------
    numpy.random.SeedSequence
        ``SeedSequence(seed, spawn_key=(number, use, *more))``.
    """
    return np.random.SeedSequence(as_count("seed", seed, 0), spawn_key=(int(number), int(use), *map(int, more)))


def generator(seed: int, number: int, use: Use, *more: int) -> np.random.Generator:
    """Return a generator of the stream of `sequence`.

    Examples
    --------
    >>> first, again = generator(1, 0, Use.WEIGHTS), generator(1, 0, Use.WEIGHTS)
    >>> bool(first.random() == again.random() != generator(1, 0, Use.ORDER).random())
    True
    """
    return np.random.default_rng(sequence(seed, number, use, *more))


def states(seed: int, numbers: Sequence[int], *key: int) -> NDArray[np.uint64]:
    """Return generator states of the kernels, one for each lane or unit.

    Parameters
    ----------
    seed : int
        Non-negative.
    numbers : sequence of int
        Numbers of the lanes or units.
    *key : int
        A `Use`, for streams beside the noise of the lanes themselves, and further numbers.

    Returns
    -------
    ndarray
        Shape (4, len(numbers)): xoshiro256++ states from ``SeedSequence(seed, spawn_key=(number, *key))``.
    """
    result = np.empty((4, len(numbers)), dtype=np.uint64)
    if max(0, max(numbers, default=0), *key) >= 2**32:  # numbers of more than one word of 32 bits
        for column, number in enumerate(numbers):
            stream = np.random.SeedSequence(seed, spawn_key=(int(number), *key))
            result[:, column] = stream.generate_state(4, np.uint64)
        return result

    # The arithmetic of SeedSequence, which numpy keeps as it is, for all lanes at once: the pool after the seed is
    # mixed with each word of the spawn key, and then hashed to the words of the state.
    def hashed(value: Any, constant: int, multiplier: int) -> tuple[Any, int]:
        following = constant * multiplier % 2**32
        value = (value ^ np.uint32(constant)) * np.uint32(following)
        return value ^ (value >> np.uint32(16)), following

    pool: list[Any] = [np.uint32(word) for word in np.random.SeedSequence(seed).pool]
    words_of_seed = max(len(pool), -(-int(seed).bit_length() // 32))
    constant = 0x43B0D7E5 * pow(0x931E8875, len(pool) * words_of_seed, 2**32) % 2**32
    with np.errstate(over="ignore"):
        for word in (np.asarray(numbers, np.uint32), *(np.uint32(number) for number in key)):
            for k in range(len(pool)):
                mixed, constant = hashed(word, constant, 0x931E8875)
                value = pool[k] * np.uint32(0xCA01F9DD) - mixed * np.uint32(0x4973F715)
                pool[k] = value ^ (value >> np.uint32(16))
        constant = 0x8B51F9DD
        for k in range(8):
            value, constant = hashed(pool[k % len(pool)], constant, 0x58F38DED)
            result[k // 2] = value if k % 2 == 0 else result[k // 2] | (value.astype(np.uint64) << np.uint64(32))
    return result
