"""Levels from the histogram, and the thresholds between them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.quantity import check_range
from mtjphys.kernels import telegraph as kernels
from mtjphys.kernels.hidden_markov import LevelModel
from mtjphys.telegraph.hidden_markov import moments
from mtjphys.telegraph.spectra import integrated_correlation

Floats = NDArray[np.float64]
Pairs = tuple[tuple[float, float], ...]

HYSTERESIS = 0.5
"""Width of the undecided band over the distance of the levels, where nothing else is asked for."""


@dataclass(frozen=True)
class Histogram:
    """Means of the samples in the bins that hold some, and the share of each."""

    x: Floats
    weight: Floats
    width: float

    @classmethod
    def of(cls, values: Floats, bins: int = 400) -> Histogram:
        """Count samples."""
        measured = values[np.isfinite(values)]
        low, high = float(measured.min()), float(measured.max())
        width = (high - low) / bins
        place = np.minimum(((measured - low) / width).astype(np.int64), bins - 1)
        counts, sums = np.bincount(place), np.bincount(place, measured)
        keep = counts > 0
        return cls(sums[keep] / counts[keep], counts[keep] / measured.size, width)

    def distance(self, weights: Floats, means: Floats, variances: Floats) -> float:
        """Return the largest difference of the distribution function and that of Gaussians."""
        from scipy.special import ndtr

        # at the middle of each step, so that coarse digitisation is not taken for a further level
        middle = np.cumsum(self.weight) - 0.5 * self.weight
        noise = np.sqrt(np.maximum(variances, self.width**2 / 12))
        return float(np.max(np.abs(ndtr((self.x[:, None] - means) / noise) @ weights - middle)))


@dataclass(frozen=True)
class Mixture:
    """Two Gaussians that make up a histogram, low level first.

    Attributes
    ----------
    weights, means, variances : array (2,)
        Of the two.
    bic_gain : float
        BIC of one Gaussian less that of two, with the number of independent samples.
    """

    weights: Floats
    means: Floats
    variances: Floats
    bic_gain: float

    @property
    def separation(self) -> float:
        """Distance of the two over the rms of their widths."""
        return float((self.means[1] - self.means[0]) / math.sqrt(self.variances.mean()))


def fit_mixture(values: Floats) -> Mixture:
    """Fit two Gaussians to the histogram; the best of three starts."""
    histogram = Histogram.of(values)
    x, weight = histogram.x, histogram.weight
    floor = histogram.width**2 / 12
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
    for split in (centre, 0.5 * (x[0] + x[-1]), 0.5 * sum(tail)):
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
    independent = np.count_nonzero(np.isfinite(values)) / integrated_correlation(values)
    gain = 2 * independent * (two - one) - 3 * math.log(max(independent, 2.0))
    return Mixture(w[order], m[order], v[order], gain)


def check_thresholds(thresholds: Any, hysteresis: float | None) -> tuple[Pairs | None, float]:
    """Return the pairs of thresholds, if they are given, and the hysteresis for those that are not, or raise."""
    if thresholds is None:
        return None, check_range("hysteresis", HYSTERESIS if hysteresis is None else hysteresis, "", 0.0, 0.99)
    if hysteresis is not None:
        raise ParameterError(f"thresholds={thresholds!r} and hysteresis={hysteresis!r} say the same; give one of them")
    try:
        pairs = np.array(thresholds, dtype=float).reshape(-1, 2)
    except (TypeError, ValueError):
        pairs = np.array([[math.nan, math.nan]])
    ends = pairs.ravel()
    if not (ends.size and np.isfinite(ends).all() and np.all(np.diff(ends) >= 0)):
        raise ParameterError(
            f"thresholds={thresholds!r} are not two numbers (low, high), low at most high, or such pairs, rising, one "
            "between every two levels"
        )
    return tuple((float(low), float(high)) for low, high in pairs), 0.0


def thresholds_between(means: Floats, hysteresis: float) -> Pairs:
    """Return the thresholds around the middle of neighbouring levels, `hysteresis` of their distance apart."""
    middle, half = 0.5 * (means[1:] + means[:-1]), 0.5 * np.diff(means)
    return tuple((float(m - hysteresis * h), float(m + hysteresis * h)) for m, h in zip(middle, half, strict=True))


def states_between(values: Floats, thresholds: Pairs) -> NDArray[np.int8]:
    """Return the states by thresholds; -1 where nothing was measured."""
    lower, upper = zip(*thresholds, strict=True)
    return np.stack([kernels.threshold_states(row, lower, upper) for row in values])


def settle(values: Floats, means: Floats, hysteresis: float) -> tuple[NDArray[np.int8], LevelModel, Pairs]:
    """Find levels and thresholds that belong to each other.

    The thresholds lie between the levels, and the levels are the means of the samples that they tell apart: of a
    skewed signal neither is where a sum of Gaussians has it.

    Parameters
    ----------
    values : array (replicas, samples)
        The traces.
    means : array (levels,)
        Where to start.
    hysteresis : float
        Width of the undecided band over the distance of the levels.

    Returns
    -------
    states, model, thresholds
        As they belong together.

    Raises
    ------
    DataError
        If a level loses all samples, or the levels do not settle.
    """
    span = float(np.nanmax(values) - np.nanmin(values))
    for iteration in range(200):
        # coarse samples may jump from one side to the other for good
        tiny = (1e-9 if iteration < 50 else 1e-3) * span
        thresholds = thresholds_between(means, hysteresis)
        states = states_between(values, thresholds)
        model = moments(values, states, means.size)
        if np.max(np.abs(model.means - means)) <= tiny:
            return states, model, thresholds
        means = model.means
    raise DataError(
        f"the levels do not settle between thresholds (last {', '.join(f'{m:.6g}' for m in means)}); give thresholds="
    )


def false_flips(seen: LevelModel, thresholds: Pairs, flips: Floats) -> list[str]:
    """Say where noise alone crosses the farther threshold on more than 5 % of as many samples as really flip.

    `flips` are the probabilities per sample of leaving each level.
    """
    from scipy.special import ndtr

    told = []
    for k, (low, high) in enumerate(thresholds):
        noise = math.sqrt(0.5 * (seen.variances[k] + seen.variances[k + 1]))
        away = np.array([high - seen.means[k], seen.means[k + 1] - low])
        false, flip = float(ndtr(-away / noise).mean()), float(flips[k : k + 2].min())
        if false > 0.05 * flip:
            told.append(
                f"noise crosses the thresholds {low:.6g} and {high:.6g} on {false:.2g} of the samples, against real "
                f"flips on {flip:.2g}, so that the rates are too high; use method='hmm' or a wider hysteresis"
            )
    return told
