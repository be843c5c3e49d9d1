"""Series and DataFrames of pandas as tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mtjphys.laboratory.tables.arrays import ArrayTable


def is_frame(thing: Any) -> bool:
    """Return whether something is a Series or a DataFrame, without importing pandas."""
    return type(thing).__module__.partition(".")[0] == "pandas" and hasattr(thing, "iloc")


def table_of_frame(frame: Any) -> ArrayTable:
    """Return the columns of numbers of a Series or DataFrame, NaN where values are missing.

    An index that is no count, but of numbers with a fraction (s), durations or dates, is the column of times.

    Parameters
    ----------
    frame : pandas.Series or pandas.DataFrame
        The values, with headers as in files: ``V (mV)``.

    Returns
    -------
    ArrayTable
        As a file of arrays is.

    Raises
    ------
    DataError
        If nothing in it is a number.
    """
    series = [frame.iloc[:, k] for k in range(frame.shape[1])] if hasattr(frame, "columns") else [frame]
    arrays = {
        "signal" if one.name is None else str(one.name): one.to_numpy(dtype=np.float64, na_value=np.nan)
        for one in series
        if one.dtype.kind in "fiub"
    }
    times = frame.index
    if times.dtype.kind in "mM":
        arrays["time (s)"] = np.asarray((times - times[0]).total_seconds(), dtype=np.float64)
    elif times.dtype.kind == "f":
        arrays["time (s)"] = times.to_numpy(dtype=np.float64)
    return ArrayTable(Path(type(frame).__name__), arrays)
