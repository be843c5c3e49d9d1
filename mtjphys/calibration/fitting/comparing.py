"""Several models of the same data beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from mtjphys.calibration.fitting.knowledge import Knowledge
from mtjphys.calibration.measurements import Measurement
from mtjphys.core.errors import DataError, ParameterError

if TYPE_CHECKING:
    import xarray as xr


def compare(fits: Mapping[str, Knowledge]) -> xr.Dataset:
    r"""Return how well several junctions explain the same data, the best first.

    Akaike's criterion :math:`\mathrm{AIC} = D + 2k` weighs the deviance D against the number k of free numbers; of two
    models the better one is :math:`e^{\Delta\mathrm{AIC}/2}` times as likely to predict new data best. Data that
    scatter more than their counts allow are weighed by the dispersion of the model that explains them best.

    Parameters
    ----------
    fits : dict of str to Calibration
        By name; of the same measurements, with different free numbers or different starts (with and without Ms(T), a
        voltage-controlled or a second-order anisotropy, another volume, heating).

    Returns
    -------
    xarray.Dataset
        Over model: ``deviance``, ``free_numbers``, ``criterion`` (AIC, less the best one's), ``weight`` (Akaike's,
        which add up to 1), ``p_value`` (of the goodness).

    Raises
    ------
    ParameterError
        If there are fewer than two.
    DataError
        If they are not fits of the same data.

    References
    ----------
    K. P. Burnham and D. R. Anderson, Model Selection and Multimodel Inference (Springer 2002), chapter 2.

    Examples
    --------
    >>> import mtjphys as mp
    >>> from mtjphys import calibration as cal
    >>> start = mp.MTJ(free_layer=mp.FreeLayer(saturation_magnetisation=1e6, volume=1e-24, damping=0.02,
    ...                demagnetising_factors=(0, 0, 0), uniaxial_anisotropy=(5e4, (0, 0, 1))))
    >>> times = cal.DwellTimes(parallel=3.1e-4, antiparallel=1.9e-4, parallel_count=400, antiparallel_count=400)
    >>> barrier, field = "free_layer.uniaxial_anisotropy", "reference.stray_field.z"
    >>> table = cal.compare({"symmetric": cal.calibrate(times, start, [barrier], starts=1),
    ...                      "stray field": cal.calibrate(times, start, [barrier, field], starts=1)})
    >>> table.model.values.tolist()
    ['stray field', 'symmetric']
    """
    import xarray as xr

    if not isinstance(fits, Mapping) or len(fits) < 2:
        raise ParameterError("compare needs two fits or more, by name: compare({'with': fit, 'without': other})")
    first = next(iter(fits.values()))
    for name, fit in fits.items():
        if len(fit.measurements) != len(first.measurements) or not all(
            _same_data(one, other) for one, other in zip(fit.measurements, first.measurements, strict=True)
        ):
            raise DataError(f"{name!r} is no fit of the same measurements as the first one; fit all to the same list")
    deviances = np.array([fit.maximum.deviance for fit in fits.values()])
    numbers = np.array([len(fit.free) for fit in fits.values()])
    best = int(np.argmin(deviances))
    degrees = max(first.maximum.predicted.size - int(numbers[best]), 1)
    dispersion = max(1.0, float(deviances[best]) / degrees)
    criterion = deviances / dispersion + 2.0 * numbers
    criterion -= criterion.min()
    weight = np.exp(-0.5 * criterion)
    table = xr.Dataset(
        {
            "deviance": ("model", deviances, {"units": "1"}),
            "free_numbers": ("model", numbers, {"units": "1"}),
            "criterion": ("model", criterion, {"units": "1"}),
            "weight": ("model", weight / weight.sum(), {"units": "1"}),
            "p_value": ("model", [fit.goodness.p_value for fit in fits.values()], {"units": "1"}),
        },
        {"model": list(fits)},
        {"dispersion": dispersion},
    )
    return table.sortby("criterion")


def _same_data(one: Measurement, other: Measurement) -> bool:
    """Return whether two measurements differ in nothing but the model of their predictions."""
    if one is other:
        return True
    names = [item.name for item in fields(one) if item.name != "forward"]
    return type(one) is type(other) and all(_equal(getattr(one, name), getattr(other, name)) for name in names)


def _equal(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    return one is other or bool(one == other)
