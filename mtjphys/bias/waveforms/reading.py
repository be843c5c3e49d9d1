"""Waveforms from numbers, mappings and TOML."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mtjphys.bias.waveforms.constant import Constant
from mtjphys.bias.waveforms.waveform import WAVEFORMS, Waveform, plain_numbers
from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import plain, toml_of


def as_waveform(value: Any) -> Waveform:
    """Return a waveform from a number, a waveform, or a mapping with a `kind`.

    Parameters
    ----------
    value : float, Waveform or mapping
        A mapping names its `kind`, one of `WAVEFORMS`; where a shape is a table of numbers it may name a CSV file as
        `path` instead of these.

    Returns
    -------
    Waveform
        A number becomes a `Constant`.

    Raises
    ------
    ParameterError
        If it is none of these, or a parameter is wrong.

    Examples
    --------
    >>> from mtjphys.bias.waveforms import as_waveform
    >>> as_waveform({"kind": "sine", "amplitude": 0.1, "frequency": 1e6}).bounds()
    (-0.1, 0.1)
    """
    if isinstance(value, Waveform):
        return value
    if isinstance(value, Mapping):
        parameters = dict(value)
        kind = parameters.pop("kind", None)
        if kind is None:
            raise ParameterError(f"the waveform {value!r} names no kind; give kind = one of {', '.join(WAVEFORMS)}")
        return WAVEFORMS.find(kind, "kind").from_mapping(parameters)
    number = plain(value)
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise ParameterError(f"{value!r} is neither a number nor a waveform; give one of the two")
    if not math.isfinite(number):
        raise ParameterError(f"{number!r} is not finite; give a finite number")
    return Constant(value=float(number))


def from_toml(toml: str | Path) -> Waveform:
    """Return the waveform that ``to_toml`` wrote, from a file or from TOML text (anything with a line break)."""
    return as_waveform(toml_of(toml))


def along(direction: tuple[float, float, float], magnitude: float | Waveform) -> tuple[Waveform, Waveform, Waveform]:
    """Return the three components of a vector waveform along a fixed direction.

    Parameters
    ----------
    direction : tuple of three floats
        Any length but zero; it is normalised.
    magnitude : float or Waveform
        Signed length of the vector, in T for a field.

    Returns
    -------
    tuple of three Waveform
        To be given as the `field` of a `Bias`.

    Examples
    --------
    >>> from mtjphys.bias.waveforms import Ramp, along
    >>> x, y, z = along((3.0, 0.0, 4.0), Ramp(final=0.1, duration=1e-6))
    >>> round(x(1e-6), 12), y(1e-6), round(z(1e-6), 12)
    (0.06, 0.0, 0.08)
    """
    unit = np.array(plain_numbers(direction))
    length = float(np.linalg.norm(unit))
    if unit.shape != (3,) or length == 0.0:
        raise ParameterError(f"direction={direction!r} is not a direction; give three numbers, not all 0")
    wave = as_waveform(magnitude)
    x, y, z = (wave.scaled(component) for component in unit / length)
    return x, y, z
