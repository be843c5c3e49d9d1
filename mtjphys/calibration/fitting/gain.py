"""How much measurements that have not been made would tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mtjphys.calibration.fitting.knowledge import Knowledge
from mtjphys.calibration.fitting.problem import Floats, Problem
from mtjphys.calibration.fitting.proposals import hours_of, practical
from mtjphys.calibration.measurements import Measurement
from mtjphys.core.errors import DataError
from mtjphys.core.streams import Use, generator

if TYPE_CHECKING:
    import xarray as xr


def weighed(fit: Knowledge, candidates: Sequence[Measurement], hours: Sequence[float] | None = None) -> xr.Dataset:
    """Return the table of `Calibration.gain`; without hours for proposals, of which those that can be made are weighed.

    Raises
    ------
    DataError
        If the fitted junction has no answer to a candidate, of which hours are given, or to none.
    """
    import xarray as xr

    covariance, place = fit.covariance, fit.maximum.position
    before = np.sqrt(np.diag(covariance))
    rows = []
    for k, measurement in enumerate(candidates):
        asked = replace(fit.problem, measurements=(measurement,))
        predicted = asked.predict(place)
        if not np.isfinite(predicted).all():
            if hours is None:
                continue
            raise DataError(f"the fitted junction has no answer: {asked.failure(place)}")
        if hours is None and not practical(measurement, predicted):
            continue
        hour = hours_of(measurement, predicted) if hours is None else hours[k]
        told = _information(asked, predicted, place)
        after = np.linalg.inv(np.linalg.inv(covariance) + told)
        nats = 0.5 * float(np.linalg.slogdet(np.eye(before.size) + told @ covariance)[1])
        factors = before / np.sqrt(np.diag(after))
        best = int(np.argmax(factors))
        name = measurement.name if hours is not None else measurement.label
        rows.append((name, nats, hour, nats / hour, fit.free[best].name, float(factors[best])))
    if not rows:
        raise DataError("none of the measurements that could be proposed can be made on this junction; name some")
    rows.sort(key=lambda row: -row[3])
    names, information, taken, rates, sharpened, factor = (list(column) for column in zip(*rows, strict=True))
    return xr.Dataset(
        {
            "information": ("candidate", information, {"units": "nat"}),
            "hours": ("candidate", taken, {"units": "h"}),
            "per_hour": ("candidate", rates, {"units": "nat/h"}),
            "sharpened": ("candidate", sharpened),
            "factor": ("candidate", factor, {"units": "1"}),
        },
        {"candidate": names},
        {
            "sentence": f"Most per hour would tell: {names[0]} ({taken[0]:.2g} h), after which {sharpened[0]} is known "
            f"{factor[0]:.2g} times as well."
        },
    )


def _information(asked: Problem, predicted: Floats, place: Floats) -> Floats:
    """Return the expected information of a measurement on the scale of the fit, (parameters, parameters)."""
    (measurement,) = asked.measurements
    expected = measurement.replicate(predicted, generator(0, 0, Use.CALIBRATION_GAIN))
    likely = replace(asked, measurements=(expected,))
    root = likely.roots(predicted) @ asked.jacobian(place)
    return np.asarray(root.T @ root)
