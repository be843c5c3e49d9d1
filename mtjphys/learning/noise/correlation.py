"""How long a source remembers, as the units of a network see it."""

from __future__ import annotations

import math

import numpy as np

from mtjphys.core.quantity import check_range
from mtjphys.learning.noise.source import NoiseSource


def correlation_time(noise: NoiseSource, n_samples: int = 4096, n_units: int = 1) -> float:
    """Measure the correlation time of what one unit gets from a source, in samples.

    The lag at which the autocorrelation of a unit's voltage falls to 1/e, ``ln C`` interpolated between samples (at
    high rates between lag 0 and 1, so that ``C_k = rho**k`` gives ``-1/ln rho`` for any rho). Units are centred one by
    one and pooled. Below about 1 the network sees independent samples; far above it one state of the device.

    The source is read and then put back: it goes on as if it had not been asked.

    Parameters
    ----------
    noise : NoiseSource
        What is probed.
    n_samples : int
        Samples to read; the relative error is about ``sqrt(2 tau/(n_samples n_units))``.
    n_units : int
        Units to read, as many as the source feeds if it feeds some already.

    Returns
    -------
    float
        Time in samples; times `sample_interval` of a source with a junction per unit, s. 0 where the correlation
        from one sample to the next is within 3 standard deviations of none, infinite where it does not fall to 1/e in
        a quarter of the samples.

    Raises
    ------
    ParameterError
        If there are fewer than 16 samples, or the source feeds another number of units.
    DataError
        If the readings do not vary.

    Examples
    --------
    >>> from mtjphys.learning import TelegraphNoise
    >>> bool(5.0 < correlation_time(TelegraphNoise(sigma=0.0, seed=1), 4096, 20) < 6.4)
    True
    """
    from mtjphys.telegraph import autocorrelation

    check_range("n_samples", n_samples, "samples", 16, 1e9, "take some hundred correlation times")
    before = noise.state_dict()
    try:
        volts = noise.volts(n_samples, n_units).astype(np.float64).T
    finally:
        noise.load_state_dict(before)
    volts -= volts.mean(axis=1, keepdims=True)
    correlation = autocorrelation(volts, n_samples // 4)
    if correlation[1] < 3.0 / math.sqrt(volts.size):
        return 0.0
    below = np.flatnonzero(correlation < math.exp(-1.0))
    if below.size == 0:
        return math.inf
    lag = int(below[0])
    log_before, log_after = math.log(correlation[lag - 1]), math.log(max(float(correlation[lag]), 1e-12))
    return lag - 1 + (1.0 + log_before) / (log_before - log_after)
