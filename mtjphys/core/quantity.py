"""Units and legal ranges: what a number may be, and the sentence that says so where it is not."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mtjphys.core.errors import ParameterError


def check_range(
    name: str,
    value: float,
    unit: str,
    low: float,
    high: float,
    hint: str = "",
    *,
    open_low: bool = False,
    open_high: bool = False,
) -> float:
    """Return `value` if it lies in ``[low, high]``, without the ends that are open, else raise.

    The message names the value, the unit, the legal range and, in `hint`, the likely mistake.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise ParameterError(f"{name}={value!r} is not a number; give it in {unit or 'numbers'}")
    at_open_end = (open_low and value == low) or (open_high and value == high)
    if math.isfinite(value) and low <= value <= high and not at_open_end:
        return value
    left, right = "(" if open_low else "[", ")" if open_high else "]"
    advice = f"; {hint}" if hint else ""
    raise ParameterError(f"{name}={value!r} {unit} is outside {left}{low:g}, {high:g}{right} {unit}{advice}")


@dataclass(frozen=True)
class Quantity:
    """Unit and legal range of a parameter, and the unit mistakes that give themselves away.

    In the annotation of a field of `Parameters` it is checked wherever the field is a number or a tuple of numbers; of
    something that has ``bounds()``, a waveform, the smallest and the largest value are.
    Each of `mistakes` is ``(low, high, factor, unit)``: a value whose magnitude lies in
    ``[low, high]`` was probably given in `unit`, and `factor` converts it.
    """

    unit: str
    low: float
    high: float
    mistakes: tuple[tuple[float, float, float, str], ...] = ()
    advice: str = ""
    open_low: bool = False
    open_high: bool = False

    def check(self, name: str, value: float) -> None:
        """Raise `ParameterError` with value, unit, range and likely mistake if out of range."""
        hint = self.advice
        for low, high, factor, unit in self.mistakes:
            if low <= abs(value) <= high:
                hint = f"{_short(value)} looks like {unit}: use {_short(value * factor)}"
                break
        ends = {"open_low": self.open_low, "open_high": self.open_high}
        check_range(name, value, self.unit, self.low, self.high, hint, **ends)


def _short(value: float) -> str:
    text = f"{value:.3g}"
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    return f"{mantissa}e{int(exponent)}"
