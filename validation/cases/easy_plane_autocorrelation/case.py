"""Easy-plane disc: how fast the moment forgets its direction.

A circular thin film has no barrier in its plane. The demagnetising field turns a small thermal tilt out of the plane
into a rotation within it, at gamma B_d m_z, so the angle diffuses as the integral of a tilt that lives for
1/(alpha gamma B_d). With Gaussian tilts, <m_z^2> = 1/xi, xi = Ms V B_d/(kB T), and s = gamma B_d t,

C(t) = exp{-(1/xi)[(alpha s - 1 + exp(-alpha s))/alpha^2 + alpha s]} (J. Kaiser et al., arXiv:1902.03312).

At low damping C is a Gaussian whose 1/e time, sqrt(2 xi)/(gamma B_d), does not depend on alpha: nanoseconds come
from the demagnetising field and not from the damping. The stationary autocorrelation of the in-plane components is
held against the closed form, which is good to 0.01 for xi >= 100 and alpha <= 0.1, and its 1/e time against both
laws.
"""

import math
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots
from numpy.typing import NDArray
from scipy.constants import Boltzmann, mu_0

import mtjphys as mp
from mtjphys import fokker_planck, theory
from mtjphys.core.palette import BLUE, COLOURS, GREY, LIGHT, MARKERS
from validation.statistics import SampledMean, autocovariance_sums, jackknife
from validation.suite import Outcome, Row, sampled

Array = NDArray[np.float64]

SECTION = "Dynamics"
CAPTION = (
    "Left: stationary autocorrelation of the in-plane magnetisation at xi = 200; symbols: simulated, lines: closed "
    "form. Below, a hundred times the difference from the closed form, lines: Fokker-Planck; band: its promise. Right: "
    "1/e time against the damping (symbols: simulated)."
)
XI, DEMAGNETISING_FIELD, TEMPERATURE = 200.0, 1.0, 300.0
SOURCE = "closed form, arXiv:1902.03312"
EXACT = "Fokker-Planck"
LIMIT = "sqrt(2 xi), arXiv:1902.03312"
PROMISE = 0.01
LAGS, LANES = 31, 512


class Correlation(NamedTuple):
    """The sampled autocorrelation of one disc, times in units of 1/(gamma B_d)."""

    time: Array
    value: Array
    error: Array
    fall: SampledMean  # 1/e time


def disc(damping: float) -> mp.MTJ:
    """Return a film with nothing but a demagnetising field."""
    magnetisation = DEMAGNETISING_FIELD / mu_0
    layer = mp.FreeLayer(
        saturation_magnetisation=magnetisation,
        volume=XI * Boltzmann * TEMPERATURE / (magnetisation * DEMAGNETISING_FIELD),
        demagnetising_factors=(0.0, 0.0, 1.0),
        damping=damping,
    )
    return mp.MTJ(free_layer=layer, reference=mp.ReferenceLayer(direction=(1.0, 0.0, 0.0)))


def closed_form(time: Array, damping: float) -> Array:
    """Return C; `time` in units of 1/(gamma B_d)."""
    seconds = time / (disc(damping).free_layer.gyromagnetic_ratio * DEMAGNETISING_FIELD)
    return theory.easy_plane_autocorrelation(seconds, DEMAGNETISING_FIELD, DEMAGNETISING_FIELD / XI, damping)


def exact_form(time: Array, damping: float) -> Array:
    """Return C from the Fokker-Planck equation; `time` in units of 1/(gamma B_d)."""
    junction = disc(damping)
    seconds = time / (junction.free_layer.gyromagnetic_ratio * DEMAGNETISING_FIELD)
    return fokker_planck.autocorrelation(junction, mp.Bias(temperature=TEMPERATURE), seconds, "projection")


def fall_time(time: Array, curves: Array) -> Array:
    """Return where each row of `curves` falls to 1/e: straight lines in ln C against the square of the time."""
    after = (curves > math.exp(-1.0)).sum(axis=1)
    rows = np.arange(len(curves))
    high, low = np.log(curves[rows, after - 1]), np.log(curves[rows, after])
    before, behind = time[after - 1] ** 2, time[after] ** 2
    return np.sqrt(before + (high + 1.0) / (high - low) * (behind - before))


def correlation(damping: float, lane_times: float, seed: int) -> Correlation:
    """Sample C over about `lane_times` fall times of all lanes together."""
    junction = disc(damping)
    unit = 1.0 / (junction.free_layer.gyromagnetic_ratio * DEMAGNETISING_FIELD)
    grid = np.geomspace(1.0, 1e4, 4000)
    fall = fall_time(grid, closed_form(grid, damping)[None])[0]
    interval = 0.1 * fall * unit
    simulator = mp.Simulator(
        junction,
        mp.Bias(temperature=TEMPERATURE),
        sample_interval=interval,
        replicas=LANES,
        seed=seed,
        initial="random",
        record=("m",),
    )
    simulator.settle((10.0 / damping + 5.0 * fall) * unit)
    chunks = max(1, round(10.0 * lane_times / LANES / 1024))
    sums = np.zeros((LANES, LAGS))
    for _ in range(chunks):
        m = simulator.advance(1024)["m"]
        for component in range(2):
            sums += autocovariance_sums(np.ascontiguousarray(m[:, :, component]), list(range(LAGS)))[:, :-1]
    time = interval / unit * np.arange(LAGS)
    value = [jackknife(sums, lambda mean, k=k: mean[k] / mean[0]) for k in range(LAGS)]
    return Correlation(
        time,
        np.array([v.value for v in value]),
        np.array([v.error for v in value]),
        jackknife(sums, lambda mean: fall_time(time, (mean / mean[0]).T)),
    )


def run(quick: bool) -> Outcome:
    """Sample discs of several dampings."""
    rows, curves = [], {}
    plan = {0.005: 3e6, 0.03: 6e5, 0.1: 7e5} if quick else {0.003: 1e7, 0.01: 4e6, 0.03: 4e6, 0.1: 4e6}
    for seed, (damping, lane_times) in enumerate(plan.items(), 120):
        found = curves[damping] = correlation(damping, lane_times, seed)
        laws = (
            (exact_form(found.time, damping), EXACT, 0.007),
            (closed_form(found.time, damping), SOURCE, PROMISE),
        )
        for expected, source, within in laws:
            k = int(np.argmax(abs(found.value - expected)))
            name = f"C({found.time[k]:.3g}), alpha = {damping:g}"
            rows.append(Row(name, found.value[k], found.error[k], float(expected[k]), 0.0, source, within=within))
        grid = np.linspace(0.1, found.time[-1], 2000)
        name = f"gamma B_d t(1/e), alpha = {damping:g}"
        rows.append(sampled(name, found.fall, fall_time(grid, closed_form(grid, damping)[None])[0], 0.02, SOURCE))
    lowest = min(plan)
    name = f"gamma B_d t(1/e), alpha = {lowest:g}"
    rows.append(sampled(name, curves[lowest].fall, math.sqrt(2.0 * XI), 0.03, LIMIT))
    limit = theory.easy_plane_correlation_time(DEMAGNETISING_FIELD, DEMAGNETISING_FIELD / XI, lowest)
    limit *= disc(lowest).free_layer.gyromagnetic_ratio * DEMAGNETISING_FIELD
    rows.append(Row("gamma B_d t(1/e), theory", limit, 0.0, math.sqrt(2.0 * XI), 1e-6, LIMIT))
    return Outcome(rows, curves)


def figure(curves: dict[float, Correlation]) -> Figure:
    """Draw the autocorrelations and their 1/e times."""
    drawing, panels = subplots(2, 2, figsize=(7.2, 3.8), height_ratios=(2.4, 1), sharex="col")
    grid = panels[0, 0].get_gridspec()
    for panel in panels[:, 1]:
        panel.remove()
    top, bottom, right = panels[0, 0], panels[1, 0], drawing.add_subplot(grid[:, 1])
    bottom.axhspan(-100 * PROMISE, 100 * PROMISE, color=LIGHT, lw=0)
    bottom.axhline(0.0, color=GREY, lw=0.8)
    for k, (damping, found) in enumerate(curves.items()):
        time = np.linspace(0.0, found.time[-1], 200)
        style = {"color": COLOURS[k], "marker": MARKERS[k], "ls": "none", "mfc": "white"}
        top.plot(time, closed_form(time, damping), color=COLOURS[k])
        top.plot(found.time, found.value, label=rf"$\alpha$ = {damping:g}", **style)
        bottom.errorbar(found.time, 100 * (found.value - closed_form(found.time, damping)), 100 * found.error, **style)
        bottom.plot(time, 100 * (exact_form(time, damping) - closed_form(time, damping)), color=COLOURS[k])
    top.set(ylabel=r"autocorrelation $C$", ylim=(-0.03, 1.04))
    top.legend()
    bottom.set(xlabel=r"lag $\gamma B_d t$", ylabel=r"$100\,\Delta C$", ylim=(-1.5, 1.5), xlim=(0, 90))
    dampings = np.geomspace(0.0015, 0.1, 24)
    long = np.geomspace(1.0, 300.0, 4000)
    law = [fall_time(long, closed_form(long, damping)[None])[0] for damping in dampings]
    times = np.geomspace(dampings[0], dampings[-1], 19)
    exact = [fokker_planck.correlation_time(disc(damping), None, "1/e", "projection") for damping in times]
    unit = disc(0.1).free_layer.gyromagnetic_ratio * DEMAGNETISING_FIELD
    right.plot(times, unit * np.array(exact), color=BLUE, label="Fokker-Planck")
    right.plot(dampings, law, "--", color=GREY, label="closed form")
    right.axhline(math.sqrt(2.0 * XI), color=GREY, ls=":", label=r"$\sqrt{2\xi}$")
    for k, (damping, found) in enumerate(curves.items()):
        right.errorbar(damping, *found.fall, color=COLOURS[k], marker=MARKERS[k], mfc="white", ls="none")
    right.set(xscale="log", xlabel=r"damping $\alpha$", ylabel=r"1/e time $\gamma B_d t$", ylim=(16, 31))
    right.legend(loc="lower right")
    drawing.align_ylabels([top, bottom])
    return drawing
