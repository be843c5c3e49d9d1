"""Speed and error beside other codes.

The same macrospin, Delta = 3 and alpha = 0.3, at the same step of 40 ps (0.17 rad of precession at most) in mtjphys,
in cmtj with its schemes Heun and EulerHeun, and in sdeint, a general solver in Python, with stratHeun and stratSRS2.
Shown are the nanoseconds of processor time a step and lane, and <m_z^2> against its Boltzmann value. What counts is
the time for a given error and not for a given step: the full suite follows the error to shorter ones, sdeint, which
has too few steps for it, excepted.

Our error is judged. The peers' are contrasts, and so is every speed: it depends on the machine and on what else it
does. mtjphys advances many lanes at once, the others one. A peer that is not installed is left out.
"""

import time

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots

from mtjphys.core.palette import BLUE, GREEN, GREY, MARKERS, ORANGE
from validation.benchmarks import macrospin, own, peers
from validation.benchmarks.measure import relative_error
from validation.figures import plain_ticks
from validation.suite import Outcome, Row

SECTION = "Benchmarks"
CAPTION = (
    "Left: processor time a step and lane, of processors shared with other cases. Right: deviation of <m_z^2> from "
    "Boltzmann against the step, with one standard error; the slower a code, the fewer steps it was given."
)
DAMPING = 0.3
STEP = 40e-12  # s
STEPS = (5e-12, 10e-12, 20e-12, STEP)
EVERY = 20
LANES = 256
LENGTHS = {"cmtj Heun": 1_500_000, "cmtj EulerHeun": 1_500_000, "sdeint stratHeun": 60_000, "sdeint stratSRS2": 30_000}
FOLLOWED = (f"mtjphys, {LANES} lanes", "cmtj Heun", "cmtj EulerHeun")  # to shorter steps
SOURCE = "Boltzmann integral"
COLOURS = {"mtjphys": BLUE, "cmtj": ORANGE, "sdeint": GREEN}


def codes(quick: bool) -> dict[str, tuple[peers.Trace, int, int]]:
    """Return trace function, steps at `STEP` and lanes of every code: what takes each a few seconds at most."""

    def ours(lanes: int) -> peers.Trace:
        return lambda damping, step, steps, every: own.trace(damping, step, steps, every, lanes)

    more = 1 if quick else 3
    found = {
        f"mtjphys, {LANES} lanes": (ours(LANES), 100_000 * more, LANES),
        "mtjphys, 1 lane": (ours(1), 1_000_000 * more, 1),
    }
    for name, trace in peers.solvers().items():
        found[name] = (trace, LENGTHS[name] * more, 1)
    return found


def run(quick: bool) -> Outcome:
    """Measure every code."""
    exact = macrospin.boltzmann()
    own.trace(DAMPING, STEP, 1000, EVERY, LANES)  # compiles
    own.trace(DAMPING, STEP, 1000, EVERY, 1)
    moments, speeds, points = [], [], []
    for name, (trace, length, lanes) in codes(quick).items():
        for step in STEPS if name in FOLLOWED and not quick else (STEP,):
            steps = int(length * STEP / step)
            started = time.process_time()
            mz = trace(DAMPING, step, steps, EVERY)
            speed = 1e9 * (time.process_time() - started) / (steps * lanes)
            found = relative_error(mz[:, mz.shape[1] // 10 :] ** 2, exact)
            points.append((name, step, speed, found))
            value = exact * (1.0 + found.error), exact * found.uncertainty, exact
            judged = lanes == LANES
            quantity = f"<m_z^2> at {step * 1e12:g} ps, {name}"
            moments.append(Row(quantity, *value, 0.005 if judged else 0.0, SOURCE, contrast=not judged))
            if step == STEP:
                speeds.append(Row(f"ns a step and lane, {name}", speed, 0.0, np.nan, 0.0, "this run", contrast=True))
    return Outcome(moments + speeds, points)


def figure(points: list) -> Figure:
    """Draw speeds and errors."""
    drawing, (left, right) = subplots(1, 2, figsize=(7.4, 3.4), width_ratios=(1, 1.3))
    speeds = {name: speed for name, step, speed, _ in points if step == STEP}
    colours = [COLOURS[name.replace(",", "").split()[0]] for name in speeds]
    places = np.arange(len(speeds))[::-1]
    left.hlines(places, 1.0, list(speeds.values()), color=colours)
    left.scatter(list(speeds.values()), places, color=colours)
    left.set(xscale="log", xlim=(1.0, 3e5), xlabel="ns a step and lane")
    left.set_yticks(places, list(speeds))
    right.axhline(0.0, color=GREY, lw=0.8)
    for k, (name, colour) in enumerate(zip(speeds, colours, strict=True)):
        chosen = [(step, moment) for other, step, _, moment in points if other == name]
        right.errorbar(
            [1e12 * step * (1.0 + 0.03 * (k - len(speeds) / 2)) for step, _ in chosen],
            [100 * moment.error for _, moment in chosen],
            [100 * moment.uncertainty for _, moment in chosen],
            color=colour,
            marker=MARKERS[k % len(MARKERS)],
            mfc="white",
            label=name,
        )
    right.set(xscale="log", xlim=(4.3, 50.0), xlabel="step (ps)", ylabel=r"deviation of $\langle m_z^2\rangle$ (%)")
    plain_ticks(right.xaxis, [1e12 * step for step in STEPS])
    drawing.legend(loc="outside upper center", ncols=3)
    return drawing
