"""Forward flux sampling of dwell times."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mtjphys.bias import Bias
from mtjphys.core.checks import as_count, as_seconds
from mtjphys.core.errors import ParameterError
from mtjphys.core.machine import available_cores
from mtjphys.core.shown import Shown
from mtjphys.core.streams import as_seed
from mtjphys.core.text import human
from mtjphys.junction import MTJ, JunctionLike
from mtjphys.rare_events.order import Floats, find_wells, marked
from mtjphys.rare_events.repetitions import Round, estimate, pilot, repeat
from mtjphys.rare_events.rounds import (
    GROUPS,
    checked_junction,
    fine_step,
    rounds_wanted,
    rounds_with_progress,
    settling,
)
from mtjphys.rare_events.trajectories import Escape

LOWEST_BARRIER = 3.0
"""kT; the core of a shallower well is no deeper than its thermal fluctuations."""

LARGEST_TABLE = 2**22
"""Steps of a bias that changes in time."""


@dataclass(frozen=True, repr=False)
class RareEvent(Shown):
    """A mean dwell time by forward flux sampling.

    Attributes
    ----------
    value, standard_error : float
        In s.
    interfaces : ndarray
        Order parameter at the edge of the core, at the interfaces, and where the other state begins: energy over kT
        from the ridge, positive beyond it. The last is infinite if thresholds of m.p were given.
    flux : float
        Rate at which trajectories out of the core reach the first interface, 1/s.
    probabilities : ndarray
        To go on from each interface to the next instead of back to the core.
    repetitions : int
        Independent repetitions.
    steps : int
        Steps of single junctions taken, the pilot included.
    step : float
        Integration step in s.
    seed : int
        Of all repetitions.
    """

    value: float
    standard_error: float
    interfaces: Floats
    flux: float
    probabilities: Floats
    repetitions: int
    steps: int
    step: float
    seed: int

    @property
    def relative_error(self) -> float:
        """Standard error over value."""
        return self.standard_error / self.value

    def told(self) -> tuple[str, list[tuple[str, str]]]:
        """Return what was found in a line, and its rows (quantity, value)."""
        line = f"dwell time {human(self.value, 's')} +- {self.relative_error:.1%}"
        return line, [
            ("dwell time", human(self.value, "s")),
            ("standard error", human(self.standard_error, "s")),
            ("interfaces", str(len(self.interfaces))),
            ("flux out of the core", human(self.flux, "1/s")),
            ("probability beyond it", f"{float(np.prod(self.probabilities)):.4g}"),
            ("repetitions", str(self.repetitions)),
            ("steps", f"{self.steps:,}"),
            ("step", human(self.step, "s")),
        ]


def _steps_in_period(junction: MTJ, bias: Bias, step: float | None, period: float | None) -> tuple[float, int]:
    """Return the step in s and the steps in a period of the bias, 1 if it is constant."""
    if bias.is_constant:
        if period is not None:
            raise ParameterError(f"period={period!r} s is given for a bias that does not change; leave period out")
        return fine_step(junction, bias, 1e-6) if step is None else as_seconds("step", step), 1
    if period is None:
        raise ParameterError("the bias changes in time; give its period in s, over which the rate is averaged")
    period = as_seconds("period", period)
    wanted = fine_step(junction, bias, period) if step is None else as_seconds("step", step)
    columns = max(1, round(period / wanted))
    step = period / columns
    if columns > LARGEST_TABLE:
        raise ParameterError(
            f"period={period:g} s is {columns:,} steps of {step:.3g} s, above the limit of {LARGEST_TABLE:,}; "
            "average the rates of constant biases instead"
        )
    once, again = bias.table(0, columns, step), bias.table(columns, columns, step)
    if (np.abs(again - once) > 1e-6 * np.abs(once).max(axis=1, keepdims=True)).any():
        raise ParameterError(f"the bias is another one after period={period:g} s; give the time after which it repeats")
    return step, columns


def _thresholds(thresholds: Any) -> tuple[float, float]:
    try:
        low, high = (float(value) for value in thresholds)
    except (TypeError, ValueError):
        low = high = math.nan
    if not -1.0 < low < high < 1.0:
        raise ParameterError(
            f"thresholds={thresholds!r} of m.p must be two numbers with -1 < low < high < 1, such as (-0.5, 0.5)"
        )
    return low, high


def dwell_time(
    junction: JunctionLike,
    bias: Bias | None = None,
    *,
    initial: str = "parallel",
    thresholds: tuple[float, float] | None = None,
    period: float | None = None,
    relative_error: float = 0.1,
    seed: int | None = 0,
    step: float | None = None,
    threads: int | None = None,
    progress: bool = False,
) -> RareEvent:
    r"""Return the mean dwell time in one state by forward flux sampling, with its error bar.

    Without thresholds, a state lasts from reaching the core of its well to reaching the core of the other: the dwell
    time is the inverse rate of escape, :math:`1/\tau = \Phi_0\prod_i P_i`, as in the first two-state definition of
    `mtjphys.fokker_planck.dwell_times`, to within the ratio of the time in which a well settles to the dwell time.

    With thresholds, it is that of the trace of m.p read with hysteresis, as `mtjphys.telegraph` and
    ``mtjphys.simulate(thresholds=...)`` read it: at low damping a junction passes to and fro several times before it
    settles. The two cores A and B take turns, for mean times :math:`1/k_A` and :math:`1/k_B`. In A's time m.p leaves
    the state at a rate :math:`n_A` and is away for a share :math:`a_A` of it; in B's time it leaves B's state at a
    rate :math:`n_B`, and this one once less. Hence, at any damping,

    .. math:: \tau = \frac{(1 - a_A)/k_A + a_B/k_B}{n_A/k_A + n_B/k_B - 1}.

    Crossings are seen at the ends of steps, as in a simulation of the same step: where a threshold is near the top of
    the barrier (which spin torque moves), dwell times are longer by a few per cent than at continuous time, and by
    more the closer the thresholds are to each other (a smaller step shows how much).

    Parameters
    ----------
    junction : MTJ, str or Path
        The junction, the name of a preset, or the path of a TOML file; its energy needs two wells.
    bias : Bias, optional
        What is applied; default 0 V, no field, 300 K. If it changes in time, it must repeat itself.
    initial : {"parallel", "antiparallel"}
        The state to leave.
    thresholds : tuple of two floats, optional
        Lower and upper threshold of m.p, within (-1, 1).
    period : float, optional
        Of a bias that changes in time, in s. The rate is its mean over the period, which says everything if the dwell
        time is much longer.
    relative_error : float
        Standard error to reach, as a fraction of the dwell time; rounds of 32 repetitions are added until it is.
    seed : int or None
        Non-negative; None draws one. The result has it. The same seed gives the same bits for any number of threads.
    step : float, optional
        Integration step in s; None is half of what `mtjphys.simulate` chooses.
    threads : int, optional
        Default: the cores this process may use.
    progress : bool
        Show a progress bar.

    Returns
    -------
    RareEvent
        The dwell time in s, its standard error, and how it came about.

    Raises
    ------
    ParameterError
        If an argument is illegal, the energy has no two wells more than 3 kT deep, or leaving the state is no rare
        event.
    SimulationError
        If trajectories are caught between the wells, or too few repetitions reach the other state.
    SimulationInterrupted
        At Ctrl-C; it holds the `RareEvent` of the rounds that are done, or None.

    References
    ----------
    R. J. Allen, C. Valeriani, P. R. ten Wolde, J. Phys.: Condens. Matter 21, 463102 (2009).

    Examples
    --------
    >>> import mtjphys as mp
    >>> layer = mp.FreeLayer(
    ...     saturation_magnetisation=1e6, volume=6e-24, damping=0.1,
    ...     demagnetising_factors=(0, 0, 0), uniaxial_anisotropy=(1e4, (0, 0, 1)))
    >>> rare = mp.rare_events.dwell_time(mp.MTJ(free_layer=layer), seed=1)
    >>> exact = mp.fokker_planck.dwell_times(mp.MTJ(free_layer=layer)).parallel
    >>> abs(rare.value - exact) < 4 * rare.standard_error, rare.value > 1e-3
    (True, True)
    """
    bias = Bias() if bias is None else bias
    junction = checked_junction(junction, bias, initial, relative_error)
    levels = None if thresholds is None else _thresholds(thresholds)
    step, columns = _steps_in_period(junction, bias, step, period)
    wells = find_wells(junction, bias, initial, bias.table(0, columns, step))
    if min(wells.depth, wells.other_depth) < LOWEST_BARRIER:
        raise ParameterError(
            f"the barrier of {min(wells.depth, wells.other_depth):.3g} kT is below the {LOWEST_BARRIER:g} kT of two "
            "separate wells, and leaving one is no rare event; use mtjphys.simulate with thresholds=(low, high)"
        )
    escape = Escape(
        junction=junction,
        bias=bias,
        order=wells.order,
        start=wells.start,
        goal=wells.other_depth - min(2.0, 0.5 * wells.other_depth),
        settle=math.ceil(settling(junction, wells) / step),
        step=step,
        columns=columns,
        seed=as_seed(seed),
        threads=available_cores() if threads is None else as_count("threads", threads),
    )
    reverse = None
    if levels is not None:
        p = np.asarray(junction.reference_direction)
        leave, enter = (-p, -levels[0]), (p, levels[1])
        if initial == "antiparallel":
            leave, enter = enter, leave
        escape = escape._replace(order=marked(wells.order, *leave), goal=math.inf)
        reverse = escape._replace(order=marked(wells.back, *enter), start=wells.other)
    rounds: list[Round] = []

    def result() -> RareEvent | None:
        if not rounds:
            return None
        reach = np.concatenate([done.reach for done in rounds]).mean(axis=0)
        return RareEvent(
            *estimate(rounds),
            interfaces=np.array([plan.core, *plan.interfaces]),
            flux=float(reach[0]),
            probabilities=reach[1:] / reach[:-1],
            repetitions=GROUPS * len(rounds),
            steps=steps,
            step=step,
            seed=escape.seed,
        )

    with rounds_with_progress(progress, result) as (interrupt, bar):
        plan, steps = pilot(escape, 0, interrupt)
        back = None
        if reverse is not None:
            back, more = pilot(reverse, GROUPS, interrupt)
            steps += more
        wanted = 1
        while len(rounds) < wanted:
            done, more = repeat(plan, back, len(rounds), interrupt)
            rounds.append(done)
            steps += more
            wanted = rounds_wanted(len(rounds), *estimate(rounds), relative_error)
            bar.total = wanted
            bar.update()
    event = result()
    assert event is not None
    return event
