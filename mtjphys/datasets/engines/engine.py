"""What makes the samples of a dataset: the base of all engines, and their registry."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import Parameters
from mtjphys.core.quantity import Quantity
from mtjphys.core.registry import Registry
from mtjphys.junction import MTJ
from mtjphys.simulation import LaneSimulator

Floats = NDArray[np.float64]

TIME = Quantity("s", 0.0, 1e6, (), "in s: 1 us is 1e-6", open_low=True)
MOST_SAMPLES = 2**23
"""Of a lane, which is made in one piece."""

WAIT = Quantity("s", 0.0, 1e6, (), "in s: 1 us is 1e-6")

ENGINES: Registry[type[Engine]] = Registry("engine", "mtjphys.datasets.engines")
"""By the ``kind`` of ``[engine]``."""


class Made(NamedTuple):
    """What an engine has made of some lanes.

    Attributes
    ----------
    samples : dict
        By name, shape (device, bias, replica, time) or (..., time, 3).
    statistics : dict
        By name, shape (device, bias, replica, ...), where thresholds were given.
    """

    samples: dict[str, Floats]
    statistics: dict[str, NDArray[Any]]


class Engine(Parameters):
    """What all engines share.

    Parameters
    ----------
    duration : float
        Of every lane, s.
    sample_interval : float
        In s, at most the duration, which it divides.
    initial : {"random", "parallel", "antiparallel"}
        State at the beginning.
    settle : float
        Time in s to run before time zero with the bias of time zero.
    """

    samples: ClassVar[tuple[str, ...]]
    """What it can sample."""
    counts: ClassVar[bool]
    """Whether it counts the stays between thresholds in every step."""

    duration: Annotated[float, TIME] = Field(description="of every lane, s")
    sample_interval: Annotated[float, TIME] = Field(description="s")
    initial: Literal["random", "parallel", "antiparallel"] = "random"
    settle: Annotated[float, WAIT] = 0.0

    @model_validator(mode="after")
    def _whole_samples(self) -> Self:
        ratio = self.duration / self.sample_interval
        if ratio < 1.0 - 1e-9:
            raise ParameterError(
                f"sample_interval={self.sample_interval:g} s is longer than duration={self.duration:g} s; sample more "
                "often"
            )
        if abs(ratio - round(ratio)) > 1e-6 * ratio:
            raise ParameterError(
                f"duration={self.duration:g} s is {ratio:.6g} sample intervals of {self.sample_interval:g} s; give a "
                "whole number of them"
            )
        if ratio > MOST_SAMPLES:
            raise ParameterError(
                f"{ratio:,.0f} samples of a lane are more than the {MOST_SAMPLES:,} that are made in one piece; give a "
                "longer sample_interval, or more replicas instead of a longer duration"
            )
        return self

    @property
    def n_samples(self) -> int:
        """Samples of a lane."""
        return round(self.duration / self.sample_interval)

    def settled_for(self, junctions: Iterable[MTJ], biases: Sequence[Bias]) -> Self:
        """Return the engine with all that it would choose for junctions under biases, chosen for all of them."""
        return self

    @abstractmethod
    def lane_steps(self) -> float:
        """Return about how many steps a lane takes, from the specification alone."""

    def check(self, junction: MTJ, biases: Sequence[Bias]) -> None:
        """Raise unless the engine can simulate such a junction under these biases."""
        self.simulators([junction], biases[:1], 1, 0, 0, self.samples[:1], None)

    @abstractmethod
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
        """Return the simulators of all lanes, in their order."""

    def make(
        self,
        junctions: Sequence[MTJ],
        biases: Sequence[Bias],
        replicas: int,
        seed: int,
        first_lane: int,
        record: Sequence[str],
        thresholds: tuple[float, float] | None = None,
        n_samples: int | None = None,
    ) -> Made:
        """Return samples and statistics of some lanes; where neither is asked for, nothing is simulated.

        Parameters
        ----------
        junctions, biases : sequence
            Of which all combinations are simulated.
        replicas : int
            Of each.
        seed, first_lane : int
            The streams.
        record : sequence of str
            What to sample.
        thresholds : tuple of two floats, optional
            Of m.p, to count stays with.
        n_samples : int, optional
            For a trial; by default those of the duration.
        """
        if not record and thresholds is None:
            return Made({}, {})
        n = self.n_samples if n_samples is None else n_samples
        lanes = self.simulators(junctions, biases, replicas, seed, first_lane, record, thresholds)
        parts: list[Mapping[str, Floats]] = []
        for simulator in lanes:
            if self.settle:
                simulator.settle(self.settle)
            parts.append(simulator.advance(n))
        shape = len(junctions), len(biases), replicas
        samples = {
            name: (parts[0][name] if len(parts) == 1 else np.concatenate([part[name] for part in parts])).reshape(
                *shape, *parts[0][name].shape[1:]
            )
            for name in record
        }
        statistics = lanes[0].statistics() if thresholds is not None else {}
        return Made(samples, {name: np.asarray(values) for name, (_, values, _) in statistics.items()})
