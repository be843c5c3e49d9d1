"""What distinguishes the devices and the biases of a run, and what was applied in the course of time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from mtjphys.bias import Bias
from mtjphys.bias.waveforms import Waveform
from mtjphys.core.quantity import Quantity

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]

APPLIED_UNITS = {
    "applied_voltage": "V",
    "applied_current": "A",
    "applied_field_x": "T",
    "applied_field_y": "T",
    "applied_field_z": "T",
    "applied_temperature": "K",
    "series_resistance": "ohm",
    "spin_orbit_current": "A",
}


class Coordinate(NamedTuple):
    """One number for each device, or for each bias."""

    dimension: str
    values: Floats
    units: str

    @property
    def attributes(self) -> dict[str, str]:
        """The unit, as a variable has it."""
        return {"units": self.units} if self.units else {}


def numbers(value: Any, path: str) -> Iterator[tuple[str, float]]:
    """Yield the numbers in nested parameters by their paths; vectors end in ``_x``, ``_y`` and ``_z``."""
    if isinstance(value, BaseModel):
        value = {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from numbers(part, f"{path}.{name}" if path else name)
    elif isinstance(value, (tuple, list)):
        if len(value) == 3 and not any(isinstance(part, (tuple, list)) for part in value):
            for axis, part in zip("xyz", value, strict=True):
                yield from numbers(part, f"{path}_{axis}")
        elif len(value) == 2 and isinstance(value[1], (tuple, list)):  # a strength and its axis
            yield from numbers(value[0], path)
            yield from numbers(value[1], f"{path}_axis")
        elif len(value) <= 3:
            for k, part in enumerate(value):
                yield from numbers(part, f"{path}_{k}")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield path, float(value)


def differing(sets: Sequence[Mapping[str, float]]) -> dict[str, Floats]:
    """Return, by name, the numbers that are not the same in all of some sets; NaN where a set has none."""
    names = dict.fromkeys(name for one in sets for name in one)
    columns = {name: np.array([one.get(name, math.nan) for one in sets]) for name in names}
    return {name: column for name, column in columns.items() if not np.all(column == column[0])}


def unit_of(kind: type[BaseModel], path: str) -> str:
    """Return the unit of a parameter that `numbers` names."""
    name, _, rest = path.partition(".")
    for field in (name, name.rpartition("_")[0], name.removesuffix("_axis").rpartition("_axis_")[0]):
        if field in kind.model_fields:
            break
    else:
        return ""
    found = kind.model_fields[field]
    if rest:
        kinds = [one for one in (found.annotation, *get_args(found.annotation)) if isinstance(one, type)]
        return next((unit_of(one, rest) for one in kinds if issubclass(one, BaseModel)), "")
    units = [item.unit for item in found.metadata if isinstance(item, Quantity)]
    return "1" if "_axis_" in name or not units or units[0] == "(dimensionless)" else units[0]


def device_coordinates(devices: Sequence[Any]) -> dict[str, Coordinate]:
    """Return the parameters that distinguish the devices of a run.

    Parameters
    ----------
    devices : sequence of MTJ
        Of others, tables of rates for one, there are none.

    Returns
    -------
    dict
        By the path of the parameter, as `mtjphys.MTJ.with_parameters` takes it; components of vectors end in ``_x``,
        ``_y`` and ``_z``.
    """
    models = [device for device in devices if isinstance(device, BaseModel)]
    if len(models) < len(devices):
        return {}
    columns = differing([dict(numbers(device, "")) for device in models])
    return {name: Coordinate("device", column, unit_of(type(models[0]), name)) for name, column in columns.items()}


def channels(bias: Bias) -> dict[str, Any]:
    """Return the numbers and waveforms of a bias by the names that a run gives them."""
    applied = {"applied_voltage": bias.voltage} if bias.current is None else {"applied_current": bias.current}
    fields = {f"applied_field_{axis}": value for axis, value in zip("xyz", bias.field, strict=True)}
    return {
        **applied,
        **fields,
        "applied_temperature": bias.temperature,
        "series_resistance": bias.series_resistance,
        "spin_orbit_current": bias.spin_orbit_current,
    }


def bias_coordinates(biases: Sequence[Bias]) -> dict[str, Coordinate]:
    """Return the numbers that distinguish the biases of a run, those of their waveforms included.

    Parameters
    ----------
    biases : sequence of Bias
        Of a run.

    Returns
    -------
    dict
        "applied_voltage" (V, of the source), "applied_current" (A), "applied_field_x", "_y", "_z" (T),
        "applied_temperature" (K), "series_resistance" (ohm), "spin_orbit_current" (A), where they differ; of waveforms
        the numbers that make them, as "applied_voltage.amplitude".
    """
    changing = waveforms(biases)
    columns = differing([dict(numbers(channels(bias), "")) for bias in biases])
    return {
        name: Coordinate("bias", column, APPLIED_UNITS.get(name, ""))
        for name, column in columns.items()
        if name not in changing
    }


def waveforms(biases: Sequence[Bias]) -> list[str]:
    """Return the names of what changes in time in at least one of some biases."""
    each = [channels(bias) for bias in biases]
    return [
        name
        for name in APPLIED_UNITS
        if any(isinstance(one.get(name), Waveform) and not one[name].is_constant for one in each)
    ]


def applied(biases: Sequence[Bias], times: Floats, interval: float, average: bool = False) -> dict[str, Floats]:
    """Return what was applied at some times, of all that changes.

    Parameters
    ----------
    biases : sequence of Bias
        Of a run.
    times : ndarray
        In s.
    interval : float
        Length in s of the intervals that end at these times.
    average : bool
        Whether to take the means over the intervals and not the values that they end with.

    Returns
    -------
    dict
        By the names of `waveforms`, shape (biases, times); NaN where a bias has no such source.
    """
    table = {}
    for name in waveforms(biases):
        rows = np.full((len(biases), len(times)), math.nan)
        for row, bias in zip(rows, biases, strict=True):
            value = channels(bias).get(name, math.nan)
            if not isinstance(value, Waveform):
                row[:] = value
            elif average:
                row[:] = value.average(times - interval, interval)
            else:
                row[:] = value.until(times, interval)
        table[name] = rows
    return table


def selectable(run: xr.Dataset) -> xr.Dataset:
    """Return a run whose devices and biases are selected by what distinguishes them, as in ``run.sel(NAME=VALUE)``."""
    for name, coordinate in run.coords.items():
        if coordinate.dims in (("device",), ("bias",)) and name not in run.indexes:
            run = run.set_xindex([name])
    return run
