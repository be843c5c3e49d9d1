"""Magnitudes of device effects that are worth a look."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mtjphys.core.errors import ParameterError
from mtjphys.learning.noise.effects import Degraded
from mtjphys.learning.training import Training

PROBE_READINGS = 256
"""Readings of every unit from which the standard magnitudes are scaled."""


def standard_cases(training: Training) -> dict[str, list[float]]:
    """Return magnitudes for every effect that the training's source can have, scaled by its noise.

    Parameters
    ----------
    training : Training
        Without effects, and not yet run; readings of its source are taken, so make another one for the training itself.

    Returns
    -------
    dict of str to list of float
        For each effect, by its name in `VARIED`: volts are multiples of the standard deviation of the noise, drifts are
        such that the mean moves by multiples of it over the whole training.

    Raises
    ------
    ParameterError
        If the training has no noise.
    """
    sigma = probe(training)[1]
    # Each update takes two readings of every unit for each sample.
    readings = 2.0 * training.epochs * len(training.data.train.inputs)
    noise: Any = training.noise
    while isinstance(noise, Degraded):
        noise = noise.inner
    cases: dict[str, list[float]] = getattr(noise, "device_cases", dict)()
    return cases | {
        "stuck": [0.1, 0.5, 0.9],
        "gain_spread": [0.1, 0.3, 1.0],
        "offset_spread": rounded(*(factor * sigma for factor in (10, 100, 1000))),
        "drift": rounded(*(factor * sigma / readings for factor in (10, 100, 1000))),
        "random_walk": rounded(*(factor * sigma / math.sqrt(readings) for factor in (10, 100, 1000))),
        "bandwidth": [1e-1, 1e-2, 1e-3, 1e-4],
        "read_noise": rounded(*(factor * sigma for factor in (1, 10, 100))),
        "bits": [8, 4, 2, 1],
    }


def rounded(*values: float) -> list[float]:
    """Return numbers with three digits."""
    return [float(f"{value:.3g}") for value in values]


def probe(training: Training) -> tuple[float, float]:
    """Return mean and standard deviation of a training's noise, V.

    Over units as well as over time: a slow chain shows one of its levels for longer than we read, but its copies begin
    in both. Live junctions begin parallel, and settle before they are read as their `settle` says; slower ones look
    quieter than they are.
    """
    if training.noise is None:
        raise ParameterError("a training without noise has no device effects: give it a noise source")
    volts = training.noise.volts(PROBE_READINGS, training.network.n_units).astype(np.float64)
    return float(volts.mean()), float(volts.std())
