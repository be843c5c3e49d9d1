"""What was computed last is kept, as far as memory that it may use reaches."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """What knows how much memory it holds."""

    @property
    def nbytes(self) -> int:
        """Bytes held now."""


T = TypeVar("T", bound=Sized)


class Kept(Generic[T]):
    """Values by key, of which those not asked for longest are dropped beyond `most` bytes; the last two stay.

    Threads may share it. Two that miss the same key at once both compute it.
    """

    def __init__(self, most: float) -> None:
        self.most = most
        self.made = 0
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of a key, made if it is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self.made += 1
            self._values[key] = value
            self._values.move_to_end(key)
            sizes = [item.nbytes for item in self._values.values()]
            total = sum(sizes)
            for size in sizes[:-2]:
                if total <= self.most:
                    break
                self._values.popitem(last=False)
                total -= size
        return value
