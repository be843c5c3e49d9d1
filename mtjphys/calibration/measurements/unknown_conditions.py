"""Conditions that a laboratory does not know: offsets and factors that measurements share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from mtjphys.calibration.measurements.measurement import Measurement
from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import known_instead


class Unknown(NamedTuple):
    """A condition that may be off.

    Attributes
    ----------
    column : str
        Of the measurement.
    component : int or None
        Of a vector.
    start : float
        0 of an offset, 1 of a factor.
    low, high : float
        Usual range.
    unit : str
        SI.
    """

    column: str
    component: int | None
    start: float
    low: float
    high: float
    unit: str


UNKNOWNS = {
    **{f"offset.field.{axis}": Unknown("field", k, 0.0, -0.01, 0.01, "T") for k, axis in enumerate("xyz")},
    "offset.temperature": Unknown("temperature", None, 0.0, -30.0, 30.0, "K"),
    "offset.series_resistance": Unknown("series_resistance", None, 0.0, 0.0, 1e3, "ohm"),
    "factor.voltage": Unknown("voltage", None, 1.0, 1.0 / 1.5, 1.5, ""),
    "factor.current": Unknown("current", None, 1.0, 1.0 / 1.5, 1.5, ""),
}
"""By name: what is added to a condition, or what it is multiplied by."""

_NAME = re.compile(r"((?:offset|factor)\.[^\[\]]*)(?:\[(.*)\])?")


class Asked(NamedTuple):
    """A name such as ``offset.field.z[bias 3]``: of the measurements with this label, or without one of all."""

    unknown: Unknown
    label: str | None

    def concerns(self, measurement: Measurement) -> bool:
        """Return whether a measurement has this condition and label."""
        driven = measurement.current is None if self.unknown.column == "voltage" else True
        given = getattr(measurement, self.unknown.column) is not None
        return driven and given and self.label in (None, measurement.label)


def is_condition(name: str) -> bool:
    """Return whether a name is that of a condition, and not of a junction's number.

    >>> is_condition("offset.field.z[bias 3]"), is_condition("free_layer.damping")
    (True, False)
    """
    return name.startswith(("offset.", "factor."))


def asked(name: str, measurements: Sequence[Measurement]) -> Asked:
    """Return what a name stands for.

    Raises
    ------
    ParameterError
        If there is no such condition, or no measurement that has it.
    """
    found = _NAME.fullmatch(name)
    if found is None or found[1] not in UNKNOWNS:
        raise ParameterError(
            f"free parameter {name!r}: no such condition; {known_instead(name.partition('[')[0], list(UNKNOWNS))}, and "
            "behind it in brackets the label of the measurements, as in 'offset.field.x[bias 3]'"
        )
    one = Asked(UNKNOWNS[found[1]], found[2])
    if not any(one.concerns(measurement) for measurement in measurements):
        labels = sorted({measurement.label for measurement in measurements} - {""})
        if one.label is not None and one.label not in labels:
            told = f"the labels are {', '.join(map(repr, labels))}" if labels else "no measurement has a label"
            raise ParameterError(f"free parameter {name!r}: no measurement has the label {one.label!r}; {told}")
        raise ParameterError(f"free parameter {name!r}: none of these measurements has a {one.unknown.column}")
    return one


def under(measurement: Measurement, values: Mapping[str, float]) -> Measurement:
    """Return a measurement under the conditions that it was made under, by values of names such as `asked` takes.

    Raises
    ------
    ParameterError
        If a condition is then beyond its legal range.
    """
    changes: dict[str, Any] = {}
    for name, value in values.items():
        found = _NAME.fullmatch(name)
        assert found is not None  # for the type checker
        unknown = UNKNOWNS[found[1]]
        if not Asked(unknown, found[2]).concerns(measurement):
            continue
        column = changes.get(unknown.column, getattr(measurement, unknown.column))
        if unknown.start:
            changes[unknown.column] = column * value
        else:
            added = value if unknown.component is None else value * np.eye(3)[unknown.component]
            changes[unknown.column] = column + added
    return replace(measurement, **changes) if changes else measurement
