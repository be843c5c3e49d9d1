"""The stochastic Landau-Lifshitz-Gilbert equation: `mtjphys.Simulator`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Annotated, ClassVar, Literal, Self

from mtjphys.bias import Bias
from mtjphys.core.errors import SimulationError
from mtjphys.datasets.engines.engine import ENGINES, TIME, Engine
from mtjphys.junction import MTJ
from mtjphys.simulation import LaneSimulator, Simulator
from mtjphys.simulation.stepping import FastestRates, centred, choose_step, fastest_rates, largest_step

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
        Integration step in s; by default one is chosen for all devices under all biases together, as
        `mtjphys.simulate` does, and becomes part of the specification that is kept.
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

    def settled_for(self, junctions: Iterable[MTJ], biases: Sequence[Bias]) -> Self:
        """Return the engine with the step that suits all junctions under all biases; those without one are left out."""
        if self.step is not None:
            return self

        def rates() -> Iterator[FastestRates]:
            for junction in junctions:
                found: list[FastestRates] = []
                with suppress(SimulationError):  # its own task will say so
                    parameters = centred(junction.lane_parameters())
                    found = [fastest_rates(parameters, bias) for bias in biases]
                yield from found

        fastest = min(rates(), key=lambda one: largest_step(one, self.integrator)[0], default=None)
        if fastest is None:
            return self
        followed = min(bias.longest_step() for bias in biases)
        step, _, _ = choose_step([fastest], followed, self.integrator, None, self.sample_interval)
        return self.model_copy(update={"step": step})

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
