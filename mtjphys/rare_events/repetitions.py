"""Independent repetitions of the way out of a state: the pilot, the climb, the passes to and fro, the estimate."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.core.interrupt import Flag
from mtjphys.kernels import splitting
from mtjphys.kernels.simd import WIDTH
from mtjphys.rare_events.order import Floats
from mtjphys.rare_events.rounds import GROUPS
from mtjphys.rare_events.trajectories import ALL, MOST_STEPS, TRIALS, Escape, Trajectories

PILOT_TRIALS = 64

SUCCESS = 0.25
"""Share of the pilot's trajectories that reach the next interface."""

NEGLIGIBLE = 1e-3
"""Share of the trajectories going to and fro between the thresholds that is given up."""

MOST_INTERFACES = 200


class Plan(NamedTuple):
    """What the pilot says; the repetitions use it and nothing else of the pilot."""

    escape: Escape
    core: float
    interfaces: list[float]  # from the first, whose crossings are counted, to the goal
    basin: int  # steps


def pilot(escape: Escape, first_group: int, interrupt: Flag) -> tuple[Plan, int]:
    """Place the interfaces, and find out how long to stay in the basin; return the plan and the steps taken."""
    lanes = Trajectories(escape, first_group, interrupt)
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
            "the state is no rare event; use mtjphys.simulate with thresholds=(low, high)"
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
    return Plan(escape, core, interfaces, periods * escape.columns), lanes.steps


def climb(plan: Plan, lanes: Trajectories) -> tuple[Floats, list[Floats]]:
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


def passes(plan: Plan, back: Plan, lanes: Trajectories, others: Trajectories) -> tuple[Floats, Floats]:
    """Climb out of a state, and follow m.p from threshold to threshold until one of the two cores is reached.

    Returns the rates of `climb` and, for each repetition and each second that the basin is followed: how often m.p
    leaves the state, how often the other core is reached, and for how many seconds m.p is then in the other state,
    and in this one. These seconds are not those of the basin: there a trajectory is put back to its core where it
    leaves the state.
    """
    reach, states = climb(plan, lanes)
    weight = reach[:, -1].copy()
    left, escaped, away, home = np.zeros((4, GROUPS))
    beyond = True
    while weight.sum() > NEGLIGIBLE * reach[:, -1].sum():
        runner, core = (others, back.core) if beyond else (lanes, plan.core)
        alive = [g for g in ALL if len(states[g])]
        work = runner.climb(lanes.draw(states), alive, core, math.inf)
        won = work.outcome == splitting.CROSSED
        states = [work.ends[g][won[g]] for g in ALL]
        share = won.mean(axis=1)
        time = weight * work.steps.mean(axis=1) * plan.escape.step
        if beyond:
            left += weight
            escaped += weight * (1.0 - share)
            away += time
        else:
            home += time
        weight *= share
        beyond = not beyond
    return reach, np.stack([left, escaped, away, home], axis=1)


class Round(NamedTuple):
    """What came out of the independent repetitions of a round, one row each."""

    reach: Floats  # 1/s, rate at which each interface is reached; the last is the rate of escape
    passes: Floats  # the columns of `passes` out of the state and out of the other one; none without thresholds


def repeat(plan: Plan, back: Plan | None, number: int, interrupt: Flag) -> tuple[Round, int]:
    """Run one round of independent repetitions, and with thresholds those of the way back."""
    lanes = Trajectories(plan.escape, GROUPS * (2 + 2 * number), interrupt)
    if back is None:
        return Round(climb(plan, lanes)[0], np.zeros((GROUPS, 0))), lanes.steps
    others = Trajectories(back.escape, GROUPS * (3 + 2 * number), interrupt)
    reach, away = passes(plan, back, lanes, others)
    _, home = passes(back, plan, others, lanes)
    return Round(reach, np.concatenate([away, home], axis=1)), lanes.steps + others.steps


def dwell(rate: Floats, passed: Floats) -> Floats:
    """Return the mean dwell time from means over repetitions, with what `passes` says on the last axis of `passed`.

    See `mtjphys.rare_events.dwell_time`; a core's time is the basin's and that of the passes that follow.
    """
    if not passed.shape[-1]:
        return 1.0 / rate
    left, escaped, _, home, other_left, other_escaped, other_away, _ = np.moveaxis(passed, -1, 0)
    here = (1.0 + home) / escaped + other_away / other_escaped
    return here / (left / escaped + other_left / other_escaped - 1.0)


def estimate(rounds: list[Round]) -> tuple[float, float]:
    """Return the mean dwell time and its standard error, by the jackknife over all repetitions."""
    rate = np.concatenate([done.reach[:, -1] for done in rounds])
    passed = np.concatenate([done.passes for done in rounds])
    n = len(rate)
    if np.count_nonzero(rate) < 2 or (np.count_nonzero(passed[:, 1::4], axis=0) < 2).any():
        raise SimulationError("fewer than two repetitions reached the other state; use another seed or a smaller step")
    value = float(dwell(rate.mean(), passed.mean(axis=0)))
    without = dwell((rate.sum() - rate) / (n - 1), (passed.sum(axis=0) - passed) / (n - 1))
    return value, math.sqrt((n - 1) / n * float(np.sum((without - without.mean()) ** 2)))
