"""Transverse and oblique fields: the rate depends on the damping.

Along the easy axis a field leaves the energy symmetric about it, and the rate of switching is alpha/(1 + alpha^2) times
a function of the barrier. A field across it makes saddles. At low damping the rate is limited by how fast energy flows
to the moments that are about to cross, and grows as alpha; at high damping by the friction on the saddle. In between
lies the Kramers turnover (W. T. Coffey and Y. P. Kalmykov, J. Appl. Phys. 112, 121301 (2012)).

A field h = H/H_k = 0.2 at 90 and at 45 degrees to the easy axis; sigma is the barrier of the easy axis alone over kB T,
5 in the simulation. Its slowest rate lambda_1 is read off the stationary autocorrelation of m_z and held against the
Fokker-Planck equation. That in turn is held against a value from two other codes at sigma = 10, alpha = 0.1, with
Lambda = 2 tau_N lambda_1 and tau_N = Ms V (1 + alpha^2)/(2 alpha gamma kB T). The closed form with depopulation factor
is an expansion in 1/sigma: at sigma = 20 it may be off by 2/sigma.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots

from mtjphys import fokker_planck
from mtjphys.core.palette import COLOURS, MARKERS
from validation.devices import ANISOTROPY_FIELD, Macrospin, macrospin
from validation.rates import closed_form_rate, exact_rate
from validation.sampling import decay_rate
from validation.statistics import SampledMean
from validation.suite import Outcome, Row, sampled

SECTION = "Rates"
CAPTION = (
    "Left: slowest relaxation rate against the damping at sigma = 5, field 0.2 B_k at two angles to the easy axis. "
    "Symbols: simulated, lines: Fokker-Planck, dashed: closed form, dotted: closed form without its depopulation "
    "factor. Right: closed form over Fokker-Planck against the barrier."
)
BARRIER, STRENGTH = 5.0, 0.2
ANGLES = (90.0, 45.0)
KNOWN = "exact spectrum by two other codes"


def particle(barrier: float, angle: float, damping: float) -> Macrospin:
    """Return the moment in a field at `angle` (degrees) to its easy axis."""
    turned = np.radians(angle)
    return macrospin(barrier, damping, field=(STRENGTH * np.sin(turned), 0.0, STRENGTH * np.cos(turned)))


def run(quick: bool) -> Outcome:
    """Measure the rate at several dampings and both angles."""
    rows, points = [], []
    dampings, tolerance = ((0.1, 1.0), 0.06) if quick else ((0.05, 0.2, 1.0), 0.04)
    # Uneven wells take more time for the same error.
    relaxations = dict(zip(ANGLES, (2e5, 4.5e5) if quick else (5e5, 1.2e6), strict=True))
    for j, angle in enumerate(ANGLES):
        for k, damping in enumerate(dampings):
            spin = particle(BARRIER, angle, damping)
            decay = decay_rate(spin, 2, relaxations[angle], axial=False, seed=170 + 10 * j + k)
            unit = spin.gyromagnetic_ratio * ANISOTROPY_FIELD
            ours = SampledMean(decay.rate.value / unit, decay.rate.error / unit)
            name = f"lambda_1/(gamma B_k), {angle:g} deg, alpha = {damping:g}"
            rows.append(sampled(name, ours, exact_rate(spin), tolerance, "Fokker-Planck"))
            points.append((angle, damping, ours))
    spin = particle(10.0, 90.0, 0.1)
    ours = 2.0 * spin.diffusion_time * fokker_planck.relaxation_rate(spin.junction, spin.bias)
    rows.append(Row("Lambda, fokker_planck, sigma = 10, 90 deg, alpha = 0.1", ours, 0.0, 0.078413, 1e-4, KNOWN))
    for angle in ANGLES:
        for damping in (0.03, 1.0):
            spin = particle(20.0, angle, damping)
            name = f"lambda_1/(gamma B_k), theory, sigma = 20, {angle:g} deg, alpha = {damping:g}"
            rows.append(Row(name, closed_form_rate(spin)[0], 0.0, exact_rate(spin), 0.1, "Fokker-Planck"))
    return Outcome(rows, points)


def figure(points: list) -> Figure:
    """Draw rate against damping, and the closed form's error against the barrier."""
    drawing, (left, right) = subplots(1, 2, figsize=(7.0, 3.2))
    damping = np.geomspace(0.008, 1.0, 14)
    for k, angle in enumerate(ANGLES):
        spins = [particle(BARRIER, angle, alpha) for alpha in damping]
        turnover, without = np.array([closed_form_rate(spin) for spin in spins]).T
        left.plot(damping, [exact_rate(spin) for spin in spins], color=COLOURS[k])
        left.plot(damping, turnover, "--", color=COLOURS[k], lw=0.9)
        left.plot(damping, without, ":", color=COLOURS[k], lw=0.9)
        alphas, values, errors = np.array([(alpha, *ours) for a, alpha, ours in points if a == angle]).T
        style = {"color": COLOURS[k], "marker": MARKERS[k], "mfc": "white", "ls": "none"}
        left.errorbar(alphas, values, errors, label=f"{angle:g}\N{DEGREE SIGN}", **style)
        barriers = np.array([4.0, 6.0, 8.0, 12.0, 16.0, 20.0])
        for alpha, line in ((0.03, "-"), (1.0, "--")):
            spins = [particle(barrier, angle, alpha) for barrier in barriers]
            ratio = [closed_form_rate(spin)[0] / exact_rate(spin) for spin in spins]
            label = rf"{angle:g}°, $\alpha$ = {alpha:g}"
            right.plot(barriers, ratio, line, color=COLOURS[k], label=label)
    left.set(
        xscale="log", yscale="log", xlabel=r"damping $\alpha$", ylabel=r"$\lambda_1/(\gamma B_k)$", ylim=(7e-4, 0.05)
    )
    left.legend(loc="lower right")
    right.axhline(1.0, color="black", lw=0.6)
    right.set(xlabel=r"barrier $\sigma$ ($k_BT$)", ylabel="closed form / Fokker-Planck", ylim=(0.95, 1.35))
    right.legend()
    return drawing
