"""Uniaxial macrospin in thermal equilibrium.

The most basic fact about a stochastic junction: with one easy axis and a barrier of Delta = 3 kB T, the
distribution of m_z is exp(Delta m_z^2) whatever the damping. The damping enters the noise and the relaxation
and has to cancel, which it does not if the noise has the wrong variance, the wrong calculus or the wrong
geometry. Such mistakes are large here: noise of twice the right variance makes <m_z^2> 0.480 and not 0.626.

Three dampings, at the step chosen by the integrator. Judged is <m_z^2>; the figure shows the whole
distribution.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots

import mtjphys as mp
from mtjphys.core.palette import COLOURS, GREY, LIGHT, MARKERS
from validation.devices import macrospin
from validation.sampling import equilibrium_moments, own_step
from validation.statistics import jackknife
from validation.suite import Outcome, sampled

SECTION = "Equilibrium"
CAPTION = (
    "Distribution of m_z at Delta = 3. Line: Boltzmann, exp(Delta m_z^2) normalised. Symbols: momentary samples at the "
    "step chosen for each damping. Below, the difference in units of its statistical error."
)
STABILITY = 3.0
DAMPINGS = (0.01, 0.1, 1.0)
SOURCE = "Boltzmann integral"


def run(quick: bool) -> Outcome:
    """Sample the three dampings."""
    rows, histograms = [], {}
    edges = np.linspace(-1.0, 1.0, 41)
    for seed, damping in enumerate(DAMPINGS, 10):
        spin = macrospin(STABILITY, damping)
        expected = spin.boltzmann(lambda m: m[:, 2] ** 2)
        diffusion_times = 1.3e5 if quick else 2e6
        lane_steps = diffusion_times * spin.diffusion_time / own_step(spin)
        found = equilibrium_moments(spin, lane_steps, seed=seed)
        estimate = jackknife(found.second[:, 2, 2])
        rows.append(sampled(f"<m_z^2>, alpha = {damping:g}", estimate, expected, 0.008 if quick else 0.003, SOURCE))
        # Samples 15 tau_N apart, 3.5 relaxation times, are nearly independent.
        traces = mp.Simulator(
            spin.junction,
            spin.bias,
            sample_interval=15.0 * spin.diffusion_time,
            replicas=512,
            seed=100 + seed,
            initial="random",
            record=("m",),
        )
        traces.settle(15.0 * spin.diffusion_time)
        m_z = traces.advance(25 if quick else 200)["m"][..., 2]
        histograms[damping] = np.histogram(m_z, edges)[0]
    density = np.exp(STABILITY * (edges[:-1, None] + np.linspace(0, 0.05, 21)) ** 2).mean(axis=1)
    return Outcome(rows, (edges, histograms, density / density.sum()))


def figure(data: tuple) -> Figure:
    """Draw histogram and Boltzmann density, and the difference below."""
    edges, histograms, share = data
    middle, width = 0.5 * (edges[1:] + edges[:-1]), edges[1] - edges[0]
    drawing, (top, bottom) = subplots(2, 1, figsize=(4.6, 4.2), sharex=True, height_ratios=(2.6, 1))
    top.plot(middle, share / width, color="black", label="Boltzmann")
    bottom.axhspan(-2, 2, color=LIGHT, lw=0)
    bottom.axhline(0.0, color=GREY, lw=0.8)
    for k, (damping, counts) in enumerate(histograms.items()):
        n = counts.sum()
        style = {"color": COLOURS[k], "marker": MARKERS[k], "ls": "none", "mfc": "none"}
        top.plot(middle, counts / n / width, label=rf"$\alpha$ = {damping:g}", **style)
        bottom.plot(middle, (counts - n * share) / np.sqrt(n * share * (1 - share)), **style)
    top.set(ylabel=r"density of $m_z$", ylim=(0, None))
    top.legend(loc="upper center")
    bottom.set(xlabel=r"$m_z$", ylabel=r"difference / $\sigma$", xlim=(-1, 1), ylim=(-4.5, 4.5))
    drawing.align_ylabels()
    return drawing
