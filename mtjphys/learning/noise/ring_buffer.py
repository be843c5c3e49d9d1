"""The live experiment: one junction, a converter, and a ring buffer that is shuffled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.declared import Declared, Seed
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.core.streams import Use, generator
from mtjphys.laboratory.readout import Instrument
from mtjphys.laboratory.readout.sampling import quantised
from mtjphys.learning.noise.inner import check_raw, load_inner, state_of
from mtjphys.learning.noise.source import NOISES, Gain, NoiseSource, Offset, Usage, check_request


@NOISES.register("ring_buffer")
@dataclass
class RingBufferNoise(Declared):
    """The live experiment: one junction, a converter and a ring buffer that is shuffled on every call.

    The volts of one junction go through a unity-gain buffer to an analog-to-digital converter, whose newest `size`
    readings stay in a ring buffer. A call is what one forward pass of one sample takes: the buffer is shuffled and its
    first `n_units` values go to the units. Between two calls `reads_per_call` new readings arrive. The shuffle takes
    the order of the readings away, not that one buffer serves many calls: its mean drifts as slowly as the buffer is
    renewed, and the values of one call are drawn without replacement.

    Parameters
    ----------
    inner : NoiseSource
        Volts of one junction, one a reading: `JunctionNoise` with ``lanes=1``, or a recorded or ideal one. The
        experiment has 3.3 V behind 100 kohm, read at about 1 kHz. A circuit takes its raw volts: leave its gain and
        offset alone.
    size : int
        Values in the buffer.
    reads_per_call : float
        Readings that arrive between two calls, 0 for a frozen buffer; need not be whole.
    bits : int, optional
        Of the converter; None converts without rounding.
    full_scale : (float, float)
        Range of the converter, V.
    seed : int or None
        Of the shuffles, kept; None draws one; that of call k is keyed by (seed, k).
    gain, offset : float
        Conversion to pre-activation, ``gain (V - offset)``, in 1/V and V.

    Raises
    ------
    ParameterError
        If a parameter is out of range, or the inner source has a gain or offset of its own.

    References
    ----------
    K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025), Figure 5: 200 values, read at about 1 kHz. The bits of
    the converter are not given there; 12 of 3.3 V are assumed.

    Examples
    --------
    >>> from mtjphys.learning import TelegraphNoise
    >>> live = RingBufferNoise(TelegraphNoise(seed=1), seed=2)
    >>> live.volts(100, 5).shape
    (100, 5)
    """

    inner: Annotated[NoiseSource, NOISES]
    size: Annotated[int, Quantity("values", 1, 1e7)] = field(default=200, kw_only=True)
    reads_per_call: Annotated[float, Quantity("readings", 0.0, 1e6)] = field(default=1.0, kw_only=True)
    bits: int | None = field(default=12, kw_only=True)
    full_scale: tuple[float, float] = field(default=(0.0, 3.3), kw_only=True)
    seed: Seed = field(default=0, kw_only=True)
    gain: Gain = field(default=1.0, kw_only=True)
    offset: Offset = field(default=0.0, kw_only=True)
    _values: NDArray[np.float64] | None = field(default=None, init=False, repr=False, compare=False)
    _calls: int = field(default=0, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bits is not None:
            Instrument(bits=self.bits, full_scale=self.full_scale)
        check_raw(self.inner)

    def _converted(self, n: int) -> NDArray[np.float64]:
        """Return the next `n` readings of the converter, V."""
        volts = self.inner.volts(n, 1)[:, 0].astype(np.float64)
        return volts if self.bits is None else quantised(volts, *self.full_scale, self.bits)[0]

    def _arrived(self, call: int) -> int:
        """Return how many readings have arrived before a call, beside those that filled the buffer."""
        return math.floor(call * self.reads_per_call)

    def volts(self, n_samples: int, n_units: int) -> NDArray[np.float32]:
        """Return the values of `n_samples` calls.

        Parameters
        ----------
        n_samples, n_units : int
            Calls, and units that each of them feeds.

        Returns
        -------
        ndarray of float32, shape (n_samples, n_units)
            Voltages in V.

        Raises
        ------
        ParameterError
            If there are more units than values in the buffer.
        """
        check_request(n_samples, n_units, None)
        if n_units > self.size:
            raise ParameterError(
                f"n_units={n_units} and a ring buffer of {self.size} values: give a size of at least {n_units}"
            )
        if self._values is None:
            self._values = self._converted(self.size)
        first = self._arrived(self._calls)
        new = self._arrived(self._calls + n_samples) - first
        readings = np.append(self._values, self._converted(new) if new else [])
        out = np.empty((n_samples, n_units), np.float32)
        for values in out:
            start = self._arrived(self._calls) - first
            # As of a `RingBuffer` of its own for each call, in two thirds of the time.
            stream = generator(self.seed, self._calls, Use.BUFFER)
            values[:] = stream.permutation(readings[start : start + self.size])[:n_units]
            self._calls += 1
        self._values = readings[readings.size - self.size :]
        return out

    @property
    def usage(self) -> Usage | None:
        """What the junction of the inner source has spent; None for one that does not count."""
        return getattr(self.inner, "usage", None)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the state of the inner source and, from the first call on, the buffer and the number of calls."""
        state = state_of(self.inner)
        if self._values is not None:
            state |= {"values": self._values.copy(), "calls": np.array(self._calls)}
        return state

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the source that made `state` stopped.

        Raises
        ------
        DataError
            If the state is of a buffer of another size.
        """
        rest = load_inner(self.inner, state)
        if rest and (not {"values", "calls"} <= rest.keys() or rest["values"].shape != (self.size,)):
            raise DataError(f"not the state of a ring buffer of {self.size} values: load one that such a buffer saved")
        self._values = np.array(rest["values"]) if rest else None
        self._calls = int(rest["calls"]) if rest else 0
