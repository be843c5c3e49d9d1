"""Run trajectories of the stochastic Landau-Lifshitz-Gilbert equation between interfaces, for forward flux sampling.

Blocks of sixteen lanes advance as everywhere, watched by an observer that looks at an order parameter phi(m) after
every step. A trial ends when phi has reached its upper or its lower bound, and its lane takes up the next trial of
the block; in the basin the lanes never stop, and their crossings are recorded.
"""

from typing import Any, NamedTuple

import numpy as np
from numba.extending import overload

from mtjphys.kernels import loop
from mtjphys.kernels.compiling import INLINED, compiled, inline
from mtjphys.kernels.conduction import DIVIDED, STIFF
from mtjphys.kernels.contributions import potential
from mtjphys.kernels.loop import march
from mtjphys.kernels.memory import MX, TEMPERATURE, VOLTAGE, load, save
from mtjphys.kernels.simd import WIDTH, any_lane, fma, load_lanes, select

CLOCK = 5  # column of a snapshot, after m, voltage and temperature
SNAPSHOT = 6
RETURNED, CROSSED, UNFINISHED = 0, 1, -1


class Order(NamedTuple):
    """The order parameter phi: an energy from the ridge between two wells, and infinity where the goal is reached.

    ``q = linear.m + m.quadratic m/2 + scale U(m)``, with U the energy of the general terms over Ms V;
    ``phi = min(q, 0)`` on the side ``side.m > edge``, ``-min(q, 0)`` on the other,
    and infinite wherever ``mark.m > level``.
    """

    x: float
    y: float
    z: float
    xx: float
    yy: float
    zz: float
    xy: float
    xz: float
    yz: float
    side_x: float
    side_y: float
    side_z: float
    edge: float
    mark_x: float
    mark_y: float
    mark_z: float
    level: float
    scale: float = 0.0  # 1/T
    terms: tuple[Any, ...] = ()


class Work(NamedTuple):
    """What the trials of all blocks start from and end with."""

    starts: Any  # float64 (blocks, trials, SNAPSHOT): m, voltage, temperature, clock
    ends: Any  # float64 (blocks, trials, SNAPSHOT)
    outcome: Any  # int64 (blocks, trials)
    steps: Any  # int64 (blocks, trials)
    peak: Any  # float64 (blocks, trials), largest phi
    count: Any  # int64 (blocks,): crossings of the basin's edge
    entry: Any  # float64 (blocks, WIDTH, SNAPSHOT): where a lane last came back to the core
    inside: Any  # int64 (blocks, WIDTH): whether a lane of the basin has been in the core since it last crossed


class Bounds(NamedTuple):
    """Where trajectories end."""

    origin: float  # phi at which a trial has returned, and below which a lane of the basin is in the core
    target: float  # phi that a trial tries to reach; in the basin, whose crossings from the core are recorded
    goal: float  # phi from which a lane of the basin is put back
    clock: int  # of the lanes of the basin as they begin
    steps: int  # of the basin, or the most that a block spends on its trials
    basin: bool


@inline
def order_parameter(o, mx, my, mz):  # type: ignore[no-untyped-def]
    """Return phi(m)."""
    qx = fma(0.5 * o.xx, mx, fma(o.xy, my, fma(o.xz, mz, o.x)))
    qy = fma(0.5 * o.yy, my, fma(o.yz, mz, o.y))
    qz = fma(0.5 * o.zz, mz, o.z)
    q = fma(mx, qx, fma(my, qy, mz * qz))
    q = fma(o.scale, potential(o.terms, mx, my, mz), q)
    q = select(q < 0.0, q, 0.0)
    side = fma(mx, o.side_x, fma(my, o.side_y, mz * o.side_z))
    mark = fma(mx, o.mark_x, fma(my, o.mark_y, mz * o.mark_z))
    return select(mark > o.level, np.inf, select(side > o.edge, q, -q))


# Rows of `Interfaces.marks` and of `Interfaces.numbers`.
UPPER, LOWER, PHI, PEAK = range(4)
TRIAL, OFFSET = range(2)


class Interfaces(NamedTuple):
    """The observer: trials between two values of the order parameter, or the basin's edge."""

    order: Order
    bounds: Bounds
    work: Work
    marks: Any  # float64 (4, lanes): bounds of phi, phi, and its highest value in the trial
    numbers: Any  # int64 (2, lanes): trial of the lane, -1 for none; its clock at step 0
    following: Any  # int64 (blocks,): next trial


def interfaces(order: Order, bounds: Bounds, work: Work) -> Interfaces:
    """Return an observer of all blocks."""
    blocks = len(work.count)
    lanes = blocks * WIDTH
    return Interfaces(
        order, bounds, work, np.zeros((4, lanes)), np.zeros((2, lanes), np.int64), np.zeros(blocks, np.int64)
    )


@inline
def _begin(o, ensemble, lane, step):  # type: ignore[no-untyped-def]
    """Give a lane its next trial, or none; return whether there was one."""
    g = lane // WIDTH
    following = o.following[g]
    if following >= o.work.starts.shape[1]:
        o.numbers[TRIAL, lane] = -1
        o.marks[UPPER, lane] = np.nan
        o.marks[LOWER, lane] = np.nan
        return 0
    for row in range(5):
        ensemble.state[row, lane] = o.work.starts[g, following, row]
    o.numbers[TRIAL, lane] = following
    o.numbers[OFFSET, lane] = np.int64(o.work.starts[g, following, CLOCK]) - step
    o.marks[UPPER, lane] = o.bounds.target
    o.marks[LOWER, lane] = o.bounds.origin
    o.marks[PEAK, lane] = -np.inf
    o.following[g] = following + 1
    return 1


@compiled()
def _end_trials(o, ensemble, i, step):  # type: ignore[no-untyped-def]
    """Book the trials of the block at lane `i` that have ended and begin others; return how many are running."""
    running = 0
    g = i // WIDTH
    for lane in range(i, i + WIDTH):
        t = o.numbers[TRIAL, lane]
        if t < 0:
            continue
        outcome = UNFINISHED
        if o.marks[PHI, lane] >= o.marks[UPPER, lane]:
            outcome = CROSSED
        elif o.marks[PHI, lane] <= o.marks[LOWER, lane]:
            outcome = RETURNED
        if outcome == UNFINISHED:
            running += 1
            continue
        clock = step + o.numbers[OFFSET, lane]
        for row in range(5):
            o.work.ends[g, t, row] = ensemble.state[row, lane]
        o.work.ends[g, t, CLOCK] = clock
        o.work.outcome[g, t] = outcome
        o.work.steps[g, t] = clock - np.int64(o.work.starts[g, t, CLOCK])
        o.work.peak[g, t] = o.marks[PEAK, lane]
        running += _begin(o, ensemble, lane, step)
    return running


@inline
def _watch_basin(o, lane):  # type: ignore[no-untyped-def]
    """Set the bounds of a lane of the basin."""
    inside = o.work.inside[lane // WIDTH, lane % WIDTH] == 1
    o.marks[UPPER, lane] = o.bounds.target if inside else o.bounds.goal
    o.marks[LOWER, lane] = -np.inf if inside else o.bounds.origin


@compiled()
def _cross_basin(o, ensemble, i, step):  # type: ignore[no-untyped-def]
    """Record the lanes that leave the core's surroundings, mark those that are back, put back those that got away."""
    g = i // WIDTH
    work = o.work
    for lane in range(i, i + WIDTH):
        j = lane - i
        phi = o.marks[PHI, lane]
        if phi >= o.marks[UPPER, lane]:
            if work.inside[g, j] == 1:
                n = work.count[g]
                if n < work.ends.shape[1]:
                    for row in range(5):
                        work.ends[g, n, row] = ensemble.state[row, lane]
                    work.ends[g, n, CLOCK] = step + o.numbers[OFFSET, lane]
                work.count[g] = n + 1
                work.inside[g, j] = 0
            if phi >= o.bounds.goal:
                for row in range(5):
                    ensemble.state[row, lane] = work.entry[g, j, row]
                work.inside[g, j] = 1
        elif phi <= o.marks[LOWER, lane]:
            work.inside[g, j] = 1
            for row in range(5):
                work.entry[g, j, row] = ensemble.state[row, lane]
        _watch_basin(o, lane)


@overload(loop.opening, jit_options=INLINED)
def _opening(observer, pattern, i, ensemble, settings):  # type: ignore[no-untyped-def]
    if observer.instance_class is not Interfaces:
        return None

    def begin(observer, pattern, i, ensemble, settings):  # type: ignore[no-untyped-def]
        running = 0
        observer.following[i // WIDTH] = 0
        for lane in range(i, i + WIDTH):
            if observer.bounds.basin:
                observer.numbers[OFFSET, lane] = observer.bounds.clock
                observer.marks[PEAK, lane] = -np.inf
                _watch_basin(observer, lane)
                running += 1
            else:
                running += _begin(observer, ensemble, lane, 0)
        return 0 if running > 0 else -1

    return begin


@overload(loop.bias_column, jit_options=INLINED)
def _bias_column(observer, ensemble, lane, step, settings):  # type: ignore[no-untyped-def]
    if observer.instance_class is not Interfaces:
        return None

    def column(observer, ensemble, lane, step, settings):  # type: ignore[no-untyped-def]
        return (step + observer.numbers[OFFSET, lane]) % ensemble.bias.shape[2]

    return column


@overload(loop.due, jit_options=INLINED)
def _due(observer, pattern, i, plain, step, alarm, now):  # type: ignore[no-untyped-def]
    if observer.instance_class is not Interfaces:
        return None

    def reached(observer, pattern, i, plain, step, alarm, now):  # type: ignore[no-untyped-def]
        marks = observer.marks
        phi = order_parameter(observer.order, now[0], now[1], now[2])
        peak = load(marks, PEAK, i, pattern)
        save(marks, PEAK, i, select(phi > peak, phi, peak))
        save(marks, PHI, i, phi)
        return any_lane((phi >= load(marks, UPPER, i, pattern)) | (phi <= load(marks, LOWER, i, pattern))) != 0

    return reached


@overload(loop.observe, jit_options=INLINED)
def _observe(observer, pattern, i, ensemble, settings, circuit, plain, p, c, u, a, b, scratch, step, alarm, now):  # type: ignore[no-untyped-def]
    if observer.instance_class is not Interfaces:
        return None

    def watch(observer, pattern, i, ensemble, settings, circuit, plain, p, c, u, a, b, scratch, step, alarm, now):  # type: ignore[no-untyped-def]
        mx, my, mz, voltage, temperature = now
        state = ensemble.state
        save(state, MX, i, mx)
        save(state, MX + 1, i, my)
        save(state, MX + 2, i, mz)
        save(state, VOLTAGE, i, voltage)
        save(state, TEMPERATURE, i, temperature)
        if observer.bounds.basin:
            _cross_basin(observer, ensemble, i, step)
        elif _end_trials(observer, ensemble, i, step) == 0:
            alarm = -1
        mx = load(state, MX, i, pattern)
        my = load(state, MX + 1, i, pattern)
        mz = load(state, MX + 2, i, pattern)
        voltage = load(state, VOLTAGE, i, pattern)
        temperature = load(state, TEMPERATURE, i, pattern)
        return (mx, my, mz, voltage, temperature), alarm

    return watch


@compiled()
def run_block(g, ensemble, settings, observer, noise):  # type: ignore[no-untyped-def]
    """Run the trials of block `g`, or its lanes in the basin, with any settings; return the steps taken."""
    pattern = load_lanes(ensemble.state, g * WIDTH)
    return march(pattern, g * WIDTH, ensemble, settings, settings.circuit, False, noise, observer)


@compiled()
def run_block_stiff(g, ensemble, settings, observer, noise):  # type: ignore[no-untyped-def]
    """Run block `g` at constant bias and temperature behind a stiff source."""
    pattern = load_lanes(ensemble.state, g * WIDTH)
    return march(pattern, g * WIDTH, ensemble, settings, STIFF, True, noise, observer)


@compiled()
def run_block_divided(g, ensemble, settings, observer, noise):  # type: ignore[no-untyped-def]
    """Run block `g` at constant bias and temperature with a voltage that follows the magnetisation."""
    pattern = load_lanes(ensemble.state, g * WIDTH)
    return march(pattern, g * WIDTH, ensemble, settings, DIVIDED, True, noise, observer)


def kernel(settings: Any) -> Any:
    """Return the kernel that is fastest with `settings`."""
    if settings.driven or settings.hot or settings.circuit not in (STIFF, DIVIDED):
        return run_block
    return run_block_stiff if settings.circuit == STIFF else run_block_divided
