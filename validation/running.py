"""Run cases, each in a process of its own, several at a time."""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from validation.suite import Case, Verdict, judge, takes_long

# Numba, BLAS and the simulator have threads, which a fork does not survive.
CONTEXT = multiprocessing.get_context("spawn")


def cores() -> list[int]:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


@contextmanager
def _on(chosen: set[int]) -> Iterator[None]:
    """Let processes that start inside use the `chosen` cores only: that is how many threads they make."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, chosen)
    try:
        yield
    finally:
        os.sched_setaffinity(0, everywhere)


def _work(name: str, quick: bool, connection: Connection) -> None:
    # A Ctrl-C reaches all processes of the terminal; it is the parent that stops its children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection.send(judge(name, quick))


def run(
    names: Sequence[str], quick: bool, jobs: int, announce: Callable[[list[str]], None] = lambda running: None
) -> Generator[Verdict, None, None]:
    """Yield the verdicts as they come, with at most `jobs` cases running at a time.

    Cases that take long are started first, so that no core waits for them at the end. With several jobs each is kept to
    one core. A case whose process dies has failed, and the others go on. `announce` gets the names of the running cases
    whenever one has started. Closing the generator, or an exception
    in it, ends what still runs.
    """
    available = cores()
    free = deque({available[job % len(available)]} if jobs > 1 else set(available) for job in range(jobs))
    waiting = deque(sorted(names, key=lambda name: not takes_long(name)))
    running: dict[Connection, tuple[str, BaseProcess, set[int]]] = {}
    try:
        while waiting or running:
            while waiting and free:
                name, chosen = waiting.popleft(), free.popleft()
                ours, theirs = CONTEXT.Pipe(duplex=False)
                process: BaseProcess = CONTEXT.Process(target=_work, args=(name, quick, theirs), name=name, daemon=True)
                running[ours] = (name, process, chosen)
                with _on(chosen):
                    process.start()
                theirs.close()
                announce([name for name, *_ in running.values()])
            ready = wait(list(running))
            for connection in [each for each in running if each in ready]:
                name, process, chosen = running[connection]
                try:
                    verdict = connection.recv()
                except (EOFError, OSError):
                    process.join()
                    verdict = Verdict(Case(name), failure=f"its process ended with exit code {process.exitcode}\n")
                process.join()
                connection.close()
                del running[connection]
                free.append(chosen)
                yield verdict
    finally:
        for connection, (_, process, _) in running.items():
            connection.close()
            if process.pid is not None:
                process.terminate()
                process.join()
