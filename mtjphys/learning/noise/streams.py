"""What ideal sources share: one random stream for each unit of a network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.declared import Declared, Seed
from mtjphys.core.errors import DataError
from mtjphys.core.streams import states
from mtjphys.kernels.simd import WIDTH
from mtjphys.learning.noise.source import Gain, Offset, check_request


@dataclass
class StreamSource(Declared, ABC):
    """One random stream for each unit; the first call fixes the number of units."""

    seed: Seed = field(default=0, kw_only=True)
    gain: Gain = field(default=1.0, kw_only=True)
    offset: Offset = field(default=0.0, kw_only=True)
    _streams: NDArray[np.uint64] | None = field(default=None, init=False, repr=False, compare=False)
    _n_units: int = field(default=0, init=False, repr=False, compare=False)

    def volts(self, n_samples: int, n_units: int) -> NDArray[np.float32]:
        """Return the next voltages of every unit.

        Parameters
        ----------
        n_samples, n_units : int
            Samples to draw and units to feed; the first call fixes `n_units`.

        Returns
        -------
        ndarray of float32, shape (n_samples, n_units)
            Voltages in V; unit k is stream ``SeedSequence(seed, spawn_key=(k,))``. The samples of a unit lie side by
            side in memory.

        Raises
        ------
        ParameterError
            If the number of units changes between calls, or a number is below 1.
        """
        check_request(n_samples, n_units, None if self._streams is None else self._n_units)
        streams = self._begin(n_units) if self._streams is None else self._streams
        out = np.empty((n_units, n_samples), np.float32)
        self._fill(streams, out)
        return out.T

    def _begin(self, n_units: int) -> NDArray[np.uint64]:
        """Make the streams, and draw what a unit has before its first sample."""
        self._n_units = n_units
        self._streams = np.zeros((4, n_units + -n_units % WIDTH), np.uint64)
        self._streams[:, :n_units] = states(self.seed, range(n_units))
        return self._streams

    @abstractmethod
    def _fill(self, streams: NDArray[np.uint64], out: NDArray[np.float32]) -> None:
        """Fill `out`, shape (n_units, n_samples), with the next voltages and advance the streams."""

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the streams and what else continues; empty before the first draw."""
        if self._streams is None:
            return {}
        return {"streams": self._streams[:, : self._n_units].copy()}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the source that made `state` stopped."""
        if not state:
            self._streams, self._n_units = None, 0
            return
        streams = np.asarray(state.get("streams"))
        if streams.dtype != np.uint64 or streams.ndim != 2 or streams.shape[0] != 4:
            raise DataError(
                f"noise state with streams of type {streams.dtype} and shape {streams.shape}: expected uint64 of shape "
                "(4, n_units); load a state that this kind of source saved"
            )
        self._n_units = streams.shape[1]
        self._streams = np.pad(streams, ((0, 0), (0, -self._n_units % WIDTH)))
