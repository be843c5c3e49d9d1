"""What a dataset will cost, from a short trial on this machine."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.checks import as_count
from mtjphys.core.errors import SimulationError
from mtjphys.core.machine import available_cores
from mtjphys.core.text import human
from mtjphys.datasets.execution.task import fitting
from mtjphys.datasets.products import LANES, Block
from mtjphys.datasets.specification import Specification
from mtjphys.datasets.store.layout import Tasks, tasks_of
from mtjphys.datasets.store.skeleton import check_installed, compressors, sizes_of, variables_of
from mtjphys.junction import MTJ

Floats = NDArray[np.float64]

LANE_STEPS = 2e7
"""Of a trial: less than a second."""

GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)

ROWS_SECONDS = 0.5
"""In which a trial begins with what a product makes of another device."""


class Estimate(NamedTuple):
    """What a dataset will cost.

    Attributes
    ----------
    shape : tuple of three int
        Devices, biases, replicas.
    tasks : Tasks
        How the lanes are divided.
    bytes_in_memory, bytes_on_disk : float
        Of all variables, the latter by what the trial has compressed to.
    seconds : float
        On this machine, with `threads`.
    threads : int
        Of which each makes a task at a time.
    sample : dict
        Numbers of a device, and what came first of each variable, as text.
    """

    shape: tuple[int, int, int]
    tasks: Tasks
    bytes_in_memory: float
    bytes_on_disk: float
    seconds: float
    threads: int
    sample: dict[str, str]

    def rows(self) -> list[tuple[str, str]]:
        """Return it as names and texts."""
        devices, biases, replicas = self.shape
        minutes, seconds = divmod(round(self.seconds), 60)
        hours, minutes = divmod(minutes, 60)
        span = f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
        return [
            ("lanes", f"{math.prod(self.shape):,}: {devices:,} devices, {biases:,} biases, {replicas:,} replicas"),
            ("shards", f"{self.tasks.total:,} of {' x '.join(map(str, self.tasks.shard))} of these"),
            ("size", f"about {human(self.bytes_on_disk, 'B')}, in memory {human(self.bytes_in_memory, 'B')}"),
            ("time", f"about {span} on this machine, with {self.threads} threads"),
            *self.sample.items(),
        ]


def estimate(specification: str | Path | Specification, *, threads: int | None = None) -> Estimate:
    """Return what a dataset will cost on this machine, from a short trial; nothing is written.

    The trial makes as many lanes as a task, of devices from all over the set, for two short times, so that what lanes
    cost once and what every sample costs are told apart; and it makes them in two threads beside each other, which
    tells what cannot be shared out (Amdahl's law).

    Parameters
    ----------
    specification : str, Path or Specification
        As of `make`.
    threads : int, optional
        As of `make`.

    Raises
    ------
    ParameterError
        If the specification is wrong.
    SimulationError
        If none of the first devices is possible.

    Examples
    --------
    >>> from mtjphys import datasets
    >>> text = '''
    ... name = "small"
    ... [devices]
    ... junction = "rehm_2023"
    ... count = 100
    ... [engine]
    ... duration = 1e-8
    ... sample_interval = 1e-10
    ... [keep.traces]
    ... '''
    >>> cost = datasets.estimate(text)
    >>> cost.shape, cost.bytes_in_memory
    ((100, 1, 1), 40100.0)
    """
    if not isinstance(specification, Specification):
        specification = Specification.from_toml(specification)
    specification = specification.settled()
    check_installed()
    tasks, variables, sizes = tasks_of(specification), variables_of(specification), sizes_of(specification)
    cores = available_cores() if threads is None else as_count("threads", threads)
    number = min(cores, fitting(specification, tasks), tasks.total)
    seconds, first = trials(specification, tasks, number)
    values = {name: array.astype(variables[name].dtype) for name, array in first.values.items()}
    whole = {
        name: float(np.dtype(v.dtype).itemsize * math.prod(sizes[dimension] for dimension in v.dimensions))
        for name, v in variables.items()
    }
    ratios = {name: _ratio(specification, array) for name, array in values.items()}
    drawn = specification.devices.drawn(specification.seed)
    sample = {name: f"{human(values.min(), '')} to {human(values.max(), '')}" for name, values in drawn.items()}
    for name, array in values.items():
        lane = tuple(slice(1 if dimension in LANES else None) for dimension in variables[name].dimensions)
        sample[name] = _in_short(array[lane], variables[name].attributes["units"])
    return Estimate(
        shape=specification.shape,
        tasks=tasks,
        bytes_in_memory=sum(whole.values()),
        bytes_on_disk=sum(size * ratios.get(name, 1.0) for name, size in whole.items()),
        seconds=seconds,
        threads=number,
        sample=sample,
    )


def trials(specification: Specification, tasks: Tasks, threads: int) -> tuple[float, Block]:
    """Return the seconds that all tasks take, and what was made of the first device."""
    engine, frame = specification.engine, specification.frame
    lanes = math.prod(tasks.shard)
    n = engine.n_samples
    short = min(n, max(product.shortest(frame) for product in specification.products))
    long = min(n, max(4 * short, int(LANE_STEPS * n / (lanes * engine.lane_steps()))))
    trial(specification, tasks, 3, short)  # compiles
    one, first = trial(specification, tasks, 0, long)
    whole = one
    if long > short:
        less, _ = trial(specification, tasks, 1, short)
        whole = less + max(0.0, one - less) / (long - short) * (n - short)
    if threads > 1:
        with ThreadPoolExecutor(2) as pool:
            beside = list(pool.map(lambda turn: trial(specification, tasks, turn, long)[0], (1, 2)))
        alone = min(1.0, max(0.0, sum(beside) / (2.0 * one) - 1.0))  # the share that only one thread does at a time
        whole *= (1.0 + alone * (threads - 1)) / threads
    return whole, first


def trial(specification: Specification, tasks: Tasks, turn: int, n_samples: int) -> tuple[float, Block]:
    """Return the seconds that all lanes would take one thread, for so many samples, and those of the first device.

    Other turns are of other devices, as far as there are some, so that nothing is found made.
    """
    engine, frame = specification.engine, specification.frame._replace(times=specification.frame.times[:n_samples])
    (devices, biases, copies), (d, b, replicas) = specification.shape, tasks.shard
    drawn = specification.devices.drawn(specification.seed)
    junctions = [_possible(specification, drawn, k) for k in _spread(devices, d, turn)]
    under = [specification.biases[k] for k in _spread(biases, b, 0)]
    began = time.perf_counter()
    found = engine.make(
        junctions,
        under,
        replicas,
        specification.seed,
        0,
        specification.record,
        specification.thresholds,
        n_samples,
    )
    seconds = (time.perf_counter() - began) * devices * biases * copies / (len(junctions) * len(under) * replicas)
    block = Block(frame, junctions, under, replicas, 0, found.samples, found.statistics)
    scattered = sorted(range(len(junctions)), key=lambda k: k * GOLDEN % 1.0)  # any of them from all over; 0 is first
    rows = [_row(block, k) for k in scattered]
    for product in specification.products:
        began, made = time.perf_counter(), 0
        for row in rows:
            row.values |= product.values(row)
            made += 1
            if time.perf_counter() - began > ROWS_SECONDS:
                break
        rows = rows[:made]  # what comes next may analyse what this has made
        times = tasks.counts[1] * (tasks.counts[2] if product.of_lanes else 1)
        seconds += (time.perf_counter() - began) / made * devices * times
    return seconds, rows[0]


def _spread(total: int, n: int, turn: int) -> list[int]:
    """Return n numbers below a total, evenly spread; of other turns other ones, as far as there are some."""
    return [(k * total // n + turn) % total for k in range(n)]


def _possible(specification: Specification, drawn: Mapping[str, Floats], first: int) -> MTJ:
    """Return the first possible device from a number on."""
    total = specification.devices.total
    for k in range(first, first + total):
        one = specification.devices.build(drawn, k % total, k % total + 1)[0]
        if isinstance(one, MTJ):
            return one
    raise SimulationError(f"none of the {total} devices is possible: {one}")


def _row(block: Block, device: int) -> Block:
    """Return the lanes of a device."""
    one = slice(device, device + 1)
    return replace(
        block,
        junctions=block.junctions[one],
        first_lane=int(block.lanes[device, 0, 0]),
        samples={name: values[one] for name, values in block.samples.items()},
        statistics={
            name: values[one] if values.shape[:3] == block.shape else values
            for name, values in block.statistics.items()
        },
        values={},
        notes=[],
    )


def _ratio(specification: Specification, values: NDArray[Any]) -> float:
    """Return the bytes of an array on the disk over those in memory."""
    import zarr
    from zarr.storage import MemoryStore

    held: dict[str, Any] = {}
    zarr.create_array(MemoryStore(held), data=values, chunks=values.shape, compressors=compressors(specification))
    stored = sum(len(content) for name, content in held.items() if not name.endswith("zarr.json"))
    return stored / values.nbytes


def _in_short(values: NDArray[Any], units: str) -> str:
    """Return the first numbers of an array as text."""
    flat = values.ravel()
    text = ", ".join(f"{value:.4g}" for value in flat[:4])
    return f"{text}{', ...' if flat.size > 4 else ''} {units if units != '1' else ''}".rstrip()
