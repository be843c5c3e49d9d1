"""Ctrl-C that waits for the work in hand."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Flag:
    """A flag that a signal handler may set: an `Event` would wait for the lock that the interrupted thread holds."""

    def __init__(self) -> None:
        self._set = False

    def is_set(self) -> bool:
        """Return whether it is set."""
        return self._set

    def set(self) -> None:
        """Set it."""
        self._set = True

    def clear(self) -> None:
        """Take it back."""
        self._set = False


@contextmanager
def deferred_interrupt(in_hand: Callable[[], bool] = lambda: True) -> Iterator[Flag]:
    """Turn the first Ctrl-C into a flag, so that no piece of work is cut in two; the second raises.

    Where `in_hand` says that there is no work, the first raises as well. Outside the main thread, which gets no
    signals, the flag is never set.
    """
    asked = Flag()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    previous = signal.getsignal(signal.SIGINT)

    def ask(number: int, frame: Any) -> None:
        if asked.is_set() or not in_hand():
            raise KeyboardInterrupt
        asked.set()

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, previous)
