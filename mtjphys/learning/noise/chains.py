"""What sources of two-level chains share: the chain, its law for each unit, and Gaussian noise on top."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError
from mtjphys.kernels import noise as kernels
from mtjphys.kernels.random import next_bits
from mtjphys.kernels.simd import WIDTH
from mtjphys.learning.concurrency import concurrently, pieces
from mtjphys.learning.noise.streams import StreamSource

Floats = NDArray[np.float64]


class ChainLaw(NamedTuple):
    """Law of two-level chains; all but `sigma` a number, or an array (n_units,)."""

    mean: float | Floats  # V, halfway between the levels
    amplitude: float | Floats  # V, half their distance
    up: float | Floats  # probability that the low state is left from one sample to the next
    down: float | Floats  # and the high one
    sigma: float  # V


def _padded(values: float | Floats, n_units: int) -> Floats:
    """Return one value for every lane of a block that repeats, or of as many blocks as hold the units."""
    if np.ndim(values) == 0:
        return np.full(WIDTH, values, np.float64)
    return np.pad(np.asarray(values, np.float64), (0, -n_units % WIDTH))


def occupations(law: ChainLaw) -> Floats:
    """Return the probability of the high state; a chain that never flips is in either state."""
    up, either = np.asarray(law.up, float), np.asarray(law.up) + law.down
    return np.divide(up, either, out=np.full(either.shape, 0.5), where=either > 0.0)


@dataclass
class ChainSource(StreamSource):
    """Streams that drive two-level chains and their Gaussian noise, see `mtjphys.kernels.noise.chain`."""

    _levels: Floats = field(default_factory=lambda: np.empty(0), init=False, repr=False, compare=False)
    _half: int = field(default=0, init=False, repr=False, compare=False)

    @abstractmethod
    def law(self, n_units: int) -> ChainLaw:
        """Return the law of the chains of so many units."""

    def _begin(self, n_units: int) -> NDArray[np.uint64]:
        streams = super()._begin(n_units)
        bits, *streams[:] = next_bits(*streams)
        uniform = (bits >> np.uint64(12))[:n_units] * 2.0**-52
        high = uniform < occupations(self.law(n_units))  # the stationary law
        self._levels, self._half = _padded(np.where(high, 1.0, -1.0), n_units), 0
        return streams

    def _fill(self, streams: NDArray[np.uint64], out: NDArray[np.float32]) -> None:
        *law, sigma = self.law(self._n_units)
        mean, amplitude, up, down = (_padded(values, self._n_units) for values in law)
        switching = bool(amplitude.any())
        before = (streams, self._levels, self._half, mean, amplitude, up, down, sigma, switching)
        n_units, n_samples = out.shape
        # A reading takes as long as some hundred multiplications.
        blocks = pieces(streams.shape[1] // WIDTH, 100 * WIDTH * n_samples)
        ends = [(block.start * WIDTH, min(block.stop * WIDTH, n_units)) for block in blocks]
        concurrently([partial(kernels.chain, *before, *end, out) for end in ends])
        self._half = (self._half + n_samples) % 2

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return streams, levels, and whether half of a pair of samples is done; empty before the first draw."""
        state = super().state_dict()
        if state:
            state |= {"levels": self._levels[: self._n_units].astype(np.int8), "half": np.array(self._half)}
        return state

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the source that made `state` stopped."""
        super().load_state_dict(state)
        if state:
            levels, half = np.asarray(state.get("levels")), state.get("half")
            if levels.shape != (self._n_units,) or not np.all(np.abs(levels) == 1) or half not in (0, 1):
                raise DataError(
                    f"noise state with levels of shape {levels.shape} for {self._n_units} units and half={half}: "
                    "expected a level of -1 or 1 for each unit; load a state that this kind of source saved"
                )
            self._levels, self._half = _padded(levels, self._n_units), int(half)
