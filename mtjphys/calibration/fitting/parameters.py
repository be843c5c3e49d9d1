"""What can be fitted: numbers of a junction by their path, and of conditions, each on a scale and in a range."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mtjphys.calibration.measurements import Measurement
from mtjphys.calibration.measurements.unknown_conditions import UNKNOWNS, asked, is_condition
from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import known_instead
from mtjphys.core.quantity import Quantity
from mtjphys.junction import MTJ
from mtjphys.junction.numbers import COMPONENTS, value_of


@dataclass(frozen=True)
class FreeParameter:
    """A number of a junction, or of the conditions, that is fitted, with the range that it may take.

    Parameters
    ----------
    name : str
        Path such as ``free_layer.damping`` or ``reference.stray_field.z``; of the uniaxial anisotropy the energy
        density. Of conditions such as ``offset.field.x[bias 3]``, see `measurements.unknown_conditions`.
    low, high : float
        Range in `unit`; within it every value of ln (or of the number itself) is as likely as any other beforehand.
    logarithmic : bool
        Whether the scale is ln.
    unit : str
        SI.
    """

    name: str
    low: float
    high: float
    logarithmic: bool
    unit: str

    def inner(self, value: float) -> float:
        """Return a value on the scale of the fit."""
        return math.log(value) if self.logarithmic else value

    def outer(self, position: float) -> float:
        """Return a position on the scale of the fit as a value in `unit`."""
        if position <= self.bounds[0]:
            return self.low
        if position >= self.bounds[1]:
            return self.high
        return math.exp(position) if self.logarithmic else position

    @property
    def bounds(self) -> tuple[float, float]:
        """The range on the scale of the fit."""
        return self.inner(self.low), self.inner(self.high)

    @property
    def width(self) -> float:
        """Width of the range on the scale of the fit."""
        low, high = self.bounds
        return high - low


# In the order in which they are preferred where the data cannot tell them apart, with the factor to either side of the
# start that a stack leaves open.
PREFERRED = {
    "free_layer.uniaxial_anisotropy": 10.0,
    "free_layer.interfacial_anisotropy": 1.5,
    "barrier.damping_like_per_volt": 10.0,
    "barrier.damping_like_efficiency": 10.0,
    "barrier.resistance_parallel": 1.5,
    "barrier.resistance_area_product": 1.5,
    "barrier.tunnel_magnetoresistance": 1.5,
    "barrier.half_voltage": 3.0,
    "reference.stray_field.x": 0.0,
    "reference.stray_field.y": 0.0,
    "reference.stray_field.z": 0.0,
    "free_layer.damping": 5.0,
    "free_layer.volume": 3.0,
    "free_layer.diameter": 1.5,
    "free_layer.thickness": 1.5,
    "free_layer.saturation_magnetisation": 1.5,
    "free_layer.second_order_anisotropy": 10.0,
    "barrier.voltage_anisotropy": 10.0,
    "barrier.field_like_per_volt": 10.0,
    "barrier.field_like_per_volt_squared": 10.0,
}
_STRAY_FIELD = 0.05  # T


def candidates(junction: MTJ) -> list[str]:
    """Return what may be fitted where nothing is named: what this junction has, the preferred first."""
    found = []
    p = np.abs(np.asarray(junction.reference_direction))
    for name in PREFERRED:
        value = value_of(junction, name)
        along = name.startswith("reference.stray_field") and p[COMPONENTS.index(name[-1])] > 0.5
        replaced = (
            name == "barrier.damping_like_efficiency" and junction.barrier.damping_like_per_volt is not None
        ) or (name == "barrier.resistance_parallel" and junction.barrier.resistance_area_product is not None)
        across = name.startswith("reference.stray_field") and not along
        if value is not None and not replaced and not across and (value != 0.0 or along):
            found.append(name)
    return found


def as_parameters(
    junction: MTJ,
    names: Sequence[str],
    ranges: Mapping[str, tuple[float, float]] | None,
    measurements: Sequence[Measurement] = (),
) -> tuple[FreeParameter, ...]:
    """Return parameters by name with their ranges; those that are given, else a factor about the start.

    Raises
    ------
    ParameterError
        If junction or measurements have no such number, or a range does not hold the start.
    """
    given = dict(ranges or {})
    for name in given:
        if name not in names:
            raise ParameterError(f"ranges[{name!r}] is of no free parameter; free: {', '.join(names)}")
    if isinstance(names, str) or len(set(names)) != len(names):
        raise ParameterError(f"free={names!r} must be a list of different names, such as ['free_layer.damping']")
    return tuple(
        _condition(measurements, name, given.get(name))
        if is_condition(name)
        else _parameter(junction, name, given.get(name))
        for name in names
    )


def _condition(measurements: Sequence[Measurement], name: str, given: tuple[float, float] | None) -> FreeParameter:
    unknown = asked(name, measurements).unknown
    low, high = (unknown.low, unknown.high) if given is None else _ends(name, given, unknown.unit)
    return _within(name, unknown.start, low, high, unknown.unit)


def _parameter(junction: MTJ, name: str, given: tuple[float, float] | None) -> FreeParameter:
    value = value_of(junction, name)
    if value is None:
        raise ParameterError(
            f"free parameter {name!r}: the junction has no such number; "
            f"{known_instead(name, [*candidates(junction), *UNKNOWNS])}"
        )
    quantity = _quantity(junction, name)
    unit = "" if quantity is None or quantity.unit.startswith("(") else quantity.unit
    low, high = _usual(name, value) if given is None else _ends(name, given, unit)
    if quantity is not None:
        low, high = max(low, quantity.low), min(high, quantity.high)
    return _within(name, value, low, high, unit)


def _ends(name: str, given: tuple[float, float], unit: str) -> tuple[float, float]:
    try:
        low, high = (float(end) for end in given)
    except (TypeError, ValueError):
        raise ParameterError(f"ranges[{name!r}]={given!r} is not (low, high) in {unit or 'numbers'}") from None
    if not low < high or not math.isfinite(high - low):
        raise ParameterError(f"ranges[{name!r}]={given!r} {unit} must rise and be finite")
    return low, high


def _within(name: str, value: float, low: float, high: float, unit: str) -> FreeParameter:
    if not low <= value <= high:
        raise ParameterError(
            f"the start has {name}={value:g} {unit}, outside its range [{low:g}, {high:g}] {unit}; widen the range or "
            "start elsewhere"
        )
    return FreeParameter(name, low, high, low > 0.0, unit)


def _usual(name: str, value: float) -> tuple[float, float]:
    factor = PREFERRED.get(name, 3.0)
    if not factor or value == 0.0:
        return value - _STRAY_FIELD, value + _STRAY_FIELD
    if value > 0.0:
        return value / factor, value * factor
    return value * factor, value / factor


def _quantity(junction: MTJ, name: str) -> Quantity | None:
    part: Any = junction
    *parents, last = name.removesuffix(f".{name[-1]}" if name[-2:-1] == "." else "").split(".")
    for step in parents:
        part = getattr(part, step)
    for rule in type(part).model_fields[last].metadata:
        if isinstance(rule, Quantity):
            return rule
    return None
