"""Levels from the histogram, and the thresholds between them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import check_range
from mtjphys.kernels.telegraph import TwoLevelModel
from mtjphys.telegraph.spectra import integrated_correlation

Floats = NDArray[np.float64]

HYSTERESIS = 0.5
"""Width of the undecided band over the distance of the levels, where nothing else is asked for."""


@dataclass(frozen=True)
class Mixture:
    """Two Gaussians that make up a histogram, low level first.

    Attributes
    ----------
    weights, means, variances : array (2,)
        Of the two.
    bic_gain, distance : float
        As in `mtjphys.telegraph.results.Quality`.
    """

    weights: Floats
    means: Floats
    variances: Floats
    bic_gain: float
    distance: float


def fit_mixture(values: Floats, bins: int = 400) -> Mixture:
    """Fit two Gaussians to the histogram; the best of three starts."""
    from scipy.special import ndtr

    low, high = float(values.min()), float(values.max())
    counts, edges = np.histogram(values, bins=bins, range=(low, high))
    x = 0.5 * (edges[1:] + edges[:-1])
    width = edges[1] - edges[0]
    weight = counts / counts.sum()
    keep = weight > 0
    x, weight = x[keep], weight[keep]
    floor = width**2 / 12
    mean = float(weight @ x)
    variance = max(float(weight @ (x - mean) ** 2), floor)
    one = -0.5 * (math.log(2 * math.pi * variance) + 1)
    centre = mean
    for _ in range(50):
        below = x <= centre
        lower, upper = weight[below].sum(), weight[~below].sum()
        if lower == 0 or upper == 0:
            break
        centre = 0.5 * ((weight @ (x * below)) / lower + (weight @ (x * ~below)) / upper)
    cumulative = np.cumsum(weight)
    tail = [float(np.interp(q, cumulative, x)) for q in (0.001, 0.999)]
    fits = []
    for split in (centre, 0.5 * (low + high), 0.5 * sum(tail)):
        above = np.clip((x > split).astype(float), 1e-3, 1 - 1e-3)
        score = -math.inf
        for _ in range(200):
            w = np.array([weight @ (1 - above), weight @ above])
            m = np.array([weight @ (x * (1 - above)), weight @ (x * above)]) / w
            v = np.array([weight @ ((x - m[0]) ** 2 * (1 - above)), weight @ ((x - m[1]) ** 2 * above)]) / w
            v = np.maximum(v, floor)
            logs = np.log(w / np.sqrt(2 * np.pi * v)) - 0.5 * (x[:, None] - m) ** 2 / v
            joint = np.logaddexp(logs[:, 0], logs[:, 1])
            above = np.clip(np.exp(logs[:, 1] - joint), 1e-300, 1 - 1e-16)
            previous, score = score, float(weight @ joint)
            if score - previous < 1e-9:
                break
        fits.append((score, w, m, v))
    two, w, m, v = max(fits, key=lambda fit: fit[0])
    order = np.argsort(m)
    w, m, v = w[order], m[order], v[order]
    # at the middle of each step, so that coarse digitisation is not taken for a third level
    distance = float(np.max(np.abs(ndtr((x[:, None] - m) / np.sqrt(v)) @ w - cumulative + 0.5 * weight)))
    independent = values.size / integrated_correlation(values)
    gain = 2 * independent * (two - one) - 3 * math.log(max(independent, 2.0))
    return Mixture(w, m, v, gain, distance)


def check_thresholds(
    thresholds: tuple[float, float] | None, hysteresis: float | None
) -> tuple[tuple[float, float] | None, float]:
    """Return the thresholds, if they are given, and the hysteresis for those that are not, or raise one sentence."""
    if thresholds is None:
        return None, check_range("hysteresis", HYSTERESIS if hysteresis is None else hysteresis, "", 0.0, 0.99)
    if hysteresis is not None:
        raise ParameterError(f"thresholds={thresholds!r} and hysteresis={hysteresis!r} say the same; give one of them")
    try:
        low, high = (float(threshold) for threshold in thresholds)
    except (TypeError, ValueError):
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise ParameterError(f"thresholds={thresholds!r} are not two numbers (low, high), low at most high")
    return (low, high), 0.0


def thresholds_between(means: Floats, hysteresis: float) -> tuple[float, float]:
    """Return the thresholds around the middle of two levels, `hysteresis` of their distance apart."""
    middle, half = 0.5 * (means[0] + means[1]), 0.5 * (means[1] - means[0])
    return float(middle - hysteresis * half), float(middle + hysteresis * half)


def false_flips(seen: TwoLevelModel, thresholds: tuple[float, float], flip: float) -> list[str]:
    """Say where noise alone crosses the farther threshold on more than 5 % of as many samples as really flip."""
    from scipy.special import ndtr

    noise = math.sqrt(0.5 * (seen.variance_low + seen.variance_high))
    away = np.array([thresholds[1] - seen.mean_low, seen.mean_high - thresholds[0]])
    false = float(ndtr(-away / noise).mean())
    if false <= 0.05 * flip:
        return []
    return [
        f"noise crosses the thresholds on {false:.2g} of the samples, against real flips on {flip:.2g}, so that the "
        "rates are too high; use method='hmm' or a wider hysteresis"
    ]
