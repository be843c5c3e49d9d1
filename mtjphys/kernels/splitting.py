"""Run trajectories of the stochastic Landau-Lifshitz-Gilbert equation between interfaces, for forward flux sampling.

Blocks of sixteen lanes advance as in `mtjphys.kernels.ensemble`, with an order parameter phi(m) looked at after
every step. A trial ends when phi has reached its upper or its lower bound, and its lane takes up the next trial of
the block; in the basin the lanes never stop, and their crossings are recorded.
"""

from typing import Any, NamedTuple

import numpy as np

from mtjphys.kernels.compiling import compiled, inline
from mtjphys.kernels.ensemble import (
    MX,
    TEMPERATURE,
    TILE,
    VOLTAGE,
    _draw,
    _load,
    _load_parameters,
    _load_tile,
    _save,
    apply_bias,
    begin_step,
    gather,
)
from mtjphys.kernels.llg import (
    DIFFUSION,
    DIVIDED,
    STIFF,
    bloch,
    coefficients,
    midpoint_step,
)
from mtjphys.kernels.random import exp
from mtjphys.kernels.simd import WIDTH, any_lane, fma, load_lanes, select

CLOCK = 5  # column of a snapshot, after m, voltage and temperature
SNAPSHOT = 6
RETURNED, CROSSED, UNFINISHED = 0, 1, -1


class Order(NamedTuple):
    """The order parameter phi: an energy from the ridge between two wells, and infinity where the goal is reached.

    ``q = linear.m + m.quadratic m/2``; ``phi = min(q, 0)`` on the side ``side.m > edge``, ``-min(q, 0)`` on the other,
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
    q = select(q < 0.0, q, 0.0)
    side = fma(mx, o.side_x, fma(my, o.side_y, mz * o.side_z))
    mark = fma(mx, o.mark_x, fma(my, o.mark_y, mz * o.mark_z))
    return select(mark > o.level, np.inf, select(side > o.edge, q, -q))


@compiled()
def _begin(g, j, job, bounds, work, trial, upper, lower, offset, column, peak, step, following):  # type: ignore[no-untyped-def]
    """Give lane `j` of block `g` its next trial, or none; return the number of the one after."""
    if following >= work.starts.shape[1]:
        trial[j] = -1
        upper[j] = np.nan
        lower[j] = np.nan
        return following
    start = work.starts[g, following]
    for row in range(5):
        job.state[row, g * WIDTH + j] = start[row]
    trial[j] = following
    upper[j] = bounds.target
    lower[j] = bounds.origin
    offset[j] = np.int64(start[CLOCK]) - step
    column[j] = np.int64(start[CLOCK]) % job.bias.shape[2]
    peak[j] = -np.inf
    return following + 1


@compiled()
def _end_trials(g, job, bounds, work, trial, upper, lower, offset, column, peak, value, step, following):  # type: ignore[no-untyped-def]
    """Book the trials that have ended and begin others; return the next trial and how many are running."""
    running = 0
    for j in range(WIDTH):
        t = trial[j]
        if t >= 0:
            outcome = UNFINISHED
            if value[j] >= upper[j]:
                outcome = CROSSED
            elif value[j] <= lower[j]:
                outcome = RETURNED
            if outcome != UNFINISHED:
                for row in range(5):
                    work.ends[g, t, row] = job.state[row, g * WIDTH + j]
                work.ends[g, t, CLOCK] = step + offset[j]
                work.outcome[g, t] = outcome
                work.steps[g, t] = step + offset[j] - np.int64(work.starts[g, t, CLOCK])
                work.peak[g, t] = peak[j]
                following = _begin(g, j, job, bounds, work, trial, upper, lower, offset, column, peak, step, following)
        if trial[j] >= 0:
            running += 1
    return following, running


@compiled()
def _cross_basin(g, job, bounds, work, upper, lower, offset, value, step):  # type: ignore[no-untyped-def]
    """Record the lanes that leave the core's surroundings, mark those that are back, put back those that got away."""
    for j in range(WIDTH):
        if value[j] >= upper[j]:
            if work.inside[g, j] == 1:
                n = work.count[g]
                if n < work.ends.shape[1]:
                    for row in range(5):
                        work.ends[g, n, row] = job.state[row, g * WIDTH + j]
                    work.ends[g, n, CLOCK] = step + offset[j]
                work.count[g] = n + 1
                work.inside[g, j] = 0
            if value[j] >= bounds.goal:
                for row in range(5):
                    job.state[row, g * WIDTH + j] = work.entry[g, j, row]
                work.inside[g, j] = 1
        elif value[j] <= lower[j]:
            work.inside[g, j] = 1
            for row in range(5):
                work.entry[g, j, row] = job.state[row, g * WIDTH + j]
        upper[j] = bounds.target if work.inside[g, j] == 1 else bounds.goal
        lower[j] = -np.inf if work.inside[g, j] == 1 else bounds.origin


@inline
def _advance(g, job, settings, order, bounds, work, circuit, plain):  # type: ignore[no-untyped-def]
    """Run the trials of block `g`, or its lanes in the basin; return the steps taken.

    `circuit` and `plain` as in `mtjphys.kernels.ensemble`. The steps are those of the midpoint scheme there.
    """
    current_law = settings.current_law and not plain
    driven = settings.driven and not plain
    hot = settings.hot and not plain
    state = job.state
    i = g * WIDTH
    dt = settings.dt
    pattern = load_lanes(state, i)
    p = _load_parameters(job.parameters, i, pattern)
    a = _load(job.source_weight, 0, i, pattern)
    b = _load(job.junction_weight, 0, i, pattern)
    s0 = _load(job.random, 0, i, pattern)
    s1 = _load(job.random, 1, i, pattern)
    s2 = _load(job.random, 2, i, pattern)
    s3 = _load(job.random, 3, i, pattern)

    scratch = np.empty((6, WIDTH))
    buffer = np.empty(3 * TILE * WIDTH)
    spare = np.empty((2, 3 * TILE // 2), np.uint64)
    bound = np.empty((2, WIDTH))
    upper = bound[0]
    lower = bound[1]
    seen = np.empty((2, WIDTH))
    value = seen[0]
    peak = seen[1]
    trial = np.empty(WIDTH, np.int64)
    offset = np.empty(WIDTH, np.int64)
    column = np.empty(WIDTH, np.int64)
    columns = job.bias.shape[2]
    following = 0
    running = 1
    if bounds.basin:
        for j in range(WIDTH):
            trial[j] = 0
            offset[j] = bounds.clock
            column[j] = bounds.clock % columns
            peak[j] = -np.inf
            upper[j] = bounds.target if work.inside[g, j] == 1 else bounds.goal
            lower[j] = -np.inf if work.inside[g, j] == 1 else bounds.origin
    else:
        running = 0
        for j in range(WIDTH):
            following = _begin(g, j, job, bounds, work, trial, upper, lower, offset, column, peak, 0, following)
            if trial[j] >= 0:
                running += 1

    mx = _load(state, MX, i, pattern)
    my = _load(state, MX + 1, i, pattern)
    mz = _load(state, MX + 2, i, pattern)
    voltage = _load(state, VOLTAGE, i, pattern)
    temperature = _load(state, TEMPERATURE, i, pattern)
    high = _load(bound, 0, 0, pattern)
    low = _load(bound, 1, 0, pattern)
    top = _load(seen, 1, 0, pattern)
    reference = bloch(p, p.reference_temperature)
    c = coefficients(p, temperature, dt, DIFFUSION, reference)
    for j in range(WIDTH):
        gather(job, i, j, column[j], scratch)
    u = apply_bias(settings, circuit, p, c, scratch, pattern)
    heated = p.thermal_rate > 0.0
    relax = select(heated, 1.0 - exp(-(dt * p.thermal_rate)), 1.0)
    step = 0
    while running > 0 and step < bounds.steps:
        s0, s1, s2, s3 = _draw(buffer, spare, s0, s1, s2, s3)
        k = 0
        while k < TILE and running > 0 and step < bounds.steps:
            if driven:
                for j in range(WIDTH):
                    gather(job, i, j, column[j], scratch)
            c, u, temperature, voltage = begin_step(
                settings,
                circuit,
                driven,
                hot,
                p,
                reference,
                c,
                u,
                mx,
                my,
                mz,
                voltage,
                temperature,
                relax,
                a,
                b,
                scratch,
                pattern,
            )
            tx = c.noise * _load_tile(buffer, 3 * k, pattern)
            ty = c.noise * _load_tile(buffer, 3 * k + 1, pattern)
            tz = c.noise * _load_tile(buffer, 3 * k + 2, pattern)
            mx, my, mz, voltage = midpoint_step(p, c, u, mx, my, mz, tx, ty, tz, voltage, a, b, circuit, current_law)
            k += 1
            step += 1
            if driven:
                for j in range(WIDTH):
                    column[j] += 1
                    if column[j] == columns:
                        column[j] = 0
            phi = order_parameter(order, mx, my, mz)
            top = select(phi > top, phi, top)
            if any_lane((phi >= high) | (phi <= low)) != 0:
                _save(state, MX, i, mx)
                _save(state, MX + 1, i, my)
                _save(state, MX + 2, i, mz)
                _save(state, VOLTAGE, i, voltage)
                _save(state, TEMPERATURE, i, temperature)
                _save(seen, 0, 0, phi)
                _save(seen, 1, 0, top)
                if bounds.basin:
                    _cross_basin(g, job, bounds, work, upper, lower, offset, value, step)
                else:
                    following, running = _end_trials(
                        g, job, bounds, work, trial, upper, lower, offset, column, peak, value, step, following
                    )
                mx = _load(state, MX, i, pattern)
                my = _load(state, MX + 1, i, pattern)
                mz = _load(state, MX + 2, i, pattern)
                voltage = _load(state, VOLTAGE, i, pattern)
                temperature = _load(state, TEMPERATURE, i, pattern)
                high = _load(bound, 0, 0, pattern)
                low = _load(bound, 1, 0, pattern)
                top = _load(seen, 1, 0, pattern)
    _save(job.random, 0, i, s0)
    _save(job.random, 1, i, s1)
    _save(job.random, 2, i, s2)
    _save(job.random, 3, i, s3)
    _save(state, MX, i, mx)
    _save(state, MX + 1, i, my)
    _save(state, MX + 2, i, mz)
    _save(state, VOLTAGE, i, voltage)
    _save(state, TEMPERATURE, i, temperature)
    return step


@compiled()
def run_block(g, job, settings, order, bounds, work):  # type: ignore[no-untyped-def]
    """Run block `g` with any settings; return the steps taken."""
    return _advance(g, job, settings, order, bounds, work, settings.circuit, False)


@compiled()
def run_block_stiff(g, job, settings, order, bounds, work):  # type: ignore[no-untyped-def]
    """Run block `g` at constant bias and temperature behind a stiff source."""
    return _advance(g, job, settings, order, bounds, work, STIFF, True)


@compiled()
def run_block_divided(g, job, settings, order, bounds, work):  # type: ignore[no-untyped-def]
    """Run block `g` at constant bias and temperature with a voltage that follows the magnetisation."""
    return _advance(g, job, settings, order, bounds, work, DIVIDED, True)


def kernel(settings: Any) -> Any:
    """Return the kernel that is fastest with `settings`."""
    if settings.current_law or settings.driven or settings.hot or settings.circuit not in (STIFF, DIVIDED):
        return run_block
    return run_block_stiff if settings.circuit == STIFF else run_block_divided
