"""Collinear spin torque acts as a field of a_DL/alpha.

With the reference layer along the easy axis of a perpendicular junction, the damping-like torque changes the
current of probability over the barrier exactly as a field h = i = a_DL/(alpha B_k) does: the same stationary
distribution and the same spectrum, although a torque derives from no energy. The two are made by different
terms of the equation with a factor alpha between them, which is where sign and size of the torque are tested.

sigma = 5, i = 0.2 against h = 0.2: slowest rate, which is blind to the sign, and the mean of m_z, which is not. In
units of 1/(2 tau_N) the rate is Lambda, tau_N = Ms V (1 + alpha^2)/(2 alpha gamma kB T).
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots

from mtjphys import fokker_planck
from mtjphys.core.palette import BLUE, GREY, ORANGE
from validation.devices import ANISOTROPY_FIELD, Macrospin, macrospin
from validation.figures import plain_ticks
from validation.sampling import decay_rate, equilibrium_moments
from validation.statistics import SampledMean, jackknife
from validation.suite import Outcome, Row, sampled

SECTION = "Rates"
CAPTION = (
    "Stationary autocorrelation of m_z at sigma = 5 under a spin torque i = 0.2 (circles) and under the field h = 0.2 "
    "(crosses). Line: Fokker-Planck equation of the field; dashed: neither torque nor field."
)
BARRIER, DAMPING, STRENGTH, VOLTAGE = 5.0, 0.3, 0.2, 0.1


def torque(strength: float, barrier: float = BARRIER) -> Macrospin:
    """Return the junction under a spin torque i."""
    per_volt = strength * DAMPING * ANISOTROPY_FIELD / VOLTAGE
    return macrospin(barrier, DAMPING, voltage=VOLTAGE, barrier={"damping_like_per_volt": per_volt})


def run(quick: bool) -> Outcome:
    """Measure rate and mean under the torque and under the field."""
    spins = {"torque i": torque(STRENGTH), "field h": macrospin(BARRIER, DAMPING, field=(0, 0, STRENGTH))}
    under_field = spins["field h"]
    exact = fokker_planck.relaxation_rate(under_field.junction, under_field.bias)
    mean = under_field.boltzmann(lambda m: m[:, 2])
    unit = 2.0 * under_field.diffusion_time
    rows, curves = [], []
    relaxations, lane_steps, allowed = (1.6e6, 1e8, 0.05) if quick else (1e7, 5e8, 0.02)
    for seed, (name, spin) in enumerate(spins.items(), 70):
        decay = decay_rate(spin, 2, relaxations, axial=True, seed=seed)
        ours = SampledMean(unit * decay.rate.value, unit * decay.rate.error)
        source = "Fokker-Planck, field h = 0.2"
        rows.append(sampled(f"Lambda, {name} = {STRENGTH}", ours, unit * exact, allowed, source))
        found = equilibrium_moments(spin, lane_steps, seed=seed, settle=200 * spin.diffusion_time)
        estimate = jackknife(found.first[:, 2])
        rows.append(sampled(f"<m_z>, {name} = {STRENGTH}", estimate, mean, 0.01, "Boltzmann integral, h = 0.2"))
        curves.append((name, decay))
    for strength, expected in ((0.1, 8.60053e-3), (0.3, 0.136468)):
        spin = torque(strength, 10.0)
        rate = 2.0 * spin.diffusion_time * fokker_planck.relaxation_rate(spin.junction, spin.bias)
        name = f"fokker_planck, sigma = 10, i = {strength}"
        rows.append(Row(name, rate, 0.0, expected, 1e-5, "Fokker-Planck by two other codes"))
    return Outcome(rows, (under_field, curves))


def figure(data: tuple) -> Figure:
    """Draw both autocorrelations and the exact ones."""
    under_field, curves = data
    drawing, panel = subplots(figsize=(4.6, 3.0))
    end = curves[0][1].time[-1]
    time = np.linspace(0.0, end, 80)
    free = macrospin(BARRIER, DAMPING)
    for spin, line, colour, label in (
        (under_field, "-", BLUE, "Fokker-Planck, h = 0.2"),
        (free, "--", GREY, "Fokker-Planck, h = i = 0"),
    ):
        curve = fokker_planck.autocorrelation(spin.junction, spin.bias, time, "projection")
        panel.plot(time / free.diffusion_time, curve, line, color=colour, label=label)
    for (name, decay), marker, size in zip(curves, "ox", (6.5, 4.5), strict=True):
        values = decay.autocovariance / decay.autocovariance[0]
        label = f"simulated, {name} = {STRENGTH}"
        colour = ORANGE if marker == "o" else "black"
        times = decay.time / free.diffusion_time
        panel.plot(times, values, marker, color=colour, mfc="white", ms=size, label=label)
    panel.set(yscale="log", xlabel=r"lag $t/\tau_N$", ylabel=r"autocorrelation of $m_z$")
    plain_ticks(panel.yaxis, (1.0, 0.5, 0.2, 0.1))
    panel.legend()
    return drawing
