"""Estimates with honest error bars: lanes are independent, samples of one lane are not."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class SampledMean(NamedTuple):
    """A value and its standard error."""

    value: float
    error: float


def jackknife(per_lane: Array, statistic: Callable[[Array], Array] = lambda mean: mean) -> SampledMean:
    """Return ``statistic(mean over lanes)`` and its standard error, by leaving out one group of lanes at a time.

    `per_lane` has shape (lanes, ...); `statistic` takes arrays of shape (..., groups) from the means without one
    group each and returns shape (groups,).
    """
    lanes = per_lane.shape[0]
    groups = min(lanes, 64)
    total = per_lane.sum(axis=0)
    edges = np.arange(groups + 1) * lanes // groups
    parts = np.add.reduceat(per_lane, edges[:-1], axis=0)
    sizes = np.diff(edges).reshape(-1, *[1] * (per_lane.ndim - 1))
    without = np.moveaxis((total - parts) / (lanes - sizes), 0, -1)
    values = np.asarray(statistic(without))
    whole = np.asarray(statistic(total[..., None] / lanes))[0]
    spread = np.sqrt((groups - 1) / groups * np.sum((values - values.mean()) ** 2))
    return SampledMean(float(whole), float(spread))


def autocovariance_sums(x: Array, lags: list[int]) -> Array:
    """Return the mean over time of ``x(t) x(t + lag)`` and of ``x``, shape (lanes, len(lags) + 1)."""
    n = x.shape[1]
    columns = [np.einsum("lt,lt->l", x[:, : n - lag], x[:, lag:]) / (n - lag) for lag in lags]
    return np.stack([*columns, x.mean(axis=1)], axis=1)
