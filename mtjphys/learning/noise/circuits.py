"""The circuits that bring a junction to a network: the summing node, and the converter with its ring buffer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.checks import as_count
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.parameters import check_range
from mtjphys.core.streams import Use, generator
from mtjphys.laboratory.readout import Instrument
from mtjphys.laboratory.readout.sampling import quantised
from mtjphys.learning.noise.junctions import JunctionNoise
from mtjphys.learning.noise.source import NoiseSource, Usage, check_conversion, check_request, check_seed


def _check_raw(source: NoiseSource) -> None:
    """Raise if the source declares a conversion, which a circuit would not see."""
    if source.gain != 1.0 or source.offset != 0.0:
        raise ParameterError(
            f"gain={source.gain:g} 1/V and offset={source.offset:g} V of the source would be lost, as a circuit takes "
            "the raw volts of its source: give gain and offset to the circuit"
        )


@dataclass
class SummingNode:
    r"""The analogue summing node: the junction as one more input branch of an operational amplifier.

    An inverting amplifier with feedback resistor :math:`R_0` adds the currents of its branches at a virtual ground,
    :math:`V = -R_0\sum_i V_i/R_i`. A branch of a junction at the voltage :math:`V_\varepsilon` adds

    .. math:: \varepsilon(t) = -\frac{R_0 V_\varepsilon}{R(t)}, \qquad
        \varepsilon_{AP} - \varepsilon_P = R_0 V_\varepsilon\Big(\frac1{R_P} - \frac1{R_{AP}}\Big)

    to the pre-activation: the noise is proportional to the conductance, and its step is set by
    :math:`R_0 V_\varepsilon`, whose sign turns it over. The amplifier is ideal; its mean,
    :math:`-R_0V_\varepsilon\langle1/R\rangle`, is left in unless `offset` takes it out.

    Parameters
    ----------
    source : NoiseSource
        `JunctionNoise` at a constant voltage :math:`V_\varepsilon` without series resistance, which is what the
        virtual ground gives; or, with `divider`, any source of volts across a junction. A circuit takes its raw volts:
        leave its gain and offset alone.
    feedback_resistance : float
        :math:`R_0`, ohm.
    voltage : float, optional
        :math:`V_\varepsilon`, V, other than 0; only with a `divider`.
    divider : (float, float), optional
        Source voltage U (V) and series resistance (ohm) behind which the volts V of `source` were read:
        ``R = R_s V/(U - V)``. The junction is taken to do at :math:`V_\varepsilon` what it did there, and `usage` is
        what it spent there, behind the divider.
    gain, offset : float
        Conversion to pre-activation, ``gain (V - offset)``, in 1/V and V.

    Raises
    ------
    ParameterError
        If a parameter is out of range, the voltage at the junction is not known or not constant, or the source has a
        gain or offset of its own.

    References
    ----------
    K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025), Figure 1 and circuit proposal.

    Examples
    --------
    >>> from mtjphys.learning import TelegraphNoise
    >>> recorded = TelegraphNoise(sigma=0.0, seed=1)  # levels of 36.2 and 48.0 mV: 5.67 and 9.24 kohm
    >>> node = SummingNode(recorded, 1e3, voltage=0.1, divider=(0.1, 1e4))
    >>> np.unique(node.volts(100, 1)).astype(float).round(5).tolist()
    [-0.01765, -0.01082]
    """

    source: NoiseSource
    feedback_resistance: float
    voltage: float | None = field(default=None, kw_only=True)
    divider: tuple[float, float] | None = field(default=None, kw_only=True)
    gain: float = field(default=1.0, kw_only=True)
    offset: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        check_range("feedback_resistance", self.feedback_resistance, "ohm", 0.0, 1e12, open_low=True)
        check_conversion(self.gain, self.offset)
        _check_raw(self.source)
        if self.divider is not None:
            if self.voltage is None:
                raise ParameterError("a divider without voltage: give the voltage of the branch in V")
            check_range("voltage", abs(self.voltage), "V", 0.0, 10.0, open_low=True)
            check_range("divider's source voltage", abs(self.divider[0]), "V", 0.0, 50.0, open_low=True)
            check_range("divider's series resistance", self.divider[1], "ohm", 0.0, 1e12, open_low=True)
            return
        if self.voltage is not None:
            raise ParameterError(
                f"voltage={self.voltage:g} V without a divider: leave it out, it is that of the junction's bias"
            )
        self._junctions()

    def _junctions(self) -> tuple[JunctionNoise, float]:
        """Return the source and the voltage of its bias, V, or raise if it cannot be a branch."""
        if not isinstance(self.source, JunctionNoise):
            raise ParameterError(
                f"{type(self.source).__name__} gives no resistances: give a JunctionNoise, or the divider=(source "
                "voltage in V, series resistance in ohm) that its volts come from"
            )
        bias = self.source.bias
        low, high = bias.bounds()[0]
        if bias.source != "voltage" or bias.series_resistance != 0.0 or low != high or low == 0.0:
            raise ParameterError(
                "a branch of the summing node puts a constant voltage across the junction: give its bias a voltage "
                "other than 0 V, and no series_resistance or current"
            )
        return self.source, float(low)

    def volts(self, n_samples: int, n_units: int) -> NDArray[np.float32]:
        """Return what the branch adds to every pre-activation.

        Parameters
        ----------
        n_samples, n_units : int
            As for the source.

        Returns
        -------
        ndarray of float32, shape (n_samples, n_units)
            Voltages in V.

        Raises
        ------
        DataError
            If the volts of the source lie outside the divider.
        """
        if self.divider is None:
            junctions, voltage = self._junctions()
            branch = voltage / junctions.resistances(n_samples, n_units)
        else:
            assert self.voltage is not None
            read = self.source.volts(n_samples, n_units).astype(np.float64)
            applied, series = self.divider
            share = read / applied
            if not np.all((share > 0.0) & (share < 1.0)):
                raise DataError(
                    f"the source reads {read.min():.4g} to {read.max():.4g} V behind a divider of {applied:g} V: a "
                    "junction reads between 0 V and that; give the voltage of the divider the volts come from"
                )
            branch = self.voltage * (1.0 - share) / (series * share)
        return np.asarray(-self.feedback_resistance * branch, np.float32)

    @property
    def usage(self) -> Usage | None:
        """What the junctions of the source have spent; None for a source that does not count."""
        return getattr(self.source, "usage", None)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the state of the source."""
        return self.source.state_dict()

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the source that made `state` stopped."""
        self.source.load_state_dict(state)


@dataclass
class RingBufferNoise:
    """The live experiment: one junction, a converter and a ring buffer that is shuffled on every call.

    The volts of one junction go through a unity-gain buffer to an analog-to-digital converter, whose newest `size`
    readings stay in a ring buffer. A call is what one forward pass of one sample takes: the buffer is shuffled and its
    first `n_units` values go to the units. Between two calls `reads_per_call` new readings arrive. The shuffle takes
    the order of the readings away, not that one buffer serves many calls: its mean drifts as slowly as the buffer is
    renewed, and the values of one call are drawn without replacement.

    Parameters
    ----------
    source : NoiseSource
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
    seed : int
        Of the shuffles; that of call k is keyed by (seed, k).
    gain, offset : float
        Conversion to pre-activation, ``gain (V - offset)``, in 1/V and V.

    Raises
    ------
    ParameterError
        If a parameter is out of range, or the source has a gain or offset of its own.

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

    source: NoiseSource
    size: int = field(default=200, kw_only=True)
    reads_per_call: float = field(default=1.0, kw_only=True)
    bits: int | None = field(default=12, kw_only=True)
    full_scale: tuple[float, float] = field(default=(0.0, 3.3), kw_only=True)
    seed: int = field(default=0, kw_only=True)
    gain: float = field(default=1.0, kw_only=True)
    offset: float = field(default=0.0, kw_only=True)
    _values: NDArray[np.float64] | None = field(default=None, init=False, repr=False, compare=False)
    _calls: int = field(default=0, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_range("size", as_count("size", self.size, 0), "values", 1, 1e7)
        check_range("reads_per_call", self.reads_per_call, "readings", 0.0, 1e6)
        if self.bits is not None:
            Instrument(bits=self.bits, full_scale=self.full_scale)
        check_seed(self.seed)
        check_conversion(self.gain, self.offset)
        _check_raw(self.source)

    def _converted(self, n: int) -> NDArray[np.float64]:
        """Return the next `n` readings of the converter, V."""
        volts = self.source.volts(n, 1)[:, 0].astype(np.float64)
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
        for row in out:
            start = self._arrived(self._calls) - first
            # As of a `RingBuffer` of its own for each call, in two thirds of the time.
            stream = generator(self.seed, self._calls, Use.BUFFER)
            row[:] = stream.permutation(readings[start : start + self.size])[:n_units]
            self._calls += 1
        self._values = readings[readings.size - self.size :]
        return out

    @property
    def usage(self) -> Usage | None:
        """What the junction of the source has spent; None for a source that does not count."""
        return getattr(self.source, "usage", None)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the state of the source and, from the first call on, the buffer and the number of calls."""
        state = {f"source.{name}": array for name, array in self.source.state_dict().items()}
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
        prefix = "source."
        started = not all(name.startswith(prefix) for name in state)
        if started and (not {"values", "calls"} <= state.keys() or state["values"].shape != (self.size,)):
            raise DataError(f"not the state of a ring buffer of {self.size} values: load one that such a buffer saved")
        self.source.load_state_dict({n.removeprefix(prefix): a for n, a in state.items() if n.startswith(prefix)})
        self._values = np.array(state["values"]) if started else None
        self._calls = int(state["calls"]) if started else 0
