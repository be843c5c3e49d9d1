"""A sine, whose phase is exact at late times."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

import numpy as np

from mtjphys.bias.waveforms.waveform import SMOOTH_LOSS, WAVEFORMS, Array, Pieces, Waveform
from mtjphys.core.quantity import Quantity


@WAVEFORMS.register("sine")
class Sine(Waveform):
    """``offset + amplitude sin(2 pi frequency t + phase)``.

    Parameters
    ----------
    amplitude : float
        Half the peak-to-peak value.
    frequency : float
        In Hz, above zero.
    phase : float
        In rad.
    offset : float
        Mean value.

    Examples
    --------
    >>> from mtjphys.bias.waveforms import Sine
    >>> round(Sine(amplitude=0.01, frequency=1e9, offset=0.1)(0.25e-9), 12)
    0.11
    """

    levels: ClassVar[tuple[str, ...]] = ("amplitude", "offset")
    kind: Literal["sine"] = "sine"
    amplitude: float
    frequency: Annotated[float, Quantity("Hz", 0.0, 1e15, (), "in Hz, not rad/s", open_low=True)]
    phase: float = 0.0
    offset: float = 0.0

    def cycles(self, t: Array) -> Array:
        """Return the argument of the sine over 2 pi, less whole turns that do not count."""
        return fractional_product(self.frequency, t) + self.phase / (2.0 * math.pi)

    def _value(self, t: Array) -> Array:
        return self.offset + self.amplitude * sine_of_cycles(self.cycles(t))

    def _mean(self, t: Array, dt: Array) -> Array:
        middle = sine_of_cycles(self.cycles(t) + 0.5 * self.frequency * dt)
        # The mean of a sine over an interval is its value at the middle times sinc(f dt).
        damped = sine_of_cycles(fractional_product(0.5 * self.frequency, dt)) / (math.pi * self.frequency * dt)
        return self.offset + self.amplitude * middle * damped

    def _variance(self, t: Array, dt: Array) -> Array:
        # The square of a sine is half of one less the cosine of twice its argument, of which this is at the middle.
        half = fractional_product(0.5 * self.frequency, dt)
        cosine = sine_of_cycles(2.0 * self.cycles(t) + self.frequency * dt + 0.25)
        turn = math.pi * self.frequency * dt
        once, twice = sine_of_cycles(half) / turn, sine_of_cycles(2.0 * half) / (2.0 * turn)
        spread = 0.5 * (1.0 - once**2) - 0.5 * cosine * (twice - once**2)
        return self.amplitude**2 * np.maximum(spread, 0.0)

    def longest_step(self) -> float:
        """Return the step that half a per cent of the sine's power falls within: a twenty-sixth of a period."""
        if self.is_constant:
            return math.inf
        # 1 - sinc^2(x) = x^2/3 with x = pi f dt.
        return math.sqrt(3.0 * SMOOTH_LOSS) / (math.pi * self.frequency)

    def bounds(self) -> tuple[float, float]:
        """Return ``offset - |amplitude|`` and ``offset + |amplitude|``."""
        return self.offset - abs(self.amplitude), self.offset + abs(self.amplitude)

    def breakpoints(self, start: float, stop: float) -> Array:
        """Return no times: a sine is smooth."""
        return np.empty(0)

    def knots(self, start: float, stop: float, most: float = math.inf) -> Array:
        """Return no times: a sine is one piece."""
        return np.empty(0)

    def pieces(self, knots: Array) -> Pieces:
        """Return the sine itself, with its phase at each of the knots."""
        starts = knots[:-1]
        level, slope = np.full(starts.size, self.offset), np.zeros(starts.size)
        return Pieces(level, slope, self.cycles(starts), self.amplitude, self.frequency)


def fractional_product(factor: float, t: Array) -> Array:
    """Return ``factor t`` modulo 1 from the exact product, so that late phases stay exact.

    Parameters
    ----------
    factor : float
        Finite, of at most 1e15.
    t : ndarray
        Finite, of at most 1e9.

    References
    ----------
    T. J. Dekker, Numer. Math. 18, 224 (1971).
    """
    splitter = 134217729.0  # 2^27 + 1
    product = factor * t
    t_high = splitter * t
    t_high = t_high - (t_high - t)
    t_low = t - t_high
    f_high = splitter * factor
    f_high = f_high - (f_high - factor)
    f_low = factor - f_high
    rest = ((f_high * t_high - product) + f_high * t_low + f_low * t_high) + f_low * t_low
    return (product - np.rint(product)) + rest


def sine_of_cycles(cycles: Array) -> Array:
    """Return ``sin(2 pi cycles)``, with the argument within half a turn.

    Small arguments keep the vectorised sine of NumPy on one path, so that the bits do not depend on
    where in an array a value stands.
    """
    return np.sin(2.0 * math.pi * (cycles - np.rint(cycles)))
