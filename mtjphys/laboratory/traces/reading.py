"""One trace, or replicas of one, from whatever holds them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mtjphys.core.errors import DataError
from mtjphys.core.quantity import check_range
from mtjphys.laboratory.tables.table import as_floats, check_file
from mtjphys.laboratory.traces.blockwise import NETCDF, TraceFile, blocks_of, open_file
from mtjphys.laboratory.traces.frames import is_frame, table_of_frame
from mtjphys.laboratory.traces.replicas import open_dataset, replicas_of
from mtjphys.laboratory.traces.trace import (
    MINIMUM_SAMPLES,
    Floats,
    Replicas,
    Trace,
    check_interval,
    check_values,
    no_time,
)


def read_trace(
    path_or_array: Any,
    column: str | int | None = None,
    time_column: str | int | None = None,
    sample_interval: float | None = None,
    *,
    device: int | None = None,
    bias: int | None = None,
    replica: int | None = None,
    minimum_samples: int = MINIMUM_SAMPLES,
    gaps: bool = False,
) -> Trace:
    """Read one trace from a file or an array.

    Text files (any suffix that is not listed next) are taken as instruments write them, see
    `mtjphys.laboratory.tables.open_table`; units in the names or in a row of their own are converted
    to SI, and the time is a column, or the sample interval of the preamble. ``.parquet`` and ``.mat``
    files are read by column name (``V`` and ``timestep`` of the public recordings of Koenders et al.
    are found without being named), ``.nc`` files are results of `mtjphys.simulate` or of the readout,
    ``.npy`` files hold one array.

    Parameters
    ----------
    path_or_array : path, array (samples,), Trace, pandas.Series or DataFrame, xarray.DataArray or xarray.Dataset
        Where the trace comes from. The index of a Series or DataFrame is the time in s, if it is not whole numbers, or
        a column is; it may be of dates and times as well.
    column : str or int, optional
        Column or variable with the values; needed where it is not obvious.
    time_column : str or int, optional
        Column with the time in s (or the unit in its header). Whole numbers are taken as sample
        numbers.
    sample_interval : float, optional
        Time between samples in s; needed where the file has no time. It wins over a time column.
    device, bias, replica : int, optional
        Which lane of a simulated result; needed where it holds more than one.
    minimum_samples : int
        Fewest samples that are accepted.
    gaps : bool
        Whether NaN is accepted, where nothing was measured.

    Returns
    -------
    Trace
        The values in SI units and their sampling interval.

    Raises
    ------
    DataError
        If the file is missing, empty, truncated or not numeric, holds NaN, is not evenly sampled,
        is constant or too short, or if `sample_interval` is needed and not given.

    Examples
    --------
    >>> import numpy as np
    >>> from mtjphys.laboratory.traces import read_trace
    >>> trace = read_trace(np.sin(np.arange(1000.0)), sample_interval=25e-6)
    >>> trace.values.size, trace.sample_interval
    (1000, 2.5e-05)
    """
    check_interval(sample_interval)
    if isinstance(path_or_array, Trace):
        return path_or_array
    lane: dict[str, Any] = {"device": device, "bias": bias, "replica": replica, "minimum_samples": minimum_samples}
    lane["gaps"] = gaps
    if isinstance(path_or_array, (str, Path)):
        path = Path(path_or_array)
        check_file(path)
        if path.suffix.lower() in NETCDF:
            with open_dataset(path) as dataset:
                return _one(replicas_of(dataset, sample_interval, variable=column, origin=str(path), **lane))
        trace = _joined(open_file(path, column, time_column), sample_interval, gaps)
    elif hasattr(path_or_array, "dims") and hasattr(path_or_array, "coords"):
        return _one(replicas_of(path_or_array, sample_interval, variable=column, **lane))
    elif is_frame(path_or_array):
        trace = _joined(TraceFile(table_of_frame(path_or_array), column, time_column), sample_interval, gaps)
    else:
        values = as_floats(path_or_array, "array")
        if values.ndim != 1:
            raise DataError(f"array: has shape {values.shape}; expected one dimension, (samples,)")
        check_values(values, "array", minimum_samples, gaps=gaps)
        if sample_interval is None:
            raise no_time("array", "an array has no time")
        return Trace(values, float(sample_interval))
    check_values(trace.values, trace.origin, minimum_samples, gaps=gaps)
    return trace


def read_replicas(
    trace: Any,
    column: str | int | None = None,
    sample_interval: float | None = None,
    *,
    device: int | None = None,
    bias: int | None = None,
    replica: int | None = None,
    gaps: bool = False,
) -> Replicas:
    """Read all replicas of one device at one bias; whatever holds one trace is one replica.

    Parameters
    ----------
    trace : path, array (samples,) or (replicas, samples), Trace, Replicas, or a Series, DataFrame, DataArray, Dataset
        Where they come from, as for `read_trace`.
    column : str or int, optional
        Column or variable with the values; needed where it is not obvious.
    sample_interval : float, optional
        Time between samples in s; needed where `trace` has no time, and wins over one that it has.
    device, bias, replica : int, optional
        Which lanes of a simulated result; without `replica` all of them.
    gaps : bool
        Whether NaN is accepted, where nothing was measured.

    Returns
    -------
    Replicas
        The values in SI units and their sampling interval.

    Raises
    ------
    DataError
        As `read_trace`; or if there are lanes to be chosen and the record has none.
    """
    check_interval(sample_interval)
    lanes: dict[str, Any] = {"device": device, "bias": bias, "replica": replica, "gaps": gaps}
    if isinstance(trace, (str, Path)) and Path(trace).suffix.lower() in NETCDF:
        check_file(Path(trace))
        with open_dataset(trace) as dataset:
            return replicas_of(dataset, sample_interval, variable=column, origin=str(trace), **lanes)
    if hasattr(trace, "dims") and hasattr(trace, "coords"):
        return replicas_of(trace, sample_interval, variable=column, **lanes)
    if isinstance(trace, Replicas):
        return _rows(trace, sample_interval, replica, gaps)
    if not isinstance(trace, (str, Path, Trace)) and not is_frame(trace):
        values = as_floats(trace, "array")
        if values.ndim == 2:
            return _rows(Replicas(values, math.nan), sample_interval, replica, gaps)
        trace = values
    if device or bias or replica:
        raise DataError(
            f"device={device}, bias={bias}, replica={replica} choose a lane of a simulated result; "
            "leave them out, this is one trace"
        )
    one = read_trace(trace, column=column, sample_interval=sample_interval, gaps=gaps)
    if isinstance(trace, Trace):
        check_values(one.values, one.origin, gaps=gaps)
    return Replicas(one.values[np.newaxis], sample_interval or one.sample_interval, one.unit, one.name, one.origin)


def _rows(traces: Replicas, sample_interval: float | None, replica: int | None, gaps: bool) -> Replicas:
    """Return replicas that have been checked, or one of them; their sampling interval may be missing."""
    values, origin = traces.values, traces.origin
    for row in values:
        check_values(row, origin, constant=False, gaps=gaps)
    if values.size == 0 or np.nanmin(values) == np.nanmax(values):
        raise DataError(f"{origin}: every sample is the same; expected a signal that varies")
    if sample_interval is None and math.isnan(traces.sample_interval):
        raise no_time(origin, "an array has no time")
    if replica is not None:
        check_range("replica", replica, "", 0, values.shape[0] - 1)
        values = values[replica : replica + 1]
    interval = traces.sample_interval if sample_interval is None else float(sample_interval)
    return replace(traces, values=values, sample_interval=interval)


def _joined(file: TraceFile, sample_interval: float | None, gaps: bool) -> Trace:
    """Return all blocks of a file as one trace."""
    parts: list[Floats] = []
    whole = None if file.count is None else np.empty(file.count)  # filled, so that it is in memory once
    done, interval = 0, math.nan
    for block in blocks_of(file, sample_interval, gaps=gaps):
        interval = block.sample_interval
        if whole is None:
            parts.append(block.values)
        else:
            whole[done : done + block.values.size] = block.values
        done += block.values.size
    if whole is None:
        whole = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return Trace(whole, interval, file.column.unit, file.column.name, str(file.path))


def _one(lanes: Replicas) -> Trace:
    if lanes.values.shape[0] > 1:
        raise DataError(
            f"{lanes.origin}: holds {lanes.values.shape[0]} replicas; choose one with "
            f"replica=0..{lanes.values.shape[0] - 1}"
        )
    return Trace(lanes.values[0], lanes.sample_interval, lanes.unit, lanes.name, lanes.origin)
