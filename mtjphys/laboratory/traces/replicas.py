"""Simulated results and what was measured of them: one device at one bias of a Dataset or a netCDF file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mtjphys.core.errors import DataError
from mtjphys.laboratory.tables.table import first_line
from mtjphys.laboratory.traces.timing import time_interval
from mtjphys.laboratory.traces.trace import (
    MINIMUM_SAMPLES,
    Replicas,
    check_values,
    constant_signal,
    no_time,
)
from mtjphys.simulation.reading import is_run, open_run

if TYPE_CHECKING:
    import xarray

_VARIABLES = ("signal", "resistance", "voltage", "current")
_LANES = ("device", "bias", "replica")


def open_dataset(path: str | Path) -> xarray.Dataset:
    """Open a netCDF-4 file, or say in one sentence why it cannot be read."""
    import xarray

    if is_run(path):
        return open_run(path)
    try:
        return xarray.open_dataset(path, engine="h5netcdf")
    except Exception as error:  # HDF5 and what is above it raise nearly every kind
        raise DataError(
            f"{path}: not a readable netCDF-4 file ({first_line(error)}); it may be truncated, "
            "write it again with mtjphys"
        ) from None


def replicas_of(
    data: xarray.DataArray | xarray.Dataset,
    sample_interval: float | None = None,
    *,
    variable: str | int | None = None,
    device: int | None = None,
    bias: int | None = None,
    replica: int | None = None,
    origin: str = "dataset",
    minimum_samples: int = MINIMUM_SAMPLES,
    gaps: bool = False,
) -> Replicas:
    """Return all replicas of one device at one bias as a (replicas, samples) array.

    Parameters
    ----------
    data : xarray.DataArray or xarray.Dataset
        Dimensions among ``device, bias, replica, time``; a Dataset may hold several variables.
    sample_interval : float, optional
        Time between samples in s, if there is no ``time`` coordinate.
    variable : str, optional
        Variable of a Dataset; by default the first of signal, resistance, voltage, current that varies: what an
        instrument recorded, else the resistance.
    device, bias, replica : int, optional
        Index along each dimension; device and bias are needed where there is more than one.
    origin : str
        Name used in messages.
    minimum_samples : int
        Fewest samples that are accepted.
    gaps : bool
        Whether NaN is accepted, where nothing was measured.

    Returns
    -------
    Replicas
        The replicas' values, float64.

    Raises
    ------
    DataError
        If a lane has to be chosen, does not exist, or does not hold a usable trace.
    """
    lane = {name: index for name, index in zip(_LANES, (device, bias, replica), strict=True) if index is not None}
    array = _choose_variable(data, variable, lane, origin)
    for name, index in zip(_LANES, (device, bias, replica), strict=True):
        if index is not None:
            if name not in array.dims:
                if index != 0:
                    raise DataError(f"{origin}: {name}={index} asked for, but there is no {name} dimension")
                continue
            if not 0 <= index < array.sizes[name]:
                raise DataError(f"{origin}: {name}={index} is outside [0, {array.sizes[name] - 1}], the lanes stored")
            array = array.isel({name: index})
        elif name in array.dims and name != "replica":
            if array.sizes[name] > 1:
                raise DataError(
                    f"{origin}: holds {array.sizes[name]} values of {name!r}; choose one with "
                    f"{name}=0..{array.sizes[name] - 1}, or use analyse_lanes for all"
                )
            array = array.isel({name: 0})
    extra = [str(dim) for dim in array.dims if dim not in ("time", "replica")]
    if extra or "time" not in array.dims:
        raise DataError(
            f"{origin}: variable {array.name!r} has dimensions {tuple(array.dims)}; expected "
            "'time' and at most 'device', 'bias', 'replica' (select a component first, e.g. "
            "data['m'].sel(component='x'))"
        )
    if "replica" in array.dims:
        array = array.transpose("replica", "time")
    values = np.atleast_2d(np.asarray(array.values, dtype=np.float64))
    if sample_interval is None:
        if "time" not in array.coords:
            raise no_time(origin, "there is no time coordinate")
        sample_interval = time_interval(np.asarray(array["time"].values, dtype=np.float64), origin)
    for row in values:
        check_values(row, origin, minimum_samples, constant=values.shape[0] == 1, gaps=gaps)
    if np.nanmin(values) == np.nanmax(values):
        raise constant_signal(origin, values.flat[0])
    unit = str(array.attrs.get("units", ""))
    return Replicas(values, sample_interval, unit, str(array.name or "signal"), origin)


def _choose_variable(data: Any, variable: str | int | None, lane: dict[str, int], origin: str) -> xarray.DataArray:
    if not hasattr(data, "data_vars"):
        return data
    names = [str(name) for name in data.data_vars]
    if variable is not None:
        if variable not in names:
            raise DataError(f"{origin}: no variable {variable!r}; it holds {', '.join(names) or 'none'}")
        return data[variable]
    known = [name for name in _VARIABLES if name in names and "time" in data[name].dims]
    for name in known:
        # of the lane that is asked for: the voltage may differ between biases and be constant under each
        there = {dim: k for dim, k in lane.items() if dim in data[name].dims and 0 <= k < data[name].sizes[dim]}
        part = data[name].isel(there)
        along = [dim for dim in part.dims if dim in ("time", "replica")]
        if bool((part.max(along) > part.min(along)).any()):
            return data[name]
    scalar = [name for name in names if set(data[name].dims) <= {*_LANES, "time"} and "time" in data[name].dims]
    if known or len(scalar) == 1:
        return data[(known or scalar)[0]]
    raise DataError(f"{origin}: cannot tell which variable to read; choose one of {', '.join(names) or 'none'}")
