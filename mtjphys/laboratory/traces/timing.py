"""Time axes: evenly sampled, or the first uneven step is named."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError
from mtjphys.laboratory.tables.table import row_number

Floats = NDArray[np.float64]


class Clock:
    """The sampling interval of a record whose times come in blocks.

    What is usual is the median step of the first block; every other step, those from block to block included, is held
    against it. Times that are printed with few digits step by the next lower or higher multiple of their last digit.

    Parameters
    ----------
    origin : str
        File or kind of object, as messages name it.
    name : str
        Of the column with the times.
    place : callable
        Returns how the sample of a number is named, such as ``line 7``.
    """

    def __init__(self, origin: str, name: str = "time", place: Callable[[int], str] = row_number) -> None:
        self.origin, self.name, self.place = origin, name, place
        self._count = 0
        self._first = self._last = self._typical = math.nan

    @property
    def interval(self) -> float:
        """Sampling interval in s of all times so far; NaN for fewer than two."""
        return (self._last - self._first) / (self._count - 1) if self._count > 1 else math.nan

    def add(self, times: Floats) -> None:
        """Take the next times in s, or raise `DataError` where they are not evenly spaced."""
        if not np.isfinite(times.sum()):
            k = int(np.flatnonzero(~np.isfinite(times))[0])
            raise DataError(
                f"{self.origin}: {self.place(self._count + k)}: {self.name} is {times[k]}; expected a finite time in s"
            )
        if self._count == 0:
            self._first = float(times[0])
            ends, to = times, 1
        else:
            ends, to = np.concatenate(([self._last], times)), self._count
        steps = np.diff(ends)
        if math.isnan(self._typical) and steps.size:
            span = max(1, min(64, steps.size // 16))  # over several steps, of which each may be rounded
            self._typical = float(np.median(ends[span:] - ends[:-span])) / span
            back = float(np.mean(steps < 0))
            if 0.1 < back < 0.9:
                raise DataError(
                    f"{self.origin}: {self.name} goes back in {back:.0%} of the steps; expected rising times, choose "
                    "the column of the times or exchange the two columns"
                )
            if not self._typical > 0:
                raise DataError(
                    f"{self.origin}: {self.name} does not increase (typical step {self._typical:g} s); expected "
                    "rising times"
                )
        # 5 % leaves room for the last digit of most times; a lost sample is 100 %
        bad = np.flatnonzero(np.abs(steps - self._typical) > 0.05 * self._typical)
        if bad.size:
            bad = bad[~_rounded(ends, bad, self._typical)]
        if bad.size:
            k = int(bad[0])
            if steps[k] < 0:
                raise DataError(
                    f"{self.origin}: {self.place(to + k)}: {self.name} goes back by {-steps[k]:g} s; expected rising "
                    "times, put each sweep into a file of its own"
                )
            raise DataError(
                f"{self.origin}: {self.place(to + k)}: {self.name} advances by {steps[k]:g} s where "
                f"{self._typical:g} s is usual; expected even sampling, resample or cut the record, or pass "
                "sample_interval to ignore the times"
            )
        self._count += times.size
        self._last = float(times[-1])


def _rounded(times: Floats, bad: NDArray[np.intp], typical: float) -> NDArray[np.bool_]:
    """Return which steps, from ``times[bad]`` on, are the typical one rounded to the last digit of the times there.

    The last digit of ``1.23457e-05`` grows with the time, so that each decade has its own.
    """
    explained = np.zeros(bad.size, dtype=np.bool_)
    sizes = np.abs(times)
    smallest = sizes[sizes > 0].min(initial=np.inf)
    of_each = np.floor(np.log10(np.maximum(sizes, smallest)))
    decades = np.maximum(of_each[:-1], of_each[1:])
    steps = np.diff(times)
    for decade in np.unique(decades[bad]):
        inside = times[of_each == decade]
        digit = _last_digit(inside if inside.size > 2 else times[of_each >= decade - 1], typical)
        among = decades[bad] == decade
        ratio, taken = typical / digit, steps[bad[among]] / digit
        next_to = (np.abs(taken - math.floor(ratio)) < 1e-2) | (np.abs(taken - math.ceil(ratio)) < 1e-2)
        changing = (of_each[bad[among]] != of_each[bad[among] + 1]) & (np.abs(taken - ratio) < 1.0)
        explained[among] = (abs(ratio - round(ratio)) > 1e-2) & (next_to | changing)
    return explained


def _last_digit(times: Floats, typical: float) -> float:
    """Return the largest power of ten, from ten typical steps down to a hundredth, that all times are multiples of."""
    highest = math.floor(math.log10(typical)) + 1
    for power in range(highest, highest - 4, -1):
        multiples = times / 10.0**power
        if np.all(np.abs(multiples - np.round(multiples)) < 1e-3):
            return 10.0**power
    return math.inf


def time_interval(times: Floats, origin: str, name: str = "time") -> float:
    """Return the spacing of an evenly sampled time axis in s, or name the first uneven step."""
    clock = Clock(origin, name)
    clock.add(times)
    return clock.interval
