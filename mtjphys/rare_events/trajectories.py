"""Trajectories on their way out of a well."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.bias import Bias
from mtjphys.core.errors import SimulationError
from mtjphys.core.interrupt import Flag
from mtjphys.core.machine import pool
from mtjphys.core.streams import Use, generator
from mtjphys.junction import MTJ
from mtjphys.kernels import splitting
from mtjphys.kernels.ensemble import DRAWN
from mtjphys.kernels.simd import WIDTH
from mtjphys.rare_events.order import Floats, order_parameter
from mtjphys.rare_events.rounds import GROUPS, Stopped
from mtjphys.simulation import Simulator

ALL = list(range(GROUPS))

TRIALS = 256
"""Trajectories a repetition and interface."""

MOST_STEPS = 2**28
"""Of a block at one interface: about half a minute."""


class Escape(NamedTuple):
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


class Trajectories:
    """Groups of lanes, one block each, that run trials or stay in the basin of the well."""

    def __init__(self, escape: Escape, first_group: int, interrupt: Flag) -> None:
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
        group = simulator.groups[0]
        self.settings = simulator.settings(group, 1)._replace(hold=1, rewind=False)
        self.lanes = simulator.lanes
        if group.kind.driven:
            self.lanes = self.lanes._replace(bias=escape.bias.table(0, escape.columns, escape.step)[None])
        self.run = splitting.kernel(self.settings)
        self.inside = np.ones((GROUPS, WIDTH), dtype=np.int64)
        self.entry = np.zeros((GROUPS, WIDTH, splitting.SNAPSHOT))
        self.entry[:, :, :5] = np.moveaxis(self.lanes.state[:5].reshape(5, GROUPS, WIDTH), 0, -1)
        self.clock = 0
        self.steps = 0
        self.random = generator(escape.seed, first_group, Use.RARE_EVENT)

    def _each(self, groups: list[int], bounds: splitting.Bounds, work: splitting.Work) -> None:
        """Run the groups; what comes out does not depend on the threads."""
        observer = splitting.interfaces(self.escape.order, bounds, work)
        settings = self.settings._replace(n_steps=bounds.steps)

        def one(group: int) -> None:
            if self.interrupt.is_set():
                raise Stopped
            self.run(group, self.lanes, settings, observer, DRAWN)

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
        if not np.isfinite(self.lanes.state[:5]).all():
            raise SimulationError(
                f"the magnetisation is no longer finite with a step of {self.escape.step:.3g} s; use a smaller step"
            )
        return work.count, [work.ends[g, : min(n, capacity)] for g, n in enumerate(work.count)]

    def heights(self) -> Floats:
        """Return the order parameter of all lanes as they are."""
        return order_parameter(self.escape.order, self.lanes.state[:3].T)

    def pick(self, states: Floats, trials: int) -> Floats:
        """Return the starts of `trials` trajectories: every state as often as any other, on average."""
        index = (np.arange(trials) + self.random.random()) * (len(states) / trials)
        return states[np.minimum(index.astype(int), len(states) - 1)]

    def draw(self, states: list[Floats]) -> Floats:
        """Return the starts of `TRIALS` trajectories of each group from the states that it reached."""
        starts = np.zeros((GROUPS, TRIALS, splitting.SNAPSHOT))
        for reached, row in zip(states, starts, strict=True):
            if len(reached):
                row[:] = self.pick(reached, TRIALS)
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
