"""Tasks on a dask cluster: workers write their own shards, and say that they have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any

from mtjphys.core.errors import ParameterError, SimulationError

AHEAD = 4
"""Tasks that the scheduler knows of for each thread of its workers: enough that none waits, few to remember."""

PATIENCE = 10.0
"""Seconds in which a scheduler has to answer."""

PREFIX = "mtjphys-dataset"
"""Of the keys of the tasks."""

ATTEMPTS = 5
"""Of a task whose worker dies."""


@contextmanager
def client_of(scheduler: Any) -> Iterator[Any]:
    """Hand out a dask client: the one that is given, or one of the scheduler at an address."""
    try:
        from distributed import Client
    except ImportError:
        raise ParameterError(
            "scheduler= needs dask, which is not installed; pip install 'mtjphys[cluster]', or leave it out"
        ) from None
    if isinstance(scheduler, Client):
        yield scheduler
        return
    if not isinstance(scheduler, str):
        raise ParameterError(f"scheduler={scheduler!r} is neither an address nor a dask Client; give one of the two")
    try:
        client = Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ParameterError(
            f"scheduler={scheduler!r} does not answer ({why}); give the address that dask scheduler prints, such as "
            "tcp://localhost:8786"
        ) from None
    try:
        yield client
    finally:
        client.close()


def on_cluster(
    work: Callable[..., int],
    arguments: tuple[Any, ...],
    tasks: Sequence[int],
    client: Any,
    stopped: Callable[[], bool],
) -> Iterator[int]:
    """Yield the numbers of tasks as workers have done them; what a lost worker had in hand is given to others.

    Parameters
    ----------
    work : callable
        Of `arguments` and a task's number.
    arguments : tuple
        The same for all.
    tasks : sequence of int
        In this order.
    client : distributed.Client
        Of the cluster.
    stopped : callable
        Whether to begin no more.
    """
    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    left = iter(tasks)
    attempts: dict[int, int] = {}
    running: dict[Any, tuple[Any, int]] = {}

    def submitted(some: Sequence[int]) -> list[Any]:
        keys = [f"{PREFIX}-{arguments[-1][:16]}-{task}-{attempts.get(task, 0)}" for task in some]
        futures: list[Any] = client.map(partial(work, *arguments), some, key=keys, pure=False)
        for key, future, task in zip(keys, futures, some, strict=True):
            running[key] = future, task
        return futures

    workers = max(1, sum(client.nthreads().values()))
    queue = as_completed(submitted(list(islice(left, AHEAD * workers))))
    try:
        for batch in queue.batches():  # together what ends together: the scheduler hears of many at once
            again = []
            for future in batch:
                _, task = running.pop(future.key)
                if future.status == "error" and isinstance(future.exception(), KilledWorker):
                    attempts[task] = attempts.get(task, 0) + 1
                    if attempts[task] == ATTEMPTS:
                        raise SimulationError(
                            f"task {task} has lost its worker again and again; look at the memory of the workers"
                        ) from None
                    again.append(task)
                    continue
                if future.status != "finished":
                    future.result()  # raises
                yield task
            if stopped():
                return
            again += islice(left, len(batch) - len(again))
            if again:
                queue.update(submitted(again))
    finally:
        client.cancel([future for future, _ in running.values()])
