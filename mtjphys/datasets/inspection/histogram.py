"""A histogram of numbers that come in parts, whose range is not known beforehand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 128
"""At most; at least half as many once the range is known."""


class Histogram:
    """Counts in bins whose width is a power of two, doubled whenever a number lies too far outside.

    Bins are multiples of the width, so that two become one exactly, and the counts are those of a single pass with the
    last width.

    Attributes
    ----------
    width : float
        Of a bin.
    counts : ndarray of int64
        Of each bin.
    """

    def __init__(self) -> None:
        self.width = 0.0
        self.counts: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._first = 0

    def add(self, values: NDArray[Any]) -> None:
        """Add finite numbers."""
        if not values.size:
            return
        low, high = float(values.min()), float(values.max())
        if not self.width:
            smallest = max(high - low, 2.0**-40 * max(abs(low), abs(high))) or 1.0
            self.width = 2.0 ** math.floor(math.log2(smallest / BINS) + 1.0)
        while True:
            first, last = math.floor(low / self.width), math.floor(high / self.width)
            if len(self.counts):
                first, last = min(first, self._first), max(last, self._first + len(self.counts) - 1)
            if last - first < BINS:
                break
            self._double()
        counts = np.zeros(last - first + 1, dtype=np.int64)
        if len(self.counts):
            counts[self._first - first :][: len(self.counts)] = self.counts
        places = np.floor(values.ravel() / self.width).astype(np.int64) - first
        self.counts, self._first = counts + np.bincount(places, minlength=len(counts)), first

    def _double(self) -> None:
        self.width *= 2.0
        if len(self.counts):
            padded = np.pad(self.counts, (self._first % 2, (self._first + len(self.counts)) % 2))
            self._first //= 2
            self.counts = padded.reshape(-1, 2).sum(axis=1)

    @property
    def edges(self) -> NDArray[np.float64]:
        """Edges of the bins, one more than counts."""
        return np.asarray((self._first + np.arange(len(self.counts) + 1)) * self.width, dtype=np.float64)

    def quantile(self, share: float) -> float:
        """Return the number below which a share lies, to about a bin's width."""
        cumulative = np.concatenate([[0.0], np.cumsum(self.counts)])
        return float(np.interp(share * cumulative[-1], cumulative, self.edges))
