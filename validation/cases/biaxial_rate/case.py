"""Switching rate of an in-plane junction.

Thin film with d = B_d/B_k = 50 and Delta = 3 in the plane. The demagnetising field makes the moment precess far
faster than it is damped, and the rate is limited neither by the barrier alone nor by free diffusion but by the
damping: between the energy-controlled and the intermediate regime of the Kramers problem, where no closed
formula is accurate. The exact rate comes from the Fokker-Planck equation in spherical harmonics, by two
independent codes.

lambda_1 in units of gamma B_k, from the stationary autocorrelation of m_x.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots

from mtjphys import fokker_planck
from validation.devices import ANISOTROPY_FIELD, Macrospin, macrospin
from validation.figures import COLOURS, MARKERS, plain_ticks
from validation.sampling import decay_rate
from validation.statistics import Estimate
from validation.suite import Outcome, Row, sampled

SECTION = "Rates"
CAPTION = (
    "Stationary autocorrelation of the in-plane magnetisation. Lines: Fokker-Planck; symbols: simulated, filled where "
    "the rate is read."
)
EXACT = {0.05: 0.136858, 0.1: 0.144810}
SOURCE = "Fokker-Planck spectrum of another code"


def film(damping: float) -> Macrospin:
    """Return the film."""
    return macrospin(3.0, damping, easy=(1, 0, 0), flatness=50.0)


def run(quick: bool) -> Outcome:
    """Measure the rate at one damping, at two in the full suite."""
    rows, curves = [], []
    for seed, damping in enumerate(list(EXACT)[: 1 if quick else 2], 80):
        spin = film(damping)
        decay = decay_rate(spin, 0, 4e5 if quick else 1.2e6, axial=False, seed=seed)
        unit = 1.0 / (spin.gyromagnetic_ratio * ANISOTROPY_FIELD)
        ours = Estimate(unit * decay.rate.value, unit * decay.rate.error)
        name = f"lambda_1/(gamma B_k), alpha = {damping:g}"
        rows.append(sampled(name, ours, EXACT[damping], 0.05 if quick else 0.03, SOURCE))
        curves.append((damping, spin, decay))
    for damping, expected in EXACT.items():
        spin = film(damping)
        exact = fokker_planck.relaxation_rate(spin.junction, spin.bias)
        exact /= spin.gyromagnetic_ratio * ANISOTROPY_FIELD
        name = f"fokker_planck, alpha = {damping:g}"
        rows.append(Row(name, exact, 0.0, expected, 1e-4, SOURCE))
    return Outcome(rows, curves)


def figure(curves: list) -> Figure:
    """Draw the autocorrelations."""
    drawing, panel = subplots(figsize=(4.6, 3.0))
    for k, (damping, spin, decay) in enumerate(curves):
        unit = spin.gyromagnetic_ratio * ANISOTROPY_FIELD
        time = np.linspace(0.0, decay.time[-1], 60)
        exact = fokker_planck.autocorrelation(spin.junction, spin.bias, time)
        panel.plot(time * unit, exact, color=COLOURS[k])
        values = decay.autocovariance / decay.autocovariance[0]
        style = {"color": COLOURS[k], "marker": MARKERS[k], "ls": "none"}
        early = decay.time < decay.first_lag
        panel.plot(decay.time[early] * unit, values[early], mfc="white", **style)
        label = rf"$\alpha$ = {damping:g}"
        panel.plot(decay.time[~early] * unit, values[~early], label=label, **style)
    panel.set(yscale="log", xlabel=r"lag $\gamma B_k t$", ylabel=r"autocorrelation of $m_x$")
    plain_ticks(panel.yaxis, (1.0, 0.5, 0.2, 0.1))
    panel.legend()
    return drawing
