"""Whether the signal is one of so many levels: evidence, histogram, and the sentences that say so."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mtjphys.kernels.hidden_markov import Expectations
from mtjphys.telegraph.idealising import Idealised
from mtjphys.telegraph.level_count import MOST, Search, evidence, one_more
from mtjphys.telegraph.parts import Drift, Level, Quality
from mtjphys.telegraph.rates import SwitchingEstimates
from mtjphys.telegraph.thresholds import Histogram

Floats = NDArray[np.float64]


def confusion(expectations: Expectations) -> Floats:
    """Return the probability that a sample of one level (row) is taken for another (column)."""
    return np.asarray(expectations.overlap / expectations.weights[:, None])


def doubts(quality: Quality, drift: Drift, each: tuple[Level, ...], suggested: float) -> list[str]:
    """Say it where the signal is not that of steady levels; `suggested` is a time in s over which drift is removed."""
    told = []
    names = ["low", "high"] if len(each) == 2 else [str(k) for k in range(len(each))]
    number = "a two-level signal" if len(each) == 2 else f"a signal of {len(each)} levels"
    if not quality.distinct:
        told.append(
            f"this may not be {number} (levels {quality.separation:.2g} noise widths apart, expected above "
            f"2; evidence for two levels {quality.bic_gain:.3g}, expected above 10; histogram "
            f"{quality.histogram_distance:.2g} from Gaussians, expected below 0.05); look at plot_histogram, and "
            "if a filter rounds the steps or noise is slow see the notes of telegraph.analyse"
        )
    if quality.further_level > 10:
        told.append(
            f"{len(each) + 1} levels describe the record better than {len(each)} (evidence "
            f"{quality.further_level:.3g}, expected below 10); try levels={len(each) + 1}, or levels=None to choose"
        )
    if quality.confusion is not None and quality.confused:
        pairs = [f"{names[i]} and {names[j]}" for i, j in quality.confused]
        told.append(f"the levels {', '.join(pairs)} are not told apart in a quarter of the samples or more")
    for name, level in zip(names, each, strict=True):
        stays, spread = level.dwell, level.dwell.durations
        irregular = spread.size > 1 and abs(float(spread.std() / spread.mean()) - 1) > 0.15
        if stays.scatter > 1.1:
            told.append(
                f"the stays in level {name} are not those of a steady rate (they come in bursts, drift or are not "
                f"exponential): the interval of their mean is wider by {stays.scatter:.2g}"
            )
        elif stays.exponential.p_value < 1e-4 and irregular:
            told.append(f"the stays in level {name} are not exponential (p = {stays.exponential.p_value:.1g})")
    if drift.drifting:
        ranges = dict(zip(drift.p_values, [*drift.levels, *drift.occupations[-1:]], strict=False))
        if len(each) > 2:
            ranges = dict(zip(drift.p_values, [*drift.levels, *drift.occupations], strict=False))
        moved = [
            f"{name} (from {np.nanmin(ranges[name]):.4g} to {np.nanmax(ranges[name]):.4g})" if name in ranges else name
            for name, p in drift.p_values.items()
            if p < 1e-4
        ]
        advice = "analyse shorter pieces"
        if drift.removed is None:
            advice += f", or remove a drift that the levels share with detrend={suggested:.2g} (s)"
        told.append(f"{', '.join(moved)} drifts by more than the statistical error; {advice}")
    return told


def judge(
    values: Floats, found: Idealised, switching: SwitchingEstimates, inflation: float, asked: int | None, how: Search
) -> Quality:
    """Say how well the levels describe the signal.

    Parameters
    ----------
    values : array (replicas, samples)
        The traces.
    found : Idealised
        States and levels.
    switching : SwitchingEstimates
        How the signal switches.
    inflation : float
        Integrated correlation of what is left, in samples.
    asked : int or None
        How many levels were asked for.
    how : Search
        How a further level is looked for: where as many were asked for, and what is left is not white Gaussian noise.
    """
    model, count = found.model, found.model.means.size
    share = np.array([estimate.value for estimate in switching.occupations])
    separation = np.diff(model.means) / np.sqrt(0.5 * (model.variances[1:] + model.variances[:-1]))
    histogram = Histogram.of(values)
    if found.fit is None:
        mixed = found.mixture
        distance = histogram.distance(mixed.weights, mixed.means, mixed.variances)
        if count > 2:
            distance = histogram.distance(share, model.means, model.variances)
        return Quality(float(separation.min()), mixed.bic_gain, distance, count)
    distance = histogram.distance(share, model.means, model.variances)
    gain = evidence(values, found.mixture, found.fit)
    more = 0.0
    if asked is not None and count < MOST and (inflation > 1.05 or distance > 0.02):
        more = one_more(values, found.mixture, found.fit, how)
    return Quality(float(separation.min()), gain, distance, count, more, confusion(found.fit.expectations))
