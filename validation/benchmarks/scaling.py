"""Datasets on more workers: what they gain, what dask's scheduler bears, and what 1,000 cores would do.

- Scaling: the same set on clusters of one and of two worker processes (strong), and half of it on one (weak).
- Scheduler: a process of its own, two workers, and 100,000 empty tasks of the real shape (keys, arguments, results).
  Of these it knows as many at a time as `mtjphys.datasets` tells it of on two cores and on 1,000, or all of them.
  Messages, bytes and memory of scheduler and client are counted.
- Plan: what these numbers mean for 1,000 cores, with shards as they are chosen and with larger ones.
"""

import math
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from mtjphys import datasets
from mtjphys.datasets.execution import cluster
from mtjphys.datasets.execution.task import COPIES
from mtjphys.datasets.store.layout import sample_bytes, tasks_of
from mtjphys.datasets.store.store import Store
from validation.benchmarks.datasets import RECORD, REPLICAS, specification

WORKERS = (1, 2)
DEVICES = 32  # of the strong case and of two workers; half of them of one
DURATION = 4e-6  # s, of a lane
TASKS = 100_000
CORES = 1_000
MANY_DEVICES = 10_000  # of a set whose shards are as large as they become
LONGER = 5  # times as many devices of a shard


@contextmanager
def client_of(workers: int) -> Iterator[Any]:
    """Hand out the client of a cluster whose scheduler and workers are processes of their own."""
    from distributed import Client
    from distributed.deploy.subprocess import SubprocessCluster

    settings = {"worker_class": "distributed.Worker", "n_workers": workers, "threads_per_worker": 1}
    with SubprocessCluster(dashboard_address=":0", **settings) as local, Client(local) as client:
        client.wait_for_workers(workers)
        yield client


def resident(peak: bool = False) -> int:
    """Return the bytes of memory that this process has, or the most that it had."""
    name = "VmHWM" if peak else "VmRSS"
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(name)).split()[1])


def descriptors() -> int:
    """Return how many files and connections this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def empty(path: str, digest: str, task: int) -> int:
    """Stand for `mtjphys.datasets.execution.task.run_task`."""
    return task


class Scaling(NamedTuple):
    """Seconds of making sets, and what was seen meanwhile.

    Attributes
    ----------
    strong, weak : dict
        The least seconds by number of workers.
    worker_memory : int
        The most that a worker had, bytes.
    descriptors : tuple of int
        Open files of the scheduler of one worker, and how many more that of two has.
    devices : int
        Of a task.
    files, folders, bytes : float
        Of a task, on the disk.
    look : float
        Seconds in which a task is seen to be done, when a store goes on.
    """

    strong: dict[int, float]
    weak: dict[int, float]
    worker_memory: int
    descriptors: tuple[int, int]
    devices: int
    files: float
    folders: float
    bytes: float
    look: float


def scaling(repetitions: int) -> Scaling:
    """Make sets on both clusters in turn."""
    whole, half = (specification(count, DURATION, RECORD) for count in (DEVICES, DEVICES // 2))
    cases = {(1, DEVICES): whole, (2, DEVICES): whole, (1, DEVICES // 2): half}
    seconds = dict.fromkeys(cases, math.inf)
    with ExitStack() as stack:
        clients = {n: stack.enter_context(client_of(n)) for n in WORKERS}
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for turn in range(repetitions + 1):
            for (workers, count), wanted in cases.items():
                path = folder / f"{turn}-{workers}-{count}.zarr"
                began = time.perf_counter()
                datasets.make(wanted, path, scheduler=clients[workers], progress=False)
                if turn:  # the first one imports and compiles
                    seconds[workers, count] = min(seconds[workers, count], time.perf_counter() - began)
        memory = max(clients[2].run(resident, True).values())
        one, two = (clients[n].run_on_scheduler(descriptors) for n in WORKERS)
        store = Store.opened(path)
        made = [*path.glob("signal/c/**/*"), *path.glob("status/c/**/*"), *path.glob("tasks/0*.json")]
        files = [one for one in made if one.is_file()]
        began = time.perf_counter()
        looks = 20
        for _ in range(looks):
            assert all(store.is_done(task) for task in range(store.tasks.total))
        look = (time.perf_counter() - began) / (looks * store.tasks.total)
        size = sum(file.stat().st_size for file in files)
    return Scaling(
        strong={n: seconds[n, DEVICES] for n in WORKERS},
        weak={n: seconds[n, n * DEVICES // 2] for n in WORKERS},
        worker_memory=memory,
        descriptors=(one, two - one),
        devices=store.tasks.shard[0],
        files=len(files) / store.tasks.total,
        folders=(len(made) - len(files)) / store.tasks.total,
        bytes=size / store.tasks.total,
        look=look,
    )


class Load(NamedTuple):
    """What empty tasks cost, of which a scheduler knows some at a time.

    Attributes
    ----------
    tasks, ahead : int
        All of them, and those that the scheduler knows of at a time.
    seconds : float
        For all.
    messages : float
        Of scheduler, client and workers to each other, for a task.
    bytes : float
        Of these messages, for a task.
    scheduler_memory, client_memory : int
        The most that both had, bytes.
    scheduler_share : float
        Processor time of the scheduler over the time that passed.
    """

    tasks: int
    ahead: int
    seconds: float
    messages: float
    bytes: float
    scheduler_memory: int
    client_memory: int
    scheduler_share: float


def sent_by_scheduler(dask_scheduler: Any) -> tuple[int, int]:
    """Return messages and bytes that a scheduler has sent so far."""
    comms = [*dask_scheduler.stream_comms.values(), *dask_scheduler.client_comms.values()]
    return sum(one.message_count for one in comms), sum(one.byte_count for one in comms)


def sent_by_worker(dask_worker: Any) -> tuple[int, int]:
    """Return messages and bytes that a worker has sent to the scheduler so far."""
    return dask_worker.batched_stream.message_count, dask_worker.batched_stream.byte_count


def processor_time() -> float:
    """Return seconds of processor time of this process."""
    return time.process_time()


def load(tasks: int, ahead: int | None = None) -> Load:
    """Have a scheduler of its own do empty tasks; know of so many at a time, by default as `mtjphys.datasets` does."""
    with client_of(WORKERS[-1]) as client:

        def sent() -> tuple[float, float]:
            own = client.scheduler_comm
            counts = [client.run_on_scheduler(sent_by_scheduler), *client.run(sent_by_worker).values()]
            messages, size = map(sum, zip(*counts, (own.message_count, own.byte_count), strict=True))
            return messages, size

        arguments = str(Path.cwd() / "telegraph-small.zarr"), "0" * 64  # of their usual length
        threads = sum(client.nthreads().values())
        known = cluster.AHEAD if ahead is None else -(-ahead // threads)
        before, used = sent(), client.run_on_scheduler(processor_time)
        began = time.perf_counter()
        with patch.object(cluster, "AHEAD", known):
            done = sum(1 for _ in cluster.on_cluster(empty, arguments, range(tasks), client, lambda: False))
        seconds = time.perf_counter() - began
        after, used = sent(), client.run_on_scheduler(processor_time) - used
        assert done == tasks
        return Load(
            tasks=tasks,
            ahead=known * threads,
            seconds=seconds,
            messages=(after[0] - before[0]) / tasks,
            bytes=(after[1] - before[1]) / tasks,
            scheduler_memory=client.run_on_scheduler(resident, True),
            client_memory=resident(peak=True),
            scheduler_share=used / seconds,
        )


def plan(found: Scaling, usual: Load) -> list[dict[str, float]]:
    """Return what `CORES` cores would do, by devices of a shard: as many as a large set has, and so many times more."""
    large = specification(MANY_DEVICES, DURATION, RECORD)
    chosen = tasks_of(large).shard[0]
    one = sample_bytes(large) * REPLICAS
    rows = []
    for devices in (chosen, LONGER * chosen):
        seconds = found.strong[1] / DEVICES * devices
        rate = CORES / seconds
        more = COPIES * one * (devices - found.devices)
        rows.append(
            {
                "devices of a shard": devices,
                "seconds of a task": seconds,
                "tasks a second": rate,
                "of what was borne": rate * usual.seconds / usual.tasks,
                "messages a second": rate * usual.messages,
                "kB of messages a second": rate * usual.bytes / 1e3,
                "files a second": rate * found.files,
                "MB a second to the disk": rate * found.bytes / found.devices * devices / 1e6,
                "GB of a worker": (found.worker_memory + more) / 1e9,
                "files in tasks/ of 1e6 devices": 1e6 / devices,
                "seconds to look at these": 1e6 / devices * found.look,
                "open files of the scheduler": found.descriptors[0] + CORES * found.descriptors[1],
            }
        )
    return rows


def report(repetitions: int) -> dict[str, Any]:
    """Measure all, print it and return it."""
    found = scaling(repetitions)
    print(f"{'workers':>10s}{'strong, s':>12s}{'speed-up':>10s}{'weak, s':>10s}{'efficiency':>12s}")
    for n in WORKERS:
        gain, kept = found.strong[1] / found.strong[n], found.weak[1] / found.weak[n]
        print(f"{n:10d}{found.strong[n]:12.2f}{gain:10.2f}{found.weak[n]:10.2f}{kept:12.0%}")
    print(f"memory of a worker {found.worker_memory / 1e6:.0f} MB")
    print(f"a task leaves {found.files:g} files in {found.folders:g} folders of its own, {found.bytes:,.0f} bytes")
    loads = [load(TASKS // 10), load(TASKS, cluster.AHEAD * CORES), load(TASKS, TASKS)]
    print("\nEmpty tasks, two workers")
    head = (
        "tasks",
        "known at a time",
        "tasks/s",
        "messages/task",
        "bytes/task",
        "scheduler MB",
        "client MB",
        "scheduler busy",
    )
    print("".join(f"{name:>17s}" for name in head))
    for one in loads:
        print(
            f"{one.tasks:17,d}{one.ahead:17,d}{one.tasks / one.seconds:17,.0f}{one.messages:17.1f}{one.bytes:17,.0f}"
            f"{one.scheduler_memory / 1e6:17.0f}{one.client_memory / 1e6:17.0f}{one.scheduler_share:17.0%}"
        )
    rows = plan(found, loads[1])
    print(f"\nOn {CORES:,} cores")
    for name in rows[0]:
        print(f"  {name:32s}" + "".join(f"{row[name]:12,.4g}" for row in rows))
    return {"scaling": found._asdict(), "scheduler": [one._asdict() for one in loads], "plan": rows}
