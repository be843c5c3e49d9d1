"""Thin film with an in-plane easy axis in thermal equilibrium.

An elliptic in-plane junction has two anisotropies: a weak one in the plane, B_k, which makes the barrier, and
the demagnetising field of the film, B_d = mu0 Ms, up to a hundred times larger. The moment then precesses on
flat ellipses, and the magnetisation that leaves the plane, though small, carries the same thermal energy as the
rest. An integrator has to keep both right at once, at low damping too.

Delta = 3 in the plane, d = B_d/B_k = 5 and 50. Judged are <m_x^2> along the easy axis and <m_z^2> along the
normal against the Boltzmann integral, by quadrature on the sphere.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots

from mtjphys.core.palette import COLOURS, GREY, LIGHT, MARKERS
from validation.devices import macrospin
from validation.figures import plain_ticks
from validation.sampling import equilibrium_moments
from validation.statistics import jackknife
from validation.suite import Outcome, sampled

SECTION = "Equilibrium"
CAPTION = (
    "Second moments of thin films at Delta = 3 against damping, relative to the Boltzmann integral. Bars: one "
    "standard error; band: what is allowed."
)
FLATNESSES = (5.0, 50.0)


def run(quick: bool) -> Outcome:
    """Sample films of two flatnesses."""
    allowed = 0.01 if quick else 0.005
    dampings = (0.02, 0.3) if quick else (0.01, 0.02, 0.1, 0.3, 1.0)
    rows = []
    for d in FLATNESSES:
        for seed, damping in enumerate(dampings, 20):
            spin = macrospin(3.0, damping, easy=(1, 0, 0), flatness=d)
            expected = spin.boltzmann(lambda m: m**2)
            lane_steps = (1e8 if quick else 4e8) * max(0.25, 0.05 / damping)
            found = equilibrium_moments(spin, lane_steps, seed=seed)
            for axis in (0, 2):
                estimate = jackknife(found.second[:, axis, axis])
                name = f"<m_{'xyz'[axis]}^2>, d = {d:g}, alpha = {damping:g}"
                rows.append(sampled(name, estimate, expected[axis], allowed, "Boltzmann integral"))
    return Outcome(rows, (dampings, rows))


def figure(data: tuple) -> Figure:
    """Draw the deviations of <m_x^2> and <m_z^2>."""
    dampings, rows = data
    allowed = 100 * rows[0].tolerance
    drawing, panels = subplots(1, 2, figsize=(6.4, 2.7), sharey=True)
    for k, (panel, axis) in enumerate(zip(panels, "xz", strict=True)):
        panel.axhspan(-allowed, allowed, color=LIGHT, lw=0)
        panel.axhline(0.0, color=GREY, lw=0.8)
        for j, d in enumerate(FLATNESSES):
            chosen = [row for row in rows[k::2] if f"d = {d:g}," in row.quantity]
            panel.errorbar(
                np.array(dampings) * (1 + 0.08 * (j - 0.5)),
                [100 * row.deviation for row in chosen],
                [100 * row.error / row.expected for row in chosen],
                color=COLOURS[j],
                marker=MARKERS[j],
                mfc="white",
                ls="none",
                label=f"$B_d/B_k$ = {d:g}",
            )
        panel.set(xscale="log", xlabel=r"damping $\alpha$", ylim=(-1.6 * allowed, 1.6 * allowed))
        plain_ticks(panel.xaxis, dampings)
        panel.set_title(rf"$\langle m_{axis}^2\rangle$", fontsize=9)
    panels[0].set_ylabel("deviation from Boltzmann (%)")
    panels[1].legend(loc="lower right")
    return drawing
