"""What is read: the quantities of a run or of an array, and the divider ahead of the amplifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.checks import as_seconds
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.laboratory.readout.instrument import Instrument

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]


def inputs(run: Any, units: str | None, sample_interval: float | None) -> tuple[dict[str, xr.DataArray], Array]:
    """Return the quantities of a run with time last, and their times in s."""
    import xarray as xr

    if isinstance(run, xr.Dataset):
        if units is not None:
            raise ParameterError(f"units={units!r} is for arrays; a Dataset names its own units")
        quantities = {name: run[name] for name in ("resistance", "voltage") if name in run}
        if not quantities:
            raise DataError("the Dataset has neither resistance nor voltage; record one of the two")
    else:
        array = run if isinstance(run, xr.DataArray) else labelled(run)
        unit = units or array.attrs.get("units", "ohm")
        names = {"ohm": "resistance", "V": "voltage"}
        if unit not in names:
            raise ParameterError(f'units={unit!r} is neither "ohm" nor "V"; give one of the two')
        quantities = {names[unit]: array}
    for name, array in quantities.items():
        if "time" not in array.dims:
            raise DataError(f"{name} has no dimension time; give a trace over time")
        if array.sizes["time"] < 2 or array.size == 0:
            raise DataError(f"{name} has {array.sizes['time']} samples in time; give at least two")
    quantities = {name: array.transpose(..., "time") for name, array in quantities.items()}
    first = next(iter(quantities.values()))
    if "time" not in first.coords:
        if sample_interval is None:
            raise ParameterError("the trace has no time coordinate; give sample_interval in s")
        interval = as_seconds("sample_interval", sample_interval)
        return quantities, np.arange(first.sizes["time"]).astype(np.float64) * interval
    if sample_interval is not None:
        raise ParameterError(
            f"sample_interval={sample_interval!r} s is given, but the trace has a time coordinate; "
            "leave sample_interval out"
        )
    times = np.asarray(first["time"].values, dtype=np.float64)
    interval = float(times[-1] - times[0]) / (times.size - 1)
    if not (interval > 0.0 and np.all(np.abs(np.diff(times) - interval) <= 1e-3 * interval)):
        raise DataError("the times are not equally spaced; record with one sample_interval")
    return quantities, times


def labelled(values: Any) -> xr.DataArray:
    """Return a trace, or one trace a row, as a DataArray."""
    import xarray as xr

    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError("the trace holds something that is not a number; give real numbers") from None
    if array.ndim not in (1, 2):
        raise DataError(f"an array of shape {array.shape} is given; give (time) or (replica, time)")
    return xr.DataArray(array, dims=("replica", "time")[-array.ndim :])


def electrical_signal(quantities: dict[str, xr.DataArray], instrument: Instrument) -> xr.DataArray:
    """Return the measured quantity ahead of the amplifier, from the divider or from the run."""
    resistance, voltage = quantities.get("resistance"), quantities.get("voltage")
    if instrument.signal == "resistance":
        if resistance is None:
            raise DataError("the run has no resistance; measure the voltage or record the resistance")
        return resistance
    if instrument.source_voltage is not None:
        if resistance is None:
            raise DataError("a divider needs the resistance; leave source_voltage out or record it")
        illegal = resistance.values[resistance.values <= 0.0]
        if illegal.size:
            raise DataError(
                f"{illegal.size} samples are not above 0 ohm, the lowest {illegal.min():g} ohm; give resistances"
            )
        current = instrument.source_voltage / (resistance + instrument.series_resistance)
        return current if instrument.signal == "current" else current * resistance
    if voltage is None:
        raise ParameterError(
            f"the {instrument.signal} does not follow from the resistance alone; give "
            "source_voltage in V and series_resistance in ohm"
        )
    if instrument.signal == "voltage":
        return voltage
    if resistance is None:
        raise DataError("the current needs voltage and resistance; record both or give source_voltage")
    return voltage / resistance


def lane_numbers(trace: xr.DataArray, n_lanes: int) -> list[int]:
    """Return the number of each lane: its coordinate `lane` where there is one, else its place."""
    if "lane" in trace.coords:
        lane = trace["lane"].broadcast_like(trace.isel(time=0, drop=True))
        return [int(number) for number in np.ravel(lane.values)]
    return list(range(n_lanes))
