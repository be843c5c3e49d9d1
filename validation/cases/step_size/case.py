"""The step: how the error grows with it, and whether the choice of it is safe.

An integrator of a stochastic equation is right only in the limit of small steps, and how small depends on the
device. mtjphys chooses the step from the fastest rotation, the damping, the thermal rotation and the symmetry
of the fields, such that every second moment in equilibrium is within 0.5 % of Boltzmann. The judged numbers
hold this promise (to 1 % in the quick suite) against devices of different kinds; each row shows the moment that is
furthest off. The moments across the easy axis are the hard ones: they measure the temperature of the fluctuations
inside a well.

The figure follows the same error to steps far above the limit. In a uniaxial magnet Heun's scheme heats as the
cube of the rotation over alpha, and the midpoint rotation stays within one per cent up to one radian. Where the
precession is elliptic the midpoint that is predicted is not quite the right one, and the error of both schemes
grows with the step alike: this is what limits the choice.
"""

from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots

from mtjphys.core.palette import COLOURS, GREY, LIGHT, MARKERS
from validation.devices import Macrospin, macrospin
from validation.sampling import Moments, equilibrium_moments
from validation.statistics import SampledMean, jackknife
from validation.suite import Outcome, sampled

SECTION = "Integrators"
LONG = True
CAPTION = (
    "Largest relative error of a second moment of m against the angle that m turns in a step at most. Circles: "
    "midpoint rotation, squares: Heun. Filled: the step that the midpoint rotation chose for itself. The grey band is "
    "the promise; points inside it are mostly statistical error."
)
TOLERANCE = 0.005
IN_PLANE = (1.0, 0.0, 0.0)
DEVICES: dict[str, dict[str, Any]] = {
    "uniaxial, Delta = 3": {"stability": 3.0},
    "uniaxial, Delta = 15": {"stability": 15.0},
    "uniaxial, axial field 5 B_k": {"stability": 3.0, "field": (0, 0, 5)},
    "uniaxial, transverse field 5 B_k": {"stability": 3.0, "field": (5, 0, 0)},
    "uniaxial, oblique field": {"stability": 3.0, "field": (0.5, 0, 0.5)},
    "film, d = 1, Delta = 20": {"stability": 20.0, "easy": IN_PLANE, "flatness": 1.0},
    "film, d = 5, Delta = 20": {"stability": 20.0, "easy": IN_PLANE, "flatness": 5.0},
    "film, d = 50, Delta = 3": {"stability": 3.0, "easy": IN_PLANE, "flatness": 50.0},
    "film, d = 200, Delta = 3": {"stability": 3.0, "easy": IN_PLANE, "flatness": 200.0},
    "film, d = 50, oblique field 28 B_k": {
        "stability": 3.0,
        "easy": IN_PLANE,
        "flatness": 50.0,
        "field": (20, 0, 20),
    },
}
LOW_DAMPING = ("uniaxial, Delta = 3", "film, d = 50, Delta = 3")
DRAWN = ("uniaxial, Delta = 3", "film, d = 5, Delta = 20", "film, d = 50, Delta = 3")


class Error(NamedTuple):
    """The second moment that is furthest off."""

    axis: int
    estimate: SampledMean
    expected: float


def worst(spin: Macrospin, found: Moments) -> Error:
    """Return the second moment with the largest relative deviation."""
    expected = spin.boltzmann(lambda m: m**2)
    estimates = [jackknife(found.second[:, k, k]) for k in range(3)]
    k = max(range(3), key=lambda k: abs(estimates[k].value / expected[k] - 1.0))
    return Error(k, estimates[k], float(expected[k]))


def run(quick: bool) -> Outcome:
    """Check the chosen steps, then follow the error to long steps."""
    names = (*DRAWN, "film, d = 50, oblique field 28 B_k") if quick else tuple(DEVICES)
    dampings = (0.05, 1.0) if quick else (0.02, 0.1, 1.0)
    allowed = 2.0 * TOLERANCE if quick else TOLERANCE
    rows, own = [], {}
    for name in names:
        low = () if quick or name not in LOW_DAMPING else (0.005,)
        for seed, damping in enumerate((*dampings, *low), 90):
            spin = macrospin(damping=damping, **DEVICES[name])
            # Standard errors below a thousandth: more steps at low damping and for slow in-plane motion.
            thin = DEVICES[name].get("flatness", 0.0) >= 50.0
            lane_steps = (0.6e8 if quick else 3e8) * max(2.0 if thin else 1.0, 0.06 / damping)
            if damping == 1.0:  # at d = 200 the step is short beside the motion in the plane
                lane_steps *= 6.0 if DEVICES[name].get("flatness", 0.0) >= 200.0 else 0.25
            found = equilibrium_moments(spin, lane_steps, seed=seed, initial=start(spin))
            error = worst(spin, found)
            label = f"<m_{'xyz'[error.axis]}^2>, {name}, alpha = {damping:g}"
            rows.append(sampled(label, error.estimate, error.expected, allowed, "Boltzmann integral"))
            own[name, damping] = (found.step * fastest(spin), abs(rows[-1].deviation))
    curves = {}
    angles = (0.1, 0.3, 0.9) if quick else (0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5)
    for name in DRAWN:
        for damping in dampings[:1] if quick else dampings:
            spin = macrospin(damping=damping, **DEVICES[name])
            for integrator in ("midpoint", "heun"):
                points = []
                for angle in angles:
                    step = angle / fastest(spin)
                    if spin.diffusion_time < 5.0 * step:  # far beyond what is refused
                        continue
                    found = equilibrium_moments(
                        spin, 1.5e7 if quick else 5e7, seed=7, initial=start(spin), step=step, integrator=integrator
                    )
                    error = worst(spin, found)
                    points.append((angle, error.estimate.value / error.expected - 1.0))
                curves[name, damping, integrator] = points
    return Outcome(rows, (curves, own))


def start(spin: Macrospin) -> str | list[float]:
    """Return a start near equilibrium: along the easy axis of a film, uniform otherwise."""
    return [1.0, 0.0, 0.0] if spin.junction.free_layer.demagnetising_factors[2] else "random"


def fastest(spin: Macrospin) -> float:
    """Return a bound on the angular velocity in rad/s: the spread of the anisotropies and the field."""
    values = np.linalg.eigvalsh(spin.matrix)
    field = values[2] - values[0] + np.linalg.norm(spin.field)
    damping = spin.junction.free_layer.damping
    return float(spin.gyromagnetic_ratio * field / np.sqrt(1.0 + damping**2))


def figure(data: tuple) -> Figure:
    """Draw the error against the step, one panel a device."""
    curves, own = data
    drawing, panels = subplots(1, len(DRAWN), figsize=(7.4, 3.1), sharey=True)
    dampings = sorted({key[1] for key in curves})
    lowest = 2e-4
    for panel, name in zip(panels, DRAWN, strict=True):
        panel.axhspan(lowest, TOLERANCE, color=LIGHT, lw=0)
        for k, damping in enumerate(dampings):
            for integrator, line in (("midpoint", "-"), ("heun", ":")):
                points = np.array(curves[name, damping, integrator]).T
                if points.size == 0:
                    continue
                marker = MARKERS[0] if integrator == "midpoint" else MARKERS[1]
                panel.plot(points[0], abs(points[1]), line, color=COLOURS[k], marker=marker, mfc="white")
            angle, error = own[name, damping]
            panel.plot(angle, max(error, lowest), MARKERS[0], color=COLOURS[k], ms=7)
        panel.set(xscale="log", yscale="log", xlabel="rotation a step (rad)", ylim=(lowest, 10.0))
        panel.set_title(name.replace("Delta", r"$\Delta$"), fontsize=9)
    panels[0].set_ylabel("error of a second moment")
    lines = [panels[0].plot([], [], color=COLOURS[k], label=rf"$\alpha$ = {a:g}")[0] for k, a in enumerate(dampings)]
    for label, line, marker in (("midpoint", "-", "o"), ("Heun", ":", "s")):
        lines += panels[0].plot([], [], line, color=GREY, marker=marker, mfc="white", label=label)
    drawing.legend(handles=lines, loc="outside upper center", ncols=len(lines))
    return drawing
