"""The buffer of a live experiment."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.core.checks import as_count
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.streams import Use, as_seed, generator

Array = NDArray[np.float64]


class RingBuffer:
    """The buffer of a live experiment: the newest values, shuffled on every call.

    An analog-to-digital converter pushes values as they come; the learner draws from them in a
    fresh random order, which breaks their correlation in time.

    Parameters
    ----------
    size : int
        Number of values held; the oldest gives way.
    seed : int or None
        Of the shuffles; None draws one. It is kept as the attribute `seed`.
    lane : int
        Number of the lane that is read, where several share a seed.

    References
    ----------
    K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025): 200 values, read at about 1 kHz.

    Examples
    --------
    >>> from mtjphys.laboratory.readout import RingBuffer
    >>> buffer = RingBuffer(size=3)
    >>> buffer.push([0.1, 0.2, 0.3, 0.4])
    >>> sorted(buffer.draw(3).tolist())
    [0.2, 0.3, 0.4]
    """

    def __init__(self, size: int = 200, *, seed: int | None = 0, lane: int = 0) -> None:
        self.size = as_count("size", size)
        self.seed = as_seed(seed)
        self._generator = generator(self.seed, as_count("lane", lane, 0), Use.BUFFER)
        self._values: Array = np.empty(0)

    def __len__(self) -> int:
        """Return the number of values held."""
        return self._values.size

    def push(self, values: ArrayLike) -> None:
        """Add values, oldest first; beyond `size` the oldest are dropped."""
        try:
            new = np.ravel(np.asarray(values, dtype=np.float64))
        except (TypeError, ValueError):
            raise DataError("the values are not all numbers; push real numbers") from None
        if not np.all(np.isfinite(new)):
            raise DataError("a pushed value is not finite; push finite numbers")
        self._values = np.concatenate((self._values, new))[-self.size :]

    def draw(self, n: int) -> Array:
        """Return `n` different entries in a fresh random order; the buffer keeps them.

        Raises
        ------
        ParameterError
            If the buffer holds fewer than `n` values.
        """
        count = as_count("n", n, 0)
        if count > len(self):
            raise ParameterError(
                f"n={count} values are asked for and the buffer holds {len(self)}; push more or "
                f"draw fewer (its size is {self.size})"
            )
        return self._generator.permutation(self._values)[:count]
