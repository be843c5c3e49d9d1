"""A laboratory's telegraph noise to a junction: Koenders et al., whose fields are not printed.

Koenders et al. (Phys. Rev. Applied 23, 054035 (2025), arXiv:2412.12783) recorded a 60 nm disc in its film's plane at
three field biases. What they read off, the share of the high state and the decay time of the autocorrelation, is fitted
by

    mtjphys calibrate LAB.toml -o FOLDER

with the files beside this text. The field of each bias is a free number of the conditions, in a range of 3 mT, beside
the anisotropy of the one junction.

Biases 1 and 3 are not explained by fields along the easy axis: such a field makes one well shallower, and the junction
is then faster at bias 3 than was measured. They are with a field across of some 0.4 mT at bias 1, 3 % of the anisotropy
field, by which the barrier is lower there. That leaves no degree of freedom: it is a finding and not a test.

Bias 2 is flagged. A junction with this barrier would be 3.8 times slower at that share of the high state, whatever the
field along its axis. A field across would have to be twice that of bias 1, at nearly the same field along; no straight
line through the fields of biases 1 and 3, as one coil makes them, comes near. Another state of the disc, a vortex or a
reversal in parts, is as likely.
"""

import math
import warnings
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots

import mtjphys as mp
from mtjphys import calibration as cal
from mtjphys.core.palette import BLUE, GREY, ORANGE
from validation.suite import Outcome, Row

SECTION = "Experiments"
CAPTION = (
    "Relaxation time over the share of the high state. Points: measured; line: one junction in fields along its easy "
    "axis, with the barrier that bias 3 has."
)
HERE = Path(__file__).parent
LONG = True
SOURCE = "Koenders et al., Fig. 2"
ALONG, ACROSS = "offset.field.x", "offset.field.y"
CALLED = 0.01


def run(quick: bool) -> Outcome:
    """Fit biases 1 and 3, then bias 2 with what they say; where it is to be quick, bias 2 with the start of that."""
    lab = cal.read_laboratory(HERE / "LAB.toml")
    (second,) = cal.read(HERE / "BIAS_2.toml")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mp.MtjphysWarning)  # of the expansion
        if quick:
            return Outcome(_second_along(lab.start, second), lab.start)
        fit = cal.calibrate(lab.measurements, lab.start, **lab.fit)
        rows = _first_and_third(lab, fit) + _second_along(fit.junction, second)
        across = _second(fit.junction, second, ALONG, ACROSS)
    fields = {
        **fit.problem.conditions_at(fit.maximum.position),
        **across.problem.conditions_at(across.maximum.position),
    }
    rows.append(_shown("bias 2: field across that would do (mT)", 1e3 * fields[f"{ACROSS}[bias 2]"]))
    rows.append(_shown("bias 2: from the line of the other two (mT)", 1e3 * _off_the_line(fields)))
    return Outcome(rows, fit.junction)


def _first_and_third(lab: cal.Laboratory, fit: cal.Calibration) -> list[Row]:
    free = [name for name in lab.fit["free"] if not name.startswith(ACROSS)]
    ranges = {name: lab.fit["ranges"][name] for name in free}
    straight = cal.calibrate(lab.measurements, lab.start, free, ranges=ranges, starts=1)
    rms = math.sqrt(fit.maximum.deviance / fit.maximum.predicted.size)
    p_value = straight.goodness.p_value
    low, high = fit.interval(f"{ACROSS}[bias 1]")
    return [
        Row("biases 1 and 3: p-value, fields along the axis", p_value, 0.0, 0.0, 0.0, SOURCE, within=CALLED),
        Row("biases 1 and 3: rms residual over its error", rms, 0.0, 0.0, 0.0, SOURCE, within=1.0),
        _shown("field across at bias 1 (mT)", 1e3 * fit.estimate(f"{ACROSS}[bias 1]")),
        _shown("its 95 % interval from (mT)", 1e3 * low),
        _shown("its 95 % interval to (mT)", 1e3 * high),
        _shown("barrier at 300 K (kB T)", fit.junction.thermal_stability().parallel),
    ]


def _second(junction: mp.MTJ, second: cal.Measurement, *names: str) -> cal.Calibration:
    """Return the fit of the fields of bias 2, with the junction as it is."""
    free = [f"{name}[bias 2]" for name in names]
    ranges = {f"{ALONG}[bias 2]": (-3e-3, 3e-3), f"{ACROSS}[bias 2]": (0.0, 3e-3)}
    return cal.calibrate(second, junction, free, ranges={name: ranges[name] for name in free}, starts=1)


def _second_along(junction: mp.MTJ, second: cal.Measurement) -> list[Row]:
    fit = _second(junction, second, ALONG)
    p_value, time = fit.goodness.p_value, 1e3 * _tau_c(*np.exp(fit.maximum.predicted))
    reason = "faster than both others: no barrier that fits these, in a field along its axis, can be"
    return [
        Row("bias 2: p-value, field along the axis", p_value, 0.0, 0.0, 0.0, SOURCE, within=CALLED),
        Row("bias 2: tau_c (ms)", time, 0.0, 0.075, 0.2, SOURCE, limit=reason),
    ]


def _shown(quantity: str, value: float) -> Row:
    return Row(quantity, value, 0.0, math.nan, 0.0, "fitted", contrast=True)


def _tau_c(parallel: float, antiparallel: float) -> float:
    """Return the relaxation time of two dwell times."""
    return parallel * antiparallel / (parallel + antiparallel)


def _off_the_line(fields: dict[str, float]) -> float:
    """Return the distance of bias 2 from the line through the fields of biases 1 and 3, T; of any signs across."""
    along = [fields[f"{ALONG}[bias {k}]"] for k in (1, 2, 3)]
    first, second = (fields[f"{ACROSS}[bias {k}]"] for k in (1, 2))
    distances = []
    for sign in (1.0, -1.0):
        way = np.array([along[2] - along[0], -first])
        apart = np.array([along[1] - along[0], sign * second - first])
        distances.append(abs(way[0] * apart[1] - way[1] * apart[0]) / math.hypot(*way))
    return float(min(distances))


def figure(junction: mp.MTJ) -> Figure:
    """Draw the relaxation times, measured and of the junction."""
    drawing, panel = subplots(figsize=(3.6, 2.8), layout="constrained")
    shares, times = [], []
    for field in np.linspace(-1e-3, 0.4e-3, 5):
        found = mp.fokker_planck.dwell_times(junction, mp.Bias(field=(field, 0.0, 0.0)), rtol=1e-2)
        shares.append(found.antiparallel / (found.parallel + found.antiparallel))
        times.append(1e3 * _tau_c(found.parallel, found.antiparallel))
    panel.plot(shares, times, color=BLUE)
    for measurement in [*cal.read(HERE / "LAB.toml"), *cal.read(HERE / "BIAS_2.toml")]:
        parallel, antiparallel = measurement.observed()[0]
        colour = ORANGE if measurement.label == "bias 2" else GREY
        place = (antiparallel / (parallel + antiparallel), 1e3 * _tau_c(parallel, antiparallel))
        panel.plot(*place, "o", color=colour)
        panel.annotate(measurement.label, place, xytext=(5, 4), textcoords="offset points", fontsize=8)
    panel.set(xlabel="share of the high state", ylabel="relaxation time (ms)")
    return drawing
