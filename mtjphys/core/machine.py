"""What this process may use of the machine: cores, memory, a pool of threads."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any


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


@contextmanager
def pool(threads: int) -> Iterator[ThreadPoolExecutor | None]:
    """Open a pool of threads; none for one thread."""
    if threads == 1:
        yield None
        return
    with ThreadPoolExecutor(threads) as workers:
        yield workers


def run_all(workers: ThreadPoolExecutor | None, tasks: Iterable[tuple[Callable[..., object], tuple[Any, ...]]]) -> None:
    """Call functions with their arguments, in a pool if there is one; when this returns or fails, none is running.

    Parameters
    ----------
    workers : ThreadPoolExecutor or None
        From `pool`.
    tasks : iterable of tuple
        Functions and their arguments.
    """
    if workers is None:
        for function, arguments in tasks:
            function(*arguments)
        return
    futures = [workers.submit(function, *arguments) for function, arguments in tasks]
    try:
        for future in futures:
            future.result()
    finally:
        wait(futures)
