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
    pairs are used, of records with gaps those that were measured; memory does not grow with the record.

    Parameters
    ----------
    values : array (samples,) or (replicas, samples)
        The signal, NaN in gaps; replicas are pooled.
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
    measured = np.isfinite(rows)
    gaps = not measured.all()
    mean = rows.mean(where=measured) if gaps else rows.mean()
    block = max(4 * max_lag, 1 << 16)
    size = next_fast_len(min(block, n) + max_lag, real=True)
    total, pairs = np.zeros(max_lag + 1), np.zeros(max_lag + 1)

    def products(longer: Floats) -> Floats:
        return np.asarray(irfft(np.conj(rfft(longer[:block], size)) * rfft(longer, size), size)[: max_lag + 1])

    for row, there in zip(rows, measured, strict=True):
        for start in range(0, n, block):
            part = slice(start, start + block + max_lag)
            longer = row[part] - mean
            if gaps:
                longer = np.where(there[part], longer, 0.0)
                pairs += products(there[part].astype(float))
            total += products(longer)
    total /= np.maximum(pairs, 1.0) if gaps else rows.shape[0] * (n - np.arange(max_lag + 1))
    if not total[0] > 0:
        raise DataError("the autocorrelation of a constant signal is not defined; check the channel")
    return np.asarray(total / total[0])


def integrated_correlation(values: Floats, limit: int = 1_000_000) -> float:
    """Return ``1 + 2 sum_k rho_k`` in samples, up to the first insignificant lag."""
    rows = values[: max(1, limit // values.shape[1]), :limit]
    lags = min(16, rows.shape[1] - 1)
    while True:
        correlation = autocorrelation(rows, lags)
        small = np.flatnonzero(correlation < 2 / math.sqrt(max(int(np.count_nonzero(np.isfinite(rows))), 1)))
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
        The signal, NaN in gaps; replicas are pooled.
    sample_interval, tau_c : float
        In s.
    """
    from scipy.signal import welch

    pieces = [row[part] for row in values for part in finite_runs(row)]
    longest = max(piece.size for piece in pieces)
    wanted = 2 ** math.ceil(math.log2(max(128 * tau_c / sample_interval, 256)))
    length = int(min(wanted, 1 << 22, max(values.shape[1] // 4, MINIMUM_SAMPLES), longest))
    block = max(length, (1 << 22) // length * length)
    total, count = np.zeros(length // 2 + 1), 0
    mean = np.nanmean(values)
    for piece in pieces:
        for start in range(0, piece.size, block):
            part = piece[start : start + block]
            if part.size < length:
                continue
            averaged = 2 * part.size // length - 1
            frequency, density = welch(part - mean, fs=1 / sample_interval, nperseg=length, detrend="constant")
            total += averaged * density
            count += averaged
    # detrending removes power from the lowest two bins
    return frequency[2:], total[2:] / count


def finite_runs(row: Floats) -> list[slice]:
    """Return the pieces of a record between its gaps."""
    edges = np.flatnonzero(np.diff(np.isfinite(row).astype(np.int8), prepend=0, append=0))
    return [slice(int(first), int(end)) for first, end in zip(edges[::2], edges[1::2], strict=True)]


def modes(rates: Floats, signal: Floats) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    r"""Return weights and decay rates (1/s) of the autocovariance of a signal of the state of a Markov process.

    :math:`C(t) = \mathrm{Re}\sum_k w_k e^{-\kappa_k t}`, by the eigenvectors of the rate matrix; of two levels
    :math:`d^2p(1-p)e^{-t/\tau_c}`. Complex pairs are processes that run around, out of equilibrium.

    Parameters
    ----------
    rates : array (levels, levels)
        In 1/s, rows of the sum zero.
    signal : array (levels,)
        Its value in each state.
    """
    values, vectors = np.linalg.eig(rates)
    share = np.linalg.solve(vectors, np.eye(len(rates)))
    rest = int(np.argmin(np.abs(values)))
    occupied = np.real(share[rest] * vectors[0, rest])
    centred = signal - occupied @ signal
    weights = (occupied * centred @ vectors) * (share @ centred)
    keep = np.arange(len(rates)) != rest
    return weights[keep].astype(np.complex128), -values[keep].astype(np.complex128)


def spectrum_of(
    frequency: Floats, weights: NDArray[np.complex128], decays: NDArray[np.complex128], sample_interval: float | None
) -> Floats:
    r"""Return the one-sided spectrum of `modes`, of the signal or, with the interval in s, of its samples.

    :math:`S(f) = 4\,\mathrm{Re}\sum_k w_k\kappa_k/[\kappa_k^2+(2\pi f)^2]`, of two levels Machlup's; and of samples
    :math:`2\,dt\,\mathrm{Re}\sum_k w_k(1-r_k^2)/(1-2r_k\cos2\pi f\,dt+r_k^2)` with :math:`r_k = e^{-\kappa_k dt}`.
    """
    omega = 2 * math.pi * frequency[:, None]
    if sample_interval is None:
        return np.asarray(4 * np.real((weights * decays / (decays**2 + omega**2)).sum(axis=1)))
    r = np.exp(-decays * sample_interval)
    folded = weights * (1 - r**2) / (1 - 2 * r * np.cos(omega * sample_interval) + r**2)
    return np.asarray(2 * sample_interval * np.real(folded.sum(axis=1)))
