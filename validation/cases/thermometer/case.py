"""Thermometer: the temperature read back from the motion.

The temperature that goes into the noise has to come back out of the ensemble, whatever the energy. For any
energy E on the sphere, partial integration of exp(-E/kB T) gives kB T <laplacian E> = <|grad E|^2>. For E = -Ms
V (B0.m + m.M m/2), with the effective field B = B0 + M m, this reads

kB T = Ms V <|m x B|^2> / <2 B0.m + 3 m.M m - tr M>.

The second and third term of the denominator belong to the anisotropies and are missing from the form that is
often quoted. The test needs no Boltzmann integral and no knowledge of the moments, and it sees a wrong
temperature of the transverse fluctuations in each well, to which <m_z^2> is blind at high barriers.

Thin film, d = 5, Delta = 3 at 300 K, field (0.5, 0.3, 1) B_k, magnetisation and anisotropy dependent on
temperature.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots

import mtjphys as mp
from mtjphys.core.palette import COLOURS, GREY, LIGHT, MARKERS
from validation.devices import Array, Macrospin, macrospin
from validation.statistics import SampledMean, jackknife
from validation.suite import Outcome, sampled

SECTION = "Equilibrium"
CAPTION = (
    "Temperature read back from the ensemble, relative to the temperature put in. Bars: one standard error; band: "
    "what is allowed."
)
CURIE = (1453.0, 1.0583, 1.804)


def thermometer(spin: Macrospin, samples: int, seed: int) -> SampledMean:
    """Return the temperature of the simulated ensemble in K."""
    simulator = mp.Simulator(
        spin.junction,
        spin.bias,
        sample_interval=spin.diffusion_time,
        replicas=512,
        seed=seed,
        initial="random",
        record=("m",),
    )
    simulator.settle(15.0 * spin.diffusion_time)
    sums = np.zeros((512, 2))
    done = 0
    while done < samples:
        m = simulator.advance(min(500, samples - done))["m"]
        done += m.shape[1]
        field = spin.effective_field(m)
        aligned = np.einsum("...i,...i", m, field)
        # |m x B|^2 = |B|^2 - (m.B)^2
        sums[:, 0] += (np.einsum("...i,...i", field, field) - aligned**2).sum(axis=1)
        laplacian = 3.0 * aligned - m @ spin.field - np.trace(spin.matrix)
        sums[:, 1] += laplacian.sum(axis=1)
    temperature = float(spin.bias.temperature)

    def ratio(mean: Array) -> Array:
        return mean[0] / mean[1] * temperature / spin.thermal_field

    return jackknife(sums, ratio)


def run(quick: bool) -> Outcome:
    """Read the temperature for several dampings and temperatures."""
    dampings = (0.1, 1.0) if quick else (0.05, 0.2, 1.0)
    temperatures = (100.0, 300.0, 500.0)
    samples, allowed = (280, 0.02) if quick else (1600, 0.01)
    rows = []
    for j, damping in enumerate(dampings):
        for k, temperature in enumerate(temperatures):
            spin = macrospin(
                3.0,
                damping,
                easy=(1, 0, 0),
                flatness=5.0,
                field=(0.5, 0.3, 1.0),
                temperature=temperature,
                curie=CURIE,
            )
            found = thermometer(spin, samples, 40 + 10 * j + k)
            name = f"T in K, {temperature:g} K put in, alpha = {damping:g}"
            rows.append(sampled(name, found, temperature, allowed, "the temperature put in"))
    return Outcome(rows, (dampings, temperatures, rows))


def figure(data: tuple) -> Figure:
    """Draw the deviations."""
    dampings, temperatures, rows = data
    allowed = 100 * rows[0].tolerance
    drawing, panel = subplots(figsize=(4.6, 2.9))
    panel.axhspan(-allowed, allowed, color=LIGHT, lw=0)
    panel.axhline(0.0, color=GREY, lw=0.8)
    n = len(temperatures)
    for j, damping in enumerate(dampings):
        chosen = rows[j * n : (j + 1) * n]
        panel.errorbar(
            np.array(temperatures) + 8.0 * (j - (len(dampings) - 1) / 2),
            [100 * row.deviation for row in chosen],
            [100 * row.error / row.expected for row in chosen],
            color=COLOURS[j],
            marker=MARKERS[j],
            mfc="white",
            ls="none",
            label=rf"$\alpha$ = {damping:g}",
        )
    panel.set(
        xlabel="temperature put in (K)",
        ylabel="temperature read back, deviation (%)",
        ylim=(-1.7 * allowed, 1.7 * allowed),
    )
    panel.legend(ncols=2, loc="upper right")
    return drawing
