"""Statistics of everything in a dataset, in one pass and the memory of a shard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.text import human
from mtjphys.datasets.inspection.histogram import Histogram
from mtjphys.datasets.store.reading import open_dataset
from mtjphys.datasets.use.labels import parts_of
from mtjphys.datasets.use.moments import Moments
from mtjphys.datasets.use.shards import shards
from mtjphys.datasets.use.windows import TIMES

if TYPE_CHECKING:
    import xarray as xr

PIECE = 2**21
"""Numbers that are looked at together."""

DECADES = 30.0
"""Positive numbers whose largest is more than so many times the smallest are spread over a logarithmic axis."""


class Summary(NamedTuple):
    """Statistics of one quantity.

    Attributes
    ----------
    units, meaning : str
        Of it.
    present, missing : int
        Finite numbers, and those that failed or that theory does not have.
    mean, deviation, low, high : float
        Of the finite ones; NaN where there is none.
    median : float
        To the width of a bin.
    edges, counts : ndarray
        Histogram.
    logarithmic : bool
        Whether the edges are powers of ten and evenly spread in their logarithm.
    """

    units: str
    meaning: str
    present: int
    missing: int
    mean: float
    deviation: float
    low: float
    high: float
    median: float
    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    logarithmic: bool

    def __str__(self) -> str:
        unit = "" if self.units == "1" else self.units
        if not self.present:
            return f"none of {self.missing:,}"
        if self.low == self.high:
            text = human(self.low, unit)
        else:
            low, high, mean, deviation, median = (
                human(value, unit) for value in (self.low, self.high, self.mean, self.deviation, self.median)
            )
            text = f"{low} to {high}, median {median}, mean {mean}, deviation {deviation}"
        return text + (f"; {self.missing:,} of {self.present + self.missing:,} missing" if self.missing else "")


class Gathering:
    """What is known of a quantity so far."""

    def __init__(self, variable: xr.DataArray) -> None:
        self.units = str(variable.attrs.get("units", "1"))
        self.meaning = str(variable.attrs.get("long_name", ""))
        self.missing = 0
        self.moments, self.linear = Moments(1), Histogram()
        self.logarithmic = None if any(time in variable.dims for time in TIMES) else Histogram()

    def add(self, values: NDArray[Any]) -> None:
        """Add numbers; NaN and, of whole numbers, -1 are missing."""
        flat = values.reshape(-1)
        for first in range(0, flat.size, PIECE):
            piece = flat[first : first + PIECE]
            finite = piece[np.isfinite(piece) if piece.dtype.kind == "f" else piece >= 0].astype(np.float64)
            self.missing += piece.size - finite.size
            self.moments.add(finite[:, None])
            self.linear.add(finite)
            if self.logarithmic is not None:
                self.logarithmic.add(np.log10(finite[finite > 0.0]))

    def summary(self) -> Summary:
        """Return the statistics."""
        found = self.moments
        low, high = float(found.low[0]), float(found.high[0])
        log = self.logarithmic if 0.0 < low * DECADES < high else None
        histogram = self.linear if log is None else log
        edges, median = histogram.edges, histogram.quantile(0.5) if found.count else np.nan
        return Summary(
            units=self.units,
            meaning=self.meaning,
            present=found.count,
            missing=self.missing,
            mean=float(found.mean[0]) if found.count else np.nan,
            deviation=float(np.sqrt(found.variance[0])) if found.count else np.nan,
            low=low if found.count else np.nan,
            high=high if found.count else np.nan,
            median=float(median if log is None else 10.0**median),
            edges=edges if log is None else 10.0**edges,
            counts=histogram.counts,
            logarithmic=log is not None,
        )


def statistics(path: str | Path) -> dict[str, Summary]:
    """Return statistics of all that was kept and of what distinguishes the devices.

    All is read once, a shard at a time.

    Parameters
    ----------
    path : str or Path
        Dataset that `mtjphys.datasets.make` has made, finished or not.

    Returns
    -------
    dict
        By name; of what has states or components one for each, as ``m_x``.

    Raises
    ------
    DataError
        If there is no dataset, or a shard is damaged.

    Examples
    --------
    >>> import tempfile
    >>> import mtjphys as mp
    >>> text = '''
    ... name = "small"
    ... [devices]
    ... junction = "rehm_2023"
    ... count = 10
    ... [engine]
    ... duration = 1e-8
    ... sample_interval = 1e-10
    ... [keep.traces]
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = mp.datasets.make(text, folder + "/set.zarr", progress=False)
    ...     found = mp.datasets.statistics(store)["resistance"]
    >>> found.present, found.missing, found.units, found.low < found.mean < found.high
    (1000, 0, 'ohm', True)
    """
    found: dict[str, Gathering] = {}
    with open_dataset(path) as opened:
        for name, coordinate in opened.coords.items():
            if coordinate.dims == ("device",) and coordinate.dtype.kind == "f":
                found[str(name)] = Gathering(coordinate)
                found[str(name)].add(coordinate.values)
        for shard in shards(opened, [str(name) for name in opened.data_vars if name != "status"]):
            for variable in shard.values.data_vars.values():
                if shard.is_first(variable):
                    for name, part in parts_of(variable):
                        found.setdefault(name, Gathering(part)).add(part.values)
    return {name: gathered.summary() for name, gathered in found.items()}
