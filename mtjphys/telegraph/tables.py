"""One table of many analyses, and what they had to say."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError, MtjphysWarning
from mtjphys.telegraph.analysis import analyse

if TYPE_CHECKING:
    import xarray


class Table:
    """The quantities of `TelegraphAnalysis.summary` over some dimensions; NaN where nothing could be analysed.

    Parameters
    ----------
    shape : tuple of int
        Of the dimensions.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._shape = shape
        self._arrays: dict[str, NDArray[np.float64]] = {}
        self._units: dict[str, str] = {}
        self._remarks: list[str] = []

    def add(self, place: tuple[int, ...], name: str, trace: Any, sample_interval: float | None, **options: Any) -> None:
        """Analyse a trace and write the result in a place; `name` is what remarks begin with."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                result = analyse(trace, sample_interval, **options)
            except DataError as error:
                self._remarks.append(f"{name}: {error}")
                return
        self._remarks += [f"{name}: {item.message}" for item in caught]
        for quantity, value, unit, interval in result.summary():
            self._units[quantity] = unit
            self._arrays.setdefault(quantity, np.full(self._shape, np.nan))[place] = value
            if interval is not None:
                ends = self._arrays.setdefault(f"{quantity}_interval", np.full((*self._shape, 2), np.nan))
                ends[place] = interval

    def dataset(self, dims: tuple[str, ...], coordinates: dict[str, Any], what: str, seed: int) -> xarray.Dataset:
        """Return the table, and warn once of all that was remarked; `what` names one of the traces."""
        import xarray

        if not self._arrays:
            raise DataError(f"no {what} can be analysed: " + "; ".join(self._remarks))
        if self._remarks:
            warnings.warn("; ".join(self._remarks), MtjphysWarning, stacklevel=3)
        variables = {
            name: (
                dims if array.ndim == len(dims) else (*dims, "bound"),
                array,
                {"units": self._units[name.removesuffix("_interval")]},
            )
            for name, array in self._arrays.items()
        }
        return xarray.Dataset(variables, coords={"bound": ["lower", "upper"], **coordinates}, attrs={"seed": seed})
