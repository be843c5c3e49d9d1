"""Dwell times three ways: stochastic LLG, Fokker-Planck, two states.

Five junctions of the literature, made faster where they are too slow to be sampled here, and nothing else. The
trace of m.p is read with hysteresis: the state is parallel from reaching m.p = 0.7 until reaching -0.7.

- The stochastic LLG equation counts the stays over every step.
- Fokker-Planck gives their mean exactly, from the committor between the two thresholds; no adjustable number.
- The two-state surrogate is made from the slowest mode of the Fokker-Planck equation, which knows no thresholds, and
  its stays are drawn one by one. It states its own error, the first over the second relaxation rate, 2 to 5 % here:
  that is the tolerance it is held to.

The two junctions that are not symmetric about p precess over the barrier and back many times in one flip at their low
damping, and a trace with thresholds counts each time: its dwell times are three to six times shorter than those of
the two-state process that relaxes as slowly as the junction, in which a flip counts once the junction is
committed to a well. The trace is held to the former; the autocorrelation of m.p, which shows 2/lambda_1 in two equal
wells, and the surrogate to the latter.

What was changed: funatsu_2022, its interfacial anisotropy from 1.1475 to 1.0935 mJ/m2, and funatsu_2022_34nm, from
1.1588 to 1.1245 mJ/m2 with -0.5 mV (barriers of 12 kT down to 4.5 kT, and unequal dwell times by spin torque);
rehm_2023, an eighteenth of the volume, in 20 mT along the easy axis (90 kT down to 4.7 and 5.3 kT); soumah_2024 as it
is, in 55 mT in the plane, within its measured range; hayakawa_2021, its in-plane anisotropy from 950 to 3500 J/m3
(1.3 kT, where two states fail, up to 4.8 kT).
"""

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots
from numpy.typing import NDArray

import mtjphys as mp
from mtjphys import fokker_planck, surrogate
from mtjphys.core.palette import BLUE, GREEN, GREY, ORANGE
from validation.sampling import decay_rate
from validation.statistics import SampledMean, jackknife
from validation.suite import Outcome, sampled

SECTION = "Rates"
CAPTION = (
    "Above: mean dwell times of the junctions, in the parallel (P) and antiparallel (AP) state or equal in both; of "
    "those that precess over the barrier and back, in the trace and of the two-state process. Below: over "
    "Fokker-Planck; bars are standard errors, the shaded bands the error that each surrogate states."
)
THRESHOLD = 0.7
SOURCE = "fokker_planck, thresholds of m.p +-0.7"
MODE = "fokker_planck, slowest mode"


class Device(NamedTuple):
    """A junction and its bias, and which component of m is m.p where the junction is not symmetric about p."""

    name: str
    junction: mp.MTJ
    bias: mp.Bias
    component: int | None = None


class Way(NamedTuple):
    """A mean dwell time of a device."""

    label: str
    source: str
    exact: float  # s
    simulated: SampledMean
    allowed: float  # relative
    two_state: SampledMean | None = None
    stated: float = 0.0  # relative error of the surrogate


def devices(quick: bool) -> list[Device]:
    """Return the junctions, three of them for a quick look."""
    interface, volume = "free_layer.interfacial_anisotropy", mp.presets.rehm_2023().volume / 18.0
    in_plane = {"free_layer.uniaxial_anisotropy": (3500.0, (1.0, 0.0, 0.0))}
    axial = [
        Device("funatsu_2022", mp.presets.funatsu_2022().with_parameters({interface: 1.0935e-3}), mp.Bias()),
        Device(
            "funatsu_2022_34nm",
            mp.presets.funatsu_2022_34nm().with_parameters({interface: 1.1245e-3}),
            mp.Bias(voltage=-0.5e-3),
        ),
        Device(
            "rehm_2023",
            mp.presets.rehm_2023().with_parameters({"free_layer.volume": volume}),
            mp.Bias(field=(0.0, 0.0, 0.02)),
        ),
    ]
    precessing = [
        Device("soumah_2024", mp.presets.soumah_2024(), mp.Bias(field=(0.055, 0.0, 0.0)), 2),
        Device("hayakawa_2021", mp.presets.hayakawa_2021().with_parameters(in_plane), mp.Bias(), 0),
    ]
    return [axial[0], axial[2], precessing[1]] if quick else axial + precessing


def counted(
    device: Device, exact: fokker_planck.MeanDwellTimes, stays: float, seed: int, lanes: int = 512
) -> tuple[SampledMean, SampledMean]:
    """Return the mean stays in the parallel and antiparallel state from about `stays` of each, over every step."""
    cycle = exact.parallel + exact.antiparallel
    interval = 0.1 * cycle
    live = mp.Simulator(
        device.junction,
        device.bias,
        sample_interval=interval,
        replicas=lanes,
        seed=seed,
        initial="random",
        record=(),
        thresholds=(-THRESHOLD, THRESHOLD),
    )
    live.settle(max(0.5 * cycle, 1e-7))
    live.advance(max(1, round(stays * cycle / lanes / interval)))
    found = live.statistics()
    share, into = found["parallel_share"][1][0, 0], found["transitions_into"][1][0, 0]
    total = live.samples_done * interval
    parallel = np.stack([share * total, into[:, 1]], axis=1)
    antiparallel = np.stack([(1.0 - share) * total, into[:, 0]], axis=1)
    return ratio(parallel), ratio(antiparallel)


def ratio(per_lane: NDArray[np.float64]) -> SampledMean:
    """Return total time over number of ends."""
    return jackknife(per_lane, lambda mean: mean[0] / mean[1])


def drawn(device: surrogate.TwoState, bias: mp.Bias, stays: int, seed: int) -> tuple[SampledMean, SampledMean]:
    """Return the mean stays of the surrogate in the parallel and antiparallel state."""
    cycle = sum(1.0 / rate for rate in device.rates(bias))
    times = np.diff(device.switching_times(bias, duration=stays * cycle, seed=seed), prepend=0.0)
    return tuple(
        SampledMean(float(part.mean()), float(part.std() / np.sqrt(part.size))) for part in (times[::2], times[1::2])
    )


def run(quick: bool) -> Outcome:
    """Hold the simulation to the exact dwell times, and the surrogate to the error it states."""
    stays, allowed = (3e3, 0.10) if quick else (1.05e4, 0.07)
    rows, ways = [], []
    for seed, device in enumerate(devices(quick), 120):
        junction, bias, name = device.junction, device.bias, device.name
        exact = fokker_planck.dwell_times(junction, bias, (-THRESHOLD, THRESHOLD))
        # Flips that come in bunches tell less each.
        trace = counted(device, exact, stays if device.component is None else 2.5 * stays, seed)
        two = surrogate.from_fokker_planck(junction, voltages=[bias.voltage], fields=[bias.field])
        mine = drawn(two, bias, 600_000, seed)
        if device.component is None:
            states = zip(("P", "AP"), (exact.parallel, exact.antiparallel), trace, mine, strict=True)
            for state, time, simulated, stay in states:
                ways.append(Way(f"{name}, {state}", SOURCE, time, simulated, allowed, stay, two.error))
            continue
        # Two equal wells: their stays are pooled.
        pooled = SampledMean(
            0.5 * (trace[0].value + trace[1].value), float(np.hypot(trace[0].error, trace[1].error)) / 2
        )
        ways.append(Way(f"{name}, trace", SOURCE, exact.parallel, pooled, allowed))
        if not quick:
            rate = decay_rate(device, device.component, 6e4, axial=False, seed=seed, lanes=192).rate
            slow = SampledMean(2.0 / rate.value, 2.0 * rate.error / rate.value**2)
            time = fokker_planck.dwell_times(junction, bias).parallel
            ways.append(Way(f"{name}, two states", MODE, time, slow, 0.1, mine[0], two.error))
    for way in ways:
        quantity = f"tau / s, {way.label}"
        rows.append(sampled(f"{quantity}, sLLG", way.simulated, way.exact, way.allowed, way.source))
        if way.two_state is not None:
            rows.append(sampled(f"{quantity}, surrogate", way.two_state, way.exact, way.stated, way.source))
    return Outcome(rows, ways)


def figure(data: list[Way]) -> Figure:
    """Draw the dwell times and their ratios."""
    drawing, (top, bottom) = subplots(2, 1, figsize=(6.8, 4.6), sharex=True, height_ratios=(2, 1.4))
    place = np.arange(len(data))
    exact = np.array([way.exact for way in data])
    top.hlines(exact * 1e6, place - 0.3, place + 0.3, color=BLUE, label="Fokker-Planck")
    bottom.axhline(0.0, color=BLUE, lw=1)
    for shift, marker, colour, label, estimates in (
        (-0.1, "o", ORANGE, "stochastic LLG", [way.simulated for way in data]),
        (0.1, "s", GREEN, "two-state surrogate", [way.two_state or SampledMean(np.nan, np.nan) for way in data]),
    ):
        value, error = np.array(estimates).T
        style = {"fmt": marker, "color": colour, "mfc": "white"}
        top.errorbar(place + shift, value * 1e6, error * 1e6, label=label, **style)
        bottom.errorbar(place + shift, 100 * (value / exact - 1), 100 * error / exact, **style)
    stated = 100 * np.array([way.stated for way in data])
    bottom.use_sticky_edges = False
    bottom.bar(place, 2 * stated, 0.7, -stated, color=GREY, alpha=0.2, lw=0)
    top.set(yscale="log", ylabel=r"mean dwell time ($\mu$s)")
    top.legend()
    bottom.set(ylabel="deviation (%)")
    labels = [
        way.label.replace(", ", "\n").replace("_2022_34nm", "_2022\n34 nm").replace("two states", "two\nstates")
        for way in data
    ]
    bottom.set_xticks(place, [label.replace("_", "\n") for label in labels], fontsize=7)
    return drawing
