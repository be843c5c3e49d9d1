"""Straight lines between points."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from mtjphys.bias.waveforms.columns import read_columns
from mtjphys.bias.waveforms.table import Segments, Tabulated
from mtjphys.bias.waveforms.waveform import TIME, WAVEFORMS, Array, Numbers, within
from mtjphys.core.errors import ParameterError


@WAVEFORMS.register("piecewise")
class Piecewise(Tabulated):
    """Straight lines between points, constant before the first and after the last.

    Parameters
    ----------
    times : sequence of float
        In s, strictly increasing, at least two.
    values : sequence of float
        One for each time.

    Examples
    --------
    >>> from mtjphys.bias.waveforms import Piecewise
    >>> triangle = Piecewise(times=[0.0, 1e-6, 2e-6], values=[0.0, 0.1, 0.0])
    >>> triangle(0.5e-6)
    0.05
    """

    kind: Literal["piecewise"] = "piecewise"
    times: Numbers
    values: Numbers

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.times) < 2 or len(self.times) != len(self.values):
            raise ParameterError(
                f"{len(self.times)} times and {len(self.values)} values are given; "
                "give as many values as times, and at least two"
            )
        TIME.check("times[0]", self.times[0])
        TIME.check("times[-1]", self.times[-1])
        back = np.flatnonzero(np.diff(self.times) < 1e-30)
        if back.size:
            i = int(back[0])
            raise ParameterError(
                f"times[{i + 1}]={self.times[i + 1]:g} s does not come after "
                f"times[{i}]={self.times[i]:g} s; give strictly increasing times"
            )
        return self

    @classmethod
    def from_csv(cls, path: str | Path, time: int | str = 0, value: int | str = 1) -> Self:
        """Read the points from two columns, by number (from 0) or by heading, of a CSV file."""
        times, values = read_columns(path, (time, value))
        return cls(times=tuple(times), values=tuple(values))

    @cached_property
    def segments(self) -> Segments:
        """The straight pieces."""
        times, values = np.array(self.times), np.array(self.values)
        return Segments.build(times, values, np.diff(values) / np.diff(times))

    def breakpoints(self, start: float, stop: float) -> Array:
        """Return the times of the points that lie in ``[start, stop]``."""
        return within(np.array(self.times), start, stop)
