"""Work of one update shared among threads.

A library of linear algebra does badly with a small product on several threads: a product of rank 64 gains nothing from
a second one. Here each product stays on one thread, and the threads work on different ones. How work is divided
depends on shapes alone, so that the bits do not depend on the number of threads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from itertools import pairwise
from threading import Lock
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from mtjphys.core.checks import as_count
from mtjphys.core.machine import available_cores, pool

T = TypeVar("T")

WORTH_SHARING = 1 << 24  # multiplications: some tenths of a millisecond; to wake a thread takes 0.05 ms


class _Team(NamedTuple):
    workers: ThreadPoolExecutor | None  # beside the thread that asks for them
    threads: int


_ALONE = _Team(None, 1)
_team: ContextVar[_Team | None] = ContextVar("team", default=None)


@cache
def _linear_algebra() -> ThreadpoolController:
    """Return the control of numpy's library, which takes a millisecond to find."""
    return ThreadpoolController().select(user_api="blas")


_lock = Lock()
_inside: list[Any] = []  # for every team of the process a limit of one thread; the first knows what was there before


@contextmanager
def _linear_algebra_alone() -> Iterator[None]:
    """Have the linear algebra of numpy use one thread, for as long as any thread of the program asks for it.

    The setting is that of the process: the last one out takes it back, whoever came in first.
    """
    with _lock:
        _inside.append(_linear_algebra().limit(limits=1))
    try:
        yield
    finally:
        with _lock:
            if len(_inside) == 1:
                _inside[0].restore_original_limits()
            _inside.pop()
            with _linear_algebra().limit():  # a thread that has set it once keeps the others from it until it leaves
                pass


@contextmanager
def team(threads: int | None = None) -> Iterator[None]:
    """Let `concurrently` use so many threads, all cores by default; each calls the linear algebra of numpy with one.

    Within a team this does nothing. Functions that call the linear algebra themselves are decorated with ``team(1)``:
    several threads of the library would divide a product, and round it, in another way than one.
    """
    if _team.get() is not None:
        yield
        return
    threads = available_cores() if threads is None else as_count("threads", threads)
    with _linear_algebra_alone(), pool(threads) as workers:
        token = _team.set(_Team(workers, threads))
        try:
            yield
        finally:
            _team.reset(token)


def concurrently(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """Call independent functions, on the threads of the `team` if there is one, and return their results in order.

    The longest should come first. What they call in turn with this function runs one after the other.
    """
    active = _team.get()
    if active is None:
        with team(1):
            return [task() for task in tasks]
    if active.workers is None or len(tasks) < 2:
        return [task() for task in tasks]
    results: dict[int, T] = {}
    waiting = deque(enumerate(tasks))
    errors = np.geterr()  # a worker has its own

    def work() -> None:
        with np.errstate(**errors):
            while True:
                try:
                    k, task = waiting.popleft()
                except IndexError:
                    return
                results[k] = task()

    token = _team.set(_ALONE)
    try:
        others = [active.workers.submit(work) for _ in range(min(active.threads, len(tasks)) - 1)]
        try:
            work()
        finally:
            waiting.clear()
            for other in others:
                other.result()
    finally:
        _team.reset(token)
    return [results[k] for k in range(len(tasks))]


@cache
def pieces(n: int, work: int, least: int = 1, usual: int = 128) -> tuple[slice, ...]:
    """Divide n rows into pieces to compute beside each other, of at least `least` rows.

    Parameters
    ----------
    n : int
        Rows.
    work : int
        Multiplications for each; where all rows together are little work they stay in one piece.
    least : int
        Rows below which a piece would be slow.
    usual : int
        Rows of a piece where there are many.

    Returns
    -------
    tuple of slice
        They cover the rows in order.

    Examples
    --------
    >>> pieces(64, 1_000_000)
    (slice(0, 32, None), slice(32, 64, None))
    >>> pieces(64, 1000)
    (slice(0, 64, None),)
    """
    count = 1 if n * work < WORTH_SHARING else max(2, min(n // usual, n * work // WORTH_SHARING))
    count = max(1, min(count, n // least))
    edges = np.linspace(0, n, count + 1).astype(int).tolist()
    return tuple(slice(first, last) for first, last in pairwise(edges))


def multiply(matrix: NDArray[Any], columns: NDArray[Any], out: NDArray[Any]) -> None:
    """``out = matrix columns``, some rows on each thread: all columns at once read the matrix only once.

    Parameters
    ----------
    matrix : ndarray of shape (n, m)
        Large.
    columns : ndarray of shape (m, n_samples)
        Samples side by side, which the product is fastest with.
    out : ndarray of shape (n, n_samples)
        Written to.

    Examples
    --------
    >>> out = np.empty((2, 1))
    >>> multiply(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0], [1.0]]), out)
    >>> out.tolist()
    [[3.0], [7.0]]
    """
    parts = pieces(len(matrix), columns.size, usual=512)
    concurrently([partial(np.matmul, matrix[rows], columns, out=out[rows]) for rows in parts])
