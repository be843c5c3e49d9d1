"""What is kept of the lanes: the base of all products, and their registry."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import Parameters
from mtjphys.core.registry import Registry
from mtjphys.junction import MTJ
from mtjphys.simulation import STATES

Floats = NDArray[np.float64]

LANES = ("device", "bias", "replica")
PAIRS = ("device", "bias")

PRODUCTS: Registry[type[Product]] = Registry("product", "mtjphys.datasets.products")
"""By the name of their table in ``[keep]``."""


class Variable(NamedTuple):
    """An array of the store.

    Attributes
    ----------
    dimensions : tuple of str
        Beginning with "device".
    dtype : str
        Such as "float32"; what failed is NaN, of whole numbers -1.
    attributes : dict
        ``units`` and ``long_name``.
    """

    dimensions: tuple[str, ...]
    dtype: str
    attributes: dict[str, Any]


class Frame(NamedTuple):
    """What all lanes of a dataset share."""

    samples: tuple[str, ...]  # that the engine can make
    counts: bool  # whether it counts stays
    biases: Sequence[Bias]
    times: Floats  # s, of the samples
    sample_interval: float  # s
    initial: str
    settle: float  # s
    precision: str  # of traces
    seed: int
    products: Mapping[str, Product]

    @property
    def duration(self) -> float:
        """Time from zero to the last sample, s."""
        return float(self.times.size * self.sample_interval)


@dataclass
class Block:
    """Some lanes as the engine has made them.

    Attributes
    ----------
    frame : Frame
        What all lanes share.
    junctions, biases : sequence
        All their combinations are lanes, each `replicas` times.
    replicas : int
        Of each.
    first_lane : int
        Number of the first one.
    samples, statistics : mapping
        Of the engine, over (device, bias, replica, ...).
    values : dict
        Of the products made before.
    notes : list of str
        What could not be had, and why.
    """

    frame: Frame
    junctions: Sequence[MTJ]
    biases: Sequence[Bias]
    replicas: int
    first_lane: int
    samples: Mapping[str, Floats]
    statistics: Mapping[str, NDArray[Any]]
    values: dict[str, NDArray[Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Devices, biases, replicas."""
        return len(self.junctions), len(self.biases), self.replicas

    @property
    def lanes(self) -> NDArray[np.int64]:
        """Numbers of the lanes."""
        return self.first_lane + np.arange(int(np.prod(self.shape))).reshape(self.shape)


class Product(Parameters):
    """What is kept of the lanes: says what it needs, what arrays it makes, and makes them of a block."""

    of_lanes: ClassVar[bool] = True
    """Whether it is made of the samples of each lane, else of each device under each bias."""

    @classmethod
    def of_table(cls, table: Mapping[str, Any]) -> Product:
        """Return the product of a table of the specification."""
        return cls(**table)

    def table(self) -> dict[str, Any]:
        """Return the table again."""
        return self.model_dump(exclude_none=True)

    def records(self, frame: Frame) -> tuple[str, ...]:
        """Return what the engine has to sample."""
        return ()

    def check(self, frame: Frame) -> None:
        """Raise `ParameterError` where it does not go with the rest of the specification."""
        for name in self.records(frame):
            if name not in frame.samples:
                raise ParameterError(
                    f"{name} is not sampled by this engine, which has {', '.join(frame.samples)}; leave it out or "
                    "take another engine"
                )

    def shortest(self, frame: Frame) -> int:
        """Return the samples that a trial needs at least."""
        return 1

    @abstractmethod
    def variables(self, frame: Frame) -> dict[str, Variable]:
        """Return the arrays that it makes."""

    def coordinates(self, frame: Frame) -> dict[str, tuple[Any, dict[str, Any]]]:
        """Return values and attributes of dimensions that are its own or that it shares, by name."""
        return {}

    @abstractmethod
    def values(self, block: Block) -> dict[str, NDArray[Any]]:
        """Return the arrays of a block, over its devices, biases and replicas."""


def flagged(meanings: Iterable[str], long_name: str) -> dict[str, Any]:
    """Return the attributes of numbers 0, 1, ... that stand for words, by the CF conventions."""
    words = list(meanings)
    return {"long_name": long_name, "flag_values": list(range(len(words))), "flag_meanings": " ".join(words)}


STATE = {"state": (np.arange(2, dtype=np.int8), flagged(STATES, "state of the junction"))}
"""The coordinate of what each state has."""


def time_of(frame: Frame) -> dict[str, tuple[Any, dict[str, Any]]]:
    """Return the coordinate of the engine's samples."""
    return {"time": (frame.times, {"units": "s", "long_name": "time"})}
