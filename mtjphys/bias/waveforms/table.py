"""Waveforms of a table of numbers, which may stand in a CSV file."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from mtjphys.bias.waveforms.waveform import SMOOTH_LOSS, Array, Straight
from mtjphys.core.errors import ParameterError

STEPS_IN_A_SWING = math.pi / (2.0 * math.sqrt(3.0 * SMOOTH_LOSS))
"""Least number of steps in half a period, as of a sine."""

SMALLEST_SWING = 0.1
"""Share of the range under which values that rise and fall count as ripples."""


@dataclass(frozen=True, eq=False)
class Segments:
    """Linear pieces between knots, constant before the first and after the last."""

    knots: Array
    anchors: Array  # s, where `levels` hold; entry i + 1 belongs to the piece after knot i
    levels: Array
    slopes: Array
    areas: NDArray[np.longdouble]  # integral from the first knot to each knot

    @classmethod
    def build(cls, knots: Array, values: Array, slopes: Array) -> Segments:
        """Return the pieces that begin at `knots` with `values` and `slopes`; the last is flat."""
        lengths = np.diff(knots)
        pieces = (values[:-1] + 0.5 * slopes * lengths) * lengths
        areas = np.concatenate(([0.0], np.cumsum(pieces.astype(np.longdouble))))
        return cls(
            knots,
            np.concatenate((knots[:1], knots)),
            np.concatenate((values[:1], values)),
            np.concatenate(([0.0], slopes, [0.0])),
            areas,
        )

    def value(self, t: Array) -> Array:
        """Return the value at `t`."""
        piece = np.searchsorted(self.knots, t, side="right")
        return self._at(piece, t, 0.0)

    def _at(self, piece: NDArray[np.intp], t: Array, shift: Array | float) -> Array:
        elapsed = (t - self.anchors[piece]) + shift
        return self.levels[piece] + self.slopes[piece] * elapsed

    def mean(self, t: Array, dt: Array) -> Array:
        """Return the mean over ``[t, t + dt]``."""
        first = np.searchsorted(self.knots, t, side="right")
        last = np.maximum(np.searchsorted(self.knots, t + dt, side="left"), first)
        same = first == last
        # Piece i lies before knot i; where the step crosses no knot the index is a placeholder.
        after = np.minimum(first, self.knots.size - 1)
        before = np.maximum(last - 1, 0)
        head = np.clip(self.knots[after] - t, 0.0, dt)
        tail = np.clip(self.knots[before] - t, 0.0, dt)
        whole = (self.areas[before] - self.areas[after]).astype(np.float64)
        crossed = (
            self._at(first, t, 0.5 * head) * head + whole + self._at(last, t, 0.5 * (tail + dt)) * (dt - tail)
        ) / dt
        return np.where(same, self._at(first, t, 0.5 * dt), crossed)


class Tabulated(Straight):
    """Base of the waveforms of a table of `values`."""

    levels: ClassVar[tuple[str, ...]] = ("values",)

    @property
    @abstractmethod
    def segments(self) -> Segments:
        """The straight pieces."""

    @classmethod
    @abstractmethod
    def from_csv(cls, path: str | Path, *columns: Any, **options: Any) -> Self:
        """Read the table from columns of a CSV file."""

    @classmethod
    def from_mapping(cls, parameters: Mapping[str, Any]) -> Self:
        """Return the waveform of a mapping, which may name a CSV file as `path` instead of the values."""
        if "path" not in parameters:
            return cls(**parameters)
        try:
            return cls.from_csv(**parameters)
        except TypeError:
            raise ParameterError(
                f"{cls.model_fields['kind'].default}: {', '.join(sorted(parameters))} do not go together; with a path "
                "give only time and value (columns) and, if sampled, interval and start"
            ) from None

    def _value(self, t: Array) -> Array:
        return self.segments.value(t)

    def _mean(self, t: Array, dt: Array) -> Array:
        return self.segments.mean(t, dt)

    def longest_step(self) -> float:
        """Return a thirteenth of the shortest time between a rise and a fall of a tenth of the range.

        As long as the step of a sine of that half period. Values that only rise, or only fall, are one edge.
        """
        segments = self.segments
        middles = swings(segments.knots, segments.levels[1:], segments.slopes[1:-1])
        return float(np.diff(middles).min()) / STEPS_IN_A_SWING if middles.size > 1 else math.inf

    def bounds(self) -> tuple[float, float]:
        """Return the smallest and the largest of the values."""
        return float(self.segments.levels.min()), float(self.segments.levels.max())


def swings(times: Array, values: Array, slopes: Array) -> Array:
    """Return when a table passes the middles of its rises and falls, without the ripples on them.

    Parameters
    ----------
    times, values : ndarray of shape (n,)
        Knots in s, and the values there.
    slopes : ndarray of shape (n - 1,)
        Of the pieces; a flat one ends in a jump.

    Returns
    -------
    ndarray
        Ascending times in s.
    """
    ripple = SMALLEST_SWING * float(np.ptp(values))
    turns = []  # where rises and falls begin, and the last ends
    highest = lowest = 0
    levels = values.tolist()
    top = bottom = levels[0]
    rising = 0
    for k, value in enumerate(levels):
        if value > top:
            highest, top = k, value
        if value < bottom:
            lowest, bottom = k, value
        if rising >= 0 and value < top - ripple:
            turns.append(highest)
            rising, lowest, bottom = -1, k, value
        elif rising <= 0 and value > bottom + ripple:
            turns.append(lowest)
            rising, highest, top = 1, k, value
    if rising:
        turns.append(highest if rising > 0 else lowest)
    middles = []
    for begin, end in pairwise(turns):
        half = 0.5 * (levels[begin] + levels[end])
        up = levels[end] > half
        # The piece in which the middle is passed, or at whose end.
        k = next(k for k in range(begin, end) if (levels[k + 1] >= half if up else levels[k + 1] <= half))
        middles.append(times[k] + (half - levels[k]) / slopes[k] if slopes[k] else times[k + 1])
    return np.array(middles)
