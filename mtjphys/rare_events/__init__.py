r"""Dwell times and switching probabilities far beyond the reach of a simulation, from the same equation.

Both methods branch trajectories of the stochastic Landau-Lifshitz-Gilbert equation on their way to the other state,
and assume nothing about the dynamics between: spin torque, a voltage that follows the state, heating with a memory
and a bias that changes in time are those of `mtjphys.simulate`, step by step. The state that is handed on is the
magnetisation, the voltage, the temperature and the time.

`dwell_time`: forward flux sampling [1, 2, 3]. Interfaces of an order parameter cut the way into pieces. From a run in
the well one takes the rate at which trajectories leave its core for the first interface, and where they cross it;
from there trials start, and those that reach the next interface before they are back in the core leave their states
for the trials after. The rate of escape is the rate at the first interface times the product of the shares that
succeed. The order parameter :math:`\varphi` is the energy over kT, from the ridge between the wells, negative on the
side of the first and positive beyond; energies above the ridge count as the ridge. It serves at any damping: where
precession is fast and damping low, :math:`\mathbf m\cdot\mathbf p` swings back and forth while the energy climbs.

`switching_probability`: weighted ensembles [4, 5], for a given time. All members of an ensemble run at the same time
and carry weights; again and again each is copied or dropped, so that every interval of :math:`\varphi` has its share
of members, its weight unchanged. Both the rare switching and the rare failure to switch come out of it.

Error bars come from independent repetitions. No mean depends on where the interfaces are or when members are
copied; only the error bars do. The step of the integration does matter, as it does in `mtjphys.simulate`.

[1] R. J. Allen, P. B. Warren, P. R. ten Wolde, Phys. Rev. Lett. 94, 018104 (2005). [2] R. J. Allen, C. Valeriani,
P. R. ten Wolde, J. Phys.: Condens. Matter 21, 463102 (2009). [3] C. Vogler et al., Phys. Rev. B 88,
134409 (2013). [4] G. A. Huber, S. Kim, Biophys. J. 70, 97 (1996). [5] B. W.
Zhang, D. Jasnow, D. M. Zuckerman, J. Chem. Phys. 132, 054107 (2010).
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.constants import Boltzmann

from mtjphys.bias import Bias
from mtjphys.core.checks import as_count, as_seconds
from mtjphys.core.errors import ParameterError, SimulationError, SimulationInterrupted
from mtjphys.core.interrupt import deferred_interrupt
from mtjphys.core.machine import available_cores, pool
from mtjphys.core.streams import Use, generator
from mtjphys.junction import MTJ
from mtjphys.kernels import ensemble, splitting
from mtjphys.kernels.simd import WIDTH
from mtjphys.macrospin import energy
from mtjphys.macrospin.transport import junction_voltage
from mtjphys.simulation import STATES, Simulator

Floats = NDArray[np.float64]

GROUPS = 32  # independent repetitions in a round; in forward flux sampling one block of lanes each
ALL = list(range(GROUPS))
TRIALS = 256  # trajectories a repetition and interface
PILOT_TRIALS = 64
SUCCESS = 0.25  # share of the pilot's trajectories that reach the next interface
NEGLIGIBLE = 1e-3  # share of the trajectories going to and fro between the thresholds that is given up
LOWEST_BARRIER = 3.0  # kT; the core of a shallower well is no deeper than its thermal fluctuations
MOST_INTERFACES = 200
MOST_STEPS = 2**28  # of a block at one interface: about half a minute
LARGEST_TABLE = 2**22  # steps of a bias that changes in time
MEMBERS = 512  # of a weighted ensemble
FEWEST_SPLITS, MOST_SPLITS = 64, 1024  # times that an ensemble is resampled in a pulse
# Of the step of `mtjphys.simulate`, which is right to 0.5 % in equilibrium moments: the log of a rate is off by the
# barrier times as much, a write error under twice the critical torque by 2.5 %; both fall as the square of the step.
REFINEMENT = 2


# What both methods stand on


class _Stopped(Exception):
    """Ctrl-C between two pieces of work."""


class _Wells(NamedTuple):
    """The well to leave and the other one in a landscape of energy, and the order parameter from one to the other."""

    start: Floats  # unit vector
    other: Floats
    depth: float  # kT, from the bottom of the well to leave to the ridge
    other_depth: float
    order: splitting.Order
    back: splitting.Order  # the order parameter from the other well to this one
    relaxation: float  # s, of the energy in the well to leave


def _check(junction: Any, bias: Any, initial: Any, relative_error: Any) -> None:
    if not isinstance(junction, MTJ):
        raise ParameterError(f"junction={junction!r} is not an MTJ; give one")
    if not isinstance(bias, Bias):
        raise ParameterError(f"bias={bias!r} is not a Bias; give one")
    if initial not in STATES:
        raise ParameterError(f"initial={initial!r} is not a state; give 'parallel' or 'antiparallel'")
    if not (isinstance(relative_error, (int, float)) and 1e-3 <= relative_error <= 0.5):
        raise ParameterError(f"relative_error={relative_error!r} is outside [0.001, 0.5]; 0.1 is 10 %")


def order_parameter(order: splitting.Order, m: Floats) -> Floats:
    """Return phi(m) of unit vectors m, shape (..., 3), as `mtjphys.kernels.splitting.Order` defines it."""
    o = order
    matrix = np.array([[o.xx, o.xy, o.xz], [o.xy, o.yy, o.yz], [o.xz, o.yz, o.zz]])
    q = np.minimum(m @ np.array([o.x, o.y, o.z]) + 0.5 * np.einsum("...i,ij,...j", m, matrix, m), 0.0)
    phi = np.where(m @ np.array([o.side_x, o.side_y, o.side_z]) > o.edge, q, -q)
    return np.where(m @ np.array([o.mark_x, o.mark_y, o.mark_z]) > o.level, math.inf, phi)


def _order(landscape: energy.Landscape, well: Floats, other: Floats, thermal: float) -> splitting.Order:
    """Return the energy over `thermal` from the ridge between two wells, negative about `well`, positive about `other`.

    The ridge is the circle normal to the line between the wells whose lowest energy is highest: with energies above
    that counted as that, the order parameter is continuous on the circle.
    """
    side = well - other
    side = side / np.linalg.norm(side)
    across = np.linalg.svd(side[None])[2][1:]
    turn = np.linspace(0.0, 2.0 * np.pi, 720, endpoint=False)
    around = np.stack([np.cos(turn), np.sin(turn)], axis=1) @ across
    low, high = float(side @ other), float(side @ well)
    height = ridge = 0.0
    for _ in range(3):
        heights = np.linspace(low, high, 101)[:, None, None]
        radii = np.sqrt(np.maximum(1.0 - heights**2, 0.0))
        lowest = energy.energy(landscape, heights * side + radii * around).min(axis=1)
        best = int(lowest.argmax())
        height, ridge = float(heights[best, 0, 0]), float(lowest[best])
        low, high = float(heights[max(best - 1, 0), 0, 0]), float(heights[min(best + 1, 100), 0, 0])
    linear = -landscape.moment / thermal * landscape.field
    # A constant is a multiple of |m|^2.
    matrix = -landscape.moment / thermal * landscape.matrix - 2.0 * ridge / thermal * np.eye(3)
    pairs = (matrix[0, 0], matrix[1, 1], matrix[2, 2], matrix[0, 1], matrix[0, 2], matrix[1, 2])
    return splitting.Order(*map(float, (*linear, *pairs, *side, height, 0.0, 0.0, 0.0, math.inf)))


def _wells(junction: MTJ, bias: Bias, initial: str, table: Floats) -> _Wells:
    """Return the wells of the energy at the mean of a table of the bias."""
    source, *applied, temperature, _ = table.mean(axis=1)
    if not temperature > 0.0:
        raise ParameterError("temperature=0 K moves nothing; give a temperature above 0 K")
    lane = junction.lane_parameters()
    voltage = junction_voltage(lane, 0.0, source, source=bias.source, series_resistance=bias.series_resistance)
    landscape = junction.landscape(field=applied, temperature=float(temperature), voltage=float(voltage))
    p = np.asarray(junction.reference_direction)
    found = sorted(energy.wells(landscape), key=lambda well: -float(well.direction @ p))
    if len(found) < 2:
        raise ParameterError(
            f"leaving a state needs two wells, and the energy at this bias has {len(found)}; lower the field or the "
            "voltage, or use a junction with an easy axis"
        )
    well, other = found if initial == "parallel" else found[::-1]
    layer = junction.free_layer
    settling = layer.damping * layer.gyromagnetic_ratio / (1.0 + layer.damping**2) * 0.5 * sum(well.curvatures)
    if not settling > 0.0:
        raise ParameterError(f"damping={layer.damping:g} lets nothing come to rest in a well; give a damping above 0")
    thermal = Boltzmann * float(temperature)
    start, end = well.direction, other.direction
    order = _order(landscape, start, end, thermal)
    return _Wells(
        start=start,
        other=end,
        depth=-float(order_parameter(order, start)),
        other_depth=float(order_parameter(order, end)),
        order=order,
        back=_order(landscape, end, start, thermal),
        relaxation=1.0 / settling,
    )


def _step(junction: MTJ, bias: Bias, interval: float) -> float:
    """Return the step in s, a fraction of an interval."""
    return Simulator(junction, bias, sample_interval=interval).step / REFINEMENT


def _settling(junction: MTJ, wells: _Wells) -> float:
    """Return the time in s after which magnetisation and temperature have forgotten where they began."""
    return 30.0 * wells.relaxation + (10.0 * junction.heating.time_constant if junction.heating is not None else 0.0)


def _wanted(done: int, value: float, error: float, relative_error: float) -> int:
    """Return the number of rounds that should reach the relative error, judged by those done."""
    return max(done, math.ceil(done * (error / (value * relative_error)) ** 2 * (1.0 - 1e-12)))


@contextmanager
def _rounds(progress: bool, result: Callable[[], Any]) -> Iterator[tuple[threading.Event, Any]]:
    """Open the progress bar and hold Ctrl-C back; an interrupted run raises with the `result` so far, or None."""
    from tqdm import tqdm

    with deferred_interrupt() as interrupt, tqdm(total=1, unit=" rounds", disable=not progress) as bar:
        try:
            yield interrupt, bar
        except _Stopped:
            done = result()
            text = "before the first estimate" if done is None else f"; so far {done}"
            raise SimulationInterrupted(f"interrupted {text}", done) from None


# Forward flux sampling


@dataclass(frozen=True)
class RareEvent:
    """A mean dwell time found by forward flux sampling.

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
    """

    value: float
    standard_error: float
    interfaces: Floats
    flux: float
    probabilities: Floats
    repetitions: int
    steps: int
    step: float

    @property
    def relative_error(self) -> float:
        """Standard error over value."""
        return self.standard_error / self.value


class _Escape(NamedTuple):
    """The escape from one state: the junction, its bias, the order parameter and where everything starts."""

    junction: MTJ
    bias: Bias
    order: splitting.Order
    start: Floats  # unit vector of the well
    goal: float  # phi at which the other state begins
    settle: int  # steps
    step: float  # s
    columns: int  # steps in a period of the bias, 1 if it is constant
    seed: int
    threads: int


class _Plan(NamedTuple):
    """What the pilot found; the repetitions use it and nothing else of the pilot."""

    escape: _Escape
    core: float
    interfaces: list[float]  # from the first, whose crossings are counted, to the goal
    basin: int  # steps


class _Lanes:
    """Groups of lanes, one block each, that run trials or stay in the basin of the well."""

    def __init__(self, escape: _Escape, first_group: int, interrupt: threading.Event) -> None:
        self.escape = escape
        self.interrupt = interrupt
        simulator = Simulator(
            escape.junction,
            escape.bias,
            sample_interval=escape.step,
            step=escape.step,
            replicas=GROUPS * WIDTH,
            seed=escape.seed,
            initial=escape.start,
            record=(),
            threads=1,
            first_lane=first_group * WIDTH,
        )
        group = simulator._groups[0]
        self.settings = simulator._settings(group, 1, 0)
        self.job = simulator._job
        if group.driven:
            self.job = self.job._replace(bias=escape.bias.table(0, escape.columns, escape.step)[None])
        self.run = splitting.kernel(self.settings)
        self.inside = np.ones((GROUPS, WIDTH), dtype=np.int64)
        self.entry = np.zeros((GROUPS, WIDTH, splitting.SNAPSHOT))
        self.entry[:, :, :5] = np.moveaxis(self.job.state[:5].reshape(5, GROUPS, WIDTH), 0, -1)
        self.clock = 0
        self.steps = 0
        self.random = generator(escape.seed, first_group, Use.RARE_EVENT)

    def _each(self, groups: list[int], bounds: splitting.Bounds, work: splitting.Work) -> None:
        """Run the groups; what they find does not depend on the threads."""

        def one(group: int) -> None:
            if self.interrupt.is_set():
                raise _Stopped
            self.run(group, self.job, self.settings, self.escape.order, bounds, work)

        with pool(self.escape.threads) as workers:
            list((map if workers is None else workers.map)(one, groups))

    def _work(self, starts: Floats, capacity: int) -> splitting.Work:
        shape = starts.shape[:2]
        return splitting.Work(
            starts=starts,
            ends=np.zeros((GROUPS, capacity, splitting.SNAPSHOT)),
            outcome=np.full(shape, splitting.UNFINISHED),
            steps=np.zeros(shape, dtype=np.int64),
            peak=np.zeros(shape),
            count=np.zeros(GROUPS, dtype=np.int64),
            entry=self.entry,
            inside=self.inside,
        )

    def basin(
        self, steps: int, core: float, target: float, capacity: int = 1
    ) -> tuple[NDArray[np.int64], list[Floats]]:
        """Run all lanes in the basin; return how often each group reached `target` from the core, and where."""
        bounds = splitting.Bounds(core, target, self.escape.goal, self.clock, steps, True)
        work = self._work(np.zeros((GROUPS, 0, splitting.SNAPSHOT)), capacity)
        self._each(ALL, bounds, work)
        self.clock += steps
        self.steps += steps * GROUPS * WIDTH
        if not np.isfinite(self.job.state[:5]).all():
            raise SimulationError(
                f"the magnetisation is no longer finite with a step of {self.escape.step:.3g} s; use a smaller step"
            )
        return work.count, [work.ends[g, : min(n, capacity)] for g, n in enumerate(work.count)]

    def heights(self) -> Floats:
        """Return the order parameter of all lanes as they are."""
        return order_parameter(self.escape.order, self.job.state[:3].T)

    def pick(self, states: Floats, trials: int) -> Floats:
        """Return the starts of `trials` trajectories: every state as often as any other, on average."""
        index = (np.arange(trials) + self.random.random()) * (len(states) / trials)
        return states[np.minimum(index.astype(int), len(states) - 1)]

    def draw(self, states: list[Floats]) -> Floats:
        """Return the starts of `TRIALS` trajectories of each group from its own states."""
        starts = np.zeros((GROUPS, TRIALS, splitting.SNAPSHOT))
        for found, row in zip(states, starts, strict=True):
            if len(found):
                row[:] = self.pick(found, TRIALS)
        return starts

    def climb(self, starts: Floats, groups: list[int], core: float, target: float) -> splitting.Work:
        """Run trials of the groups from `starts` (GROUPS, trials, SNAPSHOT) until they are at `target` or the core."""
        bounds = splitting.Bounds(core, target, math.inf, 0, MOST_STEPS, False)
        work = self._work(starts, starts.shape[1])
        self._each(groups, bounds, work)
        if (work.outcome[groups] == splitting.UNFINISHED).any():
            raise SimulationError(
                f"trajectories between {core:.4g} and {target:.4g} kT from the ridge did not end within "
                f"{MOST_STEPS * self.escape.step:.3g} s: something holds them on the way; a strong torque may make a "
                "state of its own there, which mtjphys.simulate shows"
            )
        # A step may have led past the next interface as well.
        ahead = order_parameter(self.escape.order, starts[:, :, :3]) >= target
        work.ends[ahead] = starts[ahead]
        work.outcome[ahead] = splitting.CROSSED
        work.steps[ahead] = 0
        self.steps += int(work.steps[groups].sum())
        return work


def _pilot(escape: _Escape, first_group: int, interrupt: threading.Event) -> tuple[_Plan, int]:
    """Place the interfaces, and find out how long to stay in the basin; return the plan and the steps taken."""
    lanes = _Lanes(escape, first_group, interrupt)
    lanes.basin(escape.settle, -math.inf, escape.goal)
    heights = []
    looks = 16 if escape.columns > 1 else 4
    for _ in range(looks):
        lanes.basin(max(escape.settle // 16, math.ceil(escape.columns / looks)), -math.inf, escape.goal)
        heights.append(lanes.heights())
    core, first = (float(value) for value in np.quantile(heights, [0.5, 0.9]))
    if not core < first < 0.0:
        raise ParameterError(
            "for a tenth of the time the junction is beyond the barrier that its energy has at the mean bias: leaving "
            "the state is no rare event; use mtjphys.simulate with telegraph=(low, high)"
        )
    steps, crossings, states = escape.settle, 0, [np.empty((0, splitting.SNAPSHOT))]
    while crossings < GROUPS * PILOT_TRIALS:
        steps *= 2
        if steps > MOST_STEPS:
            raise SimulationError("nothing leaves the core of the well, so that the flux is zero; check the bias")
        count, states = lanes.basin(steps, core, first, 4 * PILOT_TRIALS)
        crossings = int(count.sum())
    periods = math.ceil(steps * TRIALS * GROUPS / crossings / escape.columns)
    states_here = np.concatenate(states)
    interfaces = [first]
    while interfaces[-1] < escape.goal:
        if len(interfaces) > MOST_INTERFACES:
            raise SimulationError(
                f"{MOST_INTERFACES} interfaces do not reach the other state; see MTJ.thermal_stability for the barrier"
            )
        starts = lanes.pick(states_here, GROUPS * PILOT_TRIALS).reshape(GROUPS, PILOT_TRIALS, -1)
        peak = np.sort(lanes.climb(starts, ALL, core, escape.goal).peak.ravel())
        following = float(peak[math.floor((1.0 - SUCCESS) * peak.size)])
        if following <= interfaces[-1]:
            higher = peak[peak > interfaces[-1]]
            following = float(higher[0]) if higher.size else escape.goal
        interfaces.append(min(following, escape.goal))
        if following < escape.goal:
            work = lanes.climb(starts, ALL, core, following)
            states_here = work.ends[work.outcome == splitting.CROSSED]
    return _Plan(escape, core, interfaces, periods * escape.columns), lanes.steps


def _climb(plan: _Plan, lanes: _Lanes) -> tuple[Floats, list[Floats]]:
    """Run independent repetitions; return the rates (1/s) at which each reaches the interfaces, and its last states."""
    first, *others = plan.interfaces
    lanes.basin(plan.escape.settle, plan.core, first)
    crossings, states = lanes.basin(plan.basin, plan.core, first, 8 * TRIALS)
    reach = np.zeros((GROUPS, len(plan.interfaces)))
    reach[:, 0] = crossings / (plan.basin * WIDTH * plan.escape.step)
    for stage, target in enumerate(others):
        alive = [g for g in ALL if len(states[g])]
        work = lanes.climb(lanes.draw(states), alive, plan.core, target)
        won = work.outcome == splitting.CROSSED
        states = [work.ends[g][won[g]] for g in ALL]
        reach[:, stage + 1] = reach[:, stage] * won.mean(axis=1)
    return reach, states


def _passes(plan: _Plan, back: _Plan, lanes: _Lanes, others: _Lanes) -> tuple[Floats, Floats]:
    """Climb out of a state, and follow m.p from threshold to threshold until one of the two cores is reached.

    Returns the rates of `_climb` and, for each repetition, what happens in the time that belongs to the core: how
    often m.p leaves the state (1/s), how often the other core is reached (1/s), the share of time in the other state.
    """
    reach, states = _climb(plan, lanes)
    weight = reach[:, -1].copy()
    left, escaped, away = np.zeros((3, GROUPS))
    beyond = True
    while weight.sum() > NEGLIGIBLE * reach[:, -1].sum():
        runner, core = (others, back.core) if beyond else (lanes, plan.core)
        alive = [g for g in ALL if len(states[g])]
        work = runner.climb(lanes.draw(states), alive, core, math.inf)
        won = work.outcome == splitting.CROSSED
        states = [work.ends[g][won[g]] for g in ALL]
        share = won.mean(axis=1)
        if beyond:
            left += weight
            escaped += weight * (1.0 - share)
            away += weight * work.steps.mean(axis=1) * plan.escape.step
        weight *= share
        beyond = not beyond
    return reach, np.stack([left, escaped, away], axis=1)


class _Round(NamedTuple):
    """What the independent repetitions of a round found, one row each."""

    reach: Floats  # 1/s, rate at which each interface is reached; the last is the rate of escape
    passes: Floats  # the columns of `_passes` out of the state and out of the other one; none without thresholds


def _round(plan: _Plan, back: _Plan | None, number: int, interrupt: threading.Event) -> tuple[_Round, int]:
    """Run one round of independent repetitions, and with thresholds those of the way back."""
    lanes = _Lanes(plan.escape, GROUPS * (2 + 2 * number), interrupt)
    if back is None:
        return _Round(_climb(plan, lanes)[0], np.zeros((GROUPS, 0))), lanes.steps
    others = _Lanes(back.escape, GROUPS * (3 + 2 * number), interrupt)
    reach, away = _passes(plan, back, lanes, others)
    _, home = _passes(back, plan, others, lanes)
    return _Round(reach, np.concatenate([away, home], axis=1)), lanes.steps + others.steps


def _dwell(rate: Floats, passes: Floats) -> Floats:
    """Return the mean dwell time from the means over repetitions, on the last axis of `passes`; see `dwell_time`."""
    if not passes.shape[-1]:
        return 1.0 / rate
    left, escaped, away, other_left, other_escaped, other_away = np.moveaxis(passes, -1, 0)
    time = (1.0 - away) / escaped + other_away / other_escaped
    return time / (left / escaped + other_left / other_escaped - 1.0)


def _estimate(rounds: list[_Round]) -> tuple[float, float]:
    """Return the mean dwell time and its standard error, by the jackknife over all repetitions."""
    rate = np.concatenate([found.reach[:, -1] for found in rounds])
    passes = np.concatenate([found.passes for found in rounds])
    n = len(rate)
    if np.count_nonzero(rate) < 2 or (np.count_nonzero(passes[:, 1::3], axis=0) < 2).any():
        raise SimulationError("fewer than two repetitions reached the other state; use another seed or a smaller step")
    value = float(_dwell(rate.mean(), passes.mean(axis=0)))
    without = _dwell((rate.sum() - rate) / (n - 1), (passes.sum(axis=0) - passes) / (n - 1))
    return value, math.sqrt((n - 1) / n * float(np.sum((without - without.mean()) ** 2)))


def _steps_in_period(junction: MTJ, bias: Bias, step: float | None, period: float | None) -> tuple[float, int]:
    """Return the step in s and the steps in a period of the bias, 1 if it is constant."""
    if bias.is_constant:
        if period is not None:
            raise ParameterError(f"period={period!r} s is given for a bias that does not change; leave period out")
        return _step(junction, bias, 1e-6) if step is None else as_seconds("step", step), 1
    if period is None:
        raise ParameterError("the bias changes in time; give its period in s, over which the rate is averaged")
    period = as_seconds("period", period)
    wanted = _step(junction, bias, period) if step is None else as_seconds("step", step)
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


def _marked(order: splitting.Order, direction: Floats, level: float) -> splitting.Order:
    """Return the order parameter that is infinite where ``direction.m > level``."""
    x, y, z = (float(value) for value in direction)
    return order._replace(mark_x=x, mark_y=y, mark_z=z, level=level)


def dwell_time(
    junction: MTJ,
    bias: Bias | None = None,
    *,
    initial: str = "parallel",
    thresholds: tuple[float, float] | None = None,
    period: float | None = None,
    relative_error: float = 0.1,
    seed: int = 0,
    step: float | None = None,
    threads: int | None = None,
    progress: bool = False,
) -> RareEvent:
    r"""Return the mean dwell time in one state by forward flux sampling, with its error bar.

    Without thresholds, a state lasts from reaching the core of its well to reaching the core of the other: the dwell
    time is the inverse rate of escape, :math:`1/\tau = \Phi_0\prod_i P_i`, as in the first two-state definition of
    `mtjphys.fokker_planck.dwell_times`, to within the ratio of the time in which a well settles to the dwell time.

    With thresholds, it is that of the trace of m.p read with hysteresis, as `mtjphys.telegraph` and
    ``mtjphys.simulate(telegraph=...)`` read it: at low damping a junction passes to and fro several times before it
    settles. The two cores A and B take turns, for mean times :math:`1/k_A` and :math:`1/k_B`. In A's time m.p leaves
    the state at a rate :math:`n_A` and is away for a share :math:`a_A` of it; in B's time it leaves B's state at a
    rate :math:`n_B`, and this one once less. Hence, at any damping,

    .. math:: \tau = \frac{(1 - a_A)/k_A + a_B/k_B}{n_A/k_A + n_B/k_B - 1}.

    Crossings are seen at the ends of steps, as in a simulation of the same step: where a threshold is near the top of
    the barrier (which spin torque moves), dwell times are longer by a few per cent than at continuous time, and by
    more the closer the thresholds are to each other (a smaller step shows how much).

    Parameters
    ----------
    junction : MTJ
        The junction; its energy needs two wells.
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
    seed : int
        Non-negative. The same seed gives the same bits for any number of threads.
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
    >>> found = mp.rare_events.dwell_time(mp.MTJ(free_layer=layer), seed=1)
    >>> exact = mp.fokker_planck.dwell_times(mp.MTJ(free_layer=layer)).parallel
    >>> abs(found.value - exact) < 4 * found.standard_error, found.value > 1e-3
    (True, True)
    """
    bias = Bias() if bias is None else bias
    _check(junction, bias, initial, relative_error)
    levels = None if thresholds is None else _thresholds(thresholds)
    step, columns = _steps_in_period(junction, bias, step, period)
    wells = _wells(junction, bias, initial, bias.table(0, columns, step))
    if min(wells.depth, wells.other_depth) < LOWEST_BARRIER:
        raise ParameterError(
            f"the barrier of {min(wells.depth, wells.other_depth):.3g} kT is below the {LOWEST_BARRIER:g} kT of two "
            "separate wells, and leaving one is no rare event; use mtjphys.simulate with telegraph=(low, high)"
        )
    escape = _Escape(
        junction=junction,
        bias=bias,
        order=wells.order,
        start=wells.start,
        goal=wells.other_depth - min(2.0, 0.5 * wells.other_depth),
        settle=math.ceil(_settling(junction, wells) / step),
        step=step,
        columns=columns,
        seed=as_count("seed", seed, 0),
        threads=available_cores() if threads is None else as_count("threads", threads),
    )
    reverse = None
    if levels is not None:
        p = np.asarray(junction.reference_direction)
        leave, enter = (-p, -levels[0]), (p, levels[1])
        if initial == "antiparallel":
            leave, enter = enter, leave
        escape = escape._replace(order=_marked(wells.order, *leave), goal=math.inf)
        reverse = escape._replace(order=_marked(wells.back, *enter), start=wells.other)
    rounds: list[_Round] = []

    def result() -> RareEvent | None:
        if not rounds:
            return None
        reach = np.concatenate([found.reach for found in rounds]).mean(axis=0)
        return RareEvent(
            *_estimate(rounds),
            interfaces=np.array([plan.core, *plan.interfaces]),
            flux=float(reach[0]),
            probabilities=reach[1:] / reach[:-1],
            repetitions=GROUPS * len(rounds),
            steps=steps,
            step=step,
        )

    with _rounds(progress, result) as (interrupt, bar):
        plan, steps = _pilot(escape, 0, interrupt)
        back = None
        if reverse is not None:
            back, more = _pilot(reverse, GROUPS, interrupt)
            steps += more
        wanted = 1
        while len(rounds) < wanted:
            found, more = _round(plan, back, len(rounds), interrupt)
            rounds.append(found)
            steps += more
            wanted = _wanted(len(rounds), *_estimate(rounds), relative_error)
            bar.total = wanted
            bar.update()
    done = result()
    assert done is not None
    return done


# Pulses


@dataclass(frozen=True)
class SwitchingProbability:
    """The probability of having switched after a given time, found by weighted ensembles.

    Attributes
    ----------
    value, standard_error : float
        Of having switched.
    complement, complement_error : float
        Of not having switched, with a relative accuracy of its own: the write error.
    repetitions : int
        Independent repetitions.
    steps : int
        Steps of single junctions taken.
    step : float
        Integration step in s.
    """

    value: float
    standard_error: float
    complement: float
    complement_error: float
    repetitions: int
    steps: int
    step: float


def _resample(bins: NDArray[np.intp], weights: Floats, u: float) -> tuple[NDArray[np.intp], Floats]:
    """Return whom each member copies and its new weight: as many members for each bin, equal weights within one.

    On average, over `u` uniform in [0, 1), each gets ``slots weight/(weight of its bin)`` copies, which leaves every
    mean as it is; the weight of a bin is kept exactly.
    """
    n = len(bins)
    order = np.argsort(bins, kind="stable")
    _, first, member = np.unique(bins[order], return_index=True, return_inverse=True)
    total = np.add.reduceat(weights[order], first)
    slots = n // len(total) + (np.arange(len(total)) < n % len(total))
    edge = np.cumsum(weights[order] * (slots / total)[member])
    chosen = np.minimum(np.searchsorted(edge, np.arange(n) + u, side="right"), n - 1)
    return order[chosen], np.repeat(total / slots, slots)


def _levels(wells: _Wells) -> Floats:
    """Return the edges of the bins of the order parameter: 1.5 kT apart, finer by factors of two at the bottoms."""
    fine = 2.0 ** np.arange(-4.0, 1.0)
    own, far = wells.depth, wells.other_depth
    climb = np.arange(1.5, own, 1.5) - own, far - np.arange(1.5, far, 1.5)
    return np.unique(np.concatenate([fine - own, *climb, [0.0], far - fine]))


class _Pulse(NamedTuple):
    """A pulse, and how its ensembles run."""

    junction: MTJ
    bias: Bias
    start: Bias
    wells: _Wells
    intervals: int
    interval: float  # s
    step: float
    seed: int
    threads: int


def _pulse_round(pulse: _Pulse, number: int, interrupt: threading.Event) -> tuple[Floats, int]:
    """Return the weight on the other side and on this one after the pulse, one row a repetition, and the steps."""
    lanes = GROUPS * MEMBERS
    rest, run = (
        Simulator(
            pulse.junction,
            bias,
            sample_interval=interval,
            step=step,
            replicas=lanes,
            seed=pulse.seed,
            initial=pulse.wells.start,
            record=(),
            threads=pulse.threads,
            first_lane=(2 * number + k) * lanes,
        )
        for k, bias, interval, step in (
            (0, pulse.start, _settling(pulse.junction, pulse.wells), None),
            (1, pulse.bias, pulse.interval, pulse.step),
        )
    )
    order = pulse.wells.order
    side = np.array([order.side_x, order.side_y, order.side_z])
    groups = np.arange(lanes).reshape(GROUPS, MEMBERS)
    random = generator(pulse.seed, number, Use.RARE_EVENT)
    rest.advance(1)
    before, state = rest._job.state, run._job.state
    for group in groups:
        home = group[side @ before[:3, group] > order.edge]
        if not len(home):
            raise ParameterError("nothing stays in its well before the pulse; give a start with a higher barrier")
        chosen = home[np.arange(MEMBERS) % len(home)]
        # The voltage is the pulse's from the first step on; without heating the temperature is, too.
        state[:3, group] = before[:3, chosen]
        if pulse.junction.heating is not None:
            state[ensemble.TEMPERATURE, group] = before[ensemble.TEMPERATURE, chosen]
    levels = _levels(pulse.wells)
    weights = np.full((GROUPS, MEMBERS), 1.0 / MEMBERS)
    for _ in range(pulse.intervals):
        if interrupt.is_set():
            raise _Stopped
        bins = np.searchsorted(levels, order_parameter(order, state[:3].T))
        for row, group in zip(weights, groups, strict=True):
            chosen, row[:] = _resample(bins[group], row, random.random())
            state[:5, group] = state[:5, group[chosen]]
        run.advance(1)
    switched = (side @ state[:3] < order.edge).reshape(GROUPS, MEMBERS)
    found = np.stack([(weights * switched).sum(axis=1), (weights * ~switched).sum(axis=1)], axis=1)
    return found, (rest.steps_done + run.steps_done) * lanes


def switching_probability(
    junction: MTJ,
    bias: Bias,
    duration: float,
    *,
    start: Bias | None = None,
    initial: str = "parallel",
    relative_error: float = 0.1,
    seed: int = 0,
    step: float | None = None,
    threads: int | None = None,
    progress: bool = False,
) -> SwitchingProbability:
    """Return the probability of having switched after a pulse, and the write error, by weighted ensembles.

    Switched is who is on the other side of the ridge between the wells of the energy under `start` when the time is
    up; from the thermal distribution of its well under `start`, the ensemble goes through the bias from time zero on.
    Pulses of any shape, with what follows them, are waveforms of the bias.

    Parameters
    ----------
    junction : MTJ
        The junction; its energy under `start` needs two wells.
    bias : Bias
        The pulse, a constant or waveforms.
    duration : float
        Time in s after which the side counts.
    start : Bias, optional
        Constant bias before the pulse; default as in `mtjphys.fokker_planck.switching_probability`: that of the pulse
        with voltage (or current) 0.
    initial : {"parallel", "antiparallel"}
        The state before the pulse.
    relative_error : float
        Standard error to reach, as a fraction of the smaller of the two probabilities.
    seed : int
        Non-negative. The same seed gives the same bits for any number of threads.
    step : float, optional
        Largest integration step in s; None is half of what `mtjphys.simulate` chooses.
    threads : int, optional
        Default: the cores this process may use.
    progress : bool
        Show a progress bar.

    Returns
    -------
    SwitchingProbability
        Both probabilities with their standard errors.

    Raises
    ------
    ParameterError
        If an argument is illegal, or the energy under `start` has no two wells.
    SimulationError
        If no member of any ensemble ends on one of the sides.
    SimulationInterrupted
        At Ctrl-C; it holds the `SwitchingProbability` of the rounds that are done, or None.

    References
    ----------
    B. W. Zhang, D. Jasnow, D. M. Zuckerman, J. Chem. Phys. 132, 054107 (2010).

    Examples
    --------
    Half the switching field, applied against the magnetisation for 5 ns:

    >>> import mtjphys as mp
    >>> layer = mp.FreeLayer(
    ...     saturation_magnetisation=1e6, volume=6e-24, damping=0.1,
    ...     demagnetising_factors=(0, 0, 0), uniaxial_anisotropy=(1e4, (0, 0, 1)))
    >>> pulse = mp.Bias(field=(0.0, 0.0, -0.01))
    >>> found = mp.rare_events.switching_probability(mp.MTJ(free_layer=layer), pulse, 5e-9, start=mp.Bias())
    >>> 4e-4 < found.value < 8e-4, found.standard_error < 0.1 * found.value
    (True, True)
    """
    _check(junction, bias, initial, relative_error)
    duration = as_seconds("duration", duration)
    if start is None:
        start = bias.model_copy(update={"voltage": 0.0} if bias.current is None else {"current": 0.0})
    if not isinstance(start, Bias) or not start.is_constant:
        raise ParameterError(f"start={start!r} is not a constant Bias; give the one that holds before the pulse")
    wells = _wells(junction, start, initial, start.table(0, 1, 1e-12))
    intervals = min(max(math.ceil(4.0 * duration / wells.relaxation), FEWEST_SPLITS), MOST_SPLITS)
    interval = duration / intervals
    if step is None:
        step = _step(junction, bias, interval)
    step = interval / math.ceil(interval / as_seconds("step", step) * (1.0 - 1e-12))
    threads = available_cores() if threads is None else as_count("threads", threads)
    pulse = _Pulse(junction, bias, start, wells, intervals, interval, step, as_count("seed", seed, 0), threads)
    rounds: list[Floats] = []
    steps, wanted = 0, 1

    def result() -> SwitchingProbability | None:
        if not rounds:
            return None
        found = np.concatenate(rounds)
        mean, error = found.mean(axis=0), found.std(axis=0, ddof=1) / math.sqrt(len(found))
        (value, complement), (own, other) = mean.tolist(), error.tolist()
        return SwitchingProbability(value, own, complement, other, len(found), steps, step)

    with _rounds(progress, result) as (interrupt, bar):
        while len(rounds) < wanted:
            found, more = _pulse_round(pulse, len(rounds), interrupt)
            rounds.append(found)
            steps += more
            mean = np.concatenate(rounds).mean(axis=0)
            rarer = int(mean.argmin())
            if not mean[rarer] > 0.0:
                raise SimulationError(
                    f"no member of any ensemble is on {'this' if rarer else 'the other'} side after {duration:g} s; "
                    "the probability is too small to be found: use a shorter or a longer pulse"
                )
            error = np.concatenate(rounds)[:, rarer].std(ddof=1) / math.sqrt(GROUPS * len(rounds))
            wanted = _wanted(len(rounds), float(mean[rarer]), float(error), relative_error)
            bar.total = wanted
            bar.update()
    done = result()
    assert done is not None
    return done
