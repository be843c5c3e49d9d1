"""Switching without noise: Mallinson's time.

At zero temperature a perpendicular moment under a field -h B_k along its axis, h > 1, spirals from its well into
the other. The polar angle does not know about the precession,
dtheta/dt = (h - cos theta) sin theta/tau_D with tau_D = (1 + alpha^2)/(alpha gamma B_k), and the time from theta_0
to theta is an integral of elementary functions (J. C. Mallinson, IEEE Trans. Magn. 36, 1976 (2000)). A collinear
spin torque i = a_DL/(alpha B_k) does to the angle what the field h does.

The temperature of the simulation is set to zero, which switches the thermal field off and leaves the integrator
alone with the drift: damping, the factor 1 + alpha^2, field and torque. Judged is the time from 5 degrees to the
equator. The step that the integrator chooses keeps thermal averages to half a per cent and a switching time to about
one; the error falls as its square, which a fifth of it shows.
"""

import math

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import quad

import mtjphys as mp
from mtjphys import theory
from mtjphys.core.palette import COLOURS, GREY, LIGHT, MARKERS
from validation.devices import ANISOTROPY_FIELD, Macrospin, macrospin
from validation.suite import Outcome, Row

SECTION = "Dynamics"
CAPTION = (
    "Left: simulated m_z without noise at alpha = 0.1 (symbols) and Mallinson's closed form (lines) under fields h. "
    "Right: time from 5 degrees to the equator against the drive, a field (circles) or a spin torque (squares); line: "
    "the closed form. Below, the deviation: open at the step that the integrator chose for itself, filled at a fifth "
    "of it; band: what is allowed there."
)
START = math.radians(5.0)
DRIVES = (1.2, 2.0, 5.0)
DAMPINGS = (0.01, 0.1, 1.0)
VOLTAGE = 0.1
FINE = 0.2  # of the step that the integrator chooses, whose errors fall as its square
TOLERANCE, TOLERANCE_OWN = 0.001, 0.015
SOURCE = "Mallinson's closed form"


def spins(damping: float) -> dict[str, list[Macrospin]]:
    """Return the moment at 0 K under every drive, as field and as torque."""
    per_volt = damping * ANISOTROPY_FIELD / VOLTAGE
    options = {"stability": 60.0, "damping": damping, "temperature": 0.0}
    return {
        "field h": [macrospin(field=(0.0, 0.0, drive), **options) for drive in DRIVES],
        "torque i": [
            macrospin(voltage=VOLTAGE, barrier={"damping_like_per_volt": drive * per_volt}, **options)
            for drive in DRIVES
        ],
    }


def damping_time(damping: float) -> float:
    """Return tau_D in s."""
    gamma = macrospin(60.0, damping).gyromagnetic_ratio
    return (1.0 + damping**2) / (damping * gamma * ANISOTROPY_FIELD)


def trajectory(spin: Macrospin, duration: float, interval: float) -> tuple[np.ndarray, np.ndarray]:
    """Return times in s and m_z from `START` off the antiparallel state."""
    simulator = mp.Simulator(
        spin.junction,
        spin.bias,
        sample_interval=interval,
        initial=[math.sin(START), 0.0, -math.cos(START)],
        record=("m",),
    )
    samples = math.ceil(duration / interval)
    m_z = simulator.advance(samples)["m"][0, :, 2]
    return interval * np.arange(samples + 1), np.concatenate([[-math.cos(START)], m_z])


def closed_form(drive: float, last: ArrayLike = 0.5 * math.pi) -> NDArray[np.float64]:
    """Return the time from `START` to the angle `last` in units of tau_D."""
    return theory.switching_time(START, last, drive, ANISOTROPY_FIELD, 0.1) / damping_time(0.1)


def timed(spin: Macrospin, drive: float, unit: float, fraction: float) -> float:
    """Return the time to the equator in units of tau_D, at a fraction of the step that the integrator chose."""
    own = mp.Simulator(spin.junction, spin.bias, sample_interval=unit).step
    time, m_z = trajectory(spin, 1.1 * closed_form(drive) * unit, fraction * own)
    after = int(np.argmax(m_z > 0.0))
    if after == 0:  # not within a tenth more than the time
        return math.inf
    return float(np.interp(0.0, m_z[after - 1 : after + 1], time[after - 1 : after + 1])) / unit


def run(quick: bool) -> Outcome:
    """Time the switching under fields and torques; hold the closed form against the integral."""
    rows, points = [], []
    for damping in DAMPINGS[1:] if quick else DAMPINGS:
        unit = damping_time(damping)
        for name, chosen in spins(damping).items():
            for drive, spin in zip(DRIVES, chosen, strict=True):
                expected = closed_form(drive)
                ours = {fraction: timed(spin, drive, unit, fraction) for fraction in (FINE, 1.0)}
                label = f"t/tau_D, {name} = {drive:g}, alpha = {damping:g}"
                rows.append(Row(label, ours[FINE], 0.0, expected, TOLERANCE, SOURCE))
                if drive == 2.0:
                    rows.append(Row(f"{label}, its own step", ours[1.0], 0.0, expected, TOLERANCE_OWN, SOURCE))
                points += [(damping, name, drive, fraction, found, expected) for fraction, found in ours.items()]
    for drive in DRIVES:
        numerical = quad(lambda a, h=drive: 1.0 / ((h - math.cos(a)) * math.sin(a)), START, 0.5 * math.pi)[0]
        rows.append(
            Row(f"t/tau_D, theory, h = {drive:g}", float(closed_form(drive)), 0.0, numerical, 1e-8, "quadrature")
        )
    paths = []
    for drive in (1.2, 2.0, 5.0):
        spin = macrospin(60.0, 0.1, field=(0.0, 0.0, drive), temperature=0.0)
        unit = damping_time(0.1)
        time, m_z = trajectory(spin, 2.0 * closed_form(drive) * unit, 0.1 * unit)
        paths.append((drive, time / unit, m_z))
    return Outcome(rows, (points, paths))


def figure(data: tuple) -> Figure:
    """Draw trajectories, and the time against the drive."""
    points, paths = data
    drawing, panels = subplots(2, 2, figsize=(7.2, 3.8), height_ratios=(1.5, 1), sharex="col")
    grid = panels[0, 0].get_gridspec()
    for panel in panels[:, 0]:
        panel.remove()
    left, top, bottom = drawing.add_subplot(grid[:, 0]), panels[0, 1], panels[1, 1]
    angle = np.radians(np.concatenate([np.linspace(5.5, 20.0, 20), np.linspace(22.0, 179.0, 120)]))
    for k, (drive, time, m_z) in enumerate(paths):
        line = closed_form(drive, angle)
        shown = line < time[-1]
        left.plot(line[shown], -np.cos(angle[shown]), color=COLOURS[k])
        style = {"color": COLOURS[k], "marker": MARKERS[k], "ls": "none", "mfc": "white", "markevery": 2}
        left.plot(time, m_z, label=f"h = {drive:g}", **style)
    left.set(xlabel=r"time $t/\tau_D$", ylabel=r"$m_z$", ylim=(-1.05, 1.05))
    left.legend(loc="lower right")
    drive = np.linspace(1.12, 5.2, 100)
    top.plot(drive, [closed_form(h) for h in drive], color=GREY, label="Mallinson")
    bottom.axhspan(1e-4, 100 * TOLERANCE, color=LIGHT, lw=0)
    for k, damping in enumerate(sorted({point[0] for point in points})):
        for name, marker, shift, size in (("field h", "o", -0.04, 7.5), ("torque i", "s", 0.04, 3.5)):
            chosen = np.array([p[2:] for p in points if p[0] == damping and p[1] == name])
            style = {"color": COLOURS[k], "marker": marker, "ls": "none"}
            fine = chosen[chosen[:, 1] == FINE].T
            top.plot(fine[0], fine[2], mfc="none", ms=size, label=rf"$\alpha$ = {damping:g}, {name}", **style)
            for fraction, fill in ((FINE, COLOURS[k]), (1.0, "white")):
                h, _, ours, expected = chosen[chosen[:, 1] == fraction].T
                bottom.plot(h + shift, 100 * abs(ours / expected - 1.0), mfc=fill, **style)
    top.set(ylabel=r"time to the equator $t/\tau_D$", ylim=(0, None))
    top.legend()
    bottom.set(xlabel="drive h or i", ylabel="deviation (%)", yscale="log", ylim=(3e-4, 3))
    drawing.align_ylabels([top, bottom])
    return drawing
