"""All lanes of a simulated result at once."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError, MtjphysWarning
from mtjphys.core.streams import as_seed
from mtjphys.laboratory.traces import open_dataset
from mtjphys.telegraph.analysis import analyse

if TYPE_CHECKING:
    import xarray


def analyse_lanes(
    data: xarray.DataArray | xarray.Dataset | str | Path, sample_interval: float | None = None, **options: Any
) -> xarray.Dataset:
    """Analyse every device and bias of a simulated result, the replicas of each pooled.

    Parameters
    ----------
    data : xarray.DataArray, xarray.Dataset or path of a netCDF file
        Dimensions among ``device, bias, replica, time``.
    sample_interval : float, optional
        Time between samples in s, if there is no ``time`` coordinate.
    **options
        Passed on to `analyse`, e.g. ``method``, ``dead_time``, ``variable``.

    Returns
    -------
    xarray.Dataset
        The quantities of `TelegraphAnalysis.summary` with dimensions ``device, bias``, and their intervals with
        dimension ``bound``; the seed as an attribute. Where the lanes cannot be analysed it is NaN, and a warning says
        why.

    Warns
    -----
    MtjphysWarning
        One for all devices and biases that failed or that `analyse` warned about.

    Examples
    --------
    >>> import numpy as np, xarray
    >>> from mtjphys import telegraph
    >>> rows = [telegraph.sample(1e3, k, 5e-5, 20_000, seed=3).values for k in (1e3, 3e3)]
    >>> data = xarray.DataArray(rows, dims=("bias", "time"),
    ...                         coords={"time": 5e-5 * np.arange(20_000)})
    >>> lanes = telegraph.analyse_lanes(data)
    >>> lanes.dwell_high.shape
    (1, 2)
    """
    import xarray

    if isinstance(data, (str, Path)):
        with open_dataset(data) as opened:
            return analyse_lanes(opened.load(), sample_interval, **options)
    shape = tuple(int(data.sizes.get(name, 1)) for name in ("device", "bias"))
    table: dict[str, NDArray[np.float64]] = {}
    units: dict[str, str] = {}
    remarks: list[str] = []
    options["seed"] = as_seed(options.get("seed", 0))
    for device, bias in np.ndindex(*shape):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                result = analyse(data, sample_interval, device=device, bias=bias, **options)
            except DataError as error:
                remarks.append(f"device {device}, bias {bias}: {error}")
                continue
        remarks += [f"device {device}, bias {bias}: {item.message}" for item in caught]
        for name, value, unit, interval in result.summary():
            units[name] = unit
            table.setdefault(name, np.full(shape, np.nan))[device, bias] = value
            if interval is not None:
                table.setdefault(f"{name}_interval", np.full((*shape, 2), np.nan))[device, bias] = interval
    if not table:
        raise DataError("no lane can be analysed: " + "; ".join(remarks))
    if remarks:
        warnings.warn("; ".join(remarks), MtjphysWarning, stacklevel=2)
    dims = ("device", "bias")
    variables = {
        name: (
            (*dims, "bound") if array.ndim == 3 else dims,
            array,
            {"units": units[name.removesuffix("_interval")]},
        )
        for name, array in table.items()
    }
    coordinates: dict[str, Any] = {"bound": ["lower", "upper"]}
    coordinates |= {name: data.coords[name] for name in dims if name in data.coords}
    return xarray.Dataset(variables, coords=coordinates, attrs={"seed": options["seed"]})
