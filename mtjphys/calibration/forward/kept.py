"""Answers of the solvers, found once: kept in memory and, where a file is named, on disk.

A search asks a long series of questions, each of which depends on nothing but the answers before it. With the answers
on disk it runs through what it had done within seconds after it was killed, and goes on to the bits of an undisturbed
one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from pathlib import Path
from threading import Lock
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np

from mtjphys import __version__
from mtjphys.core.errors import MtjphysError
from mtjphys.core.files import append_line, write_text
from mtjphys.junction import MTJ

KEPT = 20_000
"""Answers of each function that are kept in memory."""

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class Unanswered(ValueError):
    """A junction has no answer at a condition, because it has no second well there, for example."""


class OutOfReach(Unanswered):
    """There is an answer, and the solver or floating point does not reach it."""


_FAILURES = {kind.__name__: kind for kind in (Unanswered, OutOfReach)}


class _Book:
    """A file of answers, one a line; of another version of the package, or damaged, it counts for nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._found: dict[str, Any] = {}
        first = json.dumps({"mtjphys": __version__})
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        whole = []
        for line in lines[1:] if lines[:1] == [first] else []:
            try:
                key, answer = json.loads(line)
            except (ValueError, TypeError):
                continue  # the last one, of a process that was killed
            self._found[key] = answer
            whole.append(line)
        self._written(lambda: write_text(path, "\n".join([first, *whole]) + "\n"))

    def _written(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            raise MtjphysError(
                f"{self._path}: what was found cannot be kept ({error.strerror}); make room or name another folder"
            ) from None

    def ask(self, key: str, ask: Callable[[], Any]) -> Any:
        """Return the answer that stands under a key, or ask and keep it; failures too."""
        if key not in self._found:
            try:
                answer = {"answer": ask()}
            except Unanswered as failure:
                answer = {type(failure).__name__: str(failure)}
            line = json.dumps([key, answer], default=np.ndarray.tolist)
            with self._lock:
                self._written(lambda: append_line(self._path, line))
            self._found[key] = json.loads(line)[1]
        (kind, value), *_ = self._found[key].items()
        if kind in _FAILURES:
            raise _FAILURES[kind](value)
        return value


_BOOK: ContextVar[_Book | None] = ContextVar("book", default=None)


@contextmanager
def answers_kept(path: str | Path | None) -> Iterator[None]:
    """Within this context, what is asked of the solvers is kept in a file at once, and not solved again.

    Parameters
    ----------
    path : str or Path, optional
        The file, made if it is not there; without one, nothing is kept.

    Raises
    ------
    MtjphysError
        If the file cannot be written.
    """
    if path is None:
        yield
        return
    token = _BOOK.set(_Book(Path(path)))
    try:
        yield
    finally:
        _BOOK.reset(token)


def kept(restore: Callable[[Any], Any]) -> Callable[[Callable[Asked, Answer]], Callable[Asked, Answer]]:
    """Return a decorator of a function of a junction and more, whose answers are kept in memory and in a book.

    Parameters
    ----------
    restore : callable
        Makes an answer of the lists that a file holds.
    """

    def decorate(function: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
        memory = lru_cache(maxsize=KEPT)(function)
        remembered = cast(Callable[Asked, Answer], memory)

        @wraps(function)
        def answer(*arguments: Asked.args, **named: Asked.kwargs) -> Answer:
            book = _BOOK.get()
            if book is None:
                return remembered(*arguments, **named)
            asked = [_text(one) if isinstance(one, MTJ) else repr(one) for one in arguments]
            key = hashlib.sha256("\n".join([function.__name__, *asked, repr(named)]).encode()).hexdigest()
            return cast(Answer, restore(book.ask(key, lambda: remembered(*arguments, **named))))

        answer.cache_info, answer.cache_clear = memory.cache_info, memory.cache_clear  # type: ignore[attr-defined]
        return answer

    return decorate


@lru_cache(maxsize=256)
def _text(junction: MTJ) -> str:
    return junction.to_toml()
