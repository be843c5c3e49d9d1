"""All lanes of a simulated result at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mtjphys.core.streams import as_seed
from mtjphys.laboratory.traces import open_dataset
from mtjphys.telegraph.tables import Table

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
    if isinstance(data, (str, Path)):
        with open_dataset(data) as opened:
            return analyse_lanes(opened.load(), sample_interval, **options)
    shape = tuple(int(data.sizes.get(name, 1)) for name in ("device", "bias"))
    options["seed"] = as_seed(options.get("seed", 0))
    table = Table(shape)
    for device, bias in np.ndindex(*shape):
        name = f"device {device}, bias {bias}"
        table.add((device, bias), name, data, sample_interval, device=device, bias=bias, **options)
    dims = ("device", "bias")
    return table.dataset(
        dims, {name: data.coords[name] for name in dims if name in data.coords}, "lane", seed=options["seed"]
    )
