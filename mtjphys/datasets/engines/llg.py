"""The stochastic Landau-Lifshitz-Gilbert equation: `mtjphys.Simulator`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from mtjphys.bias import Bias
from mtjphys.datasets.engines.engine import ENGINES, TIME, Engine
from mtjphys.junction import MTJ
from mtjphys.simulation import LaneSimulator, Simulator

USUAL_STEP = 1e-12
"""In s; for the size of a task where no step is given."""


@ENGINES.register("llg")
class LLG(Engine):
    """The equation of `mtjphys.simulate`, whose traces these are.

    Parameters
    ----------
    duration, sample_interval, initial, settle
        See `Engine`.
    step : float, optional
        Integration step in s; by default one is chosen for the devices of each shard together.
    integrator : {"midpoint", "heun"}
        See `mtjphys.simulate`.
    average : bool
        Samples are means over the sample interval.
    """

    samples: ClassVar[tuple[str, ...]] = ("m", "resistance", "voltage", "temperature")
    counts: ClassVar[bool] = True

    step: Annotated[float | None, TIME] = None
    integrator: Literal["midpoint", "heun"] = "midpoint"
    average: bool = False

    def lane_steps(self) -> float:
        """Return about how many steps a lane takes."""
        return (self.duration + self.settle) / (self.step or min(USUAL_STEP, self.sample_interval))

    def simulators(
        self,
        junctions: Sequence[MTJ],
        biases: Sequence[Bias],
        replicas: int,
        seed: int,
        first_lane: int,
        record: Sequence[str],
        thresholds: tuple[float, float] | None,
    ) -> list[LaneSimulator]:
        """Return one simulator of all lanes."""
        return [
            Simulator(
                list(junctions),
                list(biases),
                sample_interval=self.sample_interval,
                replicas=replicas,
                seed=seed,
                step=self.step,
                integrator=self.integrator,
                initial=self.initial,
                record=tuple(record),
                average=self.average,
                thresholds=thresholds,
                threads=1,
                first_lane=first_lane,
            )
        ]
