"""Run the stochastic Landau-Lifshitz-Gilbert equation for ensembles of junctions.

A lane is one junction under one bias in one replica, with a random stream of its own; `simulate` runs
their product and returns a Dataset, `Simulator` hands out samples as they are asked for.
"""

from __future__ import annotations

import json
import math
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys import __version__
from mtjphys.bias import Bias
from mtjphys.device import MTJ
from mtjphys.errors import ParameterError, SimulationError, SimulationInterrupted
from mtjphys.interrupt import deferred_interrupt
from mtjphys.kernels import ensemble
from mtjphys.kernels.llg import DIVIDED, FIXED, STIFF
from mtjphys.kernels.simd import WIDTH
from mtjphys.parameters import check_range
from mtjphys.stepping import centred, choose_step, fastest_rates
from mtjphys.transport import circuit_weights, junction_voltage

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]

INTEGRATORS = {"midpoint": ensemble.MIDPOINT, "heun": ensemble.HEUN}
RECORDS = ("m", "resistance", "voltage", "temperature")
STATES = ("antiparallel", "parallel")
UNITS = {"m": "1", "resistance": "ohm", "voltage": "V", "temperature": "K", "parallel": "1", "projection": "1"}

# Lane-steps between two looks at Ctrl-C and the progress bar: about a quarter of a second.
_CHUNK = 5e7
_LARGEST_TABLE = 2**22  # numbers
_LARGEST_BUFFER = 2**26  # bytes of samples between two writes


class _Group(NamedTuple):
    """Consecutive lanes that run with the same branches of the kernel."""

    first: int  # lane, a multiple of WIDTH
    last: int  # lane, excluded, padding included
    size: int  # lanes without padding
    circuit: int
    current_law: bool
    driven: bool
    hot: bool
    noisy: bool


def as_list(value: Any, kind: type, name: str) -> list[Any]:
    """Return one object or a list of them, all of a kind, as a list."""
    values = [value] if isinstance(value, kind) else value
    if not isinstance(values, (list, tuple)) or not values:
        raise ParameterError(f"{name}={value!r} is not {kind.__name__}; give one {kind.__name__} or a list of them")
    for position, item in enumerate(values):
        if not isinstance(item, kind):
            raise ParameterError(
                f"{name}[{position}]={item!r} is not {kind.__name__}; give a list of {kind.__name__} only"
            )
    return list(values)


def as_count(name: str, value: Any, lowest: int = 1) -> int:
    """Return a whole number of at least `lowest`, or raise one sentence."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < lowest:
        raise ParameterError(f"{name}={value!r} is not a whole number of at least {lowest}")
    return int(value)


def as_seconds(name: str, value: Any, *, open_low: bool = True) -> float:
    """Return a time in s above zero (or zero without `open_low`), or raise one sentence."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise ParameterError(f"{name}={value!r} is not a number; give it in s")
    return check_range(name, float(value), "s", 0.0, 1e6, open_low=open_low)


def streams(seed: int, lanes: Sequence[int], *key: int) -> NDArray[np.uint64]:
    """Return the generator states of lanes, keyed by (seed, lane).

    Parameters
    ----------
    seed : int
        Non-negative.
    lanes : sequence of int
        Numbers of the lanes.
    *key : int
        Further keys, of streams beside a lane's first.

    Returns
    -------
    ndarray
        Shape (4, len(lanes)): xoshiro256++ states from ``SeedSequence(seed, spawn_key=(lane, *key))``.
    """
    states = np.empty((4, len(lanes)), dtype=np.uint64)
    if max(0, max(lanes, default=0), *key) >= 2**32:  # numbers of more than one word of 32 bits
        for column, number in enumerate(lanes):
            sequence = np.random.SeedSequence(seed, spawn_key=(int(number), *key))
            states[:, column] = sequence.generate_state(4, np.uint64)
        return states

    # The arithmetic of SeedSequence, which numpy keeps as it is, for all lanes at once: the pool after the seed is
    # mixed with each word of the spawn key, and then hashed to the words of the state.
    def hashed(value: Any, constant: int, multiplier: int) -> tuple[Any, int]:
        following = constant * multiplier % 2**32
        value = (value ^ np.uint32(constant)) * np.uint32(following)
        return value ^ (value >> np.uint32(16)), following

    pool: list[Any] = [np.uint32(word) for word in np.random.SeedSequence(seed).pool]
    words_of_seed = max(len(pool), -(-int(seed).bit_length() // 32))
    constant = 0x43B0D7E5 * pow(0x931E8875, len(pool) * words_of_seed, 2**32) % 2**32
    with np.errstate(over="ignore"):
        for word in (np.asarray(lanes, np.uint32), *(np.uint32(number) for number in key)):
            for k in range(len(pool)):
                mixed, constant = hashed(word, constant, 0x931E8875)
                value = pool[k] * np.uint32(0xCA01F9DD) - mixed * np.uint32(0x4973F715)
                pool[k] = value ^ (value >> np.uint32(16))
        constant = 0x8B51F9DD
        for k in range(8):
            value, constant = hashed(pool[k % len(pool)], constant, 0x58F38DED)
            states[k // 2] = value if k % 2 == 0 else states[k // 2] | (value.astype(np.uint64) << np.uint64(32))
    return states


def available_memory() -> float:
    """Return the bytes of memory that are free now; infinity where the system does not say."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return float(line.split()[1]) * 1024.0
        return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (OSError, ValueError, AttributeError):
        return math.inf


def available_cores() -> int:
    """Return the number of cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


class LaneSimulator(ABC):
    """Lanes that advance as far as they are asked to: what `simulate`, files and noise sources build on.

    `Simulator` is one; a stand-in for a junction brings its own (see `simulator`).

    Attributes
    ----------
    shape : tuple of three int
        Devices, biases, replicas.
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
    """

    shape: tuple[int, int, int]
    n_lanes: int
    first_lane: int
    record: tuple[str, ...]
    sample_interval: float
    steps_per_sample: int
    steps_done: int
    settled: float
    telegraph: tuple[float, float] | None

    @property
    def samples_done(self) -> int:
        """Samples since time zero."""
        return self.steps_done // self.steps_per_sample

    @abstractmethod
    def chunk_steps(self) -> int:
        """Return the steps between two looks at Ctrl-C."""

    @abstractmethod
    def run(self, n_samples: int) -> Iterator[tuple[int, dict[str, Floats]]]:
        """Advance by `n_samples` sample intervals, pausing about four times a second.

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
    def settle(self, duration: float) -> None:
        """Run for `duration` (s) with the bias of time zero, then call that time zero again."""

    @abstractmethod
    def statistics(self) -> dict[str, tuple[tuple[str, ...], Any, dict[str, str]]]:
        """Return the accumulated statistics as variables (dimensions, values, attributes) of a Dataset."""

    @abstractmethod
    def provenance(self) -> dict[str, Any]:
        """Return what is needed to make the run again, as attributes of a file."""

    @property
    @abstractmethod
    def _state(self) -> dict[str, NDArray[Any]]:
        """The arrays that change as the lanes advance, by name."""

    def save_state(self) -> dict[str, NDArray[Any]]:
        """Return copies of the arrays from which `load_state` continues with the same bits."""
        numbers = {"steps_done": np.array(self.steps_done), "settled": np.array(self.settled)}
        return {name: array.copy() for name, array in self._state.items()} | numbers

    def load_state(self, saved: Mapping[str, NDArray[Any]]) -> None:
        """Continue from what `save_state` returned for the same devices, biases, replicas and seed.

        Raises
        ------
        SimulationError
            If it is the state of another simulation; then nothing has changed.
        """
        state = self._state
        missing = [name for name in (*state, "steps_done", "settled") if name not in saved]
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
        self.steps_done = int(saved["steps_done"])
        self.settled = float(saved["settled"])

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

        Parameters
        ----------
        n_samples : int
            Samples to add.

        Returns
        -------
        dict
            Arrays of shape (lanes, n_samples), for "m" (lanes, n_samples, 3), by the names in `record`.
        """
        arrays = self.empty(0)
        for _, filled in self.run(n_samples):
            arrays = filled
        return arrays


class BringsSimulator(Protocol):
    """A stand-in for a junction: `simulator` takes what `Simulator` takes, and refuses what means nothing to it."""

    @property
    def simulator(self) -> Callable[..., LaneSimulator]:
        """Return the simulator of a list of such devices."""


def simulator_of(junction: Any) -> Callable[..., LaneSimulator]:
    """Return `Simulator`, or what stand-ins for junctions bring along instead."""
    first = junction[0] if isinstance(junction, (list, tuple)) and junction else junction
    simulator: Callable[..., LaneSimulator] = getattr(first, "simulator", Simulator)
    return simulator


class Simulator(LaneSimulator):
    """Lanes of junctions that advance as far as they are asked to.

    The equation is Stratonovich's; see `mtjphys.kernels.llg`. Each lane (junction x bias x replica, in this
    order, the replica running fastest) has a stream keyed by (seed, lane): the results do not depend on
    the number of threads or on how the time is divided into calls.

    Parameters
    ----------
    junction : MTJ or list of MTJ
        The devices.
    bias : Bias or list of Bias, optional
        What is applied; default 0 V, no field, 300 K.
    sample_interval : float
        Time between samples in s.
    replicas : int
        Copies of every junction and bias, each with a stream of its own.
    seed : int
        Non-negative.
    step : float, optional
        Integration step in s; None chooses the largest fraction of the sample interval that keeps the
        equilibrium moments within 0.5 % of Boltzmann.
    integrator : {"midpoint", "heun"}
        The midpoint rotation, or Heun's scheme for comparison.
    initial : str or array_like
        Magnetisation at time zero: "parallel", "antiparallel", "random" (uniform on the sphere, from the
        seed), a vector, or an array that broadcasts to (device, bias, replica, 3).
    record : sequence of str
        What to sample: any of "m", "resistance", "voltage", "temperature".
    average : bool
        Samples are means over the sample interval instead of momentary values.
    moments : bool
        Accumulate means and second moments of m, conductance and voltage over every step.
    telegraph : tuple of two floats, optional
        Thresholds (low, high) of m.p: a lane enters the parallel state above `high` and the antiparallel
        state below `low`; times, transitions and a histogram of the dwell times are accumulated.
    threads : int, optional
        Default: the cores this process may use.
    first_lane : int
        Number of the first lane's stream, to make one lane of a larger run again alone.

    Attributes
    ----------
    step : float
        Integration step in s.
    steps_per_sample : int
        Steps in a sample interval.
    step_reason : str
        Why the step is what it is.
    steps_done : int
        Steps since time zero.

    Raises
    ------
    ParameterError
        If an argument is illegal.
    SimulationError
        If the step is far too large or the lanes need more memory than there is.

    Examples
    --------
    >>> import mtjphys as mp
    >>> live = mp.Simulator(mp.presets.schnitzspan_2023(), sample_interval=1e-9, replicas=4, seed=1)
    >>> live.advance(10)["resistance"].shape
    (4, 10)
    """

    def __init__(
        self,
        junction: MTJ | Sequence[MTJ],
        bias: Bias | Sequence[Bias] | None = None,
        *,
        sample_interval: float,
        replicas: int = 1,
        seed: int = 0,
        step: float | None = None,
        integrator: str = "midpoint",
        initial: str | ArrayLike = "parallel",
        record: Sequence[str] = ("m", "resistance", "voltage"),
        average: bool = False,
        moments: bool = False,
        telegraph: tuple[float, float] | None = None,
        threads: int | None = None,
        first_lane: int = 0,
    ) -> None:
        self.junctions: list[MTJ] = as_list(junction, MTJ, "junction")
        self.biases: list[Bias] = as_list(Bias() if bias is None else bias, Bias, "bias")
        self.replicas = as_count("replicas", replicas)
        self.seed = as_count("seed", seed, 0)
        self.first_lane = as_count("first_lane", first_lane, 0)
        self.threads = available_cores() if threads is None else as_count("threads", threads)
        if integrator not in INTEGRATORS:
            raise ParameterError(f"integrator={integrator!r} is unknown; give one of {list(INTEGRATORS)}")
        self.integrator = integrator
        named = isinstance(record, (list, tuple)) and all(name in RECORDS for name in record)
        if not named:
            raise ParameterError(f"record={record!r} is not a sequence of names out of {list(RECORDS)}")
        self.record = tuple(name for name in RECORDS if name in record)
        self.average = bool(average)
        self.moments = bool(moments)
        self.telegraph = None
        if telegraph is not None:
            try:
                low, high = (float(value) for value in telegraph)
            except (TypeError, ValueError):
                low = high = math.nan
            if not -1.0 < low < high < 1.0:
                raise ParameterError(f"telegraph={telegraph!r} are not two thresholds of m.p with -1 < low < high < 1")
            self.telegraph = (low, high)
        self.sample_interval = as_seconds("sample_interval", sample_interval)
        self.shape = len(self.junctions), len(self.biases), self.replicas
        self.n_lanes = math.prod(self.shape)
        needed = 8.0 * self.n_lanes * (60 + ensemble.STATE_ROWS + 2 * ensemble.DWELL_BINS)
        if needed > available_memory():
            raise SimulationError(
                f"{self.n_lanes:,} lanes need {needed / 2**30:.3g} GiB of memory, of which "
                f"{available_memory() / 2**30:.3g} GiB are free; use fewer replicas, junctions or biases"
            )
        parameters = [centred(junction.lane_parameters()) for junction in self.junctions]
        rates = [fastest_rates(p, applied) for p in parameters for applied in self.biases]
        self.step, self.steps_per_sample, self.step_reason = choose_step(
            rates, integrator, None if step is None else as_seconds("step", step), self.sample_interval
        )
        self.steps_done = 0
        self._settling = False
        self.settled = 0.0
        self.initial = initial
        self._build(parameters, initial)

    # Building the arrays

    def _flags(self, device: int, bias: int) -> tuple[int, bool, bool, bool, bool]:
        junction, applied = self.junctions[device], self.biases[bias]
        current_law = junction.barrier.torque_law == "current"
        if applied.source == "current" or applied.series_resistance > 0.0:
            circuit = DIVIDED
        else:
            circuit = FIXED if current_law else STIFF
        temperature = applied.channels[4]
        hot = junction.heating is not None or not temperature.is_constant
        noisy = junction.heating is not None or temperature.bounds()[1] > 0.0
        return circuit, current_law, not applied.is_constant, hot, noisy

    def _build(self, parameters: list[Any], initial: str | ArrayLike) -> None:
        pairs = [(d, b) for d in range(len(self.junctions)) for b in range(len(self.biases))]
        flags = {pair: self._flags(*pair) for pair in pairs}
        groups = []
        order: list[int] = []
        for kind in sorted(set(flags.values())):
            rows = [
                self.replicas * (d * len(self.biases) + b) + r
                for d, b in pairs
                if flags[d, b] == kind
                for r in range(self.replicas)
            ]
            padding = -len(rows) % WIDTH
            groups.append(_Group(len(order), len(order) + len(rows) + padding, len(rows), *kind))
            order += rows + [-1] * padding
        self._groups = groups
        row = np.array(order, dtype=np.int64)
        source = np.where(row < 0, 0, row)
        device = source // (self.replicas * len(self.biases))
        bias = source // self.replicas % len(self.biases)
        weights = np.array([circuit_weights(b.source, b.series_resistance) for b in self.biases]).T
        table = np.array([applied.table(0, 1, self.step) for applied in self.biases])
        state = np.zeros((ensemble.STATE_ROWS, row.size))
        random = np.zeros((4, row.size), dtype=np.uint64)
        real = row >= 0
        random[:, real] = streams(self.seed, [self.first_lane + int(k) for k in row[real]])
        state[:3] = self._initial(initial).reshape(-1, 3)[source].T
        state[ensemble.TEMPERATURE] = table[bias, 4, 0]
        state[ensemble.LAST_CROSSING] = -1.0
        matrix = np.array(parameters).T
        directions = np.array([[p.reference_x, p.reference_y, p.reference_z] for p in parameters])
        cosine = np.sum(state[:3] * directions[device].T, axis=0)
        state[ensemble.PARALLEL] = cosine > 0.0
        for d, p in enumerate(parameters):
            for b, applied in enumerate(self.biases):
                where = (device == d) & (bias == b)
                state[ensemble.VOLTAGE, where] = junction_voltage(
                    p,
                    cosine[where],
                    table[b, 0, 0],
                    source=applied.source,
                    series_resistance=applied.series_resistance,
                )
        empty = np.empty((self.n_lanes, 0))
        self._job = ensemble.Job(
            parameters=np.ascontiguousarray(matrix[:, device]),
            random=random,
            state=state,
            source_weight=np.ascontiguousarray(weights[:1, bias]),
            junction_weight=np.ascontiguousarray(weights[1:, bias]),
            bias_index=bias.astype(np.int64),
            row=row,
            bias=table,
            histogram=np.zeros((self.n_lanes, 2, ensemble.DWELL_BINS), dtype=np.int64),
            m=np.empty((self.n_lanes, 0, 3)),
            resistance=empty,
            voltage=empty,
            temperature=empty,
        )

    def _initial(self, initial: str | ArrayLike) -> Floats:
        full = (*self.shape, 3)
        if isinstance(initial, str):
            if initial == "random":
                # A key of its own for every lane, beside that of its stream: a lane alone starts as it does here.
                lanes = range(self.first_lane, self.first_lane + self.n_lanes)
                keys = [np.random.SeedSequence(self.seed, spawn_key=(lane, 0)) for lane in lanes]
                m = np.array([np.random.default_rng(key).standard_normal(3) for key in keys])
                return np.asarray(m / np.linalg.norm(m, axis=-1, keepdims=True)).reshape(full)
            if initial not in STATES:
                raise ParameterError(
                    f"initial={initial!r} is unknown; give 'parallel', 'antiparallel', 'random' or a vector"
                )
            sign = 1.0 if initial == "parallel" else -1.0
            directions = np.array([junction.reference_direction for junction in self.junctions])
            return np.array(np.broadcast_to(sign * directions[:, None, None, :], full))
        try:
            given = np.asarray(initial, dtype=float)
        except (TypeError, ValueError):
            raise ParameterError(
                f"initial={initial!r} is not numbers; give 'parallel', 'antiparallel', 'random' or a vector"
            ) from None
        try:
            m = np.array(np.broadcast_to(given, full))
        except ValueError:
            raise ParameterError(
                f"initial of shape {given.shape} does not broadcast to (device, bias, replica, 3) = {full}"
            ) from None
        length = np.linalg.norm(m, axis=-1, keepdims=True)
        if not np.all(np.isfinite(m)) or np.any(length < 1e-6):
            raise ParameterError("initial holds a vector that is zero or not finite; give directions")
        return np.asarray(m / length)

    # Advancing

    def _settings(self, group: _Group, n_steps: int, first_sample: int) -> ensemble.Settings:
        low, high = self.telegraph or (0.0, 0.0)
        settings = ensemble.Settings(
            dt=self.step,
            first_step=self.steps_done,
            n_steps=n_steps,
            scheme=INTEGRATORS[self.integrator],
            circuit=group.circuit,
            current_law=group.current_law,
            driven=group.driven,
            hot=group.hot,
            noisy=group.noisy,
            every=self.steps_per_sample,
            first_sample=first_sample,
            average=self.average,
            moments=self.moments,
            telegraph=self.telegraph is not None,
            low=low,
            high=high,
        )
        if not self._settling:
            return settings
        never = self.steps_done + n_steps + 1
        return settings._replace(driven=False, every=never, average=False, moments=False, telegraph=False)

    def chunk_steps(self) -> int:
        """Return the steps between two looks at Ctrl-C."""
        steps = max(1, int(_CHUNK * self.threads / self._job.row.size))
        if any(group.driven for group in self._groups):
            steps = min(steps, max(1, _LARGEST_TABLE // (6 * len(self.biases))))
        return steps

    def _run(self, n_steps: int, job: ensemble.Job, first_sample: int, pool: Any) -> None:
        """Advance all lanes by one chunk; the state is as before if anything fails."""
        driven = job
        if not self._settling and any(group.driven for group in self._groups):
            table = np.array([b.table(self.steps_done, n_steps, self.step) for b in self.biases])
            driven = job._replace(bias=table)
        tasks: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
        for group in self._groups:
            chosen = driven if group.driven else job
            settings = self._settings(group, n_steps, first_sample)
            run_blocks, run_lane = ensemble.kernels(settings)
            if group.size == 1:
                tasks.append((run_lane, (group.first, chosen, settings)))
                continue
            first, last = group.first // WIDTH, group.last // WIDTH
            pieces = min(last - first, 4 * self.threads if self.threads > 1 else 1)
            cuts = [first + (last - first) * k // pieces for k in range(pieces + 1)]
            for start, stop in pairwise(cuts):
                tasks.append((run_blocks, (start, stop, chosen, settings)))
        if pool is None or len(tasks) == 1:
            for function, arguments in tasks:
                function(*arguments)
        else:
            for future in [pool.submit(function, *arguments) for function, arguments in tasks]:
                future.result()
        real = job.row >= 0
        finite = np.isfinite(job.state[:5, real]).all(axis=0)
        self.steps_done += n_steps
        if not finite.all():
            lane = int(job.row[real][~finite][0])
            raise SimulationError(
                f"lane {lane} is no longer finite at {self.steps_done * self.step:.4g} s with a step of "
                f"{self.step:.3g} s; use a smaller step and check the junction's and the bias's magnitudes"
            )

    def run(self, n_samples: int) -> Iterator[tuple[int, dict[str, Floats]]]:
        """Advance by `n_samples` sample intervals, pausing about four times a second.

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
        n_samples = as_count("n_samples", n_samples, 0)
        arrays = self.empty(n_samples)
        job = self._job._replace(**arrays)
        start = self.samples_done
        end = (start + n_samples) * self.steps_per_sample
        with pool(self.threads) as workers:
            while self.steps_done < end:
                steps = min(self.chunk_steps(), end - self.steps_done)
                self._run(steps, job, self.samples_done - start, workers)
                yield self.samples_done - start, arrays

    def settle(self, duration: float) -> None:
        """Run for `duration` (s) with the bias of time zero, then call that time zero again.

        Nothing is recorded or counted. Rounded up to whole tiles of random numbers.
        """
        if self.steps_done:
            raise SimulationError(f"settle({duration:g}) after {self.steps_done} steps; settle before the first sample")
        tiles = math.ceil(duration / (self.step * ensemble.TILE) * (1.0 - 1e-12))
        end = tiles * ensemble.TILE
        self._settling = True
        with pool(self.threads) as workers:
            while self.steps_done < end:
                self._run(min(self.chunk_steps(), end - self.steps_done), self._job, 0, workers)
        self._settling = False
        self.steps_done = 0
        self.settled += end * self.step
        state, parameters = self._job.state, self._job.parameters
        first = ensemble.LaneParameters._fields.index("reference_x")
        cosine = np.sum(state[:3] * parameters[first : first + 3], axis=0)
        state[ensemble.PARALLEL] = cosine > 0.0

    # Results

    def statistics(self) -> dict[str, tuple[tuple[str, ...], Any, dict[str, str]]]:
        """Return the accumulated statistics as variables (dimensions, values, attributes) of a Dataset."""
        lanes = ("device", "bias", "replica")
        state = np.empty((ensemble.STATE_ROWS, self.n_lanes))
        real = self._job.row >= 0
        state[:, self._job.row[real]] = self._job.state[:, real]
        shaped = state.reshape(-1, *self.shape)
        variables: dict[str, tuple[tuple[str, ...], Any, dict[str, str]]] = {}
        steps = max(self.steps_done, 1)
        if self.moments:
            mean = shaped / steps
            first = np.moveaxis(mean[ensemble.SUM_M : ensemble.SUM_M + 3], 0, -1)
            xx, yy, zz, xy, xz, yz = mean[ensemble.SUM_MM : ensemble.SUM_MM + 6]
            second = np.stack([xx, xy, xz, xy, yy, yz, xz, yz, zz], axis=-1)
            g, gg = mean[ensemble.SUM_G], mean[ensemble.SUM_GG]
            variables["m_mean"] = ((*lanes, "component"), first, {"units": "1"})
            variables["m_second_moment"] = (
                (*lanes, "component", "component_2"),
                second.reshape(*self.shape, 3, 3),
                {"units": "1"},
            )
            variables["conductance_mean"] = (lanes, g, {"units": "S"})
            variables["conductance_variance"] = (lanes, gg - g * g, {"units": "S2"})
            variables["voltage_mean"] = (lanes, mean[ensemble.SUM_V], {"units": "V"})
        if self.telegraph is not None:
            share = shaped[ensemble.PARALLEL_STEPS] / steps
            counts = np.stack([shaped[ensemble.TO_ANTIPARALLEL], shaped[ensemble.TO_PARALLEL]], axis=-1)
            histogram = self._job.histogram.reshape(*self.shape, 2, ensemble.DWELL_BINS)
            variables["parallel_share"] = (lanes, share, {"units": "1"})
            variables["transitions_into"] = ((*lanes, "state"), counts.astype(np.int64), {"units": "1"})
            variables["dwell_histogram"] = ((*lanes, "state", "dwell_bin"), histogram, {"units": "1"})
            edges = dwell_edges() * self.step
            variables["dwell_bin_start"] = (("dwell_bin",), edges[:-1], {"units": "s"})
            variables["dwell_bin_stop"] = (("dwell_bin",), edges[1:], {"units": "s"})
        return variables

    def provenance(self) -> dict[str, Any]:
        """Return what is needed to make the run again, as attributes of a file."""
        return {
            "mtjphys_version": __version__,
            "junctions": json.dumps([junction.to_toml() for junction in self.junctions]),
            "biases": json.dumps([bias.to_toml() for bias in self.biases]),
            "replicas": self.replicas,
            "seed": self.seed,
            "first_lane": self.first_lane,
            "integrator": self.integrator,
            "step": self.step,
            "step_units": "s",
            "step_reason": self.step_reason,
            "sample_interval": self.sample_interval,
            "sample_interval_units": "s",
            "initial": json.dumps(self.initial if isinstance(self.initial, str) else np.asarray(self.initial).tolist()),
            "settle": self.settled,
            "settle_units": "s",
            "record": json.dumps(self.record),
            "average": int(self.average),
            "moments": int(self.moments),
            "telegraph": json.dumps(self.telegraph),
        }

    @property
    def _state(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self._job, name) for name in ("state", "random", "histogram")}

    @classmethod
    def from_provenance(cls, attributes: Mapping[str, Any], threads: int | None = None) -> Simulator:
        """Return the simulator at time zero that `provenance` describes."""
        telegraph = json.loads(attributes["telegraph"])
        return cls(
            [MTJ.from_toml(text) for text in json.loads(attributes["junctions"])],
            [Bias.from_toml(text) for text in json.loads(attributes["biases"])],
            sample_interval=float(attributes["sample_interval"]),
            replicas=int(attributes["replicas"]),
            seed=int(attributes["seed"]),
            step=float(attributes["step"]),
            integrator=str(attributes["integrator"]),
            initial=json.loads(attributes["initial"]),
            record=json.loads(attributes["record"]),
            average=bool(attributes["average"]),
            moments=bool(attributes["moments"]),
            telegraph=None if telegraph is None else tuple(telegraph),
            threads=threads,
            first_lane=int(attributes["first_lane"]),
        )


def dwell_edges() -> Floats:
    """Return the edges of the dwell-time histogram in steps: four bins a factor of two."""
    octave, quarter = np.divmod(np.arange(ensemble.DWELL_BINS + 1), 4)
    return np.asarray(2.0**octave * (1.0 + 0.25 * quarter))


@contextmanager
def pool(threads: int) -> Iterator[ThreadPoolExecutor | None]:
    """Open a pool of threads; none for one thread."""
    if threads == 1:
        yield None
        return
    with ThreadPoolExecutor(threads) as pool:
        yield pool


def _bar(progress: bool, simulator: LaneSimulator, total: int) -> Any:
    from tqdm import tqdm

    return tqdm(
        total=total,
        initial=min(simulator.samples_done, total),
        unit=" samples",
        disable=not progress,
        desc=f"{simulator.n_lanes} lanes",
    )


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

    lanes = ("device", "bias", "replica")
    variables: dict[str, Any] = {}
    for name, values in arrays.items():
        extra = ("component",) if name == "m" else ()
        shaped = values[:, :n].reshape(*simulator.shape, n, *values.shape[2:])
        variables[name] = ((*lanes, "time", *extra), shaped, {"units": UNITS[name]})
    variables.update(simulator.statistics())
    time_axis = (np.arange(first, first + n) + 1) * simulator.sample_interval
    coordinates: dict[str, Any] = {
        "time": ("time", time_axis, {"units": "s"}),
        "component": ("component", ["x", "y", "z"]),
        "lane": (
            lanes,
            simulator.first_lane + np.arange(simulator.n_lanes).reshape(simulator.shape),
            {"long_name": "number of the random stream"},
        ),
    }
    if simulator.telegraph is not None:
        coordinates["state"] = ("state", list(STATES))
    attributes = simulator.provenance() | {
        "duration": simulator.samples_done * simulator.sample_interval,
        "duration_units": "s",
    }
    return xr.Dataset(variables, coordinates, attributes)


def simulate(
    junction: MTJ | BringsSimulator | Sequence[MTJ | BringsSimulator],
    bias: Bias | Sequence[Bias] | None = None,
    *,
    duration: float,
    replicas: int = 1,
    seed: int = 0,
    step: float | None = None,
    sample_interval: float | None = None,
    integrator: str = "midpoint",
    initial: str | ArrayLike = "parallel",
    settle: float = 0.0,
    record: Sequence[str] | None = None,
    average: bool = False,
    moments: bool = False,
    telegraph: tuple[float, float] | None = None,
    output: str | Path | None = None,
    threads: int | None = None,
    first_lane: int = 0,
    progress: bool = False,
) -> xr.Dataset:
    """Simulate junctions under biases.

    The stochastic Landau-Lifshitz-Gilbert equation (Stratonovich; Gilbert form)

        dm/dt = -gamma m x (B + B_th) + alpha m x dm/dt - gamma a_DL m x (m x p) - gamma a_FL m x p
        <B_th,i(t) B_th,j(t')> = 2 alpha kB T/(gamma Ms V) delta_ij delta(t - t')

    for every combination of junction, bias and replica. A random stream belongs to each, keyed by (seed,
    lane): the bits do not depend on the number of threads, on chunks, or on a stop and `resume`.

    Parameters
    ----------
    junction : MTJ or list of MTJ
        The devices; or stand-ins for them, such as `mtjphys.surrogate.TwoState`.
    bias : Bias or list of Bias, optional
        What is applied; default 0 V, no field, 300 K.
    duration : float
        Time to simulate in s, rounded to whole sample intervals.
    replicas : int
        Copies of every junction and bias.
    seed : int
        Non-negative.
    step : float, optional
        Integration step in s; None chooses one that keeps equilibrium moments within 0.5 % of Boltzmann, and
        records the reason in the attribute ``step_reason``.
    sample_interval : float, optional
        Time between samples in s; default a thousandth of the duration.
    integrator : {"midpoint", "heun"}
        The midpoint rotation, or Heun's scheme for comparison.
    initial : str or array_like
        "parallel", "antiparallel", "random", a vector, or an array that broadcasts to (device, bias,
        replica, 3).
    settle : float
        Time in s to run before time zero with the bias of time zero, neither recorded nor counted.
    record : sequence of str, optional
        What to sample: any of "m", "resistance", "voltage", "temperature"; default the first three. Of a
        surrogate: "parallel", "projection", "resistance", "voltage"; default "parallel", "resistance", "voltage".
    average : bool
        Samples are means over the sample interval instead of momentary values at its end.
    moments : bool
        Add ``m_mean``, ``m_second_moment``, ``conductance_mean`` and ``_variance``, ``voltage_mean`` over every step;
        behind a series resistance or a current source the last three take the voltage at the middle of the step.
    telegraph : tuple of two floats, optional
        Thresholds (low, high) of m.p; add ``parallel_share``, ``transitions_into`` and ``dwell_histogram`` over
        every step.
    output : str or Path, optional
        netCDF file to stream the samples to, for runs longer than memory: the Dataset returned then
        reads from it. Ctrl-C leaves a readable file, which `resume` continues.
    threads : int, optional
        Default: the cores this process may use.
    first_lane : int
        Number of the first random stream.
    progress : bool
        Show a progress bar.

    Returns
    -------
    xarray.Dataset
        Dimensions device, bias, replica, time (and component): ``m`` (1), ``resistance`` (ohm), ``voltage`` (V, across
        the junction), ``temperature`` (K), as recorded; coordinate ``time`` (s), first sample after one
        interval; attributes with all that is needed to run it again.

    Raises
    ------
    ParameterError
        If an argument is illegal.
    SimulationError
        If the step is far too large, memory does not suffice, or a result is not finite.
    SimulationInterrupted
        At Ctrl-C; a KeyboardInterrupt whose ``result`` holds what was done.

    References
    ----------
    W. F. Brown, Phys. Rev. 130, 1677 (1963); J. H. Mentink et al., J. Phys.: Condens. Matter 22, 176001 (2010).

    Examples
    --------
    >>> import mtjphys as mp
    >>> run = mp.simulate(mp.presets.schnitzspan_2023(), duration=1e-7, sample_interval=1e-9, replicas=4, seed=1)
    >>> dict(run.resistance.sizes)
    {'device': 1, 'bias': 1, 'replica': 4, 'time': 100}
    """
    duration = as_seconds("duration", duration)
    settle = as_seconds("settle", settle, open_low=False)
    if sample_interval is None:
        sample_interval = duration / 1000.0
    sample_interval = as_seconds("sample_interval", sample_interval)
    if sample_interval > duration * (1.0 + 1e-9):
        raise ParameterError(
            f"sample_interval={sample_interval:g} s is longer than duration={duration:g} s; sample more often"
        )
    simulator = simulator_of(junction)(
        junction,
        bias,
        sample_interval=sample_interval,
        replicas=replicas,
        seed=seed,
        step=step,
        integrator=integrator,
        initial=initial,
        **({} if record is None else {"record": record}),
        average=average,
        moments=moments,
        telegraph=telegraph,
        threads=threads,
        first_lane=first_lane,
    )
    n_samples = max(1, round(duration / sample_interval))
    if settle > 0.0:
        simulator.settle(settle)
    if output is not None:
        from mtjphys.storage import create

        create(output, simulator, n_samples)
        return _stream(simulator, Path(output), n_samples, progress)
    done, arrays = 0, simulator.empty(0)
    with deferred_interrupt() as interrupt, _bar(progress, simulator, n_samples) as bar:
        for done, filled in simulator.run(n_samples):
            arrays = filled
            bar.update(done - bar.n)
            if interrupt.is_set():
                break
    result = dataset(simulator, arrays, 0, done)
    if done < n_samples:
        raise SimulationInterrupted(
            f"interrupted after {done} of {n_samples} samples; they are in the exception's `result`", result
        )
    return result


def _stream(simulator: LaneSimulator, path: Path, n_samples: int, progress: bool) -> xr.Dataset:
    from mtjphys.storage import append, open_run

    per_sample = 8 * simulator.n_lanes * (len(simulator.record) + 2 * ("m" in simulator.record))
    with deferred_interrupt() as interrupt, _bar(progress, simulator, n_samples) as bar, append(path) as writer:
        while simulator.samples_done < n_samples and not interrupt.is_set():
            first = simulator.samples_done
            size = simulator.chunk_steps() // simulator.steps_per_sample
            size = max(1, min(size, _LARGEST_BUFFER // max(per_sample, 1), n_samples - first))
            arrays: dict[str, Floats] = {}
            for _, filled in simulator.run(size):
                arrays = filled
                if interrupt.is_set():
                    break
            writer.write(simulator, arrays, first)
            bar.update(simulator.samples_done - bar.n)
    if simulator.samples_done < n_samples:
        raise SimulationInterrupted(
            f"interrupted; {path} holds the samples so far: continue with mtjphys.resume({str(path)!r})", path
        )
    return open_run(path)


def resume(
    path: str | Path,
    *,
    duration: float | None = None,
    threads: int | None = None,
    progress: bool = False,
) -> xr.Dataset:
    """Continue a run that `simulate` streamed to a file, with the same bits as if it had not stopped.

    Parameters
    ----------
    path : str or Path
        The file given as ``output``.
    duration : float, optional
        Total time in s, counted from time zero of the run; default what the run was meant to last. A longer
        one extends a finished run.
    threads : int, optional
        Default: the cores this process may use.
    progress : bool
        Show a progress bar.

    Returns
    -------
    xarray.Dataset
        As of `simulate`, reading from the file.

    Raises
    ------
    DataError
        If the file is missing or holds no run that can be continued.
    ParameterError
        If the duration is shorter than what is done.
    """
    from mtjphys.storage import load, open_run

    path = Path(path)
    simulator, n_samples = load(path, threads)
    if duration is not None:
        n_samples = round(float(duration) / simulator.sample_interval)
        if n_samples < simulator.samples_done:
            raise ParameterError(
                f"duration={duration:g} s is less than the {simulator.samples_done * simulator.sample_interval:g} s "
                f"that {path} holds already; give a longer one"
            )
    if simulator.samples_done >= n_samples:
        return open_run(path)
    from mtjphys.storage import intend

    intend(path, n_samples)
    return _stream(simulator, path, n_samples, progress)
