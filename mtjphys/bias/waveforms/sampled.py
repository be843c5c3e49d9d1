"""Samples that are held."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import model_validator

from mtjphys.bias.waveforms.columns import read_columns
from mtjphys.bias.waveforms.table import Segments, Tabulated
from mtjphys.bias.waveforms.waveform import LONGEST_TIME, TIME, WAVEFORMS, Array, Numbers, within
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.quantity import Quantity


@WAVEFORMS.register("sampled")
class Sampled(Tabulated):
    """Equally spaced samples, each held until the next (zero-order hold).

    Value ``k`` holds from ``start + k interval``; the first also before that, the last for ever.

    Parameters
    ----------
    values : sequence of float
        The samples, at least one.
    interval : float
        Time between samples in s, above zero.
    start : float
        Time of the first sample in s.

    Examples
    --------
    >>> from mtjphys.bias.waveforms import Sampled
    >>> Sampled(values=[1.0, 3.0], interval=1e-9)(1.5e-9)
    3.0
    """

    kind: Literal["sampled"] = "sampled"
    values: Numbers
    interval: Annotated[float, Quantity("s", 0.0, LONGEST_TIME, open_low=True)]
    start: Annotated[float, TIME] = 0.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.values:
            raise ParameterError("values is empty; give at least one sample")
        if np.any(np.diff(self.segments.knots) <= 0.0):
            raise ParameterError(
                f"interval={self.interval:g} s is lost in rounding beside start={self.start:g} s; begin nearer to zero"
            )
        return self

    @classmethod
    def from_csv(
        cls,
        path: str | Path,
        value: int | str = 1,
        time: int | str | None = 0,
        interval: float | None = None,
        start: float | None = None,
    ) -> Self:
        """Read the samples from a CSV file.

        Parameters
        ----------
        path : str or Path
            File with commas between the columns; a heading in the first row is optional.
        value, time : int or str
            Columns by number (from 0) or by heading; `time` in s, equally spaced.
        interval, start : float, optional
            In s; with an `interval` the time column is not read.

        Raises
        ------
        DataError
            If the file is missing, truncated, not numeric, or not equally spaced.
        """
        if interval is not None or time is None:
            if interval is None:
                raise DataError(f"{path}: give the interval in s where no column holds the time")
            (values,) = read_columns(path, (value,))
            return cls(values=tuple(values), interval=interval, start=0.0 if start is None else start)
        times, values = read_columns(path, (time, value))
        if len(times) < 2:
            raise DataError(f"{path}: one row does not tell the interval; give interval in s")
        spacing = (times[-1] - times[0]) / (len(times) - 1)
        if spacing <= 0 or np.any(np.abs(np.diff(times) - spacing) > 1e-3 * spacing):
            raise DataError(f"{path}: the times are not equally spaced; use Piecewise.from_csv or give interval")
        begin = times[0] if start is None else start
        return cls(values=tuple(values), interval=spacing, start=begin)

    @cached_property
    def segments(self) -> Segments:
        """The flat pieces."""
        values = np.array(self.values)
        knots = self.start + np.arange(values.size, dtype=np.float64) * self.interval
        return Segments.build(knots, values, np.zeros(values.size - 1))

    def breakpoints(self, start: float, stop: float) -> Array:
        """Return the times of all samples but the first that lie in ``[start, stop]``."""
        return within(self.segments.knots[1:], start, stop)
