"""Uniaxial macrospin: the rate of thermal switching.

The slowest eigenvalue lambda_1 of the Fokker-Planck equation is the rate at which a junction forgets its state;
in two symmetric wells the mean dwell time is 2/lambda_1. In units of the free diffusion time tau_N = Ms V (1 +
alpha^2)/(2 alpha gamma kB T) it depends on the barrier sigma = Delta alone, Lambda = 2 tau_N lambda_1, so alpha
has to drop out again, this time from the dynamics. alpha = 1 is there to see the factor 1 + alpha^2.

lambda_1 is read off the stationary autocorrelation of m_z at lags where the next eigenvalue has died away.
Brown's high-barrier formula, 4/sqrt(pi) sigma^1.5 exp(-sigma), is drawn beside it: 26 % too high at sigma = 5.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots

from mtjphys import fokker_planck
from mtjphys.core.palette import BLUE, COLOURS, GREY, MARKERS, ORANGE
from validation.devices import macrospin
from validation.sampling import decay_rate
from validation.statistics import SampledMean
from validation.suite import Outcome, Row, sampled

SECTION = "Rates"
CAPTION = (
    "Left: slowest relaxation rate against the barrier; line: Fokker-Planck, dashed: Brown's high-barrier formula. "
    "Right: autocorrelation of m_z; lines: Fokker-Planck, symbols: simulated, filled where the rate is read."
)
SOURCE = "Fokker-Planck by two other codes"
EXACT = {1.0: 1.30628, 3.0: 0.471402, 5.0: 0.135406, 10.0: 2.88217e-3, 15.0: 3.72649e-5}


def run(quick: bool) -> Outcome:
    """Measure the rate for several barriers; hold the library's exact rate against the same table."""
    plan = {1.0: (0.3, 5e6), 3.0: (0.1, 5e5), 5.0: (1.0, 2.5e5)}
    if not quick:
        plan = {1.0: (0.3, 2e7), 3.0: (0.1, 2e6), 5.0: (1.0, 1.2e6), 10.0: (0.5, 1.5e5)}
    rows, curves = [], []
    for seed, (barrier, (damping, relaxations)) in enumerate(plan.items(), 60):
        spin = macrospin(barrier, damping)
        decay = decay_rate(spin, 2, relaxations, axial=True, seed=seed)
        unit = 2.0 * spin.diffusion_time
        ours = SampledMean(unit * decay.rate.value, unit * decay.rate.error)
        name = f"Lambda, sigma = {barrier:g}, alpha = {damping:g}"
        allowed = 0.04 if quick else 0.05 if barrier == 10.0 else 0.02
        rows.append(sampled(name, ours, EXACT[barrier], allowed, SOURCE))
        curves.append((spin, decay))
    for barrier, expected in EXACT.items():
        spin = macrospin(barrier, 0.1)
        exact = 2.0 * spin.diffusion_time * fokker_planck.relaxation_rate(spin.junction, spin.bias)
        rows.append(Row(f"fokker_planck, sigma = {barrier:g}", exact, 0.0, expected, 1e-5, SOURCE))
    return Outcome(rows, (list(plan), rows, curves))


def figure(data: tuple) -> Figure:
    """Draw rate against barrier and the autocorrelations."""
    barriers, rows, curves = data
    drawing, (left, right) = subplots(1, 2, figsize=(6.8, 3.0))
    sigma = np.linspace(0.3, 12.0, 60)
    spins = [macrospin(s, 0.1) for s in sigma]
    exact = [2 * s.diffusion_time * fokker_planck.relaxation_rate(s.junction, s.bias) for s in spins]
    left.plot(sigma, exact, color=BLUE, label="Fokker-Planck")
    high = sigma[sigma > 2.0]
    brown = 4.0 / np.sqrt(np.pi) * high**1.5 * np.exp(-high)
    left.plot(high, brown, "--", color=GREY, label="Brown, high barrier")
    ours = [row.ours for row in rows[: len(barriers)]]
    errors = [row.error for row in rows[: len(barriers)]]
    left.errorbar(barriers, ours, errors, fmt="o", color=ORANGE, mfc="white", label="simulated")
    left.set(yscale="log", xlabel=r"barrier $\sigma = \Delta$ ($k_BT$)", ylabel=r"$\Lambda = 2\tau_N\lambda_1$")
    left.legend()
    for k, (barrier, (spin, decay)) in enumerate(zip(barriers, curves, strict=True)):
        time = np.concatenate([[0.0], np.geomspace(0.5 * decay.time[1], decay.time[-1], 60)])
        curve = fokker_planck.autocorrelation(spin.junction, spin.bias, time, "projection")
        unit = spin.diffusion_time
        right.plot(time[1:] / unit, curve[1:], color=COLOURS[k])
        values = decay.autocovariance / decay.autocovariance[0]
        style = {"color": COLOURS[k], "marker": MARKERS[k], "ls": "none"}
        early = (decay.time < decay.first_lag) & (decay.time > 0.0)
        late = decay.time >= decay.first_lag
        right.plot(decay.time[early] / unit, values[early], mfc="white", **style)
        label = rf"$\sigma$ = {barrier:g}"
        right.plot(decay.time[late] / unit, values[late], label=label, **style)
    right.set(xscale="log", xlabel=r"lag $t/\tau_N$", ylabel=r"autocorrelation of $m_z$", ylim=(0, 1))
    right.legend()
    return drawing
