"""Noise sources: what perturbs the units of a network, in volts, sample after sample.

A source hands out one voltage per sample and unit and remembers where it stopped, so that the
second noisy pass continues where the first one ended. The volts enter a pre-activation as ``eps =
gain (V - offset)``, with `gain` (1/V) and `offset` (V) declared on the source; the defaults 1 and 0
inject the raw volts, as Koenders et al. do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mtjphys.errors import DataError, ParameterError
from mtjphys.kernels.compiling import compiled
from mtjphys.kernels.random import gaussian_pair, next_bits
from mtjphys.parameters import check_range

if TYPE_CHECKING:
    from mtjphys.bias import Bias
    from mtjphys.device import MTJ
    from mtjphys.simulation import BringsSimulator


class NoiseSource(Protocol):
    """Anything that hands out volts to the units of a network and can be stopped and resumed.

    Attributes
    ----------
    gain : float
        Conversion from volts to pre-activation, 1/V.
    offset : float
        Voltage that is subtracted before the conversion, V.
    """

    gain: float
    offset: float

    def volts(self, n_samples: int, n_units: int) -> NDArray[np.float32]:
        """Return the next `n_samples` voltages of every unit, shape (n_samples, n_units), in V."""
        ...

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return arrays from which `load_state_dict` continues with the same bits."""
        ...

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the source that made `state` stopped."""
        ...


def perturbation(source: NoiseSource, n_samples: int, n_units: int, dtype: DTypeLike = np.float32) -> NDArray[Any]:
    """Draw volts and convert them to pre-activations, ``eps = gain (V - offset)``.

    Parameters
    ----------
    source : NoiseSource
        Where the volts come from.
    n_samples, n_units : int
        Samples of the batch and units of the whole network.
    dtype : dtype
        Floating-point type of the network.

    Returns
    -------
    ndarray of shape (n_samples, n_units)
        Perturbation of every pre-activation.

    Examples
    --------
    >>> eps = perturbation(GaussianNoise(0.01, seed=1, gain=2.0), 4, 3)
    >>> eps.shape
    (4, 3)
    """
    volts = source.volts(n_samples, n_units).astype(dtype)
    if source.offset != 0.0:
        volts -= np.asarray(source.offset, dtype)
    if source.gain != 1.0:
        volts *= np.asarray(source.gain, dtype)
    return volts


@compiled()
def _two_level(
    streams: NDArray[np.uint64],
    levels: NDArray[np.int8],
    mean: float,
    amplitude: float,
    sigma: float,
    flip_probability: float,
    out: NDArray[np.float32],
) -> None:
    """Fill `out` with ``mean + s amplitude + sigma n``; s = +-1 flips with `flip_probability`.

    All voltages are in V. `streams` is (4, n_units), `levels` holds s for every unit, `out` is
    (n_samples, n_units).
    """
    for unit in range(out.shape[1]):
        s0, s1, s2, s3 = streams[0, unit], streams[1, unit], streams[2, unit], streams[3, unit]
        level = amplitude * levels[unit]
        for sample in range(out.shape[0]):
            if amplitude != 0.0:
                bits, s0, s1, s2, s3 = next_bits(s0, s1, s2, s3)
                if float(bits >> np.uint64(11)) * 2.0**-53 < flip_probability:
                    level = -level
            bits, s0, s1, s2, s3 = next_bits(s0, s1, s2, s3)
            more_bits, s0, s1, s2, s3 = next_bits(s0, s1, s2, s3)
            out[sample, unit] = mean + level + sigma * gaussian_pair(bits, more_bits)[0]
        streams[0, unit], streams[1, unit], streams[2, unit], streams[3, unit] = s0, s1, s2, s3
        levels[unit] = 1 if level > 0.0 else -1


def _check_conversion(gain: float, offset: float) -> None:
    check_range("gain", gain, "1/V", -1e6, 1e6, "a gain of 1 injects the raw volts")
    check_range("offset", offset, "V", -1e3, 1e3)


def _check_request(n_samples: int, n_units: int, bound: int | None) -> None:
    if n_samples < 1 or n_units < 1:
        raise ParameterError(
            f"n_samples={n_samples} and n_units={n_units} must both be at least 1: "
            "ask for one voltage per sample and unit"
        )
    if bound is not None and n_units != bound:
        raise ParameterError(
            f"n_units={n_units}, but this source already feeds {bound} units, one stream each: "
            "make a new source for another network"
        )


@dataclass
class _ChainSource:
    """One independent two-level chain per unit; the first call fixes the number of units."""

    _streams: NDArray[np.uint64] | None = field(default=None, init=False, repr=False)
    _levels: NDArray[np.int8] | None = field(default=None, init=False, repr=False)

    def _law(self) -> tuple[float, float, float, float, int]:
        """Return mean, amplitude, sigma (V), probability of a flip, and the seed."""
        raise NotImplementedError

    def volts(self, n_samples: int, n_units: int) -> NDArray[np.float32]:
        """Return the next voltages of every unit.

        Parameters
        ----------
        n_samples, n_units : int
            Samples to draw and units to feed; the first call fixes `n_units`.

        Returns
        -------
        ndarray of float32, shape (n_samples, n_units)
            Voltages in V; unit k is stream ``SeedSequence(seed, spawn_key=(k,))``.

        Raises
        ------
        ParameterError
            If the number of units changes between calls, or a number is below 1.
        """
        _check_request(n_samples, n_units, None if self._levels is None else self._levels.size)
        mean, amplitude, sigma, flip_probability, seed = self._law()
        if self._streams is None or self._levels is None:
            words = [
                np.random.SeedSequence(seed, spawn_key=(unit,)).generate_state(5, np.uint64) for unit in range(n_units)
            ]
            table = np.ascontiguousarray(np.array(words).T)
            self._streams = np.ascontiguousarray(table[:4])
            # The top bit of a fifth word is the stationary start: both levels equally likely.
            self._levels = np.where(table[4] >> np.uint64(63), 1, -1).astype(np.int8)
        out = np.empty((n_samples, n_units), np.float32)
        _two_level(self._streams, self._levels, mean, amplitude, sigma, flip_probability, out)
        return out

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the streams and levels; empty before the first draw."""
        if self._streams is None or self._levels is None:
            return {}
        return {"streams": self._streams.copy(), "levels": self._levels.copy()}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the source that made `state` stopped."""
        if not state:
            self._streams = self._levels = None
            return
        streams, levels = np.array(state["streams"]), np.array(state["levels"])
        if streams.dtype != np.uint64 or streams.shape != (4, levels.size):
            raise DataError(
                f"noise state with streams of type {streams.dtype} and shape {streams.shape} for "
                f"{levels.size} units: expected uint64 of shape (4, n_units); "
                "load a state that this kind of source saved"
            )
        self._streams, self._levels = streams, levels.astype(np.int8)


@dataclass
class GaussianNoise(_ChainSource):
    """White Gaussian voltage noise, ``V = mean + sigma n`` with independent n ~ N(0, 1).

    Parameters
    ----------
    sigma : float
        Standard deviation in V, at least 0.
    seed : int
        Seed; unit k draws from ``SeedSequence(seed, spawn_key=(k,))``.
    mean : float
        Mean voltage in V.
    gain, offset : float
        Conversion to pre-activation, ``gain (V - offset)``, in 1/V and V.

    Raises
    ------
    ParameterError
        If a parameter is not finite or outside its range.

    Examples
    --------
    >>> noise = GaussianNoise(sigma=0.006, seed=1)
    >>> noise.volts(64, 110).shape
    (64, 110)
    """

    sigma: float
    seed: int = field(default=0, kw_only=True)
    mean: float = field(default=0.0, kw_only=True)
    gain: float = field(default=1.0, kw_only=True)
    offset: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        check_range("sigma", self.sigma, "V", 0.0, 1e3)
        check_range("mean", self.mean, "V", -1e3, 1e3)
        _check_conversion(self.gain, self.offset)

    def _law(self) -> tuple[float, float, float, float, int]:
        return self.mean, 0.0, self.sigma, 0.0, self.seed


@dataclass
class TelegraphNoise(_ChainSource):
    """The two-level chain fitted to a recorded junction, one independent chain per unit.

    ``V_t = mean + amplitude s_t + sigma n_t`` with s_t = +-1, n_t ~ N(0, 1) and P(s_t flips) =
    `flip_probability` per sample, so that the autocorrelation of s is ``(1 - 2 p)**k``. The
    defaults are those of Koenders et al.

    Parameters
    ----------
    mean : float
        Voltage halfway between the levels, V.
    amplitude : float
        Half the distance between the levels, V.
    sigma : float
        Standard deviation of the readings of one level, V.
    flip_probability : float
        Probability that the state flips from one sample to the next, 0 to 1.
    seed : int
        Seed; unit k draws from ``SeedSequence(seed, spawn_key=(k,))``.
    gain, offset : float
        Conversion to pre-activation, ``gain (V - offset)``, in 1/V and V.

    Raises
    ------
    ParameterError
        If a parameter is not finite or outside its range.

    References
    ----------
    K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025), arXiv:2412.12783.

    Examples
    --------
    >>> volts = TelegraphNoise(seed=1).volts(1000, 3)
    >>> bool(0.03 < volts.mean() < 0.05)
    True
    """

    mean: float = field(default=0.042092104, kw_only=True)
    amplitude: float = field(default=0.0059316154, kw_only=True)
    sigma: float = field(default=0.00090841466, kw_only=True)
    flip_probability: float = field(default=0.0809, kw_only=True)
    seed: int = field(default=0, kw_only=True)
    gain: float = field(default=1.0, kw_only=True)
    offset: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        check_range("mean", self.mean, "V", -1e3, 1e3)
        check_range("amplitude", self.amplitude, "V", 0.0, 1e3, open_low=True)
        check_range("sigma", self.sigma, "V", 0.0, 1e3)
        check_range("flip_probability", self.flip_probability, "(per sample)", 0.0, 1.0)
        _check_conversion(self.gain, self.offset)

    def _law(self) -> tuple[float, float, float, float, int]:
        return self.mean, self.amplitude, self.sigma, self.flip_probability, self.seed

    @property
    def standard_deviation(self) -> float:
        """Standard deviation of the voltage, ``sqrt(amplitude**2 + sigma**2)``, V."""
        return math.hypot(self.amplitude, self.sigma)


@dataclass
class JunctionNoise:
    """Live noise of stochastic junctions: one simulated junction (one sLLG lane) per unit.

    The junction is read every `sample_interval`; between two readings its magnetisation evolves by
    the stochastic Landau-Lifshitz-Gilbert equation, so that a network sees the junction's own
    memory. The reading is the voltage across the junction, which follows its resistance if the bias
    has a series resistance, or ``resistance * read_current`` if a read current is given (a stiff
    voltage source).

    Parameters
    ----------
    junction : MTJ or sequence of MTJ
        The junction, the same for every unit, or one junction for each unit (device-to-device
        spread); or stand-ins for them, such as `mtjphys.surrogate.TwoState`.
    bias : Bias
        Voltage, field, temperature and series resistance that are applied to every junction.
    sample_interval : float
        Time between two readings of a junction, s.
    seed : int
        Seed; lane k draws from its own stream, so that results are the same bits for any chunking.
    step : float, optional
        Integration step, s; chosen from the device if not given.
    read_current : float, optional
        Current of the reading, A; volts are then resistance times this current.
    settle : int
        Readings that are thrown away before the first one is handed out, so that the junctions
        start from equilibrium.
    gain, offset : float
        Conversion to pre-activation, ``gain (V - offset)``, in 1/V and V.

    Raises
    ------
    ParameterError
        If a parameter is outside its range.

    Examples
    --------
    >>> import mtjphys as mp
    >>> bias = mp.Bias(voltage=0.1, series_resistance=1e4)
    >>> noise = JunctionNoise(mp.presets.schnitzspan_2023(), bias, 1e-9, seed=1, settle=4)
    >>> noise.volts(2, 8).shape
    (2, 8)
    """

    junction: MTJ | BringsSimulator | Sequence[MTJ | BringsSimulator]
    bias: Bias
    sample_interval: float
    seed: int = field(default=0, kw_only=True)
    step: float | None = field(default=None, kw_only=True)
    read_current: float | None = field(default=None, kw_only=True)
    settle: int = field(default=64, kw_only=True)
    gain: float = field(default=1.0, kw_only=True)
    offset: float = field(default=0.0, kw_only=True)
    _simulator: Any = field(default=None, init=False, repr=False)
    _n_units: int | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        hint = "readings of a nanosecond junction are 1e-9 to 1e-8 s apart"
        check_range("sample_interval", self.sample_interval, "s", 0.0, 1.0, hint, open_low=True)
        if self.read_current is not None:
            check_range("read_current", self.read_current, "A", 0.0, 1.0, open_low=True)
        check_range("settle", self.settle, "readings", 1, 1e9)
        _check_conversion(self.gain, self.offset)

    def _build(self, n_units: int) -> None:
        from mtjphys.simulation import simulator_of

        replicas = n_units
        if isinstance(self.junction, Sequence):
            replicas = 1
            if len(self.junction) != n_units:
                raise ParameterError(
                    f"{len(self.junction)} junctions for {n_units} units: give one junction for "
                    "each unit, or a single one that is repeated"
                )
        self._simulator = simulator_of(self.junction)(
            self.junction,
            self.bias,
            replicas=replicas,
            seed=self.seed,
            step=self.step,
            sample_interval=self.sample_interval,
            record=("voltage" if self.read_current is None else "resistance",),
        )
        self._n_units = n_units

    def _start(self, n_units: int) -> None:
        self._build(n_units)
        first = self._read(self.settle)
        if float(np.ptp(first)) <= 1e-9 * float(np.abs(first).max()):
            self._simulator = self._n_units = None
            raise ParameterError(
                f"the junction reads {float(first.flat[0]):.6g} V whatever its state: set "
                "series_resistance (ohm) in the bias so that the divider follows the resistance, "
                "or give read_current (A)"
            )

    def _read(self, n_samples: int) -> NDArray[np.float64]:
        """Advance every junction by `n_samples` readings; shape (n_units, n_samples), in V."""
        record = self._simulator.advance(n_samples)
        if self.read_current is None:
            return np.asarray(record["voltage"])
        return np.asarray(record["resistance"]) * self.read_current

    def volts(self, n_samples: int, n_units: int) -> NDArray[np.float32]:
        """Return the next readings of every junction.

        Parameters
        ----------
        n_samples, n_units : int
            Readings to take and units to feed; the first call fixes `n_units`.

        Returns
        -------
        ndarray of float32, shape (n_samples, n_units)
            Voltages in V.

        Raises
        ------
        ParameterError
            If the number of units changes between calls, or the readings do not vary.
        """
        _check_request(n_samples, n_units, self._n_units)
        if self._simulator is None:
            self._start(n_units)
        return np.ascontiguousarray(self._read(n_samples).T, dtype=np.float32)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the state of every junction and its stream; empty before the first reading."""
        if self._n_units is None:
            return {}
        return {"n_units": np.array(self._n_units)} | self._simulator.save_state()

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the source that made `state` stopped."""
        self._simulator = self._n_units = None
        if state:
            self._build(int(state["n_units"]))
            self._simulator.load_state(state)
