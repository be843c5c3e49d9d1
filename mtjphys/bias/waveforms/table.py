"""Waveforms of a table of numbers, which may stand in a CSV file."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from mtjphys.bias.waveforms.waveform import Array, Straight
from mtjphys.core.errors import ParameterError


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

    def bounds(self) -> tuple[float, float]:
        """Return the smallest and the largest of the values."""
        return float(self.segments.levels.min()), float(self.segments.levels.max())
