"""Lanes that advance as far as they are asked to: what `simulate`, files and noise sources build on."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from mtjphys.bias import Bias
from mtjphys.core.checks import as_count
from mtjphys.core.errors import SimulationError
from mtjphys.core.machine import available_memory
from mtjphys.core.registry import Registry
from mtjphys.simulation.varied import APPLIED_UNITS, applied, bias_coordinates, device_coordinates, selectable

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]

LANES = ("device", "bias", "replica")
STATES = ("parallel", "antiparallel")
COUNTERS = {"steps_done": int, "settled": float, "to_settle": int}
UNITS = {"m": "1", "resistance": "ohm", "voltage": "V", "temperature": "K", "parallel": "1", "projection": "1"}

SIMULATORS: Registry[type[LaneSimulator]] = Registry("simulator", "mtjphys.simulation", "mtjphys.surrogate")
"""By the name that a file gives."""


class LaneSimulator(ABC):
    """Lanes that advance as far as they are asked to: what `simulate`, files and noise sources build on.

    `Simulator` is one; a stand-in for a junction brings its own (see `simulator`).

    Attributes
    ----------
    shape : tuple of three int
        Devices, biases, replicas.
    devices, biases : sequence
        What is simulated.
    average : bool
        Whether samples are means over their interval.
    n_lanes : int
        Their product.
    record : tuple of str
        What is sampled, names out of `UNITS`.
    sample_interval : float
        Time between samples in s.
    steps_per_sample : int
        Steps in a sample interval, of which `chunk_steps` are made between two looks at Ctrl-C.
    steps_done : int
        Steps since time zero.
    settled : float
        Time before time zero in s.
    to_settle : int
        Steps of a settling that is going on, of which `steps_done` are done; 0 after time zero.
    """

    shape: tuple[int, int, int]
    devices: Sequence[Any]
    biases: Sequence[Bias]
    average: bool = False
    n_lanes: int
    first_lane: int
    record: tuple[str, ...]
    sample_interval: float
    steps_per_sample: int
    steps_done: int
    settled: float
    to_settle: int = 0
    thresholds: tuple[float, float] | None

    @property
    def samples_done(self) -> int:
        """Samples since time zero."""
        return 0 if self.to_settle else self.steps_done // self.steps_per_sample

    @abstractmethod
    def chunk_steps(self) -> int:
        """Return the steps between two looks at Ctrl-C."""

    @abstractmethod
    def run(self, n_samples: int) -> Iterator[tuple[int, dict[str, Floats]]]:
        """Advance by `n_samples` sample intervals, pausing about four times a second.

        If a piece between two pauses fails, the state is what it was before that piece.

        Parameters
        ----------
        n_samples : int
            Samples to add.

        Yields
        ------
        tuple
            Samples done so far in this call, and the arrays, filled up to there: shape (lanes, n_samples)
            or (lanes, n_samples, 3) for "m".
        """

    @abstractmethod
    def begin_settling(self, duration: float) -> None:
        """Note that `go_on_settling` has to run for `duration` (s) with the bias of time zero."""

    @abstractmethod
    def go_on_settling(self) -> Iterator[None]:
        """Settle as long as there is something to settle, pausing about four times a second; then it is time zero."""

    def settle(self, duration: float) -> None:
        """Run for `duration` (s) with the bias of time zero, then call that time zero again."""
        with self.kept_on_error():
            self.begin_settling(duration)
            for _ in self.go_on_settling():
                pass

    def coordinates(self) -> dict[str, tuple[tuple[str, ...], Any, dict[str, str]]]:
        """Return the lanes' numbers and what distinguishes devices and biases, as variables of a Dataset."""
        lanes = self.first_lane + np.arange(self.n_lanes).reshape(self.shape)
        varied = {**device_coordinates(self.devices), **bias_coordinates(self.biases)}
        numbers = {"lane": (LANES, lanes, {"long_name": "number of the random stream"})}
        return numbers | {name: ((one.dimension,), one.values, one.attributes) for name, one in varied.items()}

    def applied(self, first: int, n: int) -> dict[str, Floats]:
        """Return what is applied with the samples ``first + 1`` to ``first + n``, of all that changes: (biases, n)."""
        times: Floats = (np.arange(first, first + n, dtype=np.float64) + 1.0) * self.sample_interval
        return applied(self.biases, times, self.sample_interval, self.average)

    @abstractmethod
    def statistics(self) -> dict[str, tuple[tuple[str, ...], Any, dict[str, str]]]:
        """Return the accumulated statistics as variables (dimensions, values, attributes) of a Dataset."""

    @abstractmethod
    def provenance(self) -> dict[str, Any]:
        """Return what is needed to make the run again, as attributes of a file."""

    @classmethod
    @abstractmethod
    def from_provenance(cls, attributes: Mapping[str, Any], threads: int | None = None) -> Self:
        """Return the simulator at time zero that `provenance` describes."""

    @property
    @abstractmethod
    def _state(self) -> dict[str, NDArray[Any]]:
        """The arrays that change as the lanes advance, by name."""

    @property
    def _changing(self) -> list[NDArray[Any]]:
        """What changes of these arrays with what is recorded here: all that a failure could spoil."""
        return list(self._state.values())

    def save_state(self) -> dict[str, NDArray[Any]]:
        """Return copies of the arrays from which `load_state` continues with the same bits."""
        numbers = {name: np.array(getattr(self, name)) for name in COUNTERS}
        return {name: array.copy() for name, array in self._state.items()} | numbers

    def load_state(self, saved: Mapping[str, NDArray[Any]]) -> None:
        """Continue from what `save_state` returned for the same devices, biases, replicas and seed.

        Raises
        ------
        SimulationError
            If it is the state of another simulation; then nothing has changed.
        """
        state = self._state
        missing = [name for name in (*state, *COUNTERS) if name not in saved]
        if missing:
            raise SimulationError(f"the saved state lacks {missing}; load what save_state of this kind returned")
        for name, target in state.items():
            if np.shape(saved[name]) != target.shape:
                raise SimulationError(
                    f"the saved {name} has shape {np.shape(saved[name])}, this simulation {target.shape}; "
                    "continue with the devices, biases and replicas of the saved run"
                )
        for name, target in state.items():
            target[...] = saved[name]
        for name, kind in COUNTERS.items():
            setattr(self, name, kind(saved[name]))

    @contextmanager
    def kept_on_error(self) -> Iterator[None]:
        """Put the state back to what it is now if anything fails in the context."""
        arrays = self._changing
        before = [array.copy() for array in arrays]
        counters = [getattr(self, name) for name in COUNTERS]
        try:
            yield
        except BaseException:
            for array, values in zip(arrays, before, strict=True):
                array[...] = values
            for name, value in zip(COUNTERS, counters, strict=True):
                setattr(self, name, value)
            raise

    def empty(self, n_samples: int) -> dict[str, Floats]:
        """Return arrays for `n_samples` samples of all lanes, or raise if they are more than the memory."""
        shape = (self.n_lanes, n_samples)
        shapes = {name: (*shape, 3) if name == "m" else shape for name in self.record}
        needed = 8.0 * sum(math.prod(shape) for shape in shapes.values())
        free = available_memory()
        if needed > 0.9 * free:
            raise SimulationError(
                f"{n_samples:,} samples of {self.n_lanes:,} lanes need {needed / 2**30:.3g} GiB of memory, of which "
                f"{free / 2**30:.3g} GiB are free; write to a file with output=..., sample less often, or record less"
            )
        return {name: np.empty(shape) for name, shape in shapes.items()}

    def advance(self, n_samples: int) -> dict[str, Floats]:
        """Advance by `n_samples` sample intervals and return the samples.

        If that fails, or Ctrl-C stops it, the state is what it was before.

        Parameters
        ----------
        n_samples : int
            Samples to add.

        Returns
        -------
        dict
            Arrays of shape (lanes, n_samples), for "m" (lanes, n_samples, 3), by the names in `record`.
        """
        n_samples = as_count("n_samples", n_samples, 0)
        arrays = self.empty(0)
        one_piece = n_samples * self.steps_per_sample <= self.chunk_steps()
        with nullcontext() if one_piece else self.kept_on_error():
            for _, filled in self.run(n_samples):
                arrays = filled
        return arrays


class BringsSimulator(Protocol):
    """A stand-in for a junction: `simulator` takes what `Simulator` takes, and refuses what means nothing to it."""

    @property
    def simulator(self) -> Callable[..., LaneSimulator]:
        """Return the simulator of a list of such devices."""


def dataset(simulator: LaneSimulator, arrays: Mapping[str, Floats], first: int, n: int) -> xr.Dataset:
    """Return samples ``first + 1`` to ``first + n`` and the statistics as a Dataset.

    Parameters
    ----------
    simulator : LaneSimulator
        That made the arrays.
    arrays : mapping
        Arrays of shape (lanes, >= n) or (lanes, >= n, 3).
    first : int
        Samples before these.
    n : int
        Number of samples.

    Returns
    -------
    xarray.Dataset
        See `simulate`.
    """
    import xarray as xr

    lanes = LANES
    variables: dict[str, Any] = {}
    for name, values in arrays.items():
        extra = ("component",) if name == "m" else ()
        shaped = values[:, :n].reshape(*simulator.shape, n, *values.shape[2:])
        variables[name] = ((*lanes, "time", *extra), shaped, {"units": UNITS[name]})
    variables.update(simulator.statistics())
    time_axis = (np.arange(first, first + n) + 1) * simulator.sample_interval
    coordinates: dict[str, Any] = simulator.coordinates() | {
        "time": ("time", time_axis, {"units": "s"}),
        "component": ("component", ["x", "y", "z"]),
    }
    for name, values in simulator.applied(first, n).items():
        coordinates[name] = (("bias", "time"), values, {"units": APPLIED_UNITS[name]})
    if simulator.thresholds is not None:
        coordinates["state"] = ("state", list(STATES))
    attributes = simulator.provenance() | {
        "duration": simulator.samples_done * simulator.sample_interval,
        "duration_units": "s",
    }
    return selectable(xr.Dataset(variables, coordinates, attributes))
