"""Whether the signal stays what it is: drift, correlated noise, and the sentences that say so."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mtjphys.kernels.telegraph import TwoLevelModel
from mtjphys.telegraph.results import Drift, Quality
from mtjphys.telegraph.spectra import integrated_correlation

Floats = NDArray[np.float64]


def noise_inflation(values: Floats, states: NDArray[np.int8], model: TwoLevelModel) -> float:
    """Integrated autocorrelation of what is left after the levels are taken off, in samples."""
    rows = max(1, 1_000_000 // values.shape[1])
    part, idle = values[:rows, :1_000_000], states[:rows, :1_000_000]
    rest = part - np.where(idle == 1, model.mean_high, model.mean_low)
    if rest.min() == rest.max():
        return 1.0
    return max(1.0, integrated_correlation(rest))


def find_drift(
    values: Floats,
    states: NDArray[np.int8],
    sample_interval: float,
    rates: tuple[float, float],
    inflation: float,
    segments: int,
) -> Drift:
    """Compare segment means with their statistical errors for a steady telegraph process.

    The error of a level is the larger of that of noise with the given integrated correlation and of
    the scatter between stays, which sees what a filter leaves of each flip.

    Parameters
    ----------
    values, states : array (replicas, samples)
        The trace and its idealisation.
    sample_interval : float
        In s.
    rates : (float, float)
        Up and down, in 1/s.
    inflation : float
        Integrated correlation of the noise, in samples.
    segments : int
        How many at most; fewer where they would hold under 40 flips each.
    """
    replicas, n = values.shape
    number = min(segments, int(np.count_nonzero(np.diff(states))) // 40)
    if number < 2:
        return Drift(np.empty(0), np.empty(0), np.empty(0), np.empty(0), {})
    edges = np.linspace(0, n, number + 1).astype(int)
    level, samples = np.full((2, number), math.nan), np.zeros((2, number))
    squares, scatter = np.zeros(2), np.zeros(2)
    occupied, flips = np.empty(number), np.empty(number)
    for k in range(number):
        part, idle = values[:, edges[k] : edges[k + 1]], states[:, edges[k] : edges[k + 1]]
        flipped = np.ones(idle.shape, bool)
        flipped[:, 1:] = idle[:, 1:] != idle[:, :-1]
        starts = np.flatnonzero(flipped)
        length = np.diff(np.append(starts, idle.size))
        total = np.add.reduceat(part.ravel(), starts)
        state_of = idle.ravel()[starts]
        for state in (0, 1):
            stays = state_of == state
            samples[state, k] = length[stays].sum()
            if samples[state, k] > 0:
                level[state, k] = total[stays].sum() / samples[state, k]
                squares[state] += np.sum((part[idle == state] - level[state, k]) ** 2)
                scatter[state] += np.sum((total[stays] - level[state, k] * length[stays]) ** 2)
        occupied[k] = idle.mean()
        flips[k] = starts.size - replicas
    span = np.diff(edges) * sample_interval
    occupation_variance, flips_variance = _expected_scatter(span, rates, float(flips.sum()), replicas)
    per_sample = np.maximum(squares * inflation, scatter) / samples.sum(1)
    with np.errstate(divide="ignore"):
        level_variance = per_sample[:, None] / samples
    tiny = 1e-18 * float(values.max() - values.min()) ** 2
    p_values = {
        "low level": constancy(level[0], level_variance[0], tiny),
        "high level": constancy(level[1], level_variance[1], tiny),
        "occupation": constancy(occupied, occupation_variance, tiny),
        "switching rate": constancy(flips / span, flips_variance / span**2, tiny),
    }
    return Drift(0.5 * (edges[1:] + edges[:-1]) * sample_interval, level[0], level[1], occupied, p_values)


def _expected_scatter(span: Floats, rates: tuple[float, float], flips: float, replicas: int) -> tuple[Floats, Floats]:
    """Return the variances of occupation and number of flips in segments of `span` seconds, if nothing drifts."""
    up, down = rates
    t_low, t_high = 1 / up, 1 / down
    tau_c, share = 1 / (up + down), up / (up + down)
    # time average of a telegraph signal over `span`, and flips of a renewal process
    shape = tau_c / span * (1 - tau_c / span * (1 - np.exp(-span / tau_c)))
    expected = flips * span / span.sum()
    return (
        2 * share * (1 - share) * shape / replicas,
        np.maximum(2 * expected * (t_low**2 + t_high**2) / (t_low + t_high) ** 2, 1.0),
    )


def constancy(values: Floats, variance: Floats, least: float) -> float:
    """Return the chi-square probability that values of known variance, at least `least`, are one constant."""
    from scipy.special import gammaincc

    good = np.isfinite(values)
    if np.count_nonzero(good) < 2:
        return 1.0
    weight = 1 / np.maximum(variance[good], least)
    mean = weight @ values[good] / weight.sum()
    return float(gammaincc(0.5 * (weight.size - 1), 0.5 * (weight @ (values[good] - mean) ** 2)))


def doubts(quality: Quality, drift: Drift) -> list[str]:
    """Say it where the signal is not that of two steady levels."""
    told = []
    if not quality.two_level:
        told.append(
            f"this may not be a two-level signal (levels {quality.separation:.2g} noise widths apart, expected above "
            f"2; evidence for two levels {quality.bic_gain:.3g}, expected above 10; histogram "
            f"{quality.histogram_distance:.2g} from two Gaussians, expected below 0.05); look at plot_histogram, and "
            "if a filter rounds the steps see the notes of telegraph.analyse"
        )
    if drift.drifting:
        ranges = {"low level": drift.level_low, "high level": drift.level_high, "occupation": drift.occupation}
        moved = [
            f"{name} (from {np.nanmin(ranges[name]):.4g} to {np.nanmax(ranges[name]):.4g})" if name in ranges else name
            for name, p in drift.p_values.items()
            if p < 1e-4
        ]
        told.append(
            f"{', '.join(moved)} drifts by more than the statistical error; analyse shorter pieces or remove the drift"
        )
    return told
