"""Devices whose numbers are known with given errors, without a fit."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from laboratories import FREE, perpendicular

from mtjphys.calibration.devices.evidence import Evidence, spread_points
from mtjphys.calibration.devices.record import Known, Record
from mtjphys.calibration.devices.result import DeviceCalibrations
from mtjphys.calibration.devices.sources import Device
from mtjphys.calibration.fitting.parameters import as_parameters
from mtjphys.junction.numbers import with_values


def normal(centre: Sequence[float], covariance: np.ndarray) -> Evidence:
    """Return a device whose likelihood is normal."""
    axes = np.linalg.cholesky(np.atleast_2d(covariance))
    points = spread_points(len(axes), 60 * len(axes))
    return Evidence(np.asarray(centre, float), axes, points, -0.5 * np.sum(points**2, axis=1))


def stays(mean: float, count: int) -> Evidence:
    """Return a device known by the mean of exponential stays: of ln tau, -n (ln tau + mean/tau), which is skewed."""
    axes = np.array([[count**-0.5]])
    points = spread_points(1, 60)
    away = points[:, 0] * axes[0, 0]
    return Evidence(np.array([math.log(mean)]), axes, points, -count * (away + np.exp(-away) - 1.0))


SPREADS = np.array([0.05, 1e-3, 0.2])
CORRELATION = np.array([[1.0, -0.5, 0.0], [-0.5, 1.0, 0.3], [0.0, 0.3, 1.0]])


def wafer(devices: int = 16, seed: int = 0, failed: int = 1) -> DeviceCalibrations:
    """Return devices as if they had been fitted; every fourth of them is weakly measured, the last ones failed."""
    rng = np.random.default_rng(seed)
    parameters = as_parameters(perpendicular(), FREE, None)
    middle = np.array([p.inner(value) for p, value in zip(parameters, (5e4, 1e-3, 0.03), strict=True)])
    truth = rng.multivariate_normal(middle, CORRELATION * np.outer(SPREADS, SPREADS), size=devices)
    places, records = [], {}
    for k, numbers in enumerate(truth):
        errors = SPREADS * (1.5 if k % 4 == 0 else 0.2)
        centre = numbers + errors * rng.standard_normal(3)
        values = {p.name: p.outer(x) for p, x in zip(parameters, centre, strict=True)}
        known = {
            p.name: Known(values[p.name], p.outer(x - 2.0 * e), p.outer(x + 2.0 * e), "identified")
            for p, x, e in zip(parameters, centre, errors, strict=True)
        }
        junction = with_values(perpendicular(), values)
        barrier = {"thermal_stability": Known(12.0 + 0.1 * k, 11.0, 14.0)}
        evidence = normal(centre, np.diag(errors**2))
        name = f"A{k}"
        places.append(Device(name, [], k % 4, k // 4))
        hidden = {"heat": 3.0} if k else {}
        records[name] = Record(
            name, junction, parameters, known, barrier, 0.5, 1.0, "One junction.", 2, 0, 0.1, hidden, evidence
        )
    lost = {f"B{k}": "dwell.csv: no such file" for k in range(failed)}
    places += [Device(name, [], k, 9) for k, name in enumerate(lost)]
    return DeviceCalibrations(tuple(places), records, lost, {"A2": "drifts"}, tuple(FREE))
