"""Ideal noise, one independent stream per unit: Gaussian, Bernoulli, binomial, and the two-level chain.

What is called white is drawn anew for each sample; only the two-level chain remembers its state.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.parameters import check_range
from mtjphys.kernels import noise as kernels
from mtjphys.kernels.random import next_bits
from mtjphys.kernels.simd import WIDTH
from mtjphys.learning.concurrency import concurrently, pieces
from mtjphys.learning.noise.source import check_conversion, check_request, check_seed

if TYPE_CHECKING:
    from mtjphys.telegraph import TelegraphAnalysis

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


@dataclass
class StreamSource(ABC):
    """One random stream for each unit; the first call fixes the number of units."""

    seed: int = field(default=0, kw_only=True)
    gain: float = field(default=1.0, kw_only=True)
    offset: float = field(default=0.0, kw_only=True)
    _streams: NDArray[np.uint64] | None = field(default=None, init=False, repr=False, compare=False)
    _n_units: int = field(default=0, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_seed(self.seed)
        check_conversion(self.gain, self.offset)

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
        from mtjphys.core.streams import states as streams

        self._n_units = n_units
        self._streams = np.zeros((4, n_units + -n_units % WIDTH), np.uint64)
        self._streams[:, :n_units] = streams(self.seed, range(n_units))
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


@dataclass
class ChainSource(StreamSource):
    """Streams that drive two-level chains and their Gaussian noise, see `mtjphys.kernels.noise.chain`."""

    _levels: Floats = field(default_factory=lambda: np.empty(0), init=False, repr=False, compare=False)
    _half: int = field(default=0, init=False, repr=False, compare=False)

    @abstractmethod
    def _law(self, n_units: int) -> ChainLaw:
        """Return the law of the chains."""

    def _begin(self, n_units: int) -> NDArray[np.uint64]:
        streams = super()._begin(n_units)
        bits, *streams[:] = next_bits(*streams)
        _, _, up, down, _ = self._law(n_units)
        either = np.asarray(up) + down
        # The stationary law; a chain that never flips is in either state.
        occupation = np.divide(up, either, out=np.full(either.shape, 0.5), where=either > 0.0)
        uniform = (bits >> np.uint64(12))[:n_units] * 2.0**-52
        self._levels, self._half = _padded(np.where(uniform < occupation, 1.0, -1.0), n_units), 0
        return streams

    def _fill(self, streams: NDArray[np.uint64], out: NDArray[np.float32]) -> None:
        *law, sigma = self._law(self._n_units)
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


@dataclass
class GaussianNoise(ChainSource):
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
    mean: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("sigma", self.sigma, "V", 0.0, 1e3)
        check_range("mean", self.mean, "V", -1e3, 1e3)

    def _law(self, n_units: int) -> ChainLaw:
        return ChainLaw(self.mean, 0.0, 0.0, 0.0, self.sigma)

    @property
    def standard_deviation(self) -> float:
        """Standard deviation of the voltage, V."""
        return self.sigma


@dataclass
class TelegraphNoise(ChainSource):
    r"""The two-level chain fitted to a recorded junction, one independent chain per unit.

    .. math:: V_t = \mathrm{mean} + \mathrm{amplitude}\; s_t + \sigma n_t

    with :math:`s_t=\pm1`, independent :math:`n_t\sim N(0,1)`, and a flip from one sample to the next with probability
    :math:`p_\uparrow` from the low and :math:`p_\downarrow` from the high state. The high state is occupied a
    fraction :math:`q=p_\uparrow/(p_\uparrow+p_\downarrow)` of the time, from the first sample on, and the
    autocorrelation of s is :math:`(1-p_\uparrow-p_\downarrow)^k`. The defaults are those of Koenders et al.

    Parameters
    ----------
    mean : float
        Voltage halfway between the levels, V.
    amplitude : float
        Half the distance between the levels, V.
    sigma : float
        Standard deviation of the readings of one level, V.
    flip_probability : float or (float, float)
        Probability that the state flips from one sample to the next, 0 to 1; a pair is (from low to high, from high
        to low).
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

    A junction that is in its high state for 20 % of the time:

    >>> TelegraphNoise(flip_probability=(0.05, 0.2)).occupation
    0.2
    """

    mean: float = field(default=0.042092104, kw_only=True)
    amplitude: float = field(default=0.0059316154, kw_only=True)
    sigma: float = field(default=0.00090841466, kw_only=True)
    flip_probability: float | tuple[float, float] = field(default=0.0809, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("mean", self.mean, "V", -1e3, 1e3)
        check_range("amplitude", self.amplitude, "V", 0.0, 1e3, open_low=True)
        check_range("sigma", self.sigma, "V", 0.0, 1e3)
        if np.ndim(self.flip_probability) and np.shape(self.flip_probability) != (2,):
            raise ParameterError(
                f"flip_probability={self.flip_probability!r} must be a number or a pair: (low to high, high to low)"
            )
        for probability in self.flip_probabilities:
            check_range("flip_probability", probability, "(per sample)", 0.0, 1.0)

    def _law(self, n_units: int) -> ChainLaw:
        return ChainLaw(self.mean, self.amplitude, *self.flip_probabilities, self.sigma)

    @property
    def flip_probabilities(self) -> tuple[float, float]:
        """Probability per sample to leave the low state, and to leave the high one."""
        up, down = np.broadcast_to(self.flip_probability, 2).tolist()
        return up, down

    @property
    def occupation(self) -> float:
        """Fraction of samples in the high state."""
        up, down = self.flip_probabilities
        return up / (up + down) if up + down > 0.0 else 0.5

    @property
    def standard_deviation(self) -> float:
        """Standard deviation of the voltage, ``sqrt(4 q (1 - q) amplitude**2 + sigma**2)``, V."""
        return math.hypot(2.0 * math.sqrt(self.occupation * (1.0 - self.occupation)) * self.amplitude, self.sigma)

    @classmethod
    def from_analysis(
        cls, analysis: TelegraphAnalysis, sample_interval: float | None = None, *, seed: int = 0, **conversion: float
    ) -> Self:
        r"""Return the chain that `mtjphys.telegraph.analyse` found, at any sampling interval.

        With the rates :math:`k_\uparrow, k_\downarrow` of leaving the low and the high state and :math:`k =
        k_\uparrow+k_\downarrow`, the state at instants dt apart is exactly a chain with :math:`p_\uparrow =
        (k_\uparrow/k)(1-e^{-k\,dt})`, and :math:`p_\downarrow` likewise.

        Parameters
        ----------
        analysis : TelegraphAnalysis
            Of a voltage. Both levels get the root of the mean square, over time, of their two noises; it belongs to
            the bandwidth of the measurement and does not depend on the sampling interval here.
        sample_interval : float, optional
            In s; default that of the analysed record.
        seed : int
            As for the class.
        **conversion : float
            `gain` (1/V) and `offset` (V).

        Returns
        -------
        TelegraphNoise
            The chain.

        Raises
        ------
        ParameterError
            If the analysed signal is no voltage, or the interval is not positive.

        Examples
        --------
        >>> import mtjphys as mp
        >>> record = TelegraphNoise(seed=1).volts(20_000, 1)[:, 0]
        >>> found = mp.telegraph.analyse(record, sample_interval=25e-6)
        >>> noise = TelegraphNoise.from_analysis(found, sample_interval=1e-4)
        >>> round(noise.amplitude, 4), round(noise.flip_probabilities[0], 1)
        (0.0059, 0.3)
        """
        if analysis.unit not in ("V", ""):
            raise ParameterError(
                f"the analysed {analysis.name!r} is in {analysis.unit}: noise is in V, analyse the voltage"
            )
        interval = analysis.sample_interval if sample_interval is None else sample_interval
        check_range("sample_interval", interval, "s", 0.0, 1e6, open_low=True)
        low, high = analysis.levels
        up, down = analysis.rate_up.value, analysis.rate_down.value
        q = up / (up + down)
        moved = -math.expm1(-(up + down) * interval)
        return cls(
            mean=0.5 * (low + high),
            amplitude=0.5 * (high - low),
            sigma=math.hypot(math.sqrt(1.0 - q) * analysis.noise_low.value, math.sqrt(q) * analysis.noise_high.value),
            flip_probability=(q * moved, (1.0 - q) * moved),
            seed=seed,
            **conversion,
        )


class _Coins(StreamSource):
    """White noise of n ideal coins of which each adds `amplitude` with probability p."""

    n: int
    p: float
    amplitude: float

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("n", self.n, "coins", 1, 1000, "more are as good as Gaussian: use GaussianNoise")
        if self.n != int(self.n):
            raise ParameterError(f"n={self.n!r} is not a whole number of coins; give 1 to 1000")
        check_range("p", self.p, "(probability)", 0.0, 1.0)
        check_range("amplitude", self.amplitude, "V", 0.0, 1e3, open_low=True)

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


@dataclass
class BernoulliNoise(_Coins):
    """White noise of two levels, `amplitude` with probability `p` and 0 V else, in each sample and unit anew.

    The volts are raw, not centred: their mean is ``amplitude p``. ``offset=noise.mean`` centres the perturbation, which
    learning from the difference of two passes does not need.

    Parameters
    ----------
    p : float
        Probability of the high level, 0 to 1.
    amplitude : float
        The high level, above 0 V.
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
    K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025), Fig. 3.

    Examples
    --------
    >>> noise = BernoulliNoise(0.7, 0.01, seed=1)
    >>> np.unique(noise.volts(64, 110)).size
    2
    >>> round(noise.mean, 5), round(noise.standard_deviation, 5)
    (0.007, 0.00458)
    """

    p: float
    amplitude: float
    n: int = field(default=1, init=False, repr=False)


@dataclass
class BinomialNoise(_Coins):
    """White noise of `n` coins, ``V = amplitude k`` with k ~ Binomial(n, p) in each sample and unit anew.

    The volts are raw, as n two-level devices whose voltages add give them, not centred: their mean is ``amplitude n
    p``. ``offset=noise.mean`` centres the perturbation, which learning from the difference of two passes does not need.

    Parameters
    ----------
    n : int
        Coins, 1 to 1000.
    p : float
        Probability that a coin adds `amplitude`, 0 to 1.
    amplitude : float
        V, above 0.
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
    K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025), Fig. 3.

    Examples
    --------
    >>> noise = BinomialNoise(10, 0.5, 0.002, seed=1)
    >>> noise.offset = noise.mean
    >>> noise.offset, noise.volts(64, 110).shape
    (0.01, (64, 110))
    """

    n: int
    p: float
    amplitude: float
