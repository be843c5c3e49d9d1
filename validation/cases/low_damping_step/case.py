"""Low damping at a long step: where Heun's scheme heats.

alpha = 0.005, mu0 Hk = 0.4 T, Delta = 4. At low damping the thermal energy of the precession is set by a
balance of two small effects, so any energy that the integrator adds of its own shows up as a wrong temperature.
Heun's scheme adds some at every step: at 8 ps, 0.56 rad of precession, its ensemble is so hot that the easy
axis hardly counts. The midpoint rotation does not. This is why it is the default and why a step is chosen from
the damping for Heun's scheme.

Judged is <m^2> along the easy axis for the midpoint rotation at 8 ps and at the step it chose. Heun's scheme at
8 ps is the contrast; at the step that it chose for itself it is judged as well.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots

from mtjphys.core.palette import BLUE, GREY, ORANGE
from validation.devices import macrospin
from validation.sampling import equilibrium_moments, own_step
from validation.statistics import jackknife
from validation.suite import Outcome, sampled

SECTION = "Integrators"
CAPTION = (
    "Second moment along the easy axis against the integration step. Grey line: Boltzmann; crosses: Heun's scheme in "
    "another code (0.7035, 0.6445, 0.355 at 2, 4, 8 ps, each +- 0.004); filled: the step each integrator chose for "
    "itself."
)
SOURCE = "Boltzmann integral"
HEUN = {2e-12: 0.7035, 4e-12: 0.6445, 8e-12: 0.355}


def run(quick: bool) -> Outcome:
    """Run both integrators at given steps and at their own."""
    spin = macrospin(4.0, 0.005, anisotropy_field=0.4)
    expected = spin.boltzmann(lambda m: m[:, 2] ** 2)
    rows, points = [], []
    allowed = 0.01 if quick else 0.005
    given = (2e-12, 4e-12, 8e-12)
    for integrator in ("midpoint", "heun"):
        short = quick and integrator == "midpoint"
        for seed, step in enumerate((None, *(given[2:] if short else given)), 50):
            contrast = integrator == "heun" and step is not None
            # The shorter the step, the more of them are needed; a contrast needs few.
            lane_steps = 2e8 if contrast else 2e-3 / (step or own_step(spin, integrator=integrator))
            lane_steps *= 0.16 if quick else 1.0
            found = equilibrium_moments(
                spin, lane_steps, seed=seed, step=step, integrator=integrator, settle=20 * spin.diffusion_time
            )
            estimate = jackknife(found.second[:, 2, 2])
            chosen = ", its own" if step is None else ""
            name = f"<m_z^2>, {integrator} at {found.step * 1e12:.3g} ps{chosen}"
            rows.append(sampled(name, estimate, expected, allowed, SOURCE, contrast))
            points.append((integrator, step is None, found.step, estimate))
    return Outcome(rows, (float(expected), points))


def figure(data: tuple) -> Figure:
    """Draw the second moment against the step."""
    expected, points = data
    drawing, panel = subplots(figsize=(4.6, 3.0))
    panel.axhline(expected, color=GREY, lw=0.8)
    panel.plot(1e12 * np.array(list(HEUN)), list(HEUN.values()), "x", color="black", ms=6, zorder=3)
    for integrator, colour, marker in (("midpoint", BLUE, "o"), ("heun", ORANGE, "s")):
        chosen = sorted((p for p in points if p[0] == integrator), key=lambda point: point[2])
        label = "midpoint rotation" if integrator == "midpoint" else "Heun"
        values = [point[3].value for point in chosen]
        times = [1e12 * point[2] for point in chosen]
        panel.plot(times, values, color=colour, marker=marker, mfc="white", label=label)
        own = [(1e12 * point[2], point[3].value) for point in chosen if point[1]]
        panel.plot(*np.array(own).T, color=colour, marker=marker, ls="none")
    panel.set(xlabel="integration step (ps)", ylabel=r"$\langle m_z^2\rangle$", ylim=(0.3, 0.78), xlim=(0, None))
    panel.legend(loc="lower left")
    return drawing
