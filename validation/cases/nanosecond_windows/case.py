"""Nanosecond telegraph noise of four junctions.

Four laboratories went to the fast end: relaxation down to 8 ns in plane (Hayakawa et al., Phys. Rev. Lett. 126, 117202
(2021)), dwell times below 10 ns and an autocorrelation of 5 ns in a 50 nm disc at 15 ohm um2 (Schnitzspan et al., Phys.
Rev. Applied 20, 024002 (2023)), an autocorrelation of 2 to 5 ns in an easy plane, depending on bias (Safranski et al.,
Nano Lett. 21, 2040 (2021)), and a perpendicular disc that an in-plane field of 25 to 70 mT takes from 10 ms down to 2.7
ns (Soumah et al., arXiv:2402.03452). Each preset is simulated with the stochastic LLG equation and held against the
window that was measured, and against its own Fokker-Planck equation.

The first three have one number chosen to reach the window: the in-plane anisotropy, which the sources call small and do
not print. What is then predicted is that thermal motion at 300 K, with the precession of a thin film, gives such times
at all; Safranski's window under bias, where nothing was chosen; and, with Schnitzspan's self-heating, that one junction
meets both of its numbers at the current density of the source, 1 MA/cm2. Its 5 ns are given to one digit, 0.5 ns either
way, and the time to 1/e and the decay time of the tail, both of which go by the name of autocorrelation time, are 0.4
ns apart in the model: 1 ns is allowed. Simulation and Fokker-Planck equation are to agree to 0.02 in the
autocorrelation, and to 0.03 where the Fokker-Planck curve leaves out the torque and how the temperature follows the
state (Schnitzspan).

Soumah's junction has its interface anisotropy chosen for the 10 ms in 25 mT; the other end is predicted, and missed: 16
ns, not 2.7. The source says why. Its Arrhenius prefactors lie in the femtoseconds, because a 50 nm layer does not
reverse as one moment and the entropy of its spin waves at the saddle enters; one macrospin has a nanosecond.
"""

import math
from functools import partial
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots
from numpy.typing import NDArray

import mtjphys as mp
from mtjphys import fokker_planck
from mtjphys.core.palette import BLUE, GREY, ORANGE
from validation.statistics import SampledMean, autocovariance_sums, jackknife
from validation.suite import Outcome, Row, sampled

Array = NDArray[np.float64]

SECTION = "Experiments"
CAPTION = (
    "Autocorrelation of m.p of the in-plane junctions: symbols: simulated; lines: Fokker-Planck (Schnitzspan: at the "
    "mean temperature, without torque); band: decay to 1/e in the source. Below, simulated less Fokker-Planck. Right: "
    "mean dwell time of Soumah's junction against in-plane field, line: exact, circles: measured ends of the range; "
    "below, measured over model."
)
LANES = 512
POINTS = 40  # lags
INTERVAL = 0.5e-9
READ_VOLTAGE = 0.15  # 1 MA/cm2 through 15 ohm um2
SAFRANSKI_VOLTAGE = 0.3
SOUMAH = ((0.025, 10e-3), (0.070, 2.7e-9))  # T, s


class Noise(NamedTuple):
    """What was simulated: autocorrelation of m.p, its 1/e time, its late decay time, and mean dwell times, in s."""

    name: str
    curve: Array
    error: Array
    decay_time: SampledMean
    relaxation: SampledMean
    dwell: SampledMean
    exact: Array
    window: tuple[float, float]


def lags() -> Array:
    """Return the lags in s."""
    return np.arange(POINTS, dtype=np.float64) * INTERVAL


def simulate(
    name: str,
    junction: mp.MTJ,
    bias: mp.Bias,
    window: tuple[float, float],
    chunks: int,
    seed: int,
    compare: bool = True,
) -> Noise:
    """Simulate a junction; a state is entered beyond m.p = +-0.5, as with a comparator that has hysteresis."""
    simulator = mp.Simulator(
        junction, bias, sample_interval=INTERVAL, replicas=LANES, seed=seed, initial="random", record=("m",),
        thresholds=(-0.5, 0.5),
    )  # fmt: skip
    p = np.asarray(junction.reference_direction)
    simulator.settle(100e-9)
    before = simulator.statistics()
    started = simulator.steps_done
    per_lane = np.zeros((LANES, POINTS + 1))
    for _ in range(chunks):
        samples = np.ascontiguousarray(simulator.advance(400)["m"] @ p)
        per_lane += autocovariance_sums(samples, list(range(POINTS))) / chunks
    flips = (simulator.statistics()["transitions_into"][1] - before["transitions_into"][1])[0, 0].sum(axis=-1)
    time = (simulator.steps_done - started) * simulator.step
    dwell = jackknife(flips.astype(float), lambda mean: time / mean)

    def normalised(mean: Array) -> Array:
        centred = mean[:-1] - mean[-1] ** 2
        return np.asarray(centred / centred[0])

    def at_lag(lag: int, mean: Array) -> Array:
        return np.asarray(normalised(mean)[lag])

    def to_one_e(mean: Array) -> Array:
        curves = normalised(mean)
        first = np.argmax(curves < math.exp(-1.0), axis=0)
        columns = np.arange(curves.shape[1])
        above, below = curves[first - 1, columns], curves[first, columns]
        return np.asarray(INTERVAL * (first - 1 + np.log(above * math.e) / np.log(above / below)))

    def late(mean: Array) -> Array:
        curves = normalised(mean)
        return np.asarray(16 * INTERVAL / np.log(curves[8] / curves[24]))

    curve = [jackknife(per_lane, partial(at_lag, k)) for k in range(POINTS)]
    values, errors = np.array(curve).T
    exact = np.full(POINTS, math.nan)
    if compare:
        exact = fokker_planck.autocorrelation(*without_heating(junction, bias), lags(), "projection", rtol=2e-2)
    return Noise(name, values, errors, jackknife(per_lane, to_one_e), jackknife(per_lane, late), dwell, exact, window)


def without_heating(junction: mp.MTJ, bias: mp.Bias) -> tuple[mp.MTJ, mp.Bias]:
    """Return the junction with its mean temperature for good, and no torque: what Fokker-Planck solves in a second."""
    if junction.heating is None:
        return junction, bias
    conductance = 0.5 * sum(1.0 / junction.resistance(cosine, mp.Bias(voltage=READ_VOLTAGE)) for cosine in (1.0, -1.0))
    rise = junction.heating.thermal_resistance * READ_VOLTAGE**2 * conductance
    return junction.with_parameters({"heating": None}), mp.Bias(temperature=300.0 + rise)


def dwell_time(junction: mp.MTJ, field: float) -> float:
    """Return the mean dwell time in an in-plane field, in s: twice the relaxation time of two equal wells."""
    return 2.0 / fokker_planck.relaxation_rate(junction, mp.Bias(field=(field, 0.0, 0.0)), rtol=1e-2)


def run(quick: bool) -> Outcome:
    """Simulate the three in-plane junctions; the fields of the perpendicular one exactly."""
    chunks = 2 if quick else 16
    presets = mp.presets
    nano = 1e-9
    hayakawa = simulate("Hayakawa", presets.hayakawa_2021(), mp.Bias(), (8.0 * nano, 8.0 * nano), 10 * chunks, 11)
    schnitzspan = simulate(
        "Schnitzspan", presets.schnitzspan_2023(), mp.Bias(voltage=READ_VOLTAGE), (5.0 * nano, 5.0 * nano), chunks, 12
    )
    safranski = presets.safranski_2021()
    still = simulate("Safranski", safranski, mp.Bias(), (2.0 * nano, 5.0 * nano), 2 * chunks, 13)
    driven = simulate(
        "driven", safranski, mp.Bias(voltage=SAFRANSKI_VOLTAGE), (2.0 * nano, 5.0 * nano), chunks, 14, False
    )
    soumah = presets.soumah_2024()
    fields = np.linspace(SOUMAH[0][0], SOUMAH[1][0], 2 if quick else 10)
    times = np.array([dwell_time(soumah, field) for field in fields])
    barrier = soumah.thermal_stability(mp.Bias(field=(fields[0], 0.0, 0.0))).parallel
    sources = {
        "Hayakawa": "PRL 126, 117202",
        "Schnitzspan": "arXiv:2301.05694",
        "Safranski": "Nano Lett. 21, 2040",
        "Soumah": "arXiv:2402.03452",
    }
    chosen = {name: source + ", chosen" for name, source in sources.items()}
    attempt = math.log10(times[0]) - barrier / math.log(10.0)
    rows = [
        sampled("Hayakawa: relaxation time (ns)", in_ns(hayakawa.relaxation), 8.0, 0.1, chosen["Hayakawa"]),
        sampled(
            "Schnitzspan: decay to 1/e (ns)", in_ns(schnitzspan.decay_time), 5.0, 0.0, chosen["Schnitzspan"],
            within=1.0,
        ),
        sampled(
            "Schnitzspan: dwell time below 10 ns", in_ns(schnitzspan.dwell), 5.0, 0.0, sources["Schnitzspan"],
            within=5.0,
        ),
        sampled(
            "Safranski: decay to 1/e, 0 V (ns)", in_ns(still.decay_time), 3.5, 0.0, chosen["Safranski"], within=1.5
        ),
        sampled(
            f"Safranski: decay to 1/e, {SAFRANSKI_VOLTAGE} V (ns)", in_ns(driven.decay_time), 3.5, 0.0,
            sources["Safranski"], within=1.5,
        ),
        *(
            sampled(
                f"{noise.name}: simulated less Fokker-Planck, largest", largest(noise), 0.0, 0.0, "Fokker-Planck",
                within=within,
            )
            for noise, within in ((hayakawa, 0.02), (schnitzspan, 0.03), (still, 0.02))
        ),
        Row("Soumah: dwell time in 25 mT (ms)", 1e3 * times[0], 0.0, 1e3 * SOUMAH[0][1], 0.05, chosen["Soumah"]),
        Row(
            "Soumah: dwell time in 70 mT (ns)", 1e9 * times[-1], 0.0, 1e9 * SOUMAH[1][1], 0.5, sources["Soumah"],
            limit="the prefactor of one macrospin is a nanosecond, whatever the barrier",
        ),
        Row(
            "Soumah: log10 of the attempt time in 25 mT (s)", attempt, 0.0, -16.0, 0.0,
            "arXiv:2402.03452, 1e-18 to 1e-14 s", within=2.0,
            limit="entropy of the spin waves at the saddle, which one macrospin does not have",
        ),
    ]  # fmt: skip
    return Outcome(rows, ([hayakawa, schnitzspan, still], fields, times))


def in_ns(found: SampledMean) -> SampledMean:
    """Return seconds as nanoseconds."""
    return SampledMean(1e9 * found.value, 1e9 * found.error)


def largest(noise: Noise) -> SampledMean:
    """Return the largest deviation from Fokker-Planck with its error."""
    deviation = noise.curve - noise.exact
    place = int(np.argmax(np.abs(deviation)))
    return SampledMean(float(deviation[place]), float(noise.error[place]))


def figure(data: tuple) -> Figure:
    """Draw autocorrelations and dwell times with residuals."""
    noises, fields, times = data
    drawing, axes = subplots(2, 4, figsize=(9.2, 3.9), height_ratios=(2.5, 1.0))
    nano = 1e9 * lags()
    for noise, top, bottom in zip(noises, axes[0], axes[1], strict=False):
        low, high = (1e9 * edge for edge in noise.window)
        top.axvspan(low - 0.1, high + 0.1, color=ORANGE, alpha=0.25, lw=0)
        top.axhline(math.exp(-1.0), color=GREY, lw=0.8, ls=":")
        top.plot(nano, noise.exact, color=BLUE)
        top.plot(nano, noise.curve, "o", color=ORANGE, mfc="white", ms=3.5)
        top.set(title=noise.name, ylim=(0.0, 1.02))
        bottom.errorbar(nano, noise.curve - noise.exact, noise.error, fmt=".", ms=3, color=BLUE, lw=0.8)
        bottom.axhline(0.0, color=GREY, lw=0.8)
        bottom.set(xlabel="lag (ns)", ylim=(-0.08, 0.08))
        top.sharex(bottom)
    axes[0, 0].set(ylabel="autocorrelation of m.p")
    axes[1, 0].set(ylabel="simulated - exact")
    field, measured = np.array(SOUMAH).T
    top, bottom = axes[:, 3]
    top.plot(1e3 * fields, times, color=BLUE)
    top.plot(1e3 * field, measured, "o", color=ORANGE, mfc="white")
    top.set(title="Soumah", yscale="log", ylabel="dwell time (s)")
    bottom.plot(1e3 * field, measured / times[[0, -1]], "o", color=BLUE)
    bottom.axhline(1.0, color=GREY, lw=0.8)
    bottom.set(xlabel="in-plane field (mT)", ylabel="measured/exact", ylim=(0.0, 1.3))
    top.sharex(bottom)
    return drawing
