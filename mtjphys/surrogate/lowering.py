"""A bias as the sampling takes it: source, field along a line and temperature in pieces of time."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.kernels.surrogate import WINDOWS, Course
from mtjphys.surrogate.tables import FieldLine, Floats

LARGEST_BLOCK = 2**20
"""Sample intervals that are taken together."""

MOST_PIECES = 2**14
"""In a block of more than one sample interval."""

MOST_PIECES_IN_A_SAMPLE = 2**22


class Block(NamedTuple):
    """Consecutive sample intervals and what is applied in them."""

    start: int
    stop: int  # excluded
    course: Course


class AppliedBias:
    """A bias in blocks of sample intervals, each short enough that its pieces can be kept.

    The blocks are found by halving `LARGEST_BLOCK` sample intervals: where they begin and end depends on the bias and
    the sample interval alone, so that the results do not depend on how a simulation is divided into calls.

    Parameters
    ----------
    bias : Bias
        What is applied.
    line : FieldLine
        Of the device's table.
    interval : float
        Sample interval in s.
    """

    def __init__(self, bias: Bias, line: FieldLine, interval: float) -> None:
        self._interval = interval
        self._line = line
        self._channels = bias.channels
        self._span = np.ptp(bias.bounds(), axis=1)[:5]
        self._last: Block | None = None
        self._root = 0
        self._too_many: set[tuple[int, int]] = set()  # ends of parts of this largest block
        if bias.is_constant:
            self._last = Block(0, 2**62, self._course(np.array([0.0, math.inf])))

    def block(self, sample: int) -> Block:
        """Return the block in which a sample interval lies.

        Raises
        ------
        ParameterError
            If the bias bends too often within the interval, or its field leaves the line.
        """
        last = self._last
        if last is not None and last.start <= sample < last.stop:
            return last
        size = LARGEST_BLOCK
        if (root := sample // size) != self._root:
            self._root, self._too_many = root, set()
        while True:
            start = sample // size * size
            knots = self._knots(start, start + size)
            if knots is not None:
                break
            if size == 1:
                raise ParameterError(
                    f"the bias bends more than {MOST_PIECES_IN_A_SAMPLE:,} times in a sample interval of "
                    f"{self._interval:g} s; sample more often"
                )
            size //= 2
        block = Block(start, start + size, self._course(knots))
        self._last = block
        return block

    def check_field(self, first: int, last: int) -> None:
        """Refuse a field that leaves the line of the table anywhere between two sample intervals."""
        if all(wave.is_constant for wave in self._channels[1:4]):
            return
        sample = first
        while sample < last:
            sample = self.block(sample).stop

    def _knots(self, first: int, last: int) -> Floats | None:
        """Return the ends of all pieces from one sample interval to another, or None if they are too many."""
        if (first, last) in self._too_many:
            return None
        begin, end = first * self._interval, last * self._interval
        most = MOST_PIECES if last - first > 1 else MOST_PIECES_IN_A_SAMPLE
        inner = []
        for wave in self._channels[:5]:
            knots = wave.knots(begin, end, most)
            if knots is None:
                self._too_many.add((first, last))
                return None
            inner.append(knots)
        return np.concatenate(([begin], np.unique(np.concatenate(inner)), [end]))

    def _course(self, knots: Floats) -> Course:
        """Return source, field along the line and temperature between the knots."""
        pieces = knots.size - 1
        level, slope, cycles = (np.zeros((5, pieces)) for _ in range(3))
        amplitude, frequency = np.zeros(5), np.zeros(5)
        for k, wave in enumerate(self._channels[:5]):
            if wave.is_constant:
                level[k] = wave.bounds()[0]
            else:
                level[k], slope[k], cycles[k], amplitude[k], frequency[k] = wave.pieces(knots)
        self._check_line(knots, frequency)
        taken = [0, 1 + self._line.component, 4]
        share = np.abs(slope[taken]) * np.where(slope[taken] != 0.0, np.diff(knots), 0.0)
        share = np.divide(share.T, self._span[taken], out=np.zeros((pieces, 3)), where=self._span[taken] > 0.0)
        course = Course(
            start=knots,
            level=np.ascontiguousarray(level[taken].T),
            slope=np.ascontiguousarray(slope[taken].T),
            cycles=np.ascontiguousarray(cycles[taken].T),
            # A piece that goes through less of the range has less windows.
            windows=np.maximum(np.ceil(WINDOWS * share.max(axis=1) * (1.0 - 1e-9)), 1.0),
            amplitude=amplitude[taken],
            frequency=frequency[taken],
        )
        course.level[:, 1] -= self._line.origin[self._line.component]
        for values in (course.level[:, 1], course.slope[:, 1], course.amplitude[1:2]):
            values /= self._line.direction[self._line.component]
        return course

    def _check_line(self, knots: Floats, frequency: Floats) -> None:
        """Refuse a field that leaves the line of the table, at points within each piece and within a turn of a sine."""
        starts, lengths = knots[:-1], np.diff(knots)
        lengths = np.where(np.isfinite(lengths), lengths, 1.0)
        turns = [starts[0] + np.arange(1, 8) / (7.3 * turning) for turning in frequency[1:4] if turning > 0.0]
        times = np.concatenate([starts + 0.25 * lengths, starts + 0.75 * lengths, *turns])
        off = self._line.beside(np.stack([wave(times) for wave in self._channels[1:4]]))
        if off:
            raise ParameterError(
                f"the field leaves the line of the table by {off:.3g} T; use "
                "mtjphys.bias.waveforms.along, or make a table along its line"
            )
