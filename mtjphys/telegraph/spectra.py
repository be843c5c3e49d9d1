"""Autocorrelation and power spectrum of a trace, in blocks, so that memory does not grow with the record."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.core.errors import DataError
from mtjphys.core.quantity import check_range
from mtjphys.laboratory.traces import MINIMUM_SAMPLES

Floats = NDArray[np.float64]


def autocorrelation(values: ArrayLike, max_lag: int) -> Floats:
    """Normalised autocorrelation for lags 0..max_lag, by Fourier transform of blocks.

    ``C_k = sum_t x_t x_{t+k}/(N - k)``, ``x`` less the mean of all samples, divided by ``C_0``. All
    pairs are used; memory does not grow with the record.

    Parameters
    ----------
    values : array (samples,) or (replicas, samples)
        The signal; replicas are pooled.
    max_lag : int
        Longest lag in samples, below the number of samples.

    Returns
    -------
    array (max_lag + 1,)
        The correlation, 1 at lag 0.

    Examples
    --------
    >>> from mtjphys import telegraph
    >>> telegraph.autocorrelation([1.0, -1.0, 1.0, -1.0], 2)
    array([ 1., -1.,  1.])
    """
    from scipy.fft import irfft, next_fast_len, rfft

    rows = np.atleast_2d(np.asarray(values, dtype=np.float64))
    n = rows.shape[1]
    check_range("max_lag", max_lag, "samples", 0, n - 1)
    mean = rows.mean()
    block = max(4 * max_lag, 1 << 16)
    size = next_fast_len(min(block, n) + max_lag, real=True)
    total = np.zeros(max_lag + 1)
    for row in rows:
        for start in range(0, n, block):
            longer = row[start : start + block + max_lag] - mean
            product = np.conj(rfft(longer[:block], size)) * rfft(longer, size)
            total += irfft(product, size)[: max_lag + 1]
    total /= n - np.arange(max_lag + 1)
    if total[0] == 0:
        raise DataError("the autocorrelation of a constant signal is not defined; check the channel")
    return np.asarray(total / total[0])


def integrated_correlation(values: Floats, limit: int = 1_000_000) -> float:
    """Return ``1 + 2 sum_k rho_k`` in samples, up to the first insignificant lag."""
    rows = values[: max(1, limit // values.shape[1]), :limit]
    lags = min(16, rows.shape[1] - 1)
    while True:
        correlation = autocorrelation(rows, lags)
        small = np.flatnonzero(correlation < 2 / math.sqrt(rows.size))
        if small.size or lags >= rows.shape[1] // 4:
            break
        lags = min(4 * lags, rows.shape[1] // 4)
    end = int(small[0]) if small.size else lags + 1
    return float(1 + 2 * correlation[1:end].sum())


def longest_lag(samples: int, sample_interval: float, tau_c: float, max_lag: float | None) -> int:
    """Return the longest lag in samples: `max_lag` in s, or 8 tau_c."""
    if max_lag is None:
        return int(min(max(8 * tau_c / sample_interval, 20), samples // 2))
    check_range("max_lag", max_lag, "s", sample_interval, (samples - 1) * sample_interval)
    return round(max_lag / sample_interval)


def decay_time(correlation: Floats, share: float, sample_interval: float) -> float:
    """Return the lag in s at which the correlation is `share`/e, log-linear between samples.

    `share` is the telegraph part of the variance, white noise counts at lag 0 only; NaN if the
    level is not reached.
    """
    target = share / math.e
    below = np.flatnonzero(correlation[1:] < target)
    if below.size == 0:
        return math.nan
    k = int(below[0]) + 1
    before = correlation[k - 1] if k > 1 else share
    after = max(float(correlation[k]), 1e-12)
    return sample_interval * (k - 1 + math.log(before / target) / math.log(before / after))


def power_density(values: Floats, sample_interval: float, tau_c: float) -> tuple[Floats, Floats]:
    """Return frequency and density by Welch's estimate, with segments long enough to show the plateau below the corner.

    Parameters
    ----------
    values : array (replicas, samples)
        The signal; replicas are pooled.
    sample_interval, tau_c : float
        In s.
    """
    from scipy.signal import welch

    n = values.shape[1]
    wanted = 2 ** math.ceil(math.log2(max(128 * tau_c / sample_interval, 256)))
    length = int(min(wanted, 1 << 22, max(n // 4, MINIMUM_SAMPLES)))
    block = max(length, (1 << 22) // length * length)
    total, count = np.zeros(length // 2 + 1), 0
    mean = values.mean()
    for row in values:
        for start in range(0, n, block):
            part = row[start : start + block]
            if part.size < length:
                continue
            averaged = 2 * part.size // length - 1
            frequency, density = welch(part - mean, fs=1 / sample_interval, nperseg=length, detrend="constant")
            total += averaged * density
            count += averaged
    # detrending removes power from the lowest two bins
    return frequency[2:], total[2:] / count
