"""What a dataset will cost, from a short trial on this machine."""

from __future__ import annotations

import math
import time
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
from mtjphys.datasets.products import Block
from mtjphys.datasets.specification import Specification
from mtjphys.datasets.store.layout import Tasks, tasks_of
from mtjphys.datasets.store.skeleton import check_installed, compressors, sizes_of, variables_of
from mtjphys.junction import MTJ

LANE_STEPS = 2e7
"""Of the trial: less than a second."""


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

    The trial makes the first lanes for a short time, twice, so that what a task costs once and what every sample costs
    are told apart; labels of theory are made of one device under one bias.

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
    check_installed()
    tasks, variables, sizes = tasks_of(specification), variables_of(specification), sizes_of(specification)
    seconds, block = _of_lanes(specification, tasks)
    one, last = _lane(block, 0), _lane(block, -1)
    ratios: dict[str, float] = {}
    for product in specification.products:
        values = product.values(one)
        began = time.perf_counter()
        last.values |= product.values(last)  # what the first one has imported and compiled, it finds
        taken = time.perf_counter() - began
        one.values |= values
        share = specification.engine.n_samples / block.frame.times.size if product.of_lanes else 1.0
        seconds += taken * share * math.prod(specification.shape[: 3 if product.of_lanes else 2])
        ratios |= {name: _ratio(specification, array.astype(variables[name].dtype)) for name, array in values.items()}
    whole = {
        name: float(np.dtype(v.dtype).itemsize * math.prod(sizes[dimension] for dimension in v.dimensions))
        for name, v in variables.items()
    }
    cores = available_cores() if threads is None else as_count("threads", threads)
    number = min(cores, fitting(specification, tasks), tasks.total)
    drawn = specification.devices.drawn(specification.seed)
    sample = {name: f"{human(values.min(), '')} to {human(values.max(), '')}" for name, values in drawn.items()}
    sample |= {name: _in_short(one.values[name], variables[name].attributes["units"]) for name in ratios}
    return Estimate(
        shape=specification.shape,
        tasks=tasks,
        bytes_in_memory=sum(whole.values()),
        bytes_on_disk=sum(size * ratios.get(name, 1.0) for name, size in whole.items()),
        seconds=seconds / number,
        threads=number,
        sample=sample,
    )


def _of_lanes(specification: Specification, tasks: Tasks) -> tuple[float, Block]:
    """Return the seconds that all samples take in one thread, and the lanes of the first task, of a short time."""
    engine, frame = specification.engine, specification.frame
    devices, biases, replicas = tasks.ranges(0)
    built = specification.devices.build(specification.devices.drawn(specification.seed), devices.start, devices.stop)
    junctions = [one for one in built if isinstance(one, MTJ)]
    if not junctions:
        raise SimulationError(f"none of the first {len(built)} devices is possible: {built[0]}")
    under = specification.biases[biases]
    lanes = len(junctions) * len(under) * replicas.stop

    def made(n_samples: int) -> tuple[float, Block]:
        began = time.perf_counter()
        found = engine.make(
            junctions,
            under,
            replicas.stop,
            specification.seed,
            0,
            specification.record,
            specification.thresholds,
            n_samples,
        )
        taken = time.perf_counter() - began
        shorter = frame._replace(times=frame.times[:n_samples])
        return taken, Block(shorter, junctions, under, replicas.stop, 0, found.samples, found.statistics)

    n = engine.n_samples
    short = min(n, max(product.shortest(frame) for product in specification.products))
    long = min(n, max(4 * short, int(LANE_STEPS * n / (lanes * engine.lane_steps()))))
    made(short)  # compiles
    once, block = made(short)
    each = 0.0
    if long > short:
        longer, block = made(long)
        each = max(0.0, longer - once) / (long - short)
    return (once + each * (n - short)) * math.prod(specification.shape) / lanes, block


def _lane(block: Block, device: int) -> Block:
    """Return a lane of a block, under its first bias."""
    devices = slice(device, None if device == -1 else device + 1)
    place = (devices, slice(0, 1), slice(0, 1))
    return replace(
        block,
        junctions=block.junctions[devices],
        biases=block.biases[:1],
        replicas=1,
        samples={name: values[place] for name, values in block.samples.items()},
        statistics={
            name: values[place] if values.shape[:3] == block.shape else values
            for name, values in block.statistics.items()
        },
        values={},
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
