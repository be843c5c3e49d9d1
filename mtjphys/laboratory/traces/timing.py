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
    against it.

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
            steps, to = np.diff(times), 1
        else:
            steps, to = np.diff(times, prepend=self._last), self._count
        if math.isnan(self._typical) and steps.size:
            self._typical = float(np.median(steps))
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
        # 5 % leaves room for times printed with few digits; a lost sample is 100 %
        bad = np.flatnonzero(np.abs(steps - self._typical) > 0.05 * self._typical)
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


def time_interval(times: Floats, origin: str, name: str = "time") -> float:
    """Return the spacing of an evenly sampled time axis in s, or name the first uneven step."""
    clock = Clock(origin, name)
    clock.add(times)
    return clock.interval
