"""Calibration: how often intervals hold the truth.

A synthetic laboratory measures a junction whose numbers are drawn within their ranges, with the noise that such data
have; a junction is fitted to what it wrote down, from a start that is off by a third. Over many laboratories an
interval of level c has to hold the truth in a share c of them, for the numbers that were fitted and for the barrier;
and the deviance has to pass its own test as often as its p-value says. Four kinds of laboratory: dwell times of a
perpendicular junction over voltage and field, switching probabilities over duration and amplitude, dwell times over
temperature of a junction whose magnetisation and anisotropy follow it, and a bit of everything, resonance and
resistances included.

Beside them stand laboratories whose junction is warmed by the current, by 10 K at 20 mV, which the fit does not know.
Their coverage is shown and not judged; the goodness test has to call them out.
"""

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots
from numpy.typing import NDArray

import mtjphys as mp
from mtjphys import calibration as cal
from mtjphys.core.palette import BLUE, GREY, ORANGE
from validation.statistics import jackknife
from validation.suite import Outcome, Row, sampled

SECTION = "Rates"
CAPTION = (
    "Left: where the truth lies within its profile, the level of the smallest interval that holds it, for all numbers "
    "of all laboratories: uniform if intervals are right. Right: p-values of the goodness test, for junctions of the "
    "model (uniform) and for those that are warmed unknown to the fit."
)
LONG = True
LEVELS = (0.68, 0.95)
ANISOTROPY, TORQUE, FIELD, DAMPING = (
    "free_layer.uniaxial_anisotropy",
    "barrier.damping_like_per_volt",
    "reference.stray_field.z",
    "free_layer.damping",
)
Truth = dict[str, float]


def junction(numbers: Truth) -> mp.MTJ:
    """Return a perpendicular junction of some 12 kB T."""
    return mp.MTJ(
        free_layer={
            "saturation_magnetisation": 1e6,
            "volume": 1e-24,
            "damping": numbers[DAMPING],
            "demagnetising_factors": (0.0, 0.0, 0.0),
            "uniaxial_anisotropy": (numbers[ANISOTROPY], (0.0, 0.0, 1.0)),
            "curie_temperature": 1200.0,
        },
        barrier={"resistance_parallel": 5e3, "damping_like_per_volt": numbers[TORQUE]},
        reference={"direction": (0.0, 0.0, 1.0), "stray_field": (0.0, 0.0, numbers[FIELD])},
    )


def stays(**conditions: Any) -> cal.DwellTimes:
    """Return the conditions of dwell times of 200 stays each."""
    return cal.DwellTimes(
        **conditions, parallel=1.0, antiparallel=1.0, parallel_count=200, antiparallel_count=200, label="telegraph"
    )


def pulses(**conditions: Any) -> cal.SwitchingProbability:
    """Return the conditions of switching probabilities of 500 pulses each."""
    return cal.SwitchingProbability(**conditions, switched=0, trials=500, initial="antiparallel", label="pulses")


class Kind(NamedTuple):
    """A kind of laboratory: what it measures, and what is fitted."""

    measurements: Callable[[], list[cal.Measurement]]
    free: tuple[str, ...]


KINDS = {
    "telegraph over voltage and field": Kind(
        lambda: [
            stays(voltage=np.linspace(-0.02, 0.02, 5)),
            stays(field=[(0.0, 0.0, b) for b in (-4e-3, -2e-3, 2e-3, 4e-3)]),
        ],
        (ANISOTROPY, TORQUE, FIELD, DAMPING),
    ),
    "pulses over duration and amplitude": Kind(
        lambda: [
            pulses(voltage=0.2, duration=np.geomspace(1e-9, 2e-8, 8)),
            pulses(voltage=np.linspace(0.08, 0.3, 8), duration=5e-9),
        ],
        (ANISOTROPY, TORQUE, DAMPING),
    ),
    "dwell times over temperature": Kind(
        lambda: [stays(temperature=[280.0, 300.0, 320.0, 340.0], voltage=0.005)], (ANISOTROPY, FIELD, DAMPING)
    ),
    "everything together": Kind(
        lambda: [
            stays(voltage=np.linspace(-0.01, 0.01, 3)),
            pulses(voltage=np.linspace(0.1, 0.25, 5), duration=5e-9),
            cal.Resonance(
                field=[(0.0, 0.0, b) for b in (0.05, 0.1)], frequency=1e9, error=5e7, linewidth=1e8, linewidth_error=1e7
            ),
            cal.Resistance(resistance=6e3, error=30.0, state="antiparallel"),
            cal.Occupation(voltage=0.01, antiparallel=0.5, effective_samples=300),
        ],
        (ANISOTROPY, TORQUE, FIELD, DAMPING, "barrier.tunnel_magnetoresistance"),
    ),
}
HEATING = 10.0 / 0.02**2  # K/V^2
QUICK = ("telegraph over voltage and field", "dwell times over temperature")  # some tenths of a second each
WARMED = "telegraph over voltage and field"


class Laboratory(NamedTuple):
    """What one laboratory found: of each number the level of the smallest interval that holds the truth."""

    levels: NDArray[np.float64]
    p_value: float  # NaN where the goodness was not asked for


def drawn(stream: np.random.Generator) -> Truth:
    """Return the numbers of a junction."""
    return {
        ANISOTROPY: 5e4 * np.exp(0.1 * stream.uniform(-1.0, 1.0)),
        TORQUE: 0.03 * np.exp(0.3 * stream.uniform(-1.0, 1.0)),
        FIELD: 1e-3 * stream.uniform(-1.0, 1.0),
        DAMPING: 0.02 * np.exp(0.3 * stream.uniform(-1.0, 1.0)),
    }


def laboratory(kind: Kind, seed: int, heating: float = 0.0, judged: bool = True) -> Laboratory:
    """Measure a junction and fit one to it."""
    stream = np.random.default_rng((seed, 81))
    numbers = drawn(stream)
    truth = junction(numbers)
    measured = []
    for one in kind.measurements():
        warmed = one.with_data(temperature=one.temperature + heating * one.voltage**2) if heating else one
        measured.append(one.replicate(warmed.predictor(truth), stream))
    off = {ANISOTROPY: 1.05, TORQUE: 1.3, FIELD: 0.0, DAMPING: 0.75}
    start = junction({name: value * off[name] if name in kind.free else value for name, value in numbers.items()})
    fit = cal.calibrate(measured, start, list(kind.free), starts=1, seed=seed)
    known = {**numbers, "barrier.tunnel_magnetoresistance": 1.0}
    known["thermal_stability"] = truth.thermal_stability().parallel / 2 + truth.thermal_stability().antiparallel / 2
    levels = [fit.level(name, value) for name, value in known.items() if name in fit.parameters]
    return Laboratory(np.array(levels), fit.goodness.p_value if judged else np.nan)


def run(quick: bool) -> Outcome:
    """Fit many laboratories."""
    number, others = (12, 2) if quick else (100, 100)
    kinds = {name: kind for name, kind in KINDS.items() if name in QUICK} if quick else KINDS
    found: dict[str, list[Laboratory]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mp.MtjphysWarning)  # of expansions that are approximate
        for name, kind in kinds.items():
            found[name] = [laboratory(kind, seed, judged=seed < others) for seed in range(number)]
        wrong = [laboratory(KINDS[WARMED], seed, HEATING) for seed in range(others)]
    rows: list[Row] = []
    pooled = [lab for labs in found.values() for lab in labs]
    for level, within in zip(LEVELS, (0.55, 0.45) if quick else (0.08, 0.04), strict=True):
        held = jackknife(np.array([float(np.mean(lab.levels <= level)) for lab in pooled]))
        rows.append(sampled(f"share held by {level:.0%} intervals", held, level, 0.0, "definition", within=within))
        for name, labs in found.items() if not quick else ():
            share = float(np.mean(np.concatenate([lab.levels for lab in labs]) <= level))
            rows.append(Row(f"{level:.0%}, {name}", share, 0.0, level, 0.0, "definition", within=1.5 * within))
    passed = float(np.mean([lab.p_value >= 0.01 for lab in pooled if not np.isnan(lab.p_value)]))
    rows.append(Row("junctions of the model that pass at 1 %", passed, 0.0, 0.99, 0.0, "definition", within=0.08))
    called = float(np.mean([lab.p_value < 0.01 for lab in wrong]))
    rows.append(Row("junctions that are warmed called out", called, 0.0, 1.0, 0.0, "power", within=0.1))
    lost = float(np.mean(np.concatenate([lab.levels for lab in wrong]) <= LEVELS[1]))
    rows.append(Row("share held by 95 % intervals, warmed", lost, 0.0, 0.95, 0.0, "definition", True))
    return Outcome(rows, (pooled, wrong))


def figure(points: tuple[list[Laboratory], list[Laboratory]]) -> Figure:
    """Draw the levels that hold the truth, and the p-values."""
    pooled, wrong = points
    drawing, (left, right) = subplots(1, 2, figsize=(6.4, 2.6), layout="constrained")
    levels = np.sort(np.concatenate([lab.levels for lab in pooled]))
    left.plot([0, 1], [0, 1], color=GREY, lw=0.8)
    left.plot(levels, np.linspace(0, 1, levels.size), color=BLUE)
    left.set(xlabel="level", ylabel="share of intervals that hold the truth")
    right.plot([0, 1], [0, 1], color=GREY, lw=0.8)
    for labs, colour, label in ((pooled, BLUE, "of the model"), (wrong, ORANGE, "warmed")):
        values = np.sort([lab.p_value for lab in labs if not np.isnan(lab.p_value)])
        right.plot(values, np.linspace(0, 1, values.size), color=colour, label=label)
    right.set(xlabel="p-value", ylabel="share of laboratories")
    right.legend()
    return drawing
