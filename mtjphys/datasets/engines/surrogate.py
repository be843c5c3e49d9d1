"""Two states with the exact rates of each junction: `mtjphys.surrogate`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, ClassVar

import numpy as np

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.datasets.engines.engine import ENGINES, Engine
from mtjphys.junction import MTJ
from mtjphys.simulation import LaneSimulator
from mtjphys.surrogate import TwoState, TwoStateSimulator, from_fokker_planck

NODES = Quantity("(nodes)", 3, 200, (), "the rates are splines through them")


@ENGINES.register("surrogate")
class Surrogate(Engine):
    """Rates from the Fokker-Planck equation, sampled in continuous time: hours of a millisecond junction in a second.

    Every device has a table for every bias: one node where the bias is constant, `nodes` over the range of a voltage
    that varies. Field and temperature have to be constant.

    Parameters
    ----------
    duration, sample_interval, initial, settle
        See `Engine`.
    nodes : int
        Voltages of a table, 3 to 200.
    """

    samples: ClassVar[tuple[str, ...]] = ("parallel", "projection", "resistance", "voltage")
    counts: ClassVar[bool] = False

    nodes: Annotated[int, NODES] = 9

    def lane_steps(self) -> float:
        """Return the samples of a lane."""
        return float(self.n_samples)

    def check(self, junction: MTJ, biases: Sequence[Bias]) -> None:
        """Raise unless two states describe the junction and the biases are ones of tables."""
        for number, bias in enumerate(biases):
            if bias.source == "current" or not all(channel.is_constant for channel in bias.channels[1:]):
                raise ParameterError(
                    f"engine=surrogate: bias {number} is a current, or varies in field or temperature; vary the "
                    'voltage alone, or take kind = "llg"'
                )
        super().check(junction, biases)

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
        """Return one simulator for each junction under each bias."""
        found: list[LaneSimulator] = []
        for junction in junctions:
            for bias in biases:
                table = table_of(junction, bias, self.nodes)
                found.append(
                    TwoStateSimulator(
                        table,
                        bias,
                        sample_interval=self.sample_interval,
                        replicas=replicas,
                        seed=seed,
                        initial=self.initial,
                        record=tuple(record),
                        threads=1,
                        first_lane=first_lane + len(found) * replicas,
                    )
                )
        return found


@lru_cache(maxsize=16)
def table_of(junction: MTJ, bias: Bias, nodes: int) -> TwoState:
    """Return the rates of a junction under a bias; those of some are kept, since replicas may be several tasks."""
    low, high = bias.bounds()[0]
    return from_fokker_planck(
        junction,
        voltages=[low] if low == high else np.linspace(low, high, nodes),
        fields=[bias.bounds()[1:4, 0]],
        temperatures=[float(bias.bounds()[4, 0])],
        series_resistance=bias.series_resistance,
    )
