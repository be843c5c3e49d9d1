"""Work of one update shared among threads.

A library of linear algebra does badly with a small product on several threads: a product of rank 64 gains nothing from
a second one. Here each piece of work stays on one thread, and the threads work on different ones. How work is divided
depends on shapes alone, so that the bits do not depend on the number of threads.
"""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache
from itertools import pairwise
from threading import Condition, Lock, Thread, get_ident
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

from mtjphys.core.checks import as_count
from mtjphys.core.interrupt import Flag, deferred_interrupt
from mtjphys.core.machine import available_cores

T = TypeVar("T")

WORTH_SHARING = 1 << 24  # multiplications: some tenths of a millisecond; to wake a thread takes 0.05 ms


class _Group:
    """Tasks that one thread waits for."""

    def __init__(self, tasks: Sequence[Callable[[], Any]], level: int) -> None:
        self.waiting = deque(enumerate(tasks))
        self.results: list[Any] = [None] * len(tasks)
        self.level = level  # 1, or one above that of the task that has divided itself into these
        self.running = 0
        self.error: BaseException | None = None
        self.asked_by, self.errors = get_ident(), np.geterr()  # each thread meets overflow in a way of its own

    @property
    def done(self) -> bool:
        return not self.waiting and not self.running


class _Team:
    """Threads that work on each other's tasks.

    Whoever waits for some takes another one meanwhile, of the group that was divided last among those of the same level
    or a deeper one: of a level above, tasks would be taken within tasks without end.
    """

    def __init__(self, threads: int) -> None:
        self.threads, self.leader = threads, get_ident()
        self.depth = 0  # of `run` in the thread that has opened the team
        self.interrupted = Flag()
        self.groups: list[_Group] = []  # that have tasks waiting
        self.changed = Condition()
        self.closed = False

    def work(self) -> None:
        """Work on what there is, until the team is closed."""
        _team.set(self)
        self._work_until(lambda: self.closed, 0)

    def close(self) -> None:
        """Let those who `work` go."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def run(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Call all tasks, with the others' help, and return their results in order."""
        if get_ident() != self.leader:
            return self._run(tasks)
        self.depth += 1
        try:
            return self._run(tasks)
        finally:
            self.depth -= 1
            if self.interrupted.is_set():
                self.interrupted.clear()
                raise KeyboardInterrupt

    def _run(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        group = _Group(tasks, _level.get() + 1)
        with self.changed:
            self.groups.append(group)
            self.changed.notify_all()
        try:
            self._work_until(lambda: group.done, group.level)
        finally:
            with self.changed:
                self._drop(group)
        if group.error is not None:
            raise group.error
        return group.results

    def _work_until(self, ended: Callable[[], bool], level: int) -> None:
        while self._work_on_one(ended, level):
            pass

    def _work_on_one(self, ended: Callable[[], bool], level: int) -> bool:
        """Wait for a task of a level, or of a deeper one, and call it; False if it ended first."""
        with self.changed:
            while not ended():
                group = next((group for group in reversed(self.groups) if group.level >= level), None)
                if group is not None:
                    break
                self.changed.wait()
            else:
                return False
            number, task = group.waiting.popleft()
            group.running += 1
            if not group.waiting:
                self.groups.remove(group)
        before = _level.set(group.level)
        try:
            with nullcontext() if group.asked_by == get_ident() else np.errstate(**group.errors):
                group.results[number] = task()
        except BaseException as error:
            group.error = group.error or error
        finally:
            _level.reset(before)
        with self.changed:
            if group.error is not None:
                self._drop(group)
            group.running -= 1
            if group.done:
                self.changed.notify_all()
        return True

    def _drop(self, group: _Group) -> None:
        group.waiting.clear()
        if group in self.groups:
            self.groups.remove(group)


_team: ContextVar[_Team | None] = ContextVar("team", default=None)
_level: ContextVar[int] = ContextVar("level", default=0)


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
    active = _Team(threads)
    # Those of an executor would keep a program from its end that has left its team open.
    workers = [Thread(target=active.work, daemon=True) for _ in range(threads - 1)]
    with _interrupts(active), _linear_algebra_alone():
        token = _team.set(active)
        try:
            for worker in workers:
                worker.start()
            yield
        finally:
            active.close()
            _team.reset(token)
            for worker in workers:
                if worker.ident is not None:
                    worker.join()


@contextmanager
def _interrupts(active: _Team) -> Iterator[None]:
    """Have Ctrl-C wait for the tasks in hand: it must not come between a thread and a lock.

    Nothing is changed where somebody else waits for it, as a training does.
    """
    if active.threads == 1 or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    with deferred_interrupt(lambda: active.depth > 0) as active.interrupted:
        yield


def concurrently(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """Call independent functions, on the threads of the `team` if there is one, and return their results in order.

    The longest should come first. They may call this function in turn: whoever has nothing else to do helps.
    """
    active = _team.get()
    if active is None or active.threads == 1 or len(tasks) < 2:
        return [task() for task in tasks]
    return active.run(tasks)


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
