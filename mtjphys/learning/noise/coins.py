"""What white noise of coins has in common, one or many."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.quantity import Quantity
from mtjphys.kernels import noise as kernels
from mtjphys.learning.noise.streams import StreamSource

Probability = Annotated[float, Quantity("(probability)", 0.0, 1.0)]
Amplitude = Annotated[float, Quantity("V", 0.0, 1e3, open_low=True)]


class Coins(StreamSource):
    """White noise of n ideal coins of which each adds `amplitude` with probability p."""

    n: int
    p: float
    amplitude: float

    def _fill(self, streams: NDArray[np.uint64], out: NDArray[np.float32]) -> None:
        from scipy.special import bdtr

        below = bdtr(np.arange(self.n), self.n, self.p)  # P(k <= 0), P(k <= 1), ...
        # A uniform number of 52 bits need not be compared with what it always or never exceeds.
        certain = int((below < 2.0**-52).sum())
        thresholds = np.ascontiguousarray(below[(below >= 2.0**-52) & (below < 1.0)])
        kernels.counts(streams, thresholds, self.amplitude * certain, self.amplitude, out)

    @property
    def mean(self) -> float:
        """Mean voltage ``amplitude n p``, V."""
        return self.amplitude * self.n * self.p

    @property
    def standard_deviation(self) -> float:
        """Standard deviation of the voltage, ``amplitude sqrt(n p (1 - p))``, V."""
        return self.amplitude * math.sqrt(self.n * self.p * (1.0 - self.p))
