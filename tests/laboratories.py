"""Junctions and synthetic laboratories whose truth is known."""

from functools import cache

import numpy as np

import mtjphys as mp
from mtjphys import calibration as cal

FREE = ["free_layer.uniaxial_anisotropy", "reference.stray_field.z", "barrier.damping_like_per_volt"]


def perpendicular(density: float = 5e4, stray_field: float = 1e-3, torque: float = 0.03) -> mp.MTJ:
    """Return a uniaxial junction along the normal; Delta is 12.07 by default."""
    layer = {
        "saturation_magnetisation": 1e6,
        "volume": 1e-24,
        "damping": 0.02,
        "demagnetising_factors": (0.0, 0.0, 0.0),
        "uniaxial_anisotropy": (density, (0.0, 0.0, 1.0)),
    }
    return mp.MTJ(
        free_layer=layer,
        barrier={"resistance_parallel": 5e3, "damping_like_per_volt": torque},
        reference={"direction": (0.0, 0.0, 1.0), "stray_field": (0.0, 0.0, stray_field)},
    )


def measured(kind: type, truth: mp.MTJ, seed: int, **conditions):
    """Return a measurement of a junction with synthetic data."""
    template = kind(**conditions)
    return template.replicate(template.predictor(truth), np.random.default_rng(seed))


def dwell_times(truth: mp.MTJ, seed: int, count: int = 400):
    """Return dwell times at three voltages."""
    return measured(
        cal.DwellTimes,
        truth,
        seed,
        voltage=[-0.01, 0.0, 0.01],
        parallel=1.0,
        antiparallel=1.0,
        parallel_count=count,
        antiparallel_count=count,
        label="telegraph",
    )


@cache
def fitted(seed: int = 0):
    """Return a fit of three numbers to dwell times of the default junction."""
    start = perpendicular(6e4, 0.0, 0.02)
    return cal.calibrate(dwell_times(perpendicular(), seed), start, FREE, starts=1)
