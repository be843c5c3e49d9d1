"""Ideal noise: Gaussian, and the two-level chain of Koenders et al., one independent stream per unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.errors import DataError
from mtjphys.kernels.compiling import compiled
from mtjphys.kernels.random import gaussian_pair, next_bits
from mtjphys.learning.noise.source import check_conversion, check_request
from mtjphys.parameters import check_range


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
        check_request(n_samples, n_units, None if self._levels is None else self._levels.size)
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
        check_conversion(self.gain, self.offset)

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
        check_conversion(self.gain, self.offset)

    def _law(self) -> tuple[float, float, float, float, int]:
        return self.mean, self.amplitude, self.sigma, self.flip_probability, self.seed

    @property
    def standard_deviation(self) -> float:
        """Standard deviation of the voltage, ``sqrt(amplitude**2 + sigma**2)``, V."""
        return math.hypot(self.amplitude, self.sigma)
