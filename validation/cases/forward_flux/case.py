"""Rare events: dwell times and write errors that no simulation reaches.

Forward flux sampling climbs from interface to interface on the stochastic equation itself, and weighted ensembles
follow a pulse; neither assumes anything about the dynamics, so that both go where no exact theory does. Here they go
where one does. The dwell time of an axial junction, read from m.p with the thresholds -0.5 and 0.5, is known at any
barrier from the Fokker-Planck equation (transition path theory): Delta = 8 to 20, from microseconds to half a second.
Behind a series resistance the spin torque follows the state; with p along the axis that is still axial, and exact: the
thresholds there are -0.8 and 0.8, beyond the tops of the barriers, which the torque has moved.

A junction that heats itself has no exact theory: its dwell time at a low barrier is held against a plain simulation of
the same step. The write errors of a spin-torque pulse (Delta = 40, twice the critical torque) are known; the
step that the integrator chooses changes the time to switch by up to 1 % (see Mallinson's time), and so the write error
at 6 tau_D by up to 12 %, which the tolerance contains. And what a dwell time of a millisecond costs, to 10 % on one
core, is measured, against the two minutes that it may take.
"""

import math
import time
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots

import mtjphys as mp
from mtjphys import fokker_planck, rare_events
from mtjphys.core.palette import BLUE, GREEN, GREY, ORANGE
from mtjphys.rare_events import RareEvent
from validation.devices import ANISOTROPY_FIELD, macrospin
from validation.statistics import SampledMean
from validation.suite import Outcome, Row, sampled

SECTION = "Rates"
CAPTION = (
    "Left: dwell time against the barrier; line: Fokker-Planck, symbols: forward flux sampling. Middle: their ratio. "
    "Right: integration steps for a standard error of 10 %; line: 100 dwell times of a plain simulation."
)
DAMPING = 0.1
READ, BEYOND = (-0.5, 0.5), (-0.8, 0.8)
EXACT = "fokker_planck, thresholds"
TORQUE = {"damping_like_efficiency": 0.3, "resistance_parallel": 5e3, "tunnel_magnetoresistance": 1.0}
SERIES = 5e3  # ohm
WRITE_ERROR = {4.0: 1.0050e-2, 6.0: 1.7634e-4}  # at t/tau_D
MINUTES = 2.0


class Data(NamedTuple):
    """Dwell times against the barrier."""

    barriers: list[float]
    found: list[RareEvent]
    exact: list[float]


def critical_voltage(junction: mp.MTJ, damping: float) -> float:
    """Return the voltage whose spin torque takes the damping from the parallel state."""
    return -damping * ANISOTROPY_FIELD / junction.spin_torque_per_volt


def estimate(found: RareEvent) -> SampledMean:
    """Return value and error of a dwell time."""
    return SampledMean(found.value, found.standard_error)


def circuit(relative_error: float, tolerance: float) -> list[Row]:
    """Return both dwell times behind a series resistance."""
    junction = macrospin(8.0, 0.05, barrier=TORQUE).junction
    bias = mp.Bias(voltage=0.4 * critical_voltage(junction, 0.05), series_resistance=SERIES)
    exact = fokker_planck.dwell_times(junction, bias, thresholds=BEYOND)
    rows = []
    for seed, state in enumerate(("parallel", "antiparallel"), 50):
        found = rare_events.dwell_time(
            junction, bias, initial=state, thresholds=BEYOND, relative_error=relative_error, seed=seed
        )
        name = f"tau of {state}, series resistance (s)"
        rows.append(sampled(name, estimate(found), getattr(exact, state), tolerance, EXACT))
    return rows


def heated() -> Row:
    """Return the dwell time of a junction that 60 K of its own heat warm in P and half as much in AP."""
    plain = macrospin(5.0, 0.05, barrier=TORQUE | {"damping_like_efficiency": 0.0}).junction
    bias = mp.Bias(voltage=0.1)
    power = 0.1**2 / 5e3
    heating = mp.Heating(thermal_resistance=60.0 / power, time_constant=30e-9)
    junction = plain.with_parameters({"heating": heating})
    found = rare_events.dwell_time(junction, bias, thresholds=READ, relative_error=0.01, seed=52)
    duration = 1e5 * found.step
    run = mp.simulate(
        junction,
        bias,
        duration=duration,
        replicas=1024,
        seed=53,
        settle=1e-6,
        step=found.step,
        sample_interval=duration,
        record=(),
        thresholds=READ,
    )
    stay = run.parallel_share.values.ravel() * duration
    left = run.transitions_into.sel(state="antiparallel").values.ravel()
    without = (stay.sum() - stay) / (left.sum() - left)
    error = math.sqrt((stay.size - 1) / stay.size * np.sum((without - without.mean()) ** 2))
    both = SampledMean(found.value, math.hypot(found.standard_error, error))
    return sampled("tau of parallel, self-heated (s)", both, stay.sum() / left.sum(), 0.12, "plain simulation")


def pulses(times: list[float], relative_error: float, tolerance: float) -> list[Row]:
    """Return write errors of a pulse of twice the critical torque."""
    spin = macrospin(40.0, 0.02, barrier=TORQUE)
    unit = (1.0 + 0.02**2) / (0.02 * spin.gyromagnetic_ratio * ANISOTROPY_FIELD)
    bias = mp.Bias(voltage=2.0 * critical_voltage(spin.junction, 0.02))
    rows = []
    for seed, span in enumerate(times, 54):
        found = rare_events.switching_probability(
            spin.junction, bias, span * unit, relative_error=relative_error, seed=seed
        )
        ours = SampledMean(found.complement, found.complement_error)
        source = "Fokker-Planck by two other codes"
        rows.append(sampled(f"write error, t = {span:g} tau_D", ours, WRITE_ERROR[span], tolerance, source))
    return rows


def cost() -> Row:
    """Return the processor time of a dwell time of about a millisecond."""
    spin = macrospin(12.0, 0.03)
    started = time.process_time()
    found = rare_events.dwell_time(spin.junction, spin.bias, seed=56, threads=1)
    seconds = time.process_time() - started
    name = f"CPU time of {1e3 * found.value:.2g} ms to {100 * found.relative_error:.1g} % (min)"
    return Row(name, seconds / 60.0, 0.0, 0.5 * MINUTES, 0.0, "two minutes", within=0.5 * MINUTES)


def run(quick: bool) -> Outcome:
    """Find dwell times at several barriers, behind a resistor and, in full, with heating and pulses."""
    barriers = [8.0, 12.0] if quick else [8.0, 12.0, 16.0, 20.0]
    relative_error, tolerance = (0.03, 0.18) if quick else (0.02, 0.11)
    data = Data(barriers, [], [])
    rows = []
    for seed, barrier in enumerate(barriers, 40):
        spin = macrospin(barrier, DAMPING)
        exact = fokker_planck.dwell_times(spin.junction, spin.bias, thresholds=READ).parallel
        found = rare_events.dwell_time(
            spin.junction, spin.bias, thresholds=READ, relative_error=relative_error, seed=seed
        )
        rows.append(sampled(f"tau (s), Delta = {barrier:g}", estimate(found), exact, tolerance, EXACT))
        data.found.append(found)
        data.exact.append(exact)
    rows += circuit(relative_error, tolerance)
    if not quick:
        rows += [heated(), *pulses([4.0, 6.0], 0.04, 0.21)]
    return Outcome([*rows, cost()], data)


def figure(data: Data) -> Figure:
    """Draw dwell time, ratio and cost against the barrier."""
    barriers = np.array(data.barriers)
    values = np.array([found.value for found in data.found])
    errors = np.array([found.standard_error for found in data.found])
    sigma = np.linspace(barriers[0] - 1.0, barriers[-1] + 1.0, 40)
    spins = [macrospin(s, DAMPING) for s in sigma]
    exact = np.array([fokker_planck.dwell_times(s.junction, s.bias, thresholds=READ).parallel for s in spins])
    drawing, (left, middle, right) = subplots(1, 3, figsize=(6.8, 2.7))
    left.plot(sigma, exact, color=BLUE, label="Fokker-Planck")
    left.errorbar(barriers, values, errors, fmt="o", color=ORANGE, mfc="white", label="forward flux")
    left.set(yscale="log", ylabel="dwell time (s)")
    left.legend()
    middle.axhline(1.0, color=BLUE)
    middle.errorbar(barriers, values / data.exact, errors / np.array(data.exact), fmt="o", color=ORANGE, mfc="white")
    middle.set(ylabel="forward flux/Fokker-Planck", ylim=(0.85, 1.15))
    step = data.found[0].step
    right.plot(sigma, 100.0 * exact / step, color=GREY, label="plain simulation")
    steps = [found.steps * (found.relative_error / 0.1) ** 2 for found in data.found]
    right.plot(barriers, steps, "o", color=GREEN, mfc="white", label="forward flux")
    right.set(yscale="log", ylabel="steps for 10 %")
    right.legend()
    for panel in (left, middle, right):
        panel.set_xlabel(r"barrier $\Delta$ ($k_BT$)")
    return drawing
