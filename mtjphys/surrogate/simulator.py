"""Lanes of two-state junctions, which are sampled in continuous time."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mtjphys import __version__
from mtjphys.bias import Bias
from mtjphys.core.checks import as_choice, as_count, as_list, as_seconds
from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.core.machine import available_cores, pool, run_all
from mtjphys.core.parameters import join_toml, split_toml
from mtjphys.core.streams import Use, as_seed, generator, states
from mtjphys.kernels import surrogate as kernels
from mtjphys.simulation.lanes import SIMULATORS, STATES, LaneSimulator
from mtjphys.surrogate.lowering import AppliedBias
from mtjphys.surrogate.tables import Floats
from mtjphys.surrogate.two_state import TwoState

RECORDS = ("parallel", "projection", "resistance", "voltage")

CHUNK = 1e7
"""Lane-samples and flips between two looks at Ctrl-C."""

MOST_SWITCHES = 1e8
"""In a sample interval of all lanes of a thread: seconds of computing."""


@SIMULATORS.register("two_state")
class TwoStateSimulator(LaneSimulator):
    """Lanes of two-state surrogates that advance as far as they are asked to.

    Each lane has two streams keyed by (seed, lane), one for the switching and one for the fluctuations: the results
    do not depend on the number of threads or on how the time is divided into calls, and the switching times not on
    the sample interval at constant bias.

    Parameters
    ----------
    junction : TwoState or list of TwoState
        The devices.
    bias : Bias or list of Bias, optional
        What is applied; default 0 V, no field, 300 K.
    sample_interval : float
        Time between samples in s.
    replicas : int
        As in `mtjphys.Simulator`.
    seed : int or None
        As in `mtjphys.Simulator`.
    initial : {"parallel", "antiparallel", "random"}
        State at time zero; "random" draws it from the stationary occupation under the bias of time zero.
    record : sequence of str
        What to sample: any of "parallel" (1 or 0), "projection" (m.p), "resistance", "voltage".
    threads : int, optional
        Default: the cores this process may use.
    first_lane : int
        Number of the first lane's streams.
    **unused
        Arguments of `mtjphys.Simulator` that mean nothing here, refused unless they have their defaults.

    Raises
    ------
    ParameterError
        If an argument is illegal or a bias leaves the tables.

    Examples
    --------
    >>> import mtjphys as mp
    >>> device = mp.surrogate.from_fokker_planck(mp.presets.funatsu_2022())
    >>> live = mp.surrogate.TwoStateSimulator(device, sample_interval=1e-3, replicas=4, seed=1)
    >>> live.advance(10)["resistance"].shape
    (4, 10)
    """

    thresholds = None
    steps_per_sample = 1

    def __init__(
        self,
        junction: TwoState | Sequence[TwoState],
        bias: Bias | Sequence[Bias] | None = None,
        *,
        sample_interval: float,
        replicas: int = 1,
        seed: int | None = 0,
        initial: str = "parallel",
        record: Sequence[str] = ("parallel", "resistance", "voltage"),
        threads: int | None = None,
        first_lane: int = 0,
        **unused: Any,
    ) -> None:
        defaults = {"step": None, "integrator": "midpoint", "average": False, "moments": False, "thresholds": None}
        for name, value in unused.items():
            if name not in defaults or value != defaults[name]:
                raise ParameterError(f"{name}={value!r} means nothing to a two-state surrogate; leave it out")
        self.devices: list[TwoState] = as_list(junction, TwoState, "junction")
        self.biases: list[Bias] = as_list(Bias() if bias is None else bias, Bias, "bias")
        self.replicas = as_count("replicas", replicas)
        self.seed = as_seed(seed)
        self.first_lane = as_count("first_lane", first_lane, 0)
        self.threads = available_cores() if threads is None else as_count("threads", threads)
        self.sample_interval = as_seconds("sample_interval", sample_interval)
        if not isinstance(record, (list, tuple)) or not all(name in RECORDS for name in record):
            raise ParameterError(
                f"record={record!r} is not a sequence of names out of {list(RECORDS)}; two states have no other"
            )
        self.record = tuple(name for name in RECORDS if name in record)
        self.initial = as_choice("initial", initial, (*STATES, "random"))
        self.shape = len(self.devices), len(self.biases), self.replicas
        self.n_lanes = math.prod(self.shape)
        self.steps_done = 0
        self.settled = 0.0
        self._tables = [device.lowered(applied) for device in self.devices for applied in self.biases]
        self._applied = [
            AppliedBias(applied, device.line, self.sample_interval)
            for device in self.devices
            for applied in self.biases
        ]
        self._check_events()
        self._levels = [device.conduction(applied) for device in self.devices for applied in self.biases]
        numbers = range(self.first_lane, self.first_lane + self.n_lanes)
        self._chances = np.array([generator(self.seed, lane, Use.INITIAL).random(2) for lane in numbers]).T
        state = np.zeros((kernels.STATE_ROWS, self.n_lanes))
        state[kernels.CANDIDATE] = math.inf
        state[kernels.FLIPPED] = 1.0  # the first deviate is a fresh one
        parallel = self._occupation() if initial == "random" else np.full(self.n_lanes, float(initial == "parallel"))
        state[kernels.STATE] = np.where(self._chances[0] < parallel, kernels.PARALLEL, kernels.ANTIPARALLEL)
        empty = np.empty((self.n_lanes, 0))
        self._lanes = kernels.Lanes(
            flips=states(self.seed, numbers),
            wells=states(self.seed, numbers, Use.WELL),
            state=state,
            parallel=empty,
            projection=empty,
            resistance=empty,
            voltage=empty,
            times=empty,
            counts=np.zeros(self.n_lanes, dtype=np.int64),
        )

    def _check_events(self) -> None:
        """Refuse sample intervals in which the junctions switch more often than can be drawn between two looks."""
        fastest = max(float(table.fastest.max()) for table in self._tables)
        switches = fastest * self.sample_interval
        if switches * max(1.0, self.n_lanes / self.threads) > MOST_SWITCHES:
            lanes = f" of {self.n_lanes:,} lanes" if self.n_lanes > 1 else ""
            raise SimulationError(
                f"a sample interval of {self.sample_interval:g} s holds up to {switches:.3g} switches{lanes}, more "
                f"than the {MOST_SWITCHES:g} that are drawn without a pause; sample more often, and at most every "
                f"{MOST_SWITCHES / fastest / max(1.0, self.n_lanes / self.threads):.2g} s"
            )

    def _start_rates(self) -> Floats:
        """Return the rates of leaving the two states at time zero, (2, lanes)."""
        rates = [
            [kernels.rate(table, applied.block(0).course, 0, state, 0.0) for state in range(2)]
            for table, applied in zip(self._tables, self._applied, strict=True)
        ]
        return np.repeat(np.array(rates), self.replicas, axis=0).T

    def _occupation(self) -> Floats:
        """Return the stationary probability of the parallel state under the bias of time zero, of each lane."""
        leaving_parallel, leaving_antiparallel = self._start_rates()
        return np.asarray(leaving_antiparallel / (leaving_antiparallel + leaving_parallel))

    def chunk_steps(self) -> int:
        """Return the samples between two looks at Ctrl-C."""
        events = self.sample_interval * max(float(table.fastest.max()) for table in self._tables)
        return max(1, int(CHUNK * self.threads / (self.n_lanes * (1.0 + events))))

    def run(self, n_samples: int) -> Iterator[tuple[int, dict[str, Floats]]]:
        """Advance by `n_samples` sample intervals, pausing about four times a second.

        Parameters
        ----------
        n_samples : int
            Samples to add.

        Yields
        ------
        tuple
            Samples done so far in this call, and the arrays (lanes, n_samples), filled up to there.
        """
        n_samples = as_count("n_samples", n_samples, 0)
        arrays: dict[str, Any] = self.empty(n_samples)
        lanes = self._lanes._replace(**arrays)
        start = self.steps_done
        for applied in self._applied:
            applied.check_field(start, start + n_samples)
        with pool(self.threads) as workers:
            while self.steps_done < start + n_samples:
                n = min(self.chunk_steps(), start + n_samples - self.steps_done)
                pieces = max(1, min(self.replicas, 4 * self.threads // len(self._tables)))
                cuts = [self.replicas * k // pieces for k in range(pieces + 1)]
                tasks = [
                    (
                        self._advance,
                        (pair, pair * self.replicas + cuts[k], pair * self.replicas + cuts[k + 1], lanes, start, n),
                    )
                    for pair in range(len(self._tables))
                    for k in range(pieces)
                ]
                with self.kept_on_error():
                    run_all(workers, tasks)
                    self.steps_done += n
                yield self.steps_done - start, arrays

    def _advance(self, pair: int, first: int, last: int, lanes: kernels.Lanes, start: int, n: int) -> None:
        """Advance some lanes of one device under one bias by `n` samples, block by block."""
        done = 0
        while done < n:
            sample = self.steps_done + done
            block = self._applied[pair].block(sample)
            size = min(n - done, block.stop - sample)
            kernels.run_lanes(
                first,
                last,
                self._tables[pair],
                block.course,
                self._levels[pair],
                lanes,
                self.sample_interval,
                sample,
                sample - start,
                size,
            )
            done += size

    def switching_times(self) -> Floats:
        """Advance the first lane by one sample interval and return the times at which it switched, s."""
        buffer = np.empty((1, 2**16))
        lanes = self._lanes._replace(times=buffer)
        times = []
        course = self._applied[0].block(self.steps_done).course
        done = 0
        while done < 1:
            lanes.counts[0] = 0
            done = kernels.run_lane(
                0, self._tables[0], course, self._levels[0], lanes, self.sample_interval, self.steps_done, 0, 1
            )
            times.append(buffer[0, : lanes.counts[0]].copy())
        self.steps_done += 1
        return np.concatenate(times)

    def begin_settling(self, duration: float) -> None:
        """Run for `duration` (s) with the bias of time zero, then call that time zero again; in one draw."""
        if self.steps_done:
            raise SimulationError(f"settle({duration:g}) after {self.steps_done} samples; settle before the first one")
        state = self._lanes.state[kernels.STATE]
        stationary, total = self._occupation(), self._start_rates().sum(axis=0)
        parallel = stationary + ((state == kernels.PARALLEL) - stationary) * np.exp(-duration * total)
        state[...] = np.where(self._chances[1] < parallel, kernels.PARALLEL, kernels.ANTIPARALLEL)
        self.settled += duration

    def go_on_settling(self) -> Iterator[None]:
        """Do nothing: it is done."""
        return iter(())

    def statistics(self) -> dict[str, tuple[tuple[str, ...], Any, dict[str, str]]]:
        """Return nothing: a surrogate accumulates no statistics."""
        return {}

    def provenance(self) -> dict[str, Any]:
        """Return what is needed to make the run again, as attributes of a file."""
        return {
            "mtjphys_version": __version__,
            "simulator": "two_state",
            "surrogates": join_toml("surrogate", [device.to_toml() for device in self.devices]),
            "surrogate_error": [device.error for device in self.devices],
            "surrogate_origin": json.dumps([device.origin for device in self.devices]),
            "biases": join_toml("bias", [bias.to_toml() for bias in self.biases]),
            "replicas": self.replicas,
            "seed": self.seed,
            "first_lane": self.first_lane,
            "sample_interval": self.sample_interval,
            "sample_interval_units": "s",
            "initial": self.initial,
            "settle": self.settled,
            "settle_units": "s",
            "record": json.dumps(self.record),
        }

    @classmethod
    def from_provenance(cls, attributes: Mapping[str, Any], threads: int | None = None) -> Self:
        """Return the simulator at time zero that `provenance` describes."""
        return cls(
            [TwoState.from_toml(text) for text in split_toml("surrogate", attributes["surrogates"])],
            [Bias.from_toml(text) for text in split_toml("bias", attributes["biases"])],
            sample_interval=float(attributes["sample_interval"]),
            replicas=int(attributes["replicas"]),
            seed=int(attributes["seed"]),
            initial=str(attributes["initial"]),
            record=json.loads(attributes["record"]),
            threads=threads,
            first_lane=int(attributes["first_lane"]),
        )

    @property
    def _state(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self._lanes, name) for name in ("flips", "wells", "state")}
