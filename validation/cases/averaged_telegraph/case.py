"""Rates of a junction that is faster than its sampling.

A two-state process in continuous time is averaged over each sample, or by a one-pole amplifier ahead of the converter,
and noise is added. Levels, noise and both rates are fitted to each of many such traces by maximum likelihood; the law
of an averaged sample is exact (P. J. Pedler, J. Appl. Prob. 8, 381 (1971)), however many flips fall within it. What is
expected is what an interval promises: 95 % of them hold the rate, and the errors, as they are and in units of the
stated standard error, have the mean 0. With ten flips in a sample hardly anything but the width of the histogram is
left of them, and the levels have to be known.
"""

import math
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots
from numpy.typing import NDArray

from mtjphys.calibration.likelihoods import Sampling, TraceParameters, fit_trace, sample_trace
from mtjphys.core.palette import BLUE, GREY, ORANGE
from validation.statistics import SampledMean, jackknife
from validation.suite import Outcome, sampled

Array = NDArray[np.float64]

SECTION = "Noise"
CAPTION = (
    "Fitted rate up (blue) and down (orange) over the true one, for traces of 10,000 samples: median and the middle "
    "95 %, against true flips up per sample. Bars: mean interval of 95 %."
)
NOISE, ASYMMETRY = 0.1, 0.6  # of the distance of the levels, and rate down over rate up
LAW = "95 % intervals"


class Setting(NamedTuple):
    """Flips up per sample, bandwidth over the sampling rate, and whether the levels are known."""

    flips: float
    bandwidth: float | None
    known: bool

    def __str__(self) -> str:
        ahead = "" if self.bandwidth is None else f", bandwidth {self.bandwidth:g} of the sampling rate"
        return f"{self.flips:g} flips a sample{ahead}{', known levels' if self.known else ''}"


SETTINGS = [
    Setting(0.1, None, False),
    Setting(1.0, None, False),
    Setting(3.0, None, False),
    Setting(3.0, 0.1, False),
    Setting(10.0, None, True),
]


def errors(setting: Setting, traces: int, samples: int) -> Array:
    """Return errors and standard errors of both ln rates, (traces, 2, 2)."""
    sampling = Sampling(1.0, bandwidth=setting.bandwidth)
    rates = np.log(setting.flips * np.array([1.0, ASYMMETRY]))
    truth = TraceParameters(0.0, 1.0, math.log(NOISE), *rates)
    found = []
    for seed in range(traces):
        values = sample_trace(sampling, truth, samples, np.random.default_rng(seed))
        fit = fit_trace(values, sampling, levels=(0.0, 1.0) if setting.known else None)
        found.append((np.array(fit.parameters[3:]) - rates, fit.standard_errors[3:]))
    return np.array(found)


def run(quick: bool) -> Outcome:
    """Fit many traces at each rate."""
    traces, samples = (20, 3000) if quick else (200, 10_000)
    settings = SETTINGS[2:3] if quick else SETTINGS
    within, bias, off = (0.25, 1.2, 0.15) if quick else (0.08, 0.4, 0.05)
    rows, data = [], []
    for setting in settings:
        error, sigma = np.moveaxis(errors(setting, traces, samples), 1, 0)
        z = error / sigma
        held = SampledMean(float(np.mean(np.abs(z) < 1.96)), math.sqrt(0.95 * 0.05 / traces))
        rows.append(sampled(f"intervals that hold the rate, {setting}", held, 0.95, 0.0, LAW, within=within))
        mean = jackknife(z.mean(axis=1))
        rows.append(sampled(f"mean error in standard errors, {setting}", mean, 0.0, 0.0, LAW, within=bias))
        # A law that is wrong may have wide errors and small ones in their units.
        mean = jackknife(error.mean(axis=1))
        rows.append(sampled(f"ln(fitted rate/true rate), {setting}", mean, 0.0, 0.0, LAW, within=off))
        data.append((setting, error, sigma))
    return Outcome(rows, data)


def figure(data: list[tuple[Setting, Array, Array]]) -> Figure:
    """Draw the spread of the fitted rates and the intervals."""
    drawing, panel = subplots(figsize=(4.2, 2.8))
    panel.axhline(1.0, color=GREY, linewidth=0.8)
    for place, (_, error, sigma) in enumerate(data):
        for k, colour in enumerate((BLUE, ORANGE)):
            x = place + 0.2 * k - 0.1
            low, middle, high = np.exp(np.quantile(error[:, k], (0.025, 0.5, 0.975)))
            panel.plot([x, x], [low, high], color=colour, linewidth=4, alpha=0.4)
            panel.plot(x, middle, "o", color=colour)
            half = 1.96 * float(sigma[:, k].mean())
            panel.errorbar(x + 0.05, 1.0, [[1.0 - math.exp(-half)], [math.exp(half) - 1.0]], color=colour, capsize=2)
    names = [f"{setting.flips:g}{'' if setting.bandwidth is None else ' filtered'}" for setting, _, _ in data]
    panel.set_xticks(range(len(data)), names)
    panel.set(xlabel="flips up per sample", ylabel="fitted rate/true rate")
    return drawing
