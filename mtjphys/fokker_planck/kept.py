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

    A value may grow after it was handed out: whenever one is added, those asked for since the one before are measured.
    Threads may share it. Two that miss the same key at once both compute it.
    """

    def __init__(self, most: float) -> None:
        self.most = most
        self.made = 0
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._sizes: dict[Hashable, int] = {}
        self._asked: set[Hashable] = set()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of a key, made if it is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                self._asked.add(key)
                return self._values[key]
        value = make()
        with self._lock:
            self.made += 1
            self._values[key] = value
            self._values.move_to_end(key)
            self._asked.add(key)
            self._sizes |= {one: self._values[one].nbytes for one in self._asked}
            total = sum(self._sizes.values())
            while total > self.most and len(self._values) > 2:
                oldest, _ = self._values.popitem(last=False)
                total -= self._sizes.pop(oldest)
                self._asked.discard(oldest)
            self._asked = {*list(self._values)[-2:]}  # these may still be growing
        return value
