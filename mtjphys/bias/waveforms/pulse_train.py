"""Equal pulses, one or many."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from mtjphys.bias.waveforms.waveform import (
    LONGEST_TIME,
    STEPS_IN_A_PULSE,
    TIME,
    WAVEFORMS,
    Array,
    Straight,
    mixed,
    within,
)
from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import Quantity, check_range

PULSE_WIDTH = Quantity("s", 0.0, LONGEST_TIME, (), "a pulse needs a length; in s, 1 ns is 1e-9", open_low=True)


@WAVEFORMS.register("pulse_train")
class PulseTrain(Straight):
    """Equal pulses of height `amplitude` above `baseline`.

    Each pulse rises linearly within `rise_time`, and falls as fast; `width` is its full width at
    half height, so that its area is ``amplitude * width`` whatever the rise time. Pulse ``k``
    begins to rise at ``start + k period``.

    Parameters
    ----------
    amplitude : float
        Height above the baseline.
    width : float
        Full width at half height in s, above zero.
    period : float, optional
        From the begin of one pulse to the next in s, at least ``width + rise_time``; None is one
        pulse.
    count : int, optional
        Number of pulses; None never ends (one pulse if there is no period).
    start : float
        Begin of the first pulse in s.
    rise_time : float
        From baseline to full height in s, at most `width`.
    baseline : float
        Value between the pulses.

    Examples
    --------
    >>> from mtjphys.bias.waveforms import PulseTrain
    >>> write = PulseTrain(amplitude=0.8, width=1e-9, period=10e-9, count=3)
    >>> write.average(0.0, 4e-9)
    0.2
    """

    levels: ClassVar[tuple[str, ...]] = ("amplitude", "baseline")
    kind: Literal["pulse_train"] = "pulse_train"
    amplitude: float
    width: Annotated[float, PULSE_WIDTH]
    period: float | None = None
    count: int | None = None
    start: Annotated[float, TIME] = 0.0
    rise_time: float = 0.0
    baseline: float = 0.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        hint = "width is the full width at half height, so the edges may not be longer than it"
        check_range("rise_time", self.rise_time, "s", 0.0, self.width, hint)
        if self.count is not None and self.count < 1:
            raise ParameterError(f"count={self.count} is below 1; leave it out for pulses without end")
        if self.period is None:
            if self.count not in (None, 1):
                raise ParameterError(f"count={self.count} pulses need a period; give period in s")
            return self
        hint = f"width + rise_time is {self.width + self.rise_time:g} s and pulses may not overlap"
        shortest = (self.width + self.rise_time) * (1.0 - 1e-12)
        check_range("period", self.period, "s", shortest, LONGEST_TIME, hint)
        return self

    def _value(self, t: Array) -> Array:
        elapsed = t - self.start
        if self.period is not None:
            last = np.inf if self.count is None else self.count - 1
            pulse = np.clip(tolerant_floor(elapsed / self.period), 0.0, last)
            inside = np.maximum(elapsed - pulse * self.period, 0.0)
            elapsed = np.where(elapsed >= 0.0, inside, elapsed)
        if self.rise_time > 0.0:
            to_edge = np.minimum(elapsed, self.width + self.rise_time - elapsed)
            height = np.clip(to_edge, 0.0, self.rise_time) / self.rise_time
        else:
            height = np.where((elapsed >= 0.0) & (elapsed < self.width), 1.0, 0.0)
        return mixed(self.baseline, self.baseline + self.amplitude, height)

    def _pulse_mean(self, elapsed: Array, dt: Array) -> Array:
        begin, top, fall, end = (
            np.clip(edge - elapsed, 0.0, dt) for edge in (0.0, self.rise_time, self.width, self.width + self.rise_time)
        )
        area = fall - top
        if self.rise_time > 0.0:
            rise = np.clip(elapsed + 0.5 * (begin + top), 0.0, self.rise_time)
            left = (self.width - elapsed) + self.rise_time - 0.5 * (fall + end)
            left = np.clip(left, 0.0, self.rise_time)
            area = area + (rise * (top - begin) + left * (end - fall)) / self.rise_time
        return area / dt

    def _mean(self, t: Array, dt: Array) -> Array:
        elapsed = t - self.start
        if self.period is None:
            height = self._pulse_mean(elapsed, dt)
        else:
            final = np.inf if self.count is None else self.count - 1
            first = tolerant_floor(elapsed / self.period)
            last = np.maximum(tolerant_floor((elapsed + dt) / self.period), first)
            height = np.zeros(elapsed.shape)
            for pulse, wanted in ((first, first >= 0), (last, (last > first) & (last >= 0))):
                there = wanted & (pulse <= final)
                mean = self._pulse_mean(elapsed - pulse * self.period, dt)
                height = height + np.where(there, mean, 0.0)
            between = np.minimum(last - 1, final) - np.maximum(first + 1, 0) + 1
            height = height + np.maximum(between, 0.0) * (self.width / dt)
        return mixed(self.baseline, self.baseline + self.amplitude, height)

    def bounds(self) -> tuple[float, float]:
        """Return the lower and the higher of baseline and top."""
        top = self.baseline + self.amplitude
        return min(self.baseline, top), max(self.baseline, top)

    def longest_step(self) -> float:
        """Return a sixth of a pulse, or of the gap between two if that is shorter."""
        if self.is_constant:
            return math.inf
        shortest = self.width
        if self.period is not None and self.count != 1 and self.period > self.width:
            shortest = min(shortest, self.period - self.width)
        return shortest / STEPS_IN_A_PULSE

    def _corners(self) -> Array:
        return np.unique([0.0, self.rise_time, self.width, self.width + self.rise_time])

    def _first_and_last(self, start: float, stop: float) -> tuple[int, int]:
        """Return the numbers of the first and the last pulse that may have a corner in ``[start, stop]``."""
        if self.period is None:
            return 0, 0
        last = math.floor((stop - self.start) / self.period) + 1
        if self.count is not None:
            last = min(last, self.count - 1)
        return max(math.floor((start - self.start) / self.period) - 1, 0), last

    def bends(self, start: float, stop: float) -> float:
        """Return about how many corners lie in ``[start, stop]``, without making them."""
        first, last = self._first_and_last(start, stop)
        return self._corners().size * max(last - first + 1, 0)

    def breakpoints(self, start: float, stop: float) -> Array:
        """Return the corners of all pulses that lie in ``[start, stop]``."""
        corners = self._corners()
        first, last = self._first_and_last(start, stop)
        begins = self.start + np.arange(first, last + 1) * (self.period or 0.0)
        return within(np.unique(begins[:, None] + corners), start, stop)


def tolerant_floor(x: Array) -> Array:
    """Return the floor, where a number a few roundings below an integer counts as that integer."""
    nearest = np.rint(x)
    close = np.abs(x - nearest) <= 4.0 * np.finfo(np.float64).eps * np.abs(x)
    return np.where(close, nearest, np.floor(x))
