"""Millisecond telegraph noise: dwell times, barriers, exponents.

Vodenicarevic et al. (Phys. Rev. Applied 8, 054045 (2017), arXiv:1706.05262): a 50 x 150 nm ellipse, tau_1 + tau_0 = 604
us, dwell times exponential in both states. Mizrahi et al. (Nat. Commun. 9, 1533 (2018)): 60 x 120 nm ellipses of 1.7 nm
CoFeB, barriers of 8.9 to 18.7 kB T. Funatsu et al. (Nat. Commun. 13, 4079 (2022)): perpendicular junctions of 28 and 34
nm, tau = tau_0 exp[Delta (1 - x)^n] under a drive x along the easy axis, n = 2.

Chosen in the presets: an anisotropy across the long axis that brings the barrier of each ellipse to what its noise
shows. It has to be large: coherent rotation of the whole ellipse would cost 84 and 52 kB T, so the ellipses do not
reverse as a whole, and one macrospin stands for the part that does. Predicted: that the stays are exponential, which
the stochastic LLG equation shows on the same ellipse with its barrier halved, where a thousand stays take seconds and
not a quarter of an hour. One stay in twenty there is a return within nanoseconds, of a moment that still has the energy
it crossed with; a laboratory's amplifier does not see them. Predicted as well: the exponents, from exact dwell times
under field and under spin torque, fitted the way the source does, barrier and anisotropy field known, tau_0 and n
free. The barrier has n = 2, which is what the source finds. The dwell time has Brown's prefactor as well,
1/[(1 - x^2)(1 - x)], whose slope at x = 0 the fit takes for a part of the exponent: it finds n = 2 - 1/Delta, and that
is what it is held to.
"""

import warnings
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots
from numpy.typing import NDArray
from scipy.optimize import curve_fit

import mtjphys as mp
from mtjphys import fokker_planck, telegraph, theory
from mtjphys.core.errors import MtjphysWarning
from mtjphys.core.palette import BLUE, GREEN, GREY, ORANGE
from validation.statistics import SampledMean
from validation.suite import Outcome, Row, sampled

Array = NDArray[np.float64]

SECTION = "Experiments"
CAPTION = (
    "Left: share of stays longer than t, both states of the ellipse with half its barrier; dotted: exponential; "
    "below, the difference. Middle: barriers measured (band; Vodenicarevic: from the dwell time, attempt times of 7 ps "
    "to 0.15 us), of the preset and of coherent rotation. Right: exact dwell time of the 28 nm junction against field "
    "(circles) and spin torque (crosses) over their critical values, and the fit of Delta (1 - x)^n; below, the "
    "difference."
)
SHALLOWER = 32000.0  # J/m3 across the long axis: about 6 kB T
INTERVAL = 1e-9
LANES = 64
MICRO = 1e6
DRIVES = np.linspace(-0.3, 0.3, 9)
# ln(302 us/tau_0) for an attempt time of 1 ns; 5 less or more is one of 0.15 us or 7 ps.
VODENICAREVIC_BARRIER, VODENICAREVIC_WITHIN = 12.6, 5.0
MIZRAHI_BARRIER, MIZRAHI_WITHIN = 13.8, 4.9


class Exponent(NamedTuple):
    """Dwell times under a drive x, in s, and the fit of the barrier's exponent to them."""

    times: Array
    fitted: Array
    exponent: float
    barrier: float  # kB T


def shallower() -> mp.MTJ:
    """Return Vodenicarevic's ellipse with about half its barrier."""
    return mp.presets.vodenicarevic_2017().with_parameters(
        {"free_layer.uniaxial_anisotropy": (SHALLOWER, (0.0, 1.0, 0.0))}
    )


def stays(ellipse: mp.MTJ, samples: int) -> telegraph.TelegraphAnalysis:
    """Return the stays of an ellipse, read with hysteresis from a simulated trace."""
    simulator = mp.Simulator(
        ellipse, mp.Bias(), sample_interval=INTERVAL, replicas=LANES, seed=3, initial="random", record=("m",)
    )
    simulator.settle(1e-6)
    trace = simulator.advance(samples)["m"] @ np.asarray(ellipse.reference_direction)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MtjphysWarning)
        return telegraph.analyse(trace, INTERVAL, method="threshold", hysteresis=0.6)


def mean_stay(found: telegraph.TelegraphAnalysis) -> SampledMean:
    """Return the mean stay in us, of both states, which are alike."""
    means = [state.mean for state in (found.dwell_low, found.dwell_high)]
    value = sum(mean.value for mean in means) / 2.0
    return SampledMean(MICRO * value, MICRO * sum(mean.high - mean.low for mean in means) / 3.92 / 2.0**1.5)


def variation(found: telegraph.DwellStatistics) -> SampledMean:
    """Return standard deviation over mean of the stays; 1 for an exponential law, with error 1/sqrt(n)."""
    return SampledMean(float(found.durations.std() / found.durations.mean()), found.durations.size**-0.5)


def exponent(junction: mp.MTJ, unit: float, *, torque: bool) -> Exponent:
    """Return the exponent under a field or a voltage that is `unit` at x = 1."""
    biases = [mp.Bias(voltage=x * unit) if torque else mp.Bias(field=(0.0, 0.0, x * unit)) for x in DRIVES]
    times = np.array([fokker_planck.dwell_times(junction, bias).antiparallel for bias in biases])
    barrier = junction.thermal_stability().antiparallel

    def law(x: Array, log_attempt: float, n: float) -> Array:
        return log_attempt + barrier * (1.0 - x) ** n

    best, _ = curve_fit(law, DRIVES, np.log(times), [-20.0, 2.0])
    return Exponent(times, np.exp(law(DRIVES, *best)), float(best[1]), barrier)


def rotation(junction: mp.MTJ) -> float:
    """Return the barrier of the ellipse by its shape and interface alone, kB T."""
    return junction.with_parameters({"free_layer.uniaxial_anisotropy": None}).thermal_stability().parallel


def run(quick: bool) -> Outcome:
    """Compute dwell times, barriers and exponents."""
    ellipse, other = mp.presets.vodenicarevic_2017(), mp.presets.mizrahi_2018()
    if quick:
        rates = theory.escape_rates(ellipse)
        both, allowed, method = 1.0 / rates.parallel + 1.0 / rates.antiparallel, rates.relative_error, "closed form"
    else:
        both, allowed, method = 4.0 / fokker_planck.relaxation_rate(ellipse, mp.Bias(), rtol=1e-2), 0.02, "exact"
    shallow = stays(shallower(), 16_000 if quick else 160_000)
    shallow_rates = theory.escape_rates(shallower())
    cited, mizrahi = "arXiv:1706.05262", "Nat. Commun. 9, 1533"
    law = f"exponential, {cited}"
    exponents = {}
    for size, name in ((28, "funatsu_2022"), (34, "funatsu_2022_34nm"))[: 1 if quick else 2]:
        junction = mp.presets.load(name)
        exponents[size, "field"] = exponent(junction, junction.anisotropy_fields()[2], torque=False)
        exponents[size, "torque"] = exponent(junction, junction.critical_voltages().antiparallel, torque=True)
    whole = "coherent rotation costs more: the ellipse does not reverse as a whole"
    barriers = [(junction.thermal_stability().parallel, rotation(junction)) for junction in (ellipse, other)]
    rows = [
        Row("Vodenicarevic: tau_1 + tau_0 (us)", MICRO * both, 0.0, 604.0, allowed, f"{cited}, chosen; {method}"),
        sampled(
            "half the barrier: mean stay, simulated (us)", mean_stay(shallow), MICRO / shallow_rates.parallel,
            shallow_rates.relative_error, "theory.escape_rates",
        ),
        *(
            sampled(f"half the barrier: spread/mean of the stays, {name}", variation(found), 1.0, 0.12, law)
            for name, found in (("low", shallow.dwell_low), ("high", shallow.dwell_high))
        ),
        Row(
            "Mizrahi: barrier (kB T)", barriers[1][0], 0.0, MIZRAHI_BARRIER, 0.0, mizrahi + ", chosen",
            within=MIZRAHI_WITHIN,
        ),
        Row(
            "Mizrahi: barrier of coherent rotation (kB T)", barriers[1][1], 0.0, MIZRAHI_BARRIER, 0.0, mizrahi,
            within=MIZRAHI_WITHIN, limit=whole,
        ),
        Row(
            "Vodenicarevic: barrier of coherent rotation (kB T)", barriers[0][1], 0.0, VODENICAREVIC_BARRIER, 0.0,
            cited + ", ln(302 us/1 ns)", within=VODENICAREVIC_WITHIN, limit=whole,
        ),
        *(
            Row(
                f"Funatsu, {size} nm: exponent n under {kind}", found.exponent, 0.0, 2.0 - 1.0 / found.barrier, 0.005,
                "Nat. Commun. 13, 4079: 2; less 1/Delta",
            )
            for (size, kind), found in exponents.items()
        ),
    ]  # fmt: skip
    return Outcome(rows, (shallow, barriers, exponents[28, "field"], exponents[28, "torque"]))


def figure(data: tuple) -> Figure:
    """Draw stays, barriers and exponents."""
    shallow, barriers, field, torque = data
    drawing, axes = subplots(2, 3, figsize=(8.6, 3.9), height_ratios=(2.5, 1.0))
    top, bottom = axes[:, 0]
    for colour, name, found in ((BLUE, "low", shallow.dwell_low), (ORANGE, "high", shallow.dwell_high)):
        times = np.sort(found.durations)
        longer = 1.0 - np.arange(times.size) / times.size
        expected = np.exp(-times / times.mean())
        top.step(MICRO * times, longer, color=colour, label=name)
        top.plot(MICRO * times, expected, ":", color=GREY)
        bottom.plot(MICRO * times, longer - expected, color=colour, lw=0.9)
    top.set(yscale="log", ylabel="share of longer stays", ylim=(1e-3, 1.2), xlim=(0.0, None))
    bottom.set(xlabel="stay (us)", ylabel="difference", ylim=(-0.08, 0.08))
    top.legend()
    names = ("Vodenicarevic", "Mizrahi")
    for axis, part in zip(axes[:, 1], ("barrier", "ratio"), strict=True):
        windows = ((VODENICAREVIC_BARRIER, VODENICAREVIC_WITHIN), (MIZRAHI_BARRIER, MIZRAHI_WITHIN))
        for x, ((middle, within), (preset, whole)) in enumerate(zip(windows, barriers, strict=True)):
            unit = 1.0 if part == "barrier" else middle
            low, high = (middle - within) / unit, (middle + within) / unit
            axis.fill_between((x - 0.3, x + 0.3), low, high, color=ORANGE, alpha=0.3, lw=0)
            axis.plot(x - 0.1, preset / unit, "o", color=BLUE, label="preset" if not x else None)
            axis.plot(x + 0.1, whole / unit, "s", color=GREEN, label="coherent rotation" if not x else None)
        axis.set(xlim=(-0.5, 1.5), ylim=(0.0, None))
        axis.set_xticks((0, 1), names)
    axes[0, 1].set(ylabel="barrier (kB T)")
    axes[0, 1].legend()
    axes[1, 1].set(ylabel="over measured")
    top, bottom = axes[:, 2]
    for colour, marker, name, found in ((BLUE, "o", "field", field), (ORANGE, "x", "spin torque", torque)):
        top.plot(DRIVES, found.times, marker, color=colour, mfc="white", label=f"{name}, n = {found.exponent:.2f}")
        top.plot(DRIVES, found.fitted, color=colour, lw=0.9)
        bottom.plot(DRIVES, np.log(found.times / found.fitted), marker, color=colour, mfc="white")
    top.set(yscale="log", ylabel="dwell time (s)")
    top.legend()
    bottom.axhline(0.0, color=GREY, lw=0.8)
    bottom.set(xlabel="drive over critical drive x", ylabel="ln(exact/fit)")
    for column in (0, 2):
        axes[0, column].sharex(axes[1, column])
    return drawing
