"""What is swept: a field along a direction or the source's voltage, beside a constant bias."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.junction import MTJ, as_mtj
from mtjphys.surrogate import TwoState
from mtjphys.telegraph.intervals import Floats

SWEPT = {"applied_field": "T", "applied_voltage": "V"}
"""Units of what can be swept, by the name of its coordinate."""


def checked_junction(junction: Any) -> MTJ | TwoState:
    """Return the junction that is given or named, or its surrogate, or raise one sentence."""
    return junction if isinstance(junction, TwoState) else as_mtj(junction)


def checked_bias(bias: Bias | None, name: str) -> Bias:
    """Return the constant bias beside which `name` is swept, or raise if it is none."""
    given = Bias() if bias is None else bias
    if not given.is_constant:
        raise ParameterError("the bias varies in time beside what is swept; give numbers")
    if name == "applied_voltage" and (given.source == "current" or given.channels[0].bounds() != (0.0, 0.0)):
        raise ParameterError(f"bias={given!r} has a {given.source}, which is what is swept; leave it out")
    return given


def field_direction(junction: MTJ | TwoState, direction: Sequence[float] | None) -> Floats:
    """Return a unit vector; by default that of the reference layer, or of the surrogate's line of fields."""
    if direction is None:
        direction = junction.reference_direction if isinstance(junction, MTJ) else tuple(junction.line.direction)
    unit = np.asarray(direction, dtype=float)
    length = float(np.linalg.norm(unit)) if unit.shape == (3,) else 0.0
    if not length > 0.0:
        raise ParameterError(f"direction={direction!r} is not a direction; give three numbers, not all 0")
    return np.asarray(unit / length)


def constant_field(bias: Bias) -> Floats:
    """Return the field of a constant bias, T."""
    return np.array([float(channel.bounds()[0]) for channel in bias.channels[1:4]])


def bias_at(bias: Bias, name: str, value: float, direction: Sequence[float] | Floats) -> Bias:
    """Return a constant bias with what is swept at one value.

    Parameters
    ----------
    bias : Bias
        What is applied besides.
    name : str
        One of `SWEPT`.
    value : float
        In T or V.
    direction : sequence of three floats
        Unit vector of the field.
    """
    changed = bias.to_mapping()
    if name == "applied_voltage":
        return Bias(**(changed | {"voltage": value}))
    x, y, z = (constant_field(bias) + value * np.asarray(direction)).tolist()
    return Bias(**(changed | {"field": (x, y, z)}))
