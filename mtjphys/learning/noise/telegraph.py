"""The two-level chain that is fitted to a recorded junction."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, Self

import numpy as np

from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import Quantity, check_range
from mtjphys.junction import Spread
from mtjphys.learning.noise.chains import ChainLaw, ChainSource, occupations
from mtjphys.learning.noise.devices import device_cases
from mtjphys.learning.noise.source import NOISES
from mtjphys.learning.noise.two_level import TwoLevelDevice

if TYPE_CHECKING:
    from mtjphys.telegraph import TelegraphAnalysis


@NOISES.register("telegraph")
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
    spread : Spread, optional
        Device-to-device spread of the junctions behind the chains.
    device : TwoLevelDevice
        What is behind the levels of the nominal chain; it matters where devices differ or see a stray field.
    seed : int or None
        Seed, kept; None draws one. Unit k draws from ``SeedSequence(seed, spawn_key=(k,))``.
    gain, offset : float
        Conversion to pre-activation, ``gain (V - offset)``, in 1/V and V.

    Raises
    ------
    ParameterError
        If a parameter is not finite or outside its range, or units differ and the chain has no memory or its levels
        are not those of the device's divider.

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

    mean: Annotated[float, Quantity("V", -1e3, 1e3)] = field(default=0.042092104, kw_only=True)
    amplitude: Annotated[float, Quantity("V", 0.0, 1e3, open_low=True)] = field(default=0.0059316154, kw_only=True)
    sigma: Annotated[float, Quantity("V", 0.0, 1e3)] = field(default=0.00090841466, kw_only=True)
    flip_probability: Annotated[float | tuple[float, float], Quantity("(per sample)", 0.0, 1.0)] = field(
        default=0.0809, kw_only=True
    )
    spread: Spread | None = field(default=None, kw_only=True)
    device: TwoLevelDevice = field(default=TwoLevelDevice(), kw_only=True)
    _units: ChainLaw | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if np.ndim(self.flip_probability) and np.shape(self.flip_probability) != (2,):
            raise ParameterError(
                f"flip_probability={self.flip_probability!r} must be a number or a pair: (low to high, high to low)"
            )
        if self._differ:
            self.law(1)

    @property
    def _nominal(self) -> ChainLaw:
        return ChainLaw(self.mean, self.amplitude, *self.flip_probabilities, self.sigma)

    @property
    def _differ(self) -> bool:
        """Whether a unit's chain is another one than the nominal chain."""
        return bool(self.device.stray_field or (self.spread is not None and self.spread.active()))

    def law(self, n_units: int) -> ChainLaw:
        """Return the law of the chains of so many units."""
        if not self._differ:
            return self._nominal
        if self._units is None or np.size(self._units.mean) != n_units:
            spread = Spread() if self.spread is None else self.spread
            self._units = self.device.chains(self._nominal, spread.deviations(n_units))
        return self._units

    def _drawn(self) -> ChainLaw:
        """Return the law of the units that are fed."""
        if self._differ and not self._n_units:
            raise ParameterError(
                "occupation and standard deviation are those of the units, and there are none yet: draw volts first"
            )
        return self.law(self._n_units)

    @property
    def flip_probabilities(self) -> tuple[float, float]:
        """Probability per sample to leave the low state, and to leave the high one, of the nominal chain."""
        up, down = np.broadcast_to(self.flip_probability, 2).tolist()
        return up, down

    @property
    def occupation(self) -> float:
        """Fraction of samples in the high state, mean over the units if they differ."""
        return float(occupations(self._drawn()).mean())

    @property
    def standard_deviation(self) -> float:
        """Standard deviation of the voltage, ``sqrt(4 q (1 - q) amplitude**2 + sigma**2)``, V.

        Of units that differ the root of the mean square; what they differ by in their mean is left out.
        """
        law = self._drawn()
        q = occupations(law)
        return math.sqrt(float(np.mean(4.0 * q * (1.0 - q) * np.square(law.amplitude))) + law.sigma**2)

    def with_devices(self, spread: Spread, stray_field: float) -> Self:
        """Return a chain whose units differ by `spread` and see one more stray field; see `Effects`."""
        device = self.device.model_copy(update={"stray_field": self.device.stray_field + stray_field})
        return replace(self, spread=spread if self.spread is None else self.spread.including(spread), device=device)

    def device_cases(self) -> dict[str, list[float]]:
        """Return magnitudes of the effects inside the devices that are worth a look."""
        return device_cases(self.device.tesla)

    @classmethod
    def from_analysis(
        cls,
        analysis: TelegraphAnalysis,
        sample_interval: float | None = None,
        *,
        seed: int | None = 0,
        **conversion: Any,
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
        seed : int or None
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
        DataError
            If it has more than two levels.

        Examples
        --------
        >>> import mtjphys as mp
        >>> record = TelegraphNoise(seed=1).volts(20_000, 1)[:, 0]
        >>> analysis = mp.telegraph.analyse(record, sample_interval=25e-6)
        >>> noise = TelegraphNoise.from_analysis(analysis, sample_interval=1e-4)
        >>> round(noise.amplitude, 4), round(noise.flip_probabilities[0], 1)
        (0.0059, 0.3)
        """
        if analysis.unit not in ("V", ""):
            raise ParameterError(
                f"the analysed {analysis.name!r} is in {analysis.unit}: noise is in V, analyse the voltage"
            )
        interval = analysis.sample_interval if sample_interval is None else sample_interval
        check_range("sample_interval", interval, "s", 0.0, 1e6, open_low=True)
        up, down = analysis.rate_up.value, analysis.rate_down.value
        low, high = analysis.levels
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
