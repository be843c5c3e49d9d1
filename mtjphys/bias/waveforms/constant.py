"""The same value at all times."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from mtjphys.bias.waveforms.waveform import WAVEFORMS, Array, Straight


@WAVEFORMS.register("constant")
class Constant(Straight):
    """The same `value` at all times.

    Examples
    --------
    >>> from mtjphys.bias.waveforms import Constant
    >>> Constant(value=0.1).average(5.0, 1e-12)
    0.1
    """

    levels: ClassVar[tuple[str, ...]] = ("value",)
    kind: Literal["constant"] = "constant"
    value: float = Field(description="value at all times")

    def _value(self, t: Array) -> Array:
        return np.full(t.shape, self.value)

    def _mean(self, t: Array, dt: Array) -> Array:
        return np.full(t.shape, self.value)

    def bounds(self) -> tuple[float, float]:
        """Return the value twice."""
        return self.value, self.value

    def breakpoints(self, start: float, stop: float) -> Array:
        """Return no times: a constant has no jumps."""
        return np.empty(0)

    def longest_step(self) -> float:
        """Return infinity: there is nothing to follow."""
        return math.inf
