"""Telegraph signals that are known exactly, to try an analysis on."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mtjphys.core.checks import as_count, as_numbers, nonnegative
from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import check_range
from mtjphys.core.streams import Use, as_seed, generator
from mtjphys.kernels import telegraph as kernels
from mtjphys.laboratory.traces import Trace
from mtjphys.laboratory.traces.trace import check_interval
from mtjphys.telegraph.rates import stationary


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
    rates = np.array([[0.0, rate_up], [rate_down, 0.0]])
    return sample_levels(rates, sample_interval, samples, levels, noise, seed, unit)


def sample_levels(
    rates: ArrayLike,
    sample_interval: float,
    samples: int,
    levels: ArrayLike,
    noise: ArrayLike = 0.1,
    seed: int | None = 0,
    unit: str = "",
) -> Trace:
    """Draw an exact signal of any number of levels: a Markov process in continuous time plus white noise.

    Parameters
    ----------
    rates : array (levels, levels)
        Rates in 1/s from each level (row) to each other; the diagonal is not used.
    sample_interval : float
        Time between samples in s.
    samples : int
        Number of samples.
    levels : array (levels,)
        Mean of the signal in each state.
    noise : float or array (levels,)
        Standard deviation of the noise, for all or for each state.
    seed : int or None
        Seed of the stream; None draws one. The trace has it in its `origin`.
    unit : str
        Unit of the levels.

    Returns
    -------
    Trace
        The signal; the first sample is drawn from the stationary occupation.

    Raises
    ------
    ParameterError
        If the rates are no square of numbers of 0 or more, or a level is never left.

    Examples
    --------
    >>> from mtjphys import telegraph
    >>> rates = [[0, 2e3, 0], [1e3, 0, 1e3], [0, 2e3, 0]]  # two alike in series
    >>> telegraph.sample_levels(rates, 1e-5, 500, levels=[0.0, 1.0, 2.0], seed=1).values.shape
    (500,)
    """
    means = as_numbers("levels", levels, unit or "the unit of the signal")
    square = nonnegative("rates", rates, "1/s") * (1 - np.eye(means.size))
    if square.shape != (means.size, means.size) or not np.all(square.sum(axis=1) > 0):
        raise ParameterError(f"rates={rates!r} are not a square that leaves each of the {means.size} levels")
    check_interval(sample_interval)
    samples = as_count("samples", samples)
    sigmas = np.broadcast_to(np.asarray(noise, dtype=float), means.shape)
    if not np.all(sigmas >= 0):
        raise ParameterError(f"noise={noise!r} is negative; give a standard deviation of at least 0")
    seed = as_seed(seed)
    stream = generator(seed, 0, Use.TELEGRAPH)
    share = stationary(square - np.diag(square.sum(axis=1)))
    # counted from the highest level
    start = means.size - 1 - int(np.searchsorted(np.cumsum(share[::-1])[:-1], stream.random(), side="right"))
    states = kernels.sample_telegraph(stream, square, sample_interval, start, samples)
    values = means[states] + sigmas[states] * stream.standard_normal(samples)
    return Trace(values, float(sample_interval), unit, "signal", f"telegraph.sample, seed={seed}")
