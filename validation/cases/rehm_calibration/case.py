"""A laboratory's pulses to a junction: Rehm et al., fitted jointly.

Rehm, Morshed et al. (arXiv:2310.18779) switched a 40 nm perpendicular junction with single pulses, 10 000 of them a
point: over the duration at one voltage, and over the voltage at 1 ns. Both curves are fitted together by

    mtjphys calibrate LAB.toml --predict CONDITIONS.csv -o FOLDER

with the files beside this text: barrier (by the volume) and torque, whose quadratic part stands for a response to the
voltage that is steeper than that of a torque in proportion to it. The curves are followed to 0.01 rms. 10 000 trials
resolve less, so that the goodness test calls the fit out, and intervals are widened by its dispersion: the tails of
both curves are wider than those of one macrospin at one temperature.

From the same fit follow the curves at 295 and 305 K, with the preset's Ms(T) and K(T). The drift with temperature at 1
ns is not fitted, and falls short of the measured one as in the case of these pulses alone: pulses of 1 ns respond more
to temperature than a macrospin does.
"""

import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots
from numpy.typing import NDArray

import mtjphys as mp
from mtjphys import calibration as cal
from mtjphys.core.palette import BLUE, ORANGE
from validation.suite import Outcome, Row

Array = NDArray[np.float64]

SECTION = "Experiments"
CAPTION = "Points: measured; lines: the one junction that was fitted to both curves."
HERE = Path(__file__).parent
DRIFT = 0.006007  # 1/K at p = 1/2 and 1 ns, measured between 295 and 305 K
LONG = True


class Curve(NamedTuple):
    """What was measured and fitted along one axis."""

    along: Array
    measured: Array
    fitted: Array


def run(quick: bool) -> Outcome:
    """Fit both curves."""
    lab = cal.read_laboratory(HERE / "LAB.toml")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mp.MtjphysWarning)  # of the goodness and the expansion
        fit = cal.calibrate(lab.measurements, lab.start, **lab.fit)
    predicted = fit.problem.parts(fit.maximum.predicted)
    curves, rows = [], []
    for measurement, part in zip(fit.measurements, predicted, strict=True):
        along = np.asarray(measurement.duration if measurement.label == "duration" else measurement.voltage)
        curve = Curve(along, measurement.observed()[0], measurement.in_units(part))
        rms = float(np.sqrt(np.mean((curve.fitted - curve.measured) ** 2)))
        rows.append(Row(f"rms residual, {measurement.label} curve", rms, 0.0, 0.0, 0.0, "Rehm et al.", within=0.01))
        curves.append(curve)
    barrier = fit.junction.thermal_stability().parallel
    rows.append(Row("barrier at 300 K", barrier, 0.0, 82.0, 0.12, "76 to 88: the duration curve by two kinds of fit"))
    drift = _drift(fit.junction)
    rows.append(
        Row(
            "drift dp/dT at p = 1/2 and 1 ns",
            drift,
            0.0,
            DRIFT,
            0.15,
            "Rehm et al.",
            limit="pulses of 1 ns respond more to temperature than a macrospin does",
        )
    )
    return Outcome(rows, curves)


def _drift(junction: mp.MTJ) -> float:
    """Return dp/dT at 1 ns and the voltage of the duration curve, 1/K."""
    cold, hot = (
        mp.fokker_planck.switching_probability(
            junction, mp.Bias(voltage=0.6811, temperature=kelvin), [1e-9], initial="antiparallel", rtol=1e-3
        )[0]
        for kelvin in (295.0, 305.0)
    )
    return float(hot - cold) / 10.0


def figure(curves: list[Curve]) -> Figure:
    """Draw both curves."""
    drawing, panels = subplots(1, 2, figsize=(6.4, 2.6), layout="constrained", sharey=True)
    names = (("pulse duration (ns)", 1e9, BLUE), ("pulse amplitude (mV), 1 ns", 1e3, ORANGE))
    for panel, curve, (name, factor, colour) in zip(panels, curves, names, strict=True):
        panel.plot(factor * curve.along, curve.fitted, color=colour)
        panel.plot(factor * curve.along, curve.measured, "o", color=colour, mfc="none", ms=3.5)
        panel.set(xlabel=name)
    panels[0].set(ylabel="switching probability")
    return drawing
