"""Attempt times that no single moment can have.

Arrhenius plots of perpendicular junctions of some tens of nanometres give attempt times of 1e-18 to 1e-14 s: Kaneko et
al. (Appl. Phys. Express 17, 053001 (2024)) and Soumah et al. (arXiv:2402.03452). The attempt time here is the exact
mean dwell time of a uniaxial macrospin over exp(Delta). At Delta >> 1 it is Brown's tau_N sqrt(pi)/[sigma^1.5 (1 -
1/sigma)], against which the rows hold it; whatever barrier, damping and anisotropy field a junction may have, it stays
above picoseconds, three orders of magnitude above the longest of those.

The reason is in Langer's theory, which Soumah et al. follow: the prefactor counts the modes of well and saddle. A
macrospin has two in the well and two at the saddle, and their ratio is of order one; a layer that reverses by a wall
has hundreds that soften there, and their entropy multiplies the rate. The presets of such junctions are therefore given
the barrier that makes their dwell time right, and not the measured one.
"""

import math

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots

import mtjphys as mp
from mtjphys import fokker_planck
from mtjphys.core.palette import COLOURS, GREY, MARKERS, ORANGE
from validation.devices import Macrospin, macrospin
from validation.suite import Outcome, Row

SECTION = "Experiments"
CAPTION = (
    "Attempt time of a perpendicular macrospin with B_k = 0.1 T against its barrier, symbols: exact, lines: Brown; "
    "band: measured by Kaneko et al. and Soumah et al. Below, orders of magnitude above that band."
)
DAMPINGS = (0.003, 0.01, 0.1)
BARRIERS = (10.0, 20.0, 40.0, 60.0)
FIELD = 0.1  # T
HIGHEST_FIELD, HIGHEST_DAMPING = 2.0, 0.1
MEASURED = (-18.0, -14.0)  # log10 of s


def spin(barrier: float, damping: float, field: float = FIELD) -> Macrospin:
    """Return a perpendicular macrospin with an anisotropy field in T."""
    return macrospin(barrier, damping, anisotropy_field=field)


def attempt_time(device: Macrospin, barrier: float) -> float:
    """Return the exact mean dwell time over exp(Delta), in s."""
    return 2.0 / fokker_planck.relaxation_rate(device.junction, device.bias) * math.exp(-barrier)


def brown(device: Macrospin, barrier: float) -> float:
    """Return Brown's attempt time with the first correction, in s."""
    return device.diffusion_time * math.sqrt(math.pi) / (barrier**1.5 * (1.0 - 1.0 / barrier))


def run(quick: bool) -> Outcome:
    """Compute the attempt time where it is long and where it is shortest."""
    orders = "APEX 17, 053001; arXiv:2402.03452"
    middle, within = sum(MEASURED) / 2.0, (MEASURED[1] - MEASURED[0]) / 2.0
    funatsu = mp.presets.funatsu_2022()
    barrier = funatsu.thermal_stability().parallel
    typical = math.log10(2.0 / fokker_planck.relaxation_rate(funatsu, mp.Bias())) - barrier / math.log(10.0)
    shortest = math.log10(attempt_time(spin(60.0, HIGHEST_DAMPING, HIGHEST_FIELD), 60.0))
    entropy = "entropy of the many modes of an extended layer at its saddle; one macrospin has two"
    times = {(a, b): attempt_time(spin(b, a), b) for a in DAMPINGS for b in BARRIERS}
    rows = [
        *(
            Row(
                f"attempt time, Delta = {b:g}, alpha = 0.01 (ns)", 1e9 * times[0.01, b], 0.0,
                1e9 * brown(spin(b, 0.01), b), 2.5 / b**2, "Brown",
            )
            for b in BARRIERS
        ),
        Row(
            "log10 of the attempt time, 28 nm junction (s)", typical, 0.0, middle, 0.0, orders,
            within=within, limit=entropy,
        ),
        Row(
            f"the same, {HIGHEST_FIELD:g} T, alpha = {HIGHEST_DAMPING:g}, Delta = 60", shortest, 0.0, middle, 0.0,
            orders, within=within, limit=entropy,
        ),
    ]  # fmt: skip
    return Outcome(rows, times)


def figure(times: dict[tuple[float, float], float]) -> Figure:
    """Draw the attempt times and how far they are from the measured ones."""
    drawing, (top, bottom) = subplots(2, 1, figsize=(4.6, 4.2), height_ratios=(2.5, 1.0), sharex=True)
    top.axhspan(10.0 ** MEASURED[0], 10.0 ** MEASURED[1], color=ORANGE, alpha=0.25, lw=0)
    top.text(35.0, 10.0**-16, "Kaneko, Soumah", ha="center", va="center", color=ORANGE)
    line = np.linspace(8.0, 60.0, 50)
    for colour, marker, damping in zip(COLOURS, MARKERS, DAMPINGS, strict=False):
        exact = np.array([times[damping, barrier] for barrier in BARRIERS])
        top.plot(BARRIERS, exact, marker, color=colour, mfc="white", label=rf"$\alpha$ = {damping:g}")
        top.plot(line, [brown(spin(barrier, damping), barrier) for barrier in line], color=colour)
        bottom.plot(BARRIERS, np.log10(exact) - MEASURED[1], marker, color=colour, mfc="white")
    top.set(yscale="log", ylabel="attempt time (s)")
    top.legend(loc="center", bbox_to_anchor=(0.5, 0.55), ncols=3)
    bottom.axhline(0.0, color=GREY, lw=0.8)
    bottom.set(xlabel=r"barrier $\Delta$ ($k_BT$)", ylabel="orders too long", ylim=(-0.5, 7.0))
    return drawing
