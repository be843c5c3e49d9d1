"""Telegraph signals that are known exactly, to try an analysis on."""

from __future__ import annotations

import numpy as np

from mtjphys.core.checks import as_count
from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import check_range
from mtjphys.core.streams import Use, as_seed, generator
from mtjphys.kernels import telegraph as kernels
from mtjphys.laboratory.traces import Trace
from mtjphys.laboratory.traces.trace import check_interval


def sample(
    rate_up: float,
    rate_down: float,
    sample_interval: float,
    samples: int,
    levels: tuple[float, float] = (0.0, 1.0),
    noise: float | tuple[float, float] = 0.1,
    seed: int | None = 0,
    unit: str = "",
) -> Trace:
    """Draw an exact telegraph signal: exponential stays in continuous time plus white noise.

    Parameters
    ----------
    rate_up, rate_down : float
        Rates in 1/s of low to high and high to low.
    sample_interval : float
        Time between samples in s.
    samples : int
        Number of samples.
    levels : (float, float)
        Mean of the signal in the low and high state.
    noise : float or (float, float)
        Standard deviation of the noise, for both or for each state.
    seed : int or None
        Seed of the stream; None draws one. The trace has it in its `origin`.
    unit : str
        Unit of the levels.

    Returns
    -------
    Trace
        The signal; the first sample is drawn from the stationary occupation.

    Examples
    --------
    >>> from mtjphys import telegraph
    >>> telegraph.sample(1e3, 1e3, sample_interval=1e-5, samples=500, seed=1).values.shape
    (500,)
    """
    check_range("rate_up", rate_up, "1/s", 0.0, 1e300, open_low=True)
    check_range("rate_down", rate_down, "1/s", 0.0, 1e300, open_low=True)
    check_interval(sample_interval)
    samples = as_count("samples", samples)
    sigmas = np.broadcast_to(np.asarray(noise, dtype=float), (2,))
    if not np.all(sigmas >= 0):
        raise ParameterError(f"noise={noise!r} is negative; give a standard deviation of at least 0")
    seed = as_seed(seed)
    stream = generator(seed, 0, Use.TELEGRAPH)
    start = bool(stream.random() < rate_up / (rate_up + rate_down))
    states = kernels.sample_telegraph(stream, rate_up, rate_down, sample_interval, start, samples)
    values = np.asarray(levels, dtype=float)[states] + sigmas[states] * stream.standard_normal(samples)
    return Trace(values, float(sample_interval), unit, "signal", f"telegraph.sample, seed={seed}")
