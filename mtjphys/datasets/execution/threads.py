"""Tasks in threads of this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any


def in_threads(
    work: Callable[[int], int], tasks: Sequence[int], threads: int, stopped: Callable[[], bool]
) -> Iterator[int]:
    """Yield the numbers of tasks as they are done; after an error, or when stopped, those in hand come to their end.

    Parameters
    ----------
    work : callable
        Of a task's number.
    tasks : sequence of int
        In this order.
    threads : int
        At a time.
    stopped : callable
        Whether to begin no more.
    """
    left = iter(tasks)
    running: set[Future[Any]] = set()
    with ThreadPoolExecutor(threads) as pool:
        while True:
            while len(running) < threads and not stopped() and (task := next(left, None)) is not None:
                running.add(pool.submit(work, task))
            if not running:
                return
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                yield future.result()
