"""The kinds of laboratory: junctions, how they are drawn, what is measured, what is fitted.

The numbers that are fitted are drawn evenly over the ranges that the fit is given, on its scale: these ranges are the
prior, so that ranks of the truth among posterior draws have to be uniform.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.constants import Boltzmann, mu_0
from scipy.signal import lfilter

import mtjphys as mp
from mtjphys import calibration as cal
from mtjphys import telegraph
from mtjphys.calibration.forward import log_dwell_times

Truth = dict[str, float]
Ranges = dict[str, tuple[float, float]]
Stream = np.random.Generator
Floats = NDArray[np.float64]
Measure = Callable[[mp.MTJ, Stream], list[cal.Measurement]]

ANISOTROPY, TORQUE, DAMPING = (
    "free_layer.uniaxial_anisotropy",
    "barrier.damping_like_per_volt",
    "free_layer.damping",
)
ACROSS, ALONG = "reference.stray_field.z", "reference.stray_field.x"
QUADRATIC = "barrier.damping_like_per_volt_squared"
SPLITTING, RESISTANCE = "barrier.tunnel_magnetoresistance", "barrier.resistance_parallel"


def perpendicular(numbers: Truth) -> mp.MTJ:
    """Return a perpendicular macrospin."""
    return mp.MTJ(
        free_layer={
            "saturation_magnetisation": 1e6,
            "volume": 1e-24,
            "damping": numbers.get(DAMPING, 0.02),
            "demagnetising_factors": (0.0, 0.0, 0.0),
            "uniaxial_anisotropy": (numbers[ANISOTROPY], (0.0, 0.0, 1.0)),
            "curie_temperature": 1200.0,
        },
        barrier={
            "resistance_parallel": numbers.get(RESISTANCE, 5e3),
            "tunnel_magnetoresistance": numbers.get(SPLITTING, 1.0),
            "damping_like_per_volt": numbers.get(TORQUE, 0.03),
        },
        reference={"direction": (0.0, 0.0, 1.0), "stray_field": (0.0, 0.0, numbers.get(ACROSS, 0.0))},
    )


def in_plane(numbers: Truth) -> mp.MTJ:
    """Return an ellipse in the film, with a demagnetising field of four times the anisotropy field of 20 mT."""
    magnetisation = 0.08 / mu_0
    volume = 2.0 * 4.0 * Boltzmann * 300.0 / (magnetisation * 0.02)  # 4 kB T at 20 mT
    return mp.MTJ(
        free_layer={
            "saturation_magnetisation": magnetisation,
            "volume": volume,
            "damping": 0.15,
            "demagnetising_factors": (0.0, 0.0, 1.0),
            "uniaxial_anisotropy": (numbers[ANISOTROPY], (1.0, 0.0, 0.0)),
        },
        barrier={"resistance_parallel": 5e3, "damping_like_per_volt": numbers[TORQUE]},
        reference={"direction": (1.0, 0.0, 0.0), "stray_field": (numbers[ALONG], 0.0, 0.0)},
    )


class Kind(NamedTuple):
    """A kind of laboratory.

    Attributes
    ----------
    junction : callable
        Of the numbers.
    ranges : dict
        Of the numbers that are fitted and drawn.
    measurements : callable
        What a laboratory with this junction finds, with random numbers of a stream.
    effect : tuple of str and float, optional
        What the fit does not know, by its name in `mtjphys.calibration.fitting.suspects`, and its size.
    """

    junction: Callable[[Truth], mp.MTJ]
    ranges: Ranges
    measurements: Measure
    effect: tuple[str, float] | None = None


def stays(**conditions: Any) -> cal.DwellTimes:
    """Return the conditions of dwell times, means of 500 stays."""
    counts = {"parallel_count": 500, "antiparallel_count": 500}
    return cal.DwellTimes(**conditions, parallel=1.0, antiparallel=1.0, **counts, label="dwell times")


def pulses(**conditions: Any) -> cal.SwitchingProbability:
    """Return the conditions of switching probabilities of 2000 pulses each."""
    return cal.SwitchingProbability(**conditions, switched=0, trials=2000, initial="antiparallel", label="pulses")


def spectrum(**conditions: Any) -> cal.Spectrum:
    """Return the conditions of a spectrum of the voltage from 1 MHz to 1 GHz."""
    frequency = np.geomspace(1e6, 1e9, 8)
    return cal.Spectrum(**conditions, frequency=frequency, density=1e-15, averages=200, label="spectrum")


def replicated(*plans: cal.Measurement, heating: float = 0.0) -> Measure:
    """Return what measures under these conditions; the current warms the junction by `heating` K/V^2."""

    def measure(junction: mp.MTJ, stream: Stream) -> list[cal.Measurement]:
        warm = [plan.with_data(temperature=plan.temperature + heating * plan.voltage**2) for plan in plans]
        return [plan.replicate(hot.predictor(junction), stream) for plan, hot in zip(plans, warm, strict=True)]

    return measure


ALONG_Z: tuple[dict[str, Any], ...] = (
    *({"voltage": v} for v in (-0.004, 0.0, 0.004)),
    *({"field": (0.0, 0.0, b)} for b in (-4e-3, -2e-3, 2e-3, 4e-3)),
)
ALONG_X: tuple[dict[str, Any], ...] = (
    *({"voltage": v} for v in (0.0, 0.05)),
    *({"voltage": v, "field": (b, 0.0, 0.0)} for v, b in ((-0.05, 2e-3), (0.05, -2e-3))),
)


def traces(
    conditions: tuple[dict[str, Any], ...] = ALONG_Z,
    distort: Callable[[Floats, Stream], Floats] = lambda values, stream: values,
    heating: float = 0.0,
) -> Measure:
    """Return what records a trace under each of some conditions, sampled six times in the shorter dwell time.

    Of 200 stays in each state; a condition at which that takes more than 40 000 samples is left out.

    `distort` is what the instrument does to one, `heating` what the current does, K/V^2.
    """

    def record(junction: mp.MTJ, stream: Stream) -> list[cal.Measurement]:
        found: list[cal.Measurement] = []
        for number, condition in enumerate(conditions):
            warm = 300.0 + heating * condition.get("voltage", 0.0) ** 2
            parallel, antiparallel = np.exp(log_dwell_times(junction, mp.Bias(**condition, temperature=warm)))
            interval = min(parallel, antiparallel) / 6.0
            samples = int(200.0 * (parallel + antiparallel) / interval)
            if samples > 40_000:
                continue
            values = telegraph.sample(
                1.0 / parallel, 1.0 / antiparallel, interval, samples, noise=0.2, seed=int(stream.integers(2**31))
            ).values
            found.append(
                cal.TelegraphTrace(
                    values=distort(np.asarray(values), stream),
                    sample_interval=interval,
                    aperture=0.0,
                    quantity="arbitrary",
                    label=f"trace {number}",
                    **condition,
                )
            )
        return found

    return record


def factor(middle: float, by: float) -> tuple[float, float]:
    """Return a range of a factor to either side."""
    return middle / by, middle * by


PERPENDICULAR: Ranges = {
    ANISOTROPY: factor(5e4, 1.35),
    TORQUE: factor(0.03, 2.0),
    ACROSS: (-5e-3, 5e-3),
    DAMPING: factor(0.02, 2.0),
}
PULSES = (
    pulses(voltage=0.2, duration=np.geomspace(1e-9, 2e-8, 6)),
    pulses(voltage=np.linspace(0.08, 0.3, 6), duration=5e-9),
)
EVERYTHING = (
    stays(voltage=[-0.01, 0.0, 0.01]),
    pulses(voltage=np.linspace(0.08, 0.2, 4), duration=5e-9),
    cal.Resonance(
        field=[(0.0, 0.0, b) for b in (0.05, 0.1)], frequency=1e9, error=5e7, linewidth=1e8, linewidth_error=1e7
    ),
    cal.Resistance(resistance=6e3, error=30.0, state="antiparallel"),
    cal.Occupation(voltage=0.01, antiparallel=0.5, effective_samples=300),
    spectrum(current=1e-6),
)
KINDS = {
    "perpendicular telegraph": Kind(
        perpendicular,
        # The traces do not depend on the resistance, which is fitted all the same.
        {name: PERPENDICULAR[name] for name in (ANISOTROPY, TORQUE, ACROSS)} | {RESISTANCE: factor(5e3, 1.5)},
        traces(),
    ),
    "in-plane telegraph": Kind(
        in_plane,
        {
            ANISOTROPY: factor(0.5 * 0.02 * 0.08 / mu_0, 1.4),
            TORQUE: factor(0.06, 2.0),
            ALONG: (-2e-3, 2e-3),
        },
        traces(ALONG_X),
    ),
    "pulses": Kind(
        perpendicular,
        {name: PERPENDICULAR[name] for name in (ANISOTROPY, TORQUE, DAMPING)},
        replicated(*PULSES),
    ),
    "dwell times over temperature": Kind(
        perpendicular,
        {ANISOTROPY: PERPENDICULAR[ANISOTROPY], ACROSS: PERPENDICULAR[ACROSS], DAMPING: factor(0.02, 6.0)},
        replicated(stays(temperature=[260.0, 300.0, 340.0, 380.0])),
    ),
    "nanosecond spectrum and occupation": Kind(
        perpendicular,
        {
            ANISOTROPY: factor(2e4, 1.35),
            TORQUE: factor(0.03, 3.0),
            ACROSS: (-5e-3, 5e-3),
            DAMPING: factor(0.05, 2.0),
        },
        replicated(
            spectrum(current=2e-6),
            cal.Occupation(voltage=[-0.02, -0.01, 0.01, 0.02], antiparallel=0.5, effective_samples=2000),
        ),
    ),
    "everything": Kind(perpendicular, PERPENDICULAR | {SPLITTING: factor(1.0, 1.5)}, replicated(*EVERYTHING)),
}


def one_pole(values: Floats, stream: Stream) -> Floats:
    """Return a trace behind an amplifier of 0.15 of the sampling rate."""
    memory = np.exp(-2.0 * np.pi * 0.15)
    return np.asarray(lfilter([1.0 - memory], [1.0, -memory], values, zi=[memory * values[0]])[0])


def flicker(values: Floats, stream: Stream) -> Floats:
    """Return a trace with 1/f noise of a tenth of the splitting, half of the white noise."""
    transform = np.fft.rfft(stream.standard_normal(values.size))
    transform[1:] /= np.sqrt(np.arange(1, transform.size))
    transform[0] = 0.0
    noise = np.fft.irfft(transform, values.size)
    return np.asarray(values + 0.1 * noise / noise.std())


def drift(values: Floats, stream: Stream) -> Floats:
    """Return a trace that rises by 0.4 of the splitting, two standard deviations of the noise."""
    return values + np.linspace(0.0, 0.4, values.size)


def quantised(values: Floats, stream: Stream) -> Floats:
    """Return a trace in steps of half the splitting."""
    return np.asarray(0.5 * np.rint(values / 0.5))


def bent(measure: Measure) -> Measure:
    """Return what measures a junction whose torque has a quadratic part of 0.02 T/V^2, 13 % of the linear at 0.2 V."""
    return lambda junction, stream: measure(junction.with_parameters({QUADRATIC: 0.02}), stream)


UNKNOWN: dict[str, Kind] = {
    f"{name}, {kind}": KINDS[kind]._replace(measurements=measure, effect=effect)
    for name, kind, measure, effect in (
        ("amplifier's pole", "perpendicular telegraph", traces(distort=one_pole), None),
        ("1/f noise", "perpendicular telegraph", traces(distort=flicker), None),
        ("drift", "perpendicular telegraph", traces(distort=drift), None),
        ("quantisation", "perpendicular telegraph", traces(distort=quantised), None),
        ("heating of 10 K at 4 mV", "perpendicular telegraph", traces(heating=6.25e5), ("heating", 6.25e5)),
        ("heating of 10 K at 0.2 V", "pulses", replicated(*PULSES, heating=250.0), ("heating", 250.0)),
        ("quadratic torque", "pulses", bent(replicated(*PULSES)), (QUADRATIC, 0.02)),
        ("quadratic torque", "everything", bent(replicated(*EVERYTHING)), (QUADRATIC, 0.02)),
    )
}
"""Laboratories with what the fit does not know."""

HIDDEN = "pulses alone look the same for another barrier, torque and damping: no test of their fit can see it"
"""Why what the fit does not know in laboratories of pulses goes unseen."""
