"""Lanes of junctions that follow the stochastic Landau-Lifshitz-Gilbert equation.

A lane is one junction under one bias in one replica, with a random stream of its own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys import __version__
from mtjphys.bias import CHANNELS, Bias
from mtjphys.core.checks import as_choice, as_count, as_list, as_seconds, as_thresholds
from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.core.machine import available_cores, available_memory, pool, run_all
from mtjphys.core.parameters import join_toml, split_toml
from mtjphys.core.streams import Use, as_seed, generator, states
from mtjphys.junction import MTJ, JunctionLike, as_junctions
from mtjphys.kernels import memory
from mtjphys.kernels.conduction import junction_voltage
from mtjphys.kernels.ensemble import DRAWN, kernels
from mtjphys.kernels.loop import ROWS, Ensemble, Settings
from mtjphys.kernels.parameters import LaneParameters, flattened
from mtjphys.kernels.recording import DWELL_BINS, Recorder
from mtjphys.kernels.simd import WIDTH
from mtjphys.kernels.steppers import HEUN, MIDPOINT
from mtjphys.kernels.tiles import TILE
from mtjphys.macrospin.constant import circuit_weights
from mtjphys.simulation.grouping import Group, grouped
from mtjphys.simulation.lanes import LANES, SIMULATORS, STATES, Floats, LaneSimulator
from mtjphys.simulation.stepping import centred, choose_step, fastest_rates, feels_squares

INTEGRATORS = {"midpoint": MIDPOINT, "heun": HEUN}
RECORDS = ("m", "resistance", "voltage", "temperature")

# Lane-steps between two looks at Ctrl-C and the progress bar: about a quarter of a second.
CHUNK = 5e7
LARGEST_TABLE = 2**22  # numbers

# Rows of a bias.
SOURCE, AMBIENT = CHANNELS.index("source"), CHANNELS.index("temperature")


@SIMULATORS.register("llg")
class Simulator(LaneSimulator):
    """Lanes of junctions that advance as far as they are asked to.

    The equation is Stratonovich's; see `mtjphys.kernels.llg`. Each lane (junction x bias x replica, in this
    order, the replica running fastest) has a stream keyed by (seed, lane): the results do not depend on
    the number of threads or on how the time is divided into calls.

    Parameters
    ----------
    junction : MTJ, str, Path, or list of these
        The devices, each itself, the name of a preset, or the path of a TOML file.
    bias : Bias or list of Bias, optional
        What is applied; default 0 V, no field, 300 K.
    sample_interval : float
        Time between samples in s.
    replicas : int
        Copies of every junction and bias, each with a stream of its own.
    seed : int or None
        Non-negative; None draws one. It is kept as the attribute `seed`.
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
    thresholds : tuple of two floats, optional
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
        junction: JunctionLike | Sequence[JunctionLike],
        bias: Bias | Sequence[Bias] | None = None,
        *,
        sample_interval: float,
        replicas: int = 1,
        seed: int | None = 0,
        step: float | None = None,
        integrator: str = "midpoint",
        initial: str | ArrayLike = "parallel",
        record: Sequence[str] = ("m", "resistance", "voltage"),
        average: bool = False,
        moments: bool = False,
        thresholds: tuple[float, float] | None = None,
        threads: int | None = None,
        first_lane: int = 0,
    ) -> None:
        self.junctions: list[MTJ] = as_list(as_junctions(junction), MTJ, "junction")
        self.biases: list[Bias] = as_list(Bias() if bias is None else bias, Bias, "bias")
        self.replicas = as_count("replicas", replicas)
        self.seed = as_seed(seed)
        self.first_lane = as_count("first_lane", first_lane, 0)
        self.threads = available_cores() if threads is None else as_count("threads", threads)
        self.integrator = as_choice("integrator", integrator, INTEGRATORS)
        named = isinstance(record, (list, tuple)) and all(name in RECORDS for name in record)
        if not named:
            raise ParameterError(f"record={record!r} is not a sequence of names out of {list(RECORDS)}")
        self.record = tuple(name for name in RECORDS if name in record)
        self.average = bool(average)
        self.moments = bool(moments)
        self.thresholds = None if thresholds is None else as_thresholds(thresholds)
        self.sample_interval = as_seconds("sample_interval", sample_interval)
        self.shape = len(self.junctions), len(self.biases), self.replicas
        self.n_lanes = math.prod(self.shape)
        copies = 2 if self.thresholds is not None else 1  # the state before a piece is kept beside it
        needed = 8.0 * self.n_lanes * (60 + 2 * memory.STATE_ROWS + 2 * DWELL_BINS * copies)
        if needed > available_memory():
            raise SimulationError(
                f"{self.n_lanes:,} lanes need {needed / 2**30:.3g} GiB of memory, of which "
                f"{available_memory() / 2**30:.3g} GiB are free; use fewer replicas, junctions or biases"
            )
        parameters = [centred(junction.lane_parameters()) for junction in self.junctions]
        self._feels_squares = any(map(feels_squares, parameters))
        rates = [fastest_rates(p, applied) for p in parameters for applied in self.biases]
        self.step, self.steps_per_sample, self.step_reason = choose_step(
            rates,
            min(applied.longest_step() for applied in self.biases),
            integrator,
            None if step is None else as_seconds("step", step),
            self.sample_interval,
        )
        self.steps_done = 0
        self.settled = 0.0
        self.initial = initial
        self._build(parameters, initial)

    # Building the arrays

    def _build(self, parameters: list[LaneParameters], initial: str | ArrayLike) -> None:
        self.groups, order = grouped(self.junctions, self.biases, parameters, self.replicas, self.step)
        row = np.array(order, dtype=np.int64)
        number = np.where(row < 0, 0, row)
        for group in self.groups:  # what fills a block is of its kind
            number[group.first + group.size : group.last] = number[group.first]
        device = number // (self.replicas * len(self.biases))
        bias = number // self.replicas % len(self.biases)
        weights = np.array([circuit_weights(applied) for applied in self.biases]).T
        table = np.array([applied.table(0, 1, self.step, variance=self._feels_squares) for applied in self.biases])
        state = np.zeros((memory.STATE_ROWS, row.size))
        random = np.zeros((4, row.size), dtype=np.uint64)
        real = row >= 0
        random[:, real] = states(self.seed, [self.first_lane + int(k) for k in row[real]])
        state[:3] = self._initial(initial).reshape(-1, 3)[number].T
        state[memory.TEMPERATURE] = state[memory.HELD] = table[bias, 4, 0]
        state[memory.LAST_CROSSING] = -1.0
        numbers = [flattened(p) for p in parameters]
        matrix = np.zeros((max(map(len, numbers)), row.size))
        directions = np.array([[p.reference_x, p.reference_y, p.reference_z] for p in parameters])
        self._reference = directions[device].T
        cosine = np.sum(state[:3] * self._reference, axis=0)
        state[memory.PARALLEL], state[memory.COSINE] = cosine > 0.0, cosine
        for d, p in enumerate(parameters):
            matrix[: len(numbers[d]), device == d] = np.array(numbers[d])[:, None]
            for b in range(len(self.biases)):
                where = (device == d) & (bias == b)
                voltage = junction_voltage(p, cosine[where], table[b, 0, 0], *weights[:, b])
                state[memory.VOLTAGE, where] = table[b, 0, 0] if weights[1, b] == 0.0 else voltage
        empty = np.empty((self.n_lanes, 0))
        self.lanes = Ensemble(
            parameters=matrix,
            example=parameters[0],
            random=random,
            state=state,
            source_weight=np.ascontiguousarray(weights[:1, bias]),
            junction_weight=np.ascontiguousarray(weights[1:, bias]),
            bias_index=bias.astype(np.int64),
            bias=table,
        )
        low, high = self.thresholds or (0.0, 0.0)
        key = np.zeros(row.size, dtype=np.uint64)
        if self.thresholds is not None:
            key[real] = states(self.seed, [self.first_lane + int(k) for k in row[real]], Use.CROSSING)[0]
        self.recorder = Recorder(
            row=row,
            key=key,
            histogram=np.zeros((self.n_lanes, 2, DWELL_BINS), dtype=np.int64),
            m=np.empty((self.n_lanes, 0, 3)),
            resistance=empty,
            voltage=empty,
            temperature=empty,
            source=np.empty((len(self.biases), 0)),
            ambient=np.empty((len(self.biases), 0)),
            every=self.steps_per_sample,
            first_sample=0,
            average=self.average,
            moments=self.moments,
            telegraph=self.thresholds is not None,
            low=low,
            high=high,
        )

    def _initial(self, initial: str | ArrayLike) -> Floats:
        full = (*self.shape, 3)
        if isinstance(initial, str):
            if initial == "random":
                # A key of its own for every lane, beside that of its stream: a lane alone starts as it does here.
                lanes = range(self.first_lane, self.first_lane + self.n_lanes)
                m = np.array([generator(self.seed, lane, Use.INITIAL).standard_normal(3) for lane in lanes])
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

    def settings(self, group: Group, n_steps: int) -> Settings:
        """Return what a kernel needs to advance a group by so many steps from here."""
        kind = group.kind
        return Settings(
            dt=self.step,
            first_step=self.steps_done,
            n_steps=n_steps,
            scheme=INTEGRATORS[self.integrator],
            circuit=kind.circuit,
            driven=kind.driven and not self.to_settle,
            hot=kind.hot,
            hold=kind.hold,
            noisy=kind.noisy,
            renormalise=True,
            rewind=True,
        )

    def chunk_steps(self) -> int:
        """Return the steps between two looks at Ctrl-C."""
        steps = max(1, int(CHUNK * self.threads / self.recorder.row.size))
        if any(group.kind.driven for group in self.groups):
            steps = min(steps, max(1, LARGEST_TABLE // (ROWS * len(self.biases))))
        return steps

    def _run(self, n_steps: int, recorder: Recorder, pool: Any) -> None:
        """Advance all lanes by one chunk."""
        driven = self.lanes
        if self.to_settle:
            never = self.steps_done + n_steps + 1
            recorder = recorder._replace(every=never, average=False, moments=False, telegraph=False)
        elif any(group.kind.driven for group in self.groups):
            options = {"variance": self._feels_squares}
            table = np.array([b.table(self.steps_done, n_steps, self.step, **options) for b in self.biases])
            driven = self.lanes._replace(bias=table)
            first, last = (done // self.steps_per_sample for done in (self.steps_done, self.steps_done + n_steps))
            ends: Floats = np.arange(first + 1, last + 1, dtype=np.float64) * self.sample_interval
            at_end = [
                [b.channels[row].until(ends, self.sample_interval) for b in self.biases] for row in (SOURCE, AMBIENT)
            ]
            recorder = recorder._replace(source=np.array(at_end[0]), ambient=np.array(at_end[1]))
        tasks: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
        for group in self.groups:
            settings = self.settings(group, n_steps)
            chosen = (driven if settings.driven else self.lanes)._replace(example=group.example)
            arguments = (chosen, settings, recorder, DRAWN)
            run_blocks, run_lane = kernels(settings, recorder)
            if group.size == 1:
                tasks.append((run_lane, (group.first, *arguments)))
                continue
            first, last = group.first // WIDTH, group.last // WIDTH
            pieces = min(last - first, 4 * self.threads if self.threads > 1 else 1)
            cuts = [first + (last - first) * k // pieces for k in range(pieces + 1)]
            for start, stop in pairwise(cuts):
                tasks.append((run_blocks, (start, stop, *arguments)))
        run_all(None if len(tasks) == 1 else pool, tasks)
        real = recorder.row >= 0
        finite = np.isfinite(self.lanes.state[:5, real]).all(axis=0)
        self.steps_done += n_steps
        if not finite.all():
            lane = int(recorder.row[real][~finite][0])
            raise SimulationError(
                f"lane {lane} is no longer finite at {self.steps_done * self.step:.4g} s with a step of "
                f"{self.step:.3g} s; use a smaller step and check the junction's and the bias's magnitudes"
            )

    def run(self, n_samples: int) -> Iterator[tuple[int, dict[str, Floats]]]:
        """Advance by `n_samples` sample intervals, as `LaneSimulator` says."""
        n_samples = as_count("n_samples", n_samples, 0)
        arrays = self.empty(n_samples)
        start = self.samples_done
        end = (start + n_samples) * self.steps_per_sample
        with pool(self.threads) as workers:
            while self.steps_done < end:
                steps = min(self.chunk_steps(), end - self.steps_done)
                filled: dict[str, Any] = {"first_sample": self.samples_done - start, **arrays}
                recorder = self.recorder._replace(**filled)
                with self.kept_on_error():
                    self._run(steps, recorder, workers)
                yield self.samples_done - start, arrays

    def begin_settling(self, duration: float) -> None:
        """Note that `go_on_settling` has to run for `duration` (s) with the bias of time zero.

        Nothing is recorded or counted. Rounded up to whole tiles of random numbers.
        """
        if self.steps_done:
            raise SimulationError(f"settle({duration:g}) after {self.steps_done} steps; settle before the first sample")
        self.to_settle = TILE * math.ceil(duration / (self.step * TILE) * (1.0 - 1e-12))

    def go_on_settling(self) -> Iterator[None]:
        """Settle as long as there is something to settle, pausing about four times a second."""
        if not self.to_settle:
            return
        with pool(self.threads) as workers:
            while self.steps_done < self.to_settle:
                with self.kept_on_error():
                    self._run(min(self.chunk_steps(), self.to_settle - self.steps_done), self.recorder, workers)
                yield
        self.settled += self.to_settle * self.step
        self.steps_done = self.to_settle = 0
        state = self.lanes.state
        state[memory.COSINE] = np.sum(state[:3] * self._reference, axis=0)
        state[memory.PARALLEL] = state[memory.COSINE] > 0.0

    # Results

    def statistics(self) -> dict[str, tuple[tuple[str, ...], Any, dict[str, str]]]:
        """Return the accumulated statistics as variables (dimensions, values, attributes) of a Dataset."""
        lanes = LANES
        state = np.empty((memory.STATE_ROWS, self.n_lanes))
        real = self.recorder.row >= 0
        state[:, self.recorder.row[real]] = self.lanes.state[:, real]
        shaped = state.reshape(-1, *self.shape)
        variables: dict[str, tuple[tuple[str, ...], Any, dict[str, str]]] = {}
        steps = max(self.steps_done, 1)
        if self.moments:
            mean = shaped / steps
            first = np.moveaxis(mean[memory.SUM_M : memory.SUM_M + 3], 0, -1)
            xx, yy, zz, xy, xz, yz = mean[memory.SUM_MM : memory.SUM_MM + 6]
            second = np.stack([xx, xy, xz, xy, yy, yz, xz, yz, zz], axis=-1)
            g, gg = mean[memory.SUM_G], mean[memory.SUM_GG]
            variables["m_mean"] = ((*lanes, "component"), first, {"units": "1"})
            variables["m_second_moment"] = (
                (*lanes, "component", "component_2"),
                second.reshape(*self.shape, 3, 3),
                {"units": "1"},
            )
            variables["conductance_mean"] = (lanes, g, {"units": "S"})
            variables["conductance_variance"] = (lanes, gg - g * g, {"units": "S2"})
            variables["voltage_mean"] = (lanes, mean[memory.SUM_V], {"units": "V"})
        if self.thresholds is not None:
            share = shaped[memory.PARALLEL_STEPS] / steps
            counts = np.stack([shaped[memory.TO_PARALLEL], shaped[memory.TO_ANTIPARALLEL]], axis=-1)
            histogram = self.recorder.histogram.reshape(*self.shape, 2, DWELL_BINS)
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
            "simulator": "llg",
            "junctions": join_toml("junction", [junction.to_toml() for junction in self.junctions]),
            "biases": join_toml("bias", [bias.to_toml() for bias in self.biases]),
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
            "thresholds": json.dumps(self.thresholds),
        }

    @property
    def devices(self) -> list[MTJ]:  # type: ignore[override]
        """The junctions."""
        return self.junctions

    @property
    def _state(self) -> dict[str, NDArray[Any]]:
        state: dict[str, NDArray[Any]] = {"state": self.lanes.state, "random": self.lanes.random}
        return state if self.thresholds is None else state | {"histogram": self.recorder.histogram}

    @property
    def _changing(self) -> list[NDArray[Any]]:
        rows = self.lanes.state
        sums = [rows[memory.SUM_M : memory.BOX]] if self.moments else []
        boxes = [rows[memory.BOX : memory.PARALLEL]] if self.average else []
        others = [array for name, array in self._state.items() if name != "state"]
        return [rows[: memory.SUM_M], *sums, *boxes, rows[memory.PARALLEL :], *others]

    @classmethod
    def from_provenance(cls, attributes: Mapping[str, Any], threads: int | None = None) -> Self:
        """Return the simulator at time zero that `provenance` describes."""
        thresholds = json.loads(attributes["thresholds"])
        return cls(
            [MTJ.from_toml(text) for text in split_toml("junction", attributes["junctions"])],
            [Bias.from_toml(text) for text in split_toml("bias", attributes["biases"])],
            sample_interval=float(attributes["sample_interval"]),
            replicas=int(attributes["replicas"]),
            seed=int(attributes["seed"]),
            step=float(attributes["step"]),
            integrator=str(attributes["integrator"]),
            initial=json.loads(attributes["initial"]),
            record=json.loads(attributes["record"]),
            average=bool(attributes["average"]),
            moments=bool(attributes["moments"]),
            thresholds=None if thresholds is None else tuple(thresholds),
            threads=threads,
            first_lane=int(attributes["first_lane"]),
        )


def dwell_edges() -> Floats:
    """Return the edges of the dwell-time histogram in steps: four bins a factor of two, the first from zero."""
    octave, quarter = np.divmod(np.arange(DWELL_BINS + 1), 4)
    edges = 2.0**octave * (1.0 + 0.25 * quarter)
    return np.asarray(np.where(octave + quarter > 0, edges, 0.0))
