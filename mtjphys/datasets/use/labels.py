"""Numbers of each lane: what a network is to tell from its trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import known_instead
from mtjphys.datasets.products import LANES

if TYPE_CHECKING:
    import xarray as xr


SHORT = ("state", "component")
"""Dimensions of a few words each, which become names of columns."""


class Column(NamedTuple):
    """A number of each lane.

    Attributes
    ----------
    name : str
        Such as ``exact_dwell_time_parallel``.
    units : str
        Its unit.
    values : ndarray
        Over some of (device, bias, replica).
    dimensions : tuple of str
        Which.
    """

    name: str
    units: str
    values: NDArray[Any]
    dimensions: tuple[str, ...]

    def of(self, lanes: NDArray[np.int64]) -> NDArray[Any]:
        """Return the numbers of some lanes, each given as device, bias and replica."""
        return np.asarray(self.values[tuple(lanes[:, LANES.index(name)] for name in self.dimensions)])


def parts_of(variable: xr.DataArray) -> list[tuple[str, xr.DataArray]]:
    """Return a variable or, where it has states or components, each of these, with their names, as ``m_x``."""
    short = next((name for name in variable.dims if name in SHORT), None)
    if short is None:
        return [(str(variable.name), variable)]
    words = variable[short].values.tolist()
    return [(f"{variable.name}_{word}", variable.isel({short: place})) for place, word in enumerate(words)]


def is_label(variable: xr.DataArray) -> bool:
    """Return whether a variable or coordinate is numbers of devices, biases or lanes, and not a trace."""
    longer = [name for name in variable.dims if name not in LANES]
    numeric = variable.dtype.kind in "fiub"
    return numeric and variable.name not in variable.dims and len(longer) < len(variable.dims) and not _runs(longer)


def _runs(dimensions: Sequence[Any]) -> bool:
    return any(name not in SHORT for name in dimensions)


def columns_of(found: xr.Dataset, names: Sequence[str]) -> list[Column]:
    """Return the columns of some variables or coordinates, one for each state or component that they have.

    Raises
    ------
    ParameterError
        If a name is unknown, or that of something else.
    """
    known = [str(name) for name in found.variables if is_label(found[name])]
    columns = []
    for name in names:
        if name not in known:
            raise ParameterError(f"label {name!r} is unknown; {known_instead(name, known)}")
        for part, variable in parts_of(found[name]):
            lanes = tuple(dimension for dimension in LANES if dimension in variable.dims)
            values = variable.transpose(*lanes).values
            columns.append(Column(part, str(variable.attrs.get("units", "1")), values, lanes))
    return columns
