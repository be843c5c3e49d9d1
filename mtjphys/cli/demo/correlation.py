"""Autocorrelation of simulated traces, whose lanes are independent, and what is read off it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def correlation(traces: Floats, lags: int) -> tuple[Floats, Floats]:
    """Return the autocorrelation of traces (lanes, samples) at 0..lags and its error from the lanes' spread."""
    x = traces - traces.mean()
    n = x.shape[1]
    products = np.array([(x[:, : n - k] * x[:, k:]).mean(axis=1) for k in range(lags + 1)])
    mean = products.mean(axis=1)
    # The lanes are independent; the error is that of the ratio to the variance.
    deviation = products - mean[:, None] * (products[0] / mean[0])
    error = deviation.std(axis=1) / np.sqrt(max(len(x) - 1, 1)) / mean[0]
    return mean / mean[0], error


def first_below(times: Floats, values: Floats, level: Any) -> float:
    """Return the time at which a falling curve crosses `level`, or NaN."""
    below = np.flatnonzero(values < level)
    if below.size == 0 or below[0] == 0:
        return float("nan")
    k = int(below[0])
    share = (values[k - 1] - level) / (values[k - 1] - values[k])
    return float(times[k - 1] + share * (times[k] - times[k - 1]))


def late_rate(traces: Floats, times: Floats, first: int, last: int) -> tuple[float, float]:
    """Return the decay rate between two lags and its jackknife error over groups of lanes."""
    groups = np.array_split(np.arange(len(traces)), min(32, len(traces)))
    x = traces - traces.mean()
    n = x.shape[1]
    products = np.array([[(x[g, : n - k] * x[g, k:]).mean() for k in (first, last)] for g in groups])
    total = products.sum(axis=0)

    def rate(pair: Floats) -> float:
        return float(np.log(pair[0] / pair[1]) / (times[last] - times[first]))

    left_out = np.array([rate(total - pair) for pair in products])
    count = len(groups)
    return rate(total), float(np.sqrt((count - 1) * np.mean((left_out - left_out.mean()) ** 2)))
