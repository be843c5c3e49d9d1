"""Numbers of a description: plain ones in SI, texts with a unit, tables with one, and lists of all of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.calibration.files.kinds import Slot
from mtjphys.core.errors import ParameterError
from mtjphys.core.text import number_of
from mtjphys.core.units import conversion

Floats = NDArray[np.float64]


def in_si(where: str, slot: Slot, value: Any) -> float | Floats:
    """Return what a description gives for a number or a list of them, in SI.

    Parameters
    ----------
    where : str
        Beginning of what is said if it is wrong.
    slot : Slot
        What it is for.
    value : number, str, list or dict
        As ``0.05``, ``"50 mV"``, a list of these, or ``{values = [40, 50], unit = "mV"}``.

    Raises
    ------
    ParameterError
        If it is no number, or one of another unit.
    """
    if isinstance(value, dict):
        unknown = sorted(set(value) - {"value", "values", "unit"})
        given = [value[key] for key in ("value", "values") if key in value]
        if unknown or len(given) != 1 or not isinstance(value.get("unit", ""), str):
            raise ParameterError(
                f"{where}: {slot.name}={value!r} is not understood; write {slot.name} = {{values = [1, 2], "
                f'unit = "..."}} or columns.{slot.name} = "..."'
            )
        unit = unit_for(where, slot, value["unit"]) if "unit" in value else None
        return _each(where, slot, given[0], unit)
    return _each(where, slot, value, None)


def _each(where: str, slot: Slot, value: Any, unit: Callable[[Any], Any] | None) -> float | Floats:
    if isinstance(value, list):
        rows = [_each(where, slot, item, unit) for item in value]
        try:
            return np.array(rows, dtype=np.float64)
        except ValueError:
            raise ParameterError(
                f"{where}: {slot.name} has rows of different lengths; give one number for each point"
            ) from None
    if isinstance(value, str) and unit is None:
        try:
            return number_of(value, slot.unit)
        except ParameterError as error:
            raise ParameterError(f"{where}: {slot.name}: {error}") from None
    if isinstance(value, str):
        raise ParameterError(f"{where}: {slot.name}={value!r} has a unit beside it already; give plain numbers there")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ParameterError(
            f"{where}: {slot.name}={value!r} is not a number; give it in {slot.unit or 'plain numbers'}, or as text "
            "with its unit"
        )
    return float(value) if unit is None else float(unit(float(value)))


def unit_for(where: str, slot: Slot, unit: str) -> Callable[[Any], Any]:
    """Return what makes SI of numbers in a unit, or raise if it is one of something else."""
    try:
        return conversion(unit, slot.unit).to_si
    except ParameterError as error:
        raise ParameterError(f"{where}: {slot.name}: {error}") from None


def direction_of(where: str, value: Any) -> Floats:
    """Return the unit vector of ``"x"`` or three numbers."""
    if isinstance(value, str) and value.lstrip("-") in ("x", "y", "z") and len(value) <= 2:
        return np.eye(3)["xyz".index(value[-1])] * (-1.0 if value[0] == "-" else 1.0)
    vector = np.asarray(value if isinstance(value, list) else [], dtype=object)
    numbers = all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in vector)
    if len(vector) == 3 and numbers and np.linalg.norm(vector.astype(float)) > 0:
        direction = vector.astype(float)
        return direction / np.linalg.norm(direction)
    raise ParameterError(f'{where}: along={value!r} is not a direction; give "x", "y", "z" or three numbers')
