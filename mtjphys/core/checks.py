"""Checks of arguments: each returns what was given in one form, or raises one sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import check_range


def as_list(value: Any, kind: type, name: str) -> list[Any]:
    """Return one object or a list of them, all of a kind, as a list."""
    values = [value] if isinstance(value, kind) else value
    if not isinstance(values, (list, tuple)) or not values:
        raise ParameterError(f"{name}={value!r} is not {kind.__name__}; give one {kind.__name__} or a list of them")
    for position, item in enumerate(values):
        if not isinstance(item, kind):
            raise ParameterError(
                f"{name}[{position}]={item!r} is not {kind.__name__}; give a list of {kind.__name__} only"
            )
    return list(values)


def as_count(name: str, value: Any, lowest: int = 1) -> int:
    """Return a whole number of at least `lowest`, or raise one sentence."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < lowest:
        raise ParameterError(f"{name}={value!r} is not a whole number of at least {lowest}")
    return int(value)


def as_seconds(name: str, value: Any, *, open_low: bool = True) -> float:
    """Return a time in s above zero (or zero without `open_low`), or raise one sentence."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise ParameterError(f"{name}={value!r} is not a number; give it in s")
    return check_range(name, float(value), "s", 0.0, 1e6, open_low=open_low)


def as_choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """Return one of the texts that are legal, or raise one sentence."""
    legal = list(choices)
    if not isinstance(value, str) or value not in legal:
        raise ParameterError(f"{name}={value!r} is unknown; give one of {legal}")
    return value


def as_numbers(name: str, values: ArrayLike, unit: str) -> NDArray[np.float64]:
    """Return a number or an array of real numbers as an array, or raise one sentence."""
    try:
        array = np.asarray(values)
    except ValueError:  # rows of different lengths
        array = np.asarray("")
    if array.dtype.kind not in "iuf" and array.size:
        raise ParameterError(f"{name}={values!r} is not a number or an array of numbers; give it in {unit}")
    return array.astype(np.float64)


def nonnegative(name: str, values: ArrayLike, unit: str) -> NDArray[np.float64]:
    """Return `values` as an array of finite numbers of 0 or more, or raise with the first that is not."""
    numbers = as_numbers(name, values, unit)
    wrong = numbers[~(np.isfinite(numbers) & (numbers >= 0))]
    if wrong.size:
        raise ParameterError(f"{name}={wrong[0]:g} {unit} must be finite and 0 {unit} or more")
    return numbers


def check_rtol(rtol: float) -> None:
    """Raise if `rtol` is not a relative accuracy."""
    if not (isinstance(rtol, int | float | np.number) and 0 < rtol < 1):
        raise ParameterError(f"rtol={rtol!r} is outside (0, 1); 1e-4 is usual")


def as_thresholds(thresholds: Any, name: str = "thresholds") -> tuple[float, float]:
    """Return two thresholds of m.p, ``-1 < low < high < 1``, or raise one sentence."""
    try:
        low, high = (float(value) for value in thresholds)
    except (TypeError, ValueError):
        low = high = np.nan
    if not -1.0 < low < high < 1.0:
        raise ParameterError(
            f"{name}={thresholds!r} of m.p must be two numbers with -1 < low < high < 1, such as (-0.5, 0.5)"
        )
    return low, high
