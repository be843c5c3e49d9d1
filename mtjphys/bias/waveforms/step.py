"""A jump."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

import numpy as np

from mtjphys.bias.waveforms.waveform import TIME, WAVEFORMS, Array, Straight, mixed, within


@WAVEFORMS.register("step")
class Step(Straight):
    """A jump from `initial` to `final` at `time`.

    Parameters
    ----------
    final : float
        Value from `time` on.
    initial : float
        Value before `time`.
    time : float
        Time of the jump in s.

    Examples
    --------
    >>> from mtjphys.bias.waveforms import Step
    >>> Step(final=0.2, time=1e-9).average(0.5e-9, 1e-9)
    0.1
    """

    levels: ClassVar[tuple[str, ...]] = ("final", "initial")
    kind: Literal["step"] = "step"
    final: float
    initial: float = 0.0
    time: Annotated[float, TIME] = 0.0

    def _value(self, t: Array) -> Array:
        return np.where(t >= self.time, self.final, self.initial)

    def _mean(self, t: Array, dt: Array) -> Array:
        before = np.clip(self.time - t, 0.0, dt)
        return mixed(self.initial, self.final, (dt - before) / dt)

    def bounds(self) -> tuple[float, float]:
        """Return the lower and the higher of the two levels."""
        return min(self.initial, self.final), max(self.initial, self.final)

    def breakpoints(self, start: float, stop: float) -> Array:
        """Return the time of the jump, if it lies in ``[start, stop]``."""
        return within(np.array([self.time]), start, stop)

    def longest_step(self) -> float:
        """Return infinity: it jumps once."""
        return math.inf
