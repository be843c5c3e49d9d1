"""Write error of a perpendicular junction under a pulse.

A spin torque of twice the critical one, i = a_DL/(alpha B_k) = 2, pushes a moment with Delta = 40 out of its well. How
long it takes depends on the thermal tilt it starts with: the few that start next to the axis are the write errors, and
their share falls as exp[-2 (i - 1) t/tau_D], tau_D = (1 + alpha^2)/(alpha gamma B_k). The exact share follows from the
Fokker-Planck equation, started from the Boltzmann density of the well (W. H. Butler et al., arXiv:1202.2621, for the
method), and in the ballistic limit from a closed form.

A write error is counted after the moment has settled, not when the pulse ends: the expected shares, from two other
codes, and those of the Fokker-Planck equation here are taken 10 tau_D after the pulse, when every moment has come down
from the barrier. The simulation writes back and forth, one pulse every 10 tau_D: a pulse, a rest of 8 to 4 tau_D, a
pulse of the opposite voltage. After each rest it looks in which well the moment is. The Fokker-Planck equation then
goes where no simulation can, to an error of 1e-12; the ballistic closed form, an expansion in 1/Delta with a start that
is Gaussian, is held to it within 10 %. In units of tau_D nothing depends on alpha, which is 1 in the simulation: there
the integrator's step changes the time to switch least (see Mallinson's time).
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots
from numpy.typing import NDArray

import mtjphys as mp
from mtjphys import fokker_planck, theory
from mtjphys.bias.waveforms import Sampled
from mtjphys.core.palette import COLOURS, GREY
from validation.devices import ANISOTROPY_FIELD, Macrospin, macrospin
from validation.statistics import SampledMean, jackknife
from validation.suite import Outcome, Row, sampled

SECTION = "Dynamics"
CAPTION = (
    "Share of the moments that are still in their old well after a pulse. Lines: Fokker-Planck at three "
    "drives; dashed: ballistic closed form; circles: simulated."
)
STABILITY, DAMPING, DRIVE, VOLTAGE = 40.0, 1.0, 2.0, 0.1
EXACT = {2.0: 0.45035, 4.0: 1.0050e-2, 6.0: 1.7634e-4}  # against the duration in tau_D
PERIOD = 10.0  # tau_D, of a pulse and the rest after it
SOURCE = "two other codes, Boltzmann start, settled"
LANES = 2048


def junction(drive: float, voltage: float | Sampled = VOLTAGE) -> Macrospin:
    """Return the junction, on which `VOLTAGE` acts with the torque i = `drive`."""
    per_volt = drive * DAMPING * ANISOTROPY_FIELD / VOLTAGE
    return macrospin(STABILITY, DAMPING, voltage=voltage, barrier={"damping_like_per_volt": per_volt})


def damping_time() -> float:
    """Return tau_D in s."""
    return (1.0 + DAMPING**2) / (DAMPING * junction(DRIVE).gyromagnetic_ratio * ANISOTROPY_FIELD)


def simulated(duration: float, attempts: float, seed: int) -> SampledMean:
    """Return the write error after a pulse of `duration` (tau_D) and a rest, from about so many pulses."""
    tick = 2.0 * damping_time()
    pulse, rest = round(duration / 2.0), round((PERIOD - duration) / 2.0)
    cycles = max(1, round(0.5 * attempts / LANES))
    levels = [0.0] * rest + [VOLTAGE] * pulse + [0.0] * rest + [-VOLTAGE] * pulse
    spin = junction(DRIVE, Sampled(values=levels * cycles, interval=tick))
    simulator = mp.Simulator(
        spin.junction,
        spin.bias,
        sample_interval=tick,
        replicas=LANES,
        seed=seed,
        initial="antiparallel",
        record=("m",),
    )
    simulator.settle(PERIOD * damping_time())
    counts = np.zeros((LANES, 2))
    before = -np.ones(LANES)
    for _ in range(cycles):
        m_z = simulator.advance(len(levels))["m"][:, :, 2]
        # The ends of both rests; each is the begin of a pulse, the first of one towards +z.
        for rested, side in ((m_z[:, rest - 1], -1.0), (m_z[:, 2 * rest + pulse - 1], 1.0)):
            tried = side * before < 0.0
            counts += np.stack([tried & (side * rested < 0.0), tried], axis=1)
            before = rested
    return jackknife(counts, lambda mean: mean[0] / mean[1])


def exact(drive: float, durations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the write error from the Fokker-Planck equation; `durations` in tau_D."""
    spin = junction(drive)
    return fokker_planck.write_error(
        spin.junction,
        spin.bias,
        durations * damping_time(),
        initial="antiparallel",
        settle=10.0 * damping_time(),
        rtol=1e-6,
    )


def run(quick: bool) -> Outcome:
    """Write the table by both ways."""
    plan = ((2.0, 1e5, 0.03), (4.0, 1e6, 0.06)) if quick else ((2.0, 5e5, 0.01), (4.0, 3e6, 0.04), (6.0, 7e6, 0.16))
    rows, found = [], {}
    for duration, attempts, tolerance in plan:
        found[duration] = simulated(duration, attempts, 130 + round(duration))
        name = f"write error, simulated, {duration:g} tau_D"
        rows.append(sampled(name, found[duration], EXACT[duration], tolerance, SOURCE))
    durations = np.array(list(EXACT))
    for (duration, expected), ours in zip(EXACT.items(), exact(DRIVE, durations), strict=True):
        rows.append(Row(f"write error, fokker_planck, {duration:g} tau_D", ours, 0.0, expected, 1e-4, SOURCE))
    late = np.array([6.0, 14.0])
    laws = theory.ballistic_write_error(late * damping_time(), DRIVE, STABILITY, ANISOTROPY_FIELD, DAMPING)
    for duration, ours, expected in zip(late, laws, exact(DRIVE, late), strict=True):
        name = f"write error, theory, {duration:g} tau_D"
        rows.append(Row(name, float(ours), 0.0, float(expected), 0.1, "Fokker-Planck"))
    return Outcome(rows, found)


def figure(found: dict[float, SampledMean]) -> Figure:
    """Draw the write error against the duration."""
    drawing, panel = subplots(figsize=(4.8, 3.4))
    for k, drive in enumerate((2.0, 3.0, 4.0)):
        end = 1.0 + 14.5 / (drive - 1.0)
        durations = np.linspace(0.3, end, 60)
        panel.plot(durations, exact(drive, durations), color=COLOURS[k], label=f"i = {drive:g}")
        late = durations[durations > 3.0 / drive]
        law = theory.ballistic_write_error(late * damping_time(), drive, STABILITY, ANISOTROPY_FIELD, DAMPING)
        panel.plot(late, law, "--", color=GREY, lw=0.9)
    panel.errorbar(
        list(found),
        [estimate.value for estimate in found.values()],
        [estimate.error for estimate in found.values()],
        fmt="o",
        color="black",
        mfc="white",
        zorder=3,
        label="simulated, i = 2",
    )
    panel.plot([], [], "--", color=GREY, lw=0.9, label="ballistic")
    panel.set(yscale="log", ylim=(1e-12, 2), xlim=(0, 16), xlabel=r"pulse duration $t/\tau_D$", ylabel="write error")
    panel.legend()
    return drawing
