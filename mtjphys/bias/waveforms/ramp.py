"""A linear change."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

import numpy as np

from mtjphys.bias.waveforms.waveform import LONGEST_TIME, TIME, WAVEFORMS, Array, Straight, mixed, within
from mtjphys.core.quantity import Quantity


@WAVEFORMS.register("ramp")
class Ramp(Straight):
    """A linear change from `initial` to `final` that begins at `start` and takes `duration`.

    Parameters
    ----------
    final : float
        Value after the ramp.
    duration : float
        Length of the ramp in s, above zero.
    initial : float
        Value before the ramp.
    start : float
        Begin of the ramp in s.

    Examples
    --------
    >>> from mtjphys.bias.waveforms import Ramp
    >>> Ramp(final=1.0, duration=2.0)(0.5)
    0.25
    """

    levels: ClassVar[tuple[str, ...]] = ("final", "initial")
    kind: Literal["ramp"] = "ramp"
    final: float
    duration: Annotated[float, Quantity("s", 0.0, LONGEST_TIME, (), "for a jump use Step", open_low=True)]
    initial: float = 0.0
    start: Annotated[float, TIME] = 0.0

    def _value(self, t: Array) -> Array:
        fraction = np.clip(t - self.start, 0.0, self.duration) / self.duration
        return mixed(self.initial, self.final, fraction)

    def _mean(self, t: Array, dt: Array) -> Array:
        elapsed = t - self.start
        begin = np.clip(-elapsed, 0.0, dt)
        end = np.clip(self.duration - elapsed, 0.0, dt)
        middle = np.clip(elapsed + 0.5 * (begin + end), 0.0, self.duration) / self.duration
        return mixed(self.initial, self.final, ((end - begin) * middle + (dt - end)) / dt)

    def bounds(self) -> tuple[float, float]:
        """Return the lower and the higher of the two levels."""
        return min(self.initial, self.final), max(self.initial, self.final)

    def breakpoints(self, start: float, stop: float) -> Array:
        """Return begin and end of the ramp, those that lie in ``[start, stop]``."""
        return within(np.array([self.start, self.start + self.duration]), start, stop)

    def longest_step(self) -> float:
        """Return infinity: it changes once."""
        return math.inf
