"""Switching rate of an in-plane junction: the Kramers turnover.

In a thin film, B_d = 50 B_k, a moment that crosses the barrier in the plane may turn round many times before it has
lost the energy that took it across. At alpha = 0.05 to 0.1 its rate of switching is highest: at lower damping few
moments have that energy, at higher damping friction on the saddle holds them back. The materials of in-plane junctions
lie just there, and a formula for either side alone is wrong by a factor.

The slowest rate lambda_1 is read off the stationary autocorrelation of m_x and given in units of gamma B_k. At a
barrier of 3 kB T the simulation is held against the Fokker-Planck equation, and this one, at two dampings, against
values from two other codes. At 8 kB T it is what the closed form for a biaxial particle with Mel'nikov's depopulation
factor is held against (W. T. Coffey and Y. P. Kalmykov, J. Appl. Phys. 112, 121301 (2012)), whose error is of the order
of 1/Delta, 12 %, and more at the lowest damping.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots
from scipy.interpolate import CubicSpline

from mtjphys.core.palette import BLUE, GREEN, GREY, ORANGE
from validation.devices import ANISOTROPY_FIELD, Macrospin, macrospin
from validation.figures import plain_ticks
from validation.rates import closed_form_rate, exact_rate
from validation.sampling import decay_rate
from validation.statistics import SampledMean
from validation.suite import Outcome, Row, sampled

SECTION = "Rates"
CAPTION = (
    "Slowest relaxation rate of a thin film, B_d = 50 B_k, against the damping. Circles: simulated, lines: "
    "Fokker-Planck, dashed: closed form, dotted: closed form without its depopulation factor."
)
LOW, HIGH = 3.0, 8.0  # barriers in kB T
KNOWN = {0.05: 0.136858, 0.1: 0.144810}  # lambda_1/(gamma B_k) at the lower barrier, against the damping


def film(barrier: float, damping: float) -> Macrospin:
    """Return the film."""
    return macrospin(barrier, damping, easy=(1.0, 0.0, 0.0), flatness=50.0)


def run(quick: bool) -> Outcome:
    """Measure the rate on both sides of the turnover; hold the closed form against the exact rate."""
    rows, points = [], []
    # Relaxation times and tolerance against the damping.
    plan = {0.03: (1.7e5, 0.07), 0.3: (8e4, 0.07)}
    if not quick:
        plan = {0.015: (2.5e5, 0.07), 0.05: (1.2e6, 0.03), 0.1: (1.2e6, 0.03), 0.3: (3e5, 0.07), 1.0: (1.2e5, 0.07)}
    for seed, (damping, (relaxations, tolerance)) in enumerate(plan.items(), 190):
        spin = film(LOW, damping)
        decay = decay_rate(spin, 0, relaxations, axial=False, seed=seed)
        unit = spin.gyromagnetic_ratio * ANISOTROPY_FIELD
        ours = SampledMean(decay.rate.value / unit, decay.rate.error / unit)
        name = f"lambda_1/(gamma B_k), Delta = {LOW:g}, alpha = {damping:g}"
        rows.append(sampled(name, ours, exact_rate(spin, 1e-3), tolerance, "Fokker-Planck"))
        points.append((damping, *ours))
    for damping, expected in KNOWN.items():
        name = f"lambda_1/(gamma B_k), fokker_planck, Delta = {LOW:g}, alpha = {damping:g}"
        rows.append(Row(name, exact_rate(film(LOW, damping)), 0.0, expected, 1e-4, "Fokker-Planck by two other codes"))
    for damping in (0.02, 0.1, 1.0):
        spin = film(HIGH, damping)
        name = f"lambda_1/(gamma B_k), theory, Delta = {HIGH:g}, alpha = {damping:g}"
        rows.append(Row(name, closed_form_rate(spin)[0], 0.0, exact_rate(spin, 1e-3), 0.12, "Fokker-Planck"))
    return Outcome(rows, points)


def figure(points: list) -> Figure:
    """Draw rate against damping for both barriers."""
    drawing, panel = subplots(figsize=(4.8, 3.6))
    few, many = np.geomspace(0.014, 1.0, 7), np.geomspace(0.014, 1.0, 50)
    for barrier, colour in ((LOW, BLUE), (HIGH, GREEN)):
        exact = [exact_rate(film(barrier, alpha), 1e-3) for alpha in few]
        line = np.exp(CubicSpline(np.log(few), np.log(exact))(np.log(many)))
        turnover, without = np.array([closed_form_rate(film(barrier, alpha)) for alpha in many]).T
        panel.plot(many, line, color=colour, label=rf"$\Delta$ = {barrier:g}")
        panel.plot(many, turnover, "--", color=colour, lw=0.9)
        panel.plot(many, without, ":", color=colour, lw=0.9)
    alphas, values, errors = np.array(points).T
    panel.errorbar(alphas, values, errors, fmt="o", color=ORANGE, mfc="white", label="simulated", zorder=3)
    panel.plot([], [], "--", color=GREY, lw=0.9, label="closed form")
    panel.plot([], [], ":", color=GREY, lw=0.9, label="no depopulation")
    panel.set(xscale="log", yscale="log", xlabel=r"damping $\alpha$", ylabel=r"$\lambda_1/(\gamma B_k)$")
    plain_ticks(panel.xaxis, (0.02, 0.05, 0.1, 0.2, 0.5, 1.0))
    panel.legend(ncols=2)
    return drawing
