"""Levels that overlap in noise: states, rates, coverage, number of levels.

Signals with known truth: Markov switching in continuous time, sampled, with noise on top. How many samples are given
the right level is held against the best that is possible, the most probable path by the true parameters; rates against
the true ones; and the share of 95 % intervals that hold the truth against 95 %. Separations of the levels are in noise
widths.

First stays of 10 and 0.55 ms, sampled every 0.1 ms, in white noise, and in noise half of which is 1/f. Its swings are
as good as levels to the fit until it is taken off, with a window of nine of the shorter stays. Then separations from
1.5 to 5 and shares of the time from 1:1 to 1:50, stays long enough to leave information, and three and four levels,
their number chosen by the data. The noise is white and Gaussian there, as the fit assumes. Last what it does not
assume: a one-pole filter, read with thresholds and the dead time that its notes ask for; noise of 1/f; a converter
with steps of a noise width; and a drift of twice the distance of the levels, taken off.
"""

import math
import warnings
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots
from numpy.typing import NDArray
from scipy.linalg import expm
from scipy.signal import lfilter

from mtjphys import telegraph
from mtjphys.core.errors import MtjphysWarning
from mtjphys.core.palette import BLUE, GREEN, GREY, ORANGE
from mtjphys.kernels.hidden_markov import LevelModel
from mtjphys.telegraph.hidden_markov import most_probable
from validation.statistics import SampledMean
from validation.suite import Outcome, Row, sampled

Array = NDArray[np.float64]

SECTION = "Noise"
CAPTION = (
    "Left: share of samples that are given the wrong level, over the separation, by the fit (marks) and by the true "
    "parameters (lines), for three shares of the time. Right: fitted over true rates of all of these records, and 95 % "
    "intervals."
)
INTERVAL = 1e-4  # s
SEPARATIONS = (1.5, 2.0, 3.0, 5.0)
RATIOS = (1, 5, 50)
SHORT = 20.0  # samples that the rarer state lasts
TRUTH = "truth"
BEST = "true parameters"


class Tried(NamedTuple):
    """A record that was analysed."""

    separation: float
    ratio: int
    wrong: float
    least: float  # share of wrong samples by the true parameters
    rates: Array  # fitted over true, each with the ends of its interval
    levels: int


def two(ratio: float, short: float = SHORT) -> Array:
    """Return the rates of two levels, the high one `ratio` times rarer and lasting `short` samples."""
    return np.array([[0.0, 1.0 / (ratio * short * INTERVAL)], [1.0 / (short * INTERVAL), 0.0]])


def chain(levels: int) -> Array:
    """Return the rates of levels that are reached one through the other."""
    rates = np.zeros((levels, levels))
    for k in range(levels - 1):
        rates[k, k + 1], rates[k + 1, k] = 150.0, 200.0
    return rates


def states_of(rates: Array, samples: int, seed: int) -> NDArray[np.int8]:
    """Return the true states."""
    levels = np.arange(float(len(rates)))
    trace = telegraph.sample_levels(rates, INTERVAL, samples, levels, 0.0, seed)
    return trace.values.astype(np.int8)


def analyse(values: Array, **options: Any) -> telegraph.TelegraphAnalysis:
    """Analyse without warnings, which are not the subject."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MtjphysWarning)
        return telegraph.analyse(values, INTERVAL, max_lag=20.0 * INTERVAL, **options)


def attempt(rates: Array, noise: Array, seed: int, ratio: int = 0, **options: Any) -> Tried:
    """Analyse a record of levels one apart with a given noise, and hold it against the truth."""
    states = states_of(rates, noise.size, seed)
    values = states + noise
    found = analyse(values, **options)
    levels = len(rates)
    generator = rates - np.diag(rates.sum(axis=1))
    white = float(noise.std())
    model = LevelModel(np.arange(float(levels)), np.full(levels, white**2), expm(INTERVAL * generator))
    least = np.mean(most_probable(values[np.newaxis], model)[0] != states)
    wrong = np.mean(found.states[0] != states)
    places = [(i, j) for i in range(levels) for j in range(levels) if rates[i, j] > 0]
    matched = places if len(found.each) == levels else []
    over = [[getattr(found.rates[p], end) / rates[p] for end in ("value", "low", "high")] for p in matched]
    return Tried(1.0 / white, ratio, float(wrong), float(least), np.array(over).reshape(-1, 3), len(found.each))


def white(samples: int, separation: float, seed: int) -> Array:
    """Return white noise."""
    return np.random.default_rng((seed, 1)).standard_normal(samples) / separation


def pink(samples: int, separation: float, seed: int) -> Array:
    """Return noise with a spectrum of 1/f over white noise, as much of either."""
    spectrum = np.fft.rfft(np.random.default_rng((seed, 2)).standard_normal(samples))
    spectrum[1:] /= np.sqrt(np.arange(1, spectrum.size))
    spectrum[0] = 0.0
    noise = np.fft.irfft(spectrum, samples)
    return noise / noise.std() / separation / math.sqrt(2.0) + white(samples, separation, seed) / math.sqrt(2.0)


def over_truth(tried: list[Tried]) -> SampledMean:
    """Return the mean of fitted over true rates, by their logarithms."""
    logs = np.concatenate([np.log(one.rates[:, 0]) for one in tried])
    return SampledMean(math.exp(float(logs.mean())), float(logs.std() / math.sqrt(logs.size)))


def lost(tried: list[Tried]) -> SampledMean:
    """Return by how much the share of wrong samples is above the least."""
    more = np.array([one.wrong - one.least for one in tried])
    return SampledMean(float(more.mean()), float(more.std() / math.sqrt(more.size)))


def mistaken(tried: list[Tried]) -> SampledMean:
    """Return the share of wrong samples."""
    wrong = np.array([one.wrong for one in tried])
    return SampledMean(float(wrong.mean()), float(wrong.std() / math.sqrt(wrong.size)))


def coverage(tried: list[Tried]) -> SampledMean:
    """Return which share of the intervals holds the truth, with the error that 95 % have."""
    ends = np.concatenate([one.rates for one in tried])
    held = (ends[:, 1] <= 1.0) & (ends[:, 2] >= 1.0)
    return SampledMean(float(held.mean()), math.sqrt(0.95 * 0.05 / held.size))


def recorded(noise: list[Array], **options: Any) -> list[Tried]:
    """Analyse records like the laboratory's: 10 and 0.55 ms."""
    rates = np.array([[0.0, 100.0], [1.0 / 0.55e-3, 0.0]])
    return [attempt(rates, one, seed, **options) for seed, one in enumerate(noise)]


def assumed_otherwise(records: int, samples: int) -> dict[str, list[Tried]]:
    """Analyse records whose noise is not that of the fit."""
    rates, separation = two(1, 50.0), 4.0
    found: dict[str, list[Tried]] = {name: [] for name in ("one-pole filter", "1/f", "quantised", "drift")}
    time = np.arange(samples) / samples
    for seed in range(records):
        states = states_of(rates, samples, seed)
        decay = math.exp(-0.25)  # 4 samples
        passed = lfilter([1.0 - decay], [1.0, -decay], states) - states + 0.3 * white(samples, separation, seed)
        dead = 8.0 * INTERVAL
        found["one-pole filter"].append(attempt(rates, passed, seed, method="threshold", dead_time=dead))
        found["1/f"].append(attempt(rates, pink(samples, separation, seed), seed))
        noise = white(samples, separation, seed)
        coarse = np.round((states + noise) * separation) / separation - states
        found["quantised"].append(attempt(rates, coarse, seed))
        drift = 2.0 * np.sin(2.0 * np.pi * (time + 0.1 * seed))
        found["drift"].append(attempt(rates, noise + drift, seed, detrend=0.02 * samples * INTERVAL))
    return found


def run(quick: bool) -> Outcome:
    """Analyse records of every kind."""
    rows: list[Row] = []
    many, size = (4, 30_000) if quick else (12, 200_000)
    for separation in (4.6, 2.2):
        tried = recorded([white(size, separation, seed) for seed in range(many)])
        name = f"10 and 0.55 ms, {separation} widths"
        rows.append(sampled(f"{name}: wrong samples above the least", lost(tried), 0.0, 0.0, BEST, within=2e-3))
        rows.append(sampled(f"{name}: rates over true", over_truth(tried), 1.0, 0.2 if quick else 0.05, TRUTH))
    slow = [pink(size, 2.2, seed) for seed in range(many)]
    tried, left = recorded(slow, detrend=5e-3), recorded(slow)
    name = "10 and 0.55 ms, 2.2 widths, half 1/f"
    rows.append(sampled(f"{name}, taken off: wrong samples", mistaken(tried), 0.0, 0.0, TRUTH, within=0.03))
    rows.append(sampled(f"{name}, taken off: rates over true", over_truth(tried), 1.0, 0.3 if quick else 0.2, TRUTH))
    rows.append(sampled(f"{name}, left: wrong samples", mistaken(left), 0.0, 0.0, TRUTH, contrast=True))
    repeats = 1 if quick else 6
    kinds = [(separation, ratio) for separation in SEPARATIONS for ratio in RATIOS] * repeats
    grid = [
        attempt(two(ratio), white(size, separation, seed), seed, ratio)
        for seed, (separation, ratio) in enumerate(kinds)
    ]
    rows.append(sampled("two levels: wrong samples above the least", lost(grid), 0.0, 0.0, BEST, within=0.01))
    rows.append(sampled("two levels: rates over true", over_truth(grid), 1.0, 0.3 if quick else 0.06, TRUTH))
    within = 0.25 if quick else 0.1
    rows.append(sampled("two levels: intervals that hold the truth", coverage(grid), 0.95, 0.0, TRUTH, within=within))
    for levels, separation in ((3, 2.0), (3, 2.7), (4, 3.0)):
        tried = [
            attempt(chain(levels), white(size, separation, seed), seed, levels=None) for seed in range(1 + repeats)
        ]
        name = f"{levels} levels, {separation} widths"
        others = float(sum(one.levels != levels for one in tried))
        rows.append(Row(f"{name}: records with another number", others, 0.0, 0.0, 0.0, TRUTH, within=0.5))
        right = [one for one in tried if one.levels == levels]
        rows.append(sampled(f"{name}: wrong samples above the least", lost(right), 0.0, 0.0, BEST, within=5e-3))
        rows.append(sampled(f"{name}: rates over true", over_truth(right), 1.0, 0.25 if quick else 0.05, TRUTH))
    for name, tried in assumed_otherwise(4 if quick else 12, size).items():
        rows.append(sampled(f"{name}: rates over true", over_truth(tried), 1.0, 0.15 if quick else 0.06, TRUTH))
    return Outcome(rows, grid)


def figure(tried: list[Tried]) -> Figure:
    """Draw wrong samples and rates."""
    drawing, (left, right) = subplots(1, 2, figsize=(7.0, 3.0))
    for ratio, colour in zip(RATIOS, (BLUE, GREEN, ORANGE), strict=True):
        part = [one for one in tried if one.ratio == ratio]
        means = {
            name: [np.mean([getattr(one, name) for one in part if round(one.separation, 1) == s]) for s in SEPARATIONS]
            for name in ("wrong", "least")
        }
        left.plot(SEPARATIONS, means["wrong"], "o", color=colour, mfc="white", label=f"1:{ratio}")
        left.plot(SEPARATIONS, means["least"], color=colour, lw=0.9)
    left.set(xlabel="separation (noise widths)", ylabel="wrong samples", yscale="log")
    left.legend()
    value, low, high = np.concatenate([one.rates for one in tried]).T
    order = np.argsort(value)
    bars = value[order] - low[order], high[order] - value[order]
    right.errorbar(np.arange(value.size), value[order], bars, fmt="o", color=BLUE, ms=2, lw=0.6)
    right.axhline(1.0, color=GREY, lw=0.8)
    right.set(xlabel="rate", ylabel="fitted over true")
    return drawing
