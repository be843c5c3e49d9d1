"""One task: its lanes made, and what is kept of them written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.bias import Bias
from mtjphys.core.errors import MtjphysError
from mtjphys.core.machine import available_memory
from mtjphys.datasets.products import Block
from mtjphys.datasets.specification import Specification
from mtjphys.datasets.store.layout import Tasks, bytes_of_task
from mtjphys.datasets.store.skeleton import STATUS, sizes_of
from mtjphys.datasets.store.store import Store, store_at
from mtjphys.junction import MTJ

FAILURES = (MtjphysError, ArithmeticError, ValueError, np.linalg.LinAlgError)
"""What a device may raise that is the matter of this device alone."""

COPIES = 4
"""Of the samples of a task that are in memory at a time, at most."""

MEMORY = 1.5 * 2**30
"""Bytes of these that the tasks of a process have together, at most."""


def fitting(specification: Specification, tasks: Tasks) -> int:
    """Return how many tasks a process may make at a time."""
    return max(1, int(MEMORY // max(1, COPIES * bytes_of_task(specification, tasks))))


class Outcome(NamedTuple):
    """What came of some lanes.

    Attributes
    ----------
    values : dict
        Arrays by name.
    failed : dict
        Why devices are missing, by number.
    notes : list of str
        What labels could not be had.
    """

    values: dict[str, NDArray[Any]]
    failed: dict[int, str]
    notes: list[str]


def run_task(path: str, digest: str, task: int) -> int:
    """Make a task of the store at a path, unless it is done; return its number.

    Threads and dask workers call this alone: all else is on the disk.
    """
    store = store_at(path, digest)
    if not store.is_done(task):
        needed = COPIES * bytes_of_task(store.specification, store.tasks)
        if needed > available_memory():  # a lack of memory is no failure of a device
            raise MemoryError(f"a task needs {needed / 2**20:.0f} MiB; run fewer at a time")
        outcome = make_task(store, task)
        store.write(task, *outcome)
    return task


def make_task(store: Store, task: int) -> Outcome:
    """Return what a task makes.

    A device that is not possible or fails is missing, and the others of its task are made one by one.

    Parameters
    ----------
    store : Store
        Of which.
    task : int
        Its number.
    """
    specification = store.specification
    devices, biases, replicas = store.tasks.ranges(task)
    junctions = specification.devices.build(store.drawn, devices.start, devices.stop)
    under = specification.biases[biases]
    copies = replicas.stop - replicas.start
    wanted = {name for name, variable in store.variables.items() if store.tasks.makes(task, variable)} - {"status"}
    failed = {devices.start + k: one for k, one in enumerate(junctions) if isinstance(one, str)}
    notes: list[str] = []
    first = (devices.start, biases.start, replicas.start)
    made: dict[str, NDArray[Any]] | None = None
    if not failed:
        try:
            made = lanes(store, junctions, under, copies, first, wanted, notes)  # type: ignore[arg-type]
        except FAILURES as error:
            if len(junctions) == 1:
                failed[devices.start] = str(error)
    if made is None:
        made = one_by_one(store, junctions, under, copies, first, wanted, failed, notes)
    status = np.ones((len(junctions), len(under), copies), dtype=STATUS.dtype)
    for device in failed:
        status[device - devices.start] = 0
    return Outcome(made | {"status": status}, failed, notes)


def lanes(
    store: Store,
    junctions: Sequence[MTJ],
    biases: Sequence[Bias],
    replicas: int,
    first: tuple[int, int, int],
    wanted: set[str],
    notes: list[str],
) -> dict[str, NDArray[Any]]:
    """Return what is kept of some lanes; raise if they fail."""
    specification = store.specification
    frame = specification.frame
    first_lane = store.tasks.first_lane(*first)
    made = specification.engine.make(
        junctions,
        biases,
        replicas,
        specification.seed,
        first_lane,
        specification.record,
        specification.thresholds,
    )
    block = Block(frame, junctions, biases, replicas, first_lane, made.samples, made.statistics)
    for product in specification.products:
        if wanted & set(product.variables(frame)):
            block.values |= product.values(block)
    notes += block.notes
    return {name: values for name, values in block.values.items() if name in wanted}


def one_by_one(
    store: Store,
    junctions: Sequence[MTJ | str],
    biases: Sequence[Bias],
    replicas: int,
    first: tuple[int, int, int],
    wanted: set[str],
    failed: dict[int, str],
    notes: list[str],
) -> dict[str, NDArray[Any]]:
    """Return what is kept of lanes of which some fail; why, goes to `failed`."""
    parts: list[dict[str, NDArray[Any]] | None] = []
    for k, junction in enumerate(junctions):
        part = None
        if first[0] + k not in failed:
            try:
                place = (first[0] + k, *first[1:])
                part = lanes(store, [junction], biases, replicas, place, wanted, notes)  # type: ignore[list-item]
            except FAILURES as error:
                failed[first[0] + k] = str(error)
        parts.append(part)
    sizes = sizes_of(store.specification) | {"device": 1, "bias": len(biases), "replica": replicas}
    found = {}
    for name in wanted:
        variable = store.variables[name]
        shape = tuple(sizes[dimension] for dimension in variable.dimensions)
        nothing = np.full(shape, np.nan if variable.dtype.startswith("float") else -1, variable.dtype)
        found[name] = np.concatenate([nothing if part is None else part[name] for part in parts])
    return found
