r"""Device effects: what real junctions and their readout do to the noise, one effect at a time.

    devices (spread, stray field) -> stuck -> gain, offset -> drift -> low-pass -> + read noise -> converter

An `Effects` holds the magnitudes; `Effects.applied_to` makes a degraded source of any source. Effects inside the device
change the law of a two-level chain, unit by unit (`TelegraphJunctions`), or the simulated junctions
(`unequal_junctions`); the others act on the volts of any source (`Degraded`). For another order of the effects, degrade
a degraded source.

What to expect of them in learning by activity differences (`ANP`), with :math:`da = a(1) - a(2)` of two noisy passes:

- What is constant (offset, spread of the mean, drift over one batch) cancels in da and acts as a shift of the biases,
  which learning takes up; it does harm where it moves faster than the biases learn, or so far that units saturate.
- Everything that fluctuates and reaches the units is a perturbation like any other: read noise costs nothing as long
  as the loss is linear in it.
- A unit learns in proportion to its share of :math:`|da|^2`. Unequal variances (gain, level distance, TMR; tilt, as
  the variance of a level is :math:`4 p(1-p)` of its largest) make unequal learning rates, which Adam evens out. A unit
  with no noise of its own (stuck, or within one code of the converter) still has the da that earlier layers send it;
  in the first layer it does not learn at all.
- Memory counts in readings. One unit's pass 2 comes a batch after pass 1: a correlation :math:`\rho` at that lag takes
  :math:`\rho` of the variance of da, of which only the share against other units matters. Correlation from sample to
  sample makes the trials of a batch alike, so that a batch is worth fewer: high barriers and a low cut-off hurt once
  the correlation time is beyond the batch.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy.constants import Boltzmann

from mtjphys.bias import Bias
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.parameters import Parameters, check_range
from mtjphys.junction import MTJ
from mtjphys.kernels import effects as kernels
from mtjphys.laboratory.readout.sampling import quantised
from mtjphys.learning.noise.ideal import ChainLaw, TelegraphNoise
from mtjphys.learning.noise.junctions import JunctionNoise
from mtjphys.learning.noise.serial import PassesOn
from mtjphys.learning.noise.source import NoiseSource, check_request, check_seed
from mtjphys.learning.noise.spread import Spread, log_normal

Floats = NDArray[np.float64]

EFFECTS_STREAM, SPREAD_STREAM = 5, 6
"""Second keys of the running noise and of the fixed deviations of a unit, which share no stream with its source."""

DEVICE = ("resistance_spread", "tmr_spread", "barrier_spread", "stray_field", "stray_field_spread")
"""Effects inside the device."""

VOLTS = ("stuck", "gain_spread", "offset_spread", "drift", "random_walk", "bandwidth", "read_noise", "bits")
"""Effects on the volts of any source."""

DIVIDER = ("source_voltage", "series_resistance")

SETTINGS = (*DIVIDER, "full_scale")
"""What describes an effect and is none by itself."""


class Effects(Parameters):
    r"""Magnitudes of the device effects; none by default.

    Parameters
    ----------
    resistance_spread, tmr_spread : float
        Standard deviation over mean, between units, of the log-normal :math:`R_P` and TMR, with :math:`R_{AP} = R_P
        (1+\mathrm{TMR})`; the levels are read behind the divider, :math:`V = V_s R/(R + R_s)`.
    barrier_spread : float
        Standard deviation of the barrier between units in kB T; as :math:`\tau = \tau_0 e^\Delta` (Neel, Brown), also
        that of the logarithm of the rates.
    stray_field : float
        Tilt of the two wells in kB T, :math:`x = M_s V B/(k_B T)` for a stray field B along the easy axis: the barriers
        are :math:`\Delta\pm x` (to first order in the field over the anisotropy field) and the occupation of the high
        level is :math:`1/(1+e^{-2x})`. 1 mT is 0.95 for a disc of 50 nm diameter, 2 nm thick, of 1e6 A/m, at 300 K.
    stray_field_spread : float
        Standard deviation of the tilt between units, kB T.
    source_voltage, series_resistance : float
        :math:`V_s` in V and :math:`R_s` in ohm of a chain's divider; the defaults belong to that of Koenders et al.
    stuck : float
        Probability that a unit's device is stuck: its first reading is repeated for ever.
    gain_spread, offset_spread : float
        Standard deviation between units of the amplifier's gain (log-normal, of mean 1), and of its offset in V.
    drift : float
        Drift of the mean, V per reading, the same for all units.
    random_walk : float
        Step of a random walk of each unit's mean, V per square root of a reading.
    bandwidth : float, optional
        Cut-off of a one-pole low-pass over the rate of the readings: :math:`y_t = a y_{t-1} + (1-a) v_t`, :math:`a =
        e^{-2\pi f_c/f_s}`, exact for a voltage held from one reading to the next; it starts settled.
    read_noise : float
        White Gaussian noise of each reading after the low-pass, V rms.
    bits, full_scale : int and (float, float), optional
        Converter of the readings and its range in V, as in `mtjphys.laboratory.readout.Instrument`; what lies outside
        is clipped, with a warning.

    Raises
    ------
    ParameterError
        If a magnitude is outside its range.

    References
    ----------
    W. F. Brown, Phys. Rev. 130, 1677 (1963); K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025).

    Examples
    --------
    >>> from mtjphys.learning import TelegraphNoise
    >>> effects = Effects(barrier_spread=1.0, stuck=0.1, read_noise=1e-3, bits=8, full_scale=(0.0, 0.1))
    >>> effects.applied_to(TelegraphNoise(seed=1), seed=1).volts(64, 110).shape
    (64, 110)
    """

    resistance_spread: float = Field(default=0.0, title="Resistance spread", description="of the mean")
    tmr_spread: float = Field(default=0.0, title="TMR spread", description="of the mean")
    barrier_spread: float = Field(default=0.0, title="Barrier spread", description="kT")
    stray_field: float = Field(default=0.0, title="Stray field", description="kT")
    stray_field_spread: float = Field(default=0.0, title="Stray-field spread", description="kT")
    source_voltage: float = Field(default=0.1, title="Source voltage", description="V")
    series_resistance: float = Field(default=1e4, title="Series resistance", description="ohm")
    stuck: float = Field(default=0.0, title="Stuck devices", description="of units")
    gain_spread: float = Field(default=0.0, title="Gain spread", description="of the mean")
    offset_spread: float = Field(default=0.0, title="Offset spread", description="V")
    drift: float = Field(default=0.0, title="Drift", description="V/reading")
    random_walk: float = Field(default=0.0, title="Random walk", description="V/reading^(1/2)")
    bandwidth: float | None = Field(default=None, title="Bandwidth", description="of reading rate")
    read_noise: float = Field(default=0.0, title="Read noise", description="V rms")
    bits: int | None = Field(default=None, title="Quantisation", description="bits")
    full_scale: tuple[float, float] | None = Field(default=None, title="Full scale", description="V")

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_range("resistance_spread", self.resistance_spread, "(of the mean)", 0.0, 1.0)
        check_range("tmr_spread", self.tmr_spread, "(of the mean)", 0.0, 1.0)
        check_range("barrier_spread", self.barrier_spread, "kB T", 0.0, 20.0)
        check_range("stray_field", self.stray_field, "kB T", -20.0, 20.0, "a tilt, not a field: Ms V B/(kB T)")
        check_range("stray_field_spread", self.stray_field_spread, "kB T", 0.0, 20.0)
        check_range("source_voltage", self.source_voltage, "V", 0.0, 50.0, "in V", open_low=True)
        check_range("series_resistance", self.series_resistance, "ohm", 0.0, 1e12, "in ohm", open_low=True)
        check_range("stuck", self.stuck, "(of units)", 0.0, 1.0)
        check_range("gain_spread", self.gain_spread, "(of the mean)", 0.0, 1.0)
        check_range("offset_spread", self.offset_spread, "V", 0.0, 1e3)
        check_range("drift", self.drift, "V/reading", -1e3, 1e3)
        check_range("random_walk", self.random_walk, "V/reading^(1/2)", 0.0, 1e3)
        if self.bandwidth is not None:
            hint = "the cut-off over the rate of the readings, not in Hz"
            check_range("bandwidth", self.bandwidth, "(of the reading rate)", 0.0, 1e3, hint, open_low=True)
        check_range("read_noise", self.read_noise, "V", 0.0, 1e3)
        if self.bits is not None:
            check_range("bits", self.bits, "bits", 1, 32)
            if self.full_scale is None:
                raise ParameterError(f"bits={self.bits} needs full_scale=(low, high), the converter's range in V")
        if self.full_scale is not None and not self.full_scale[0] < self.full_scale[1]:
            raise ParameterError(f"full_scale={self.full_scale} V is no range; give (low, high) with low < high")
        return self

    def active(self) -> dict[str, Any]:
        """Return what differs from the default, by name."""
        return {
            name: value for name, value in self.model_dump().items() if value != type(self).model_fields[name].default
        }

    def applied_to(self, source: NoiseSource, *, seed: int) -> NoiseSource:
        """Return the source with these effects.

        Parameters
        ----------
        source : NoiseSource
            Not used before; the returned source reads it from now on. Effects inside the device need a
            `TelegraphNoise` or a `JunctionNoise`.
        seed : int
            Of the deviations between units and of the noise of the effects; it may be that of the source, as the
            streams differ.

        Returns
        -------
        NoiseSource
            The source itself if there is no effect.

        Raises
        ------
        ParameterError
            If an effect inside the device is asked of a source that has no rates and levels.
        """
        inside, outside = self._acting(DEVICE), self._acting(VOLTS)
        if inside and type(source) is TelegraphNoise:
            nominal = {entry.name: getattr(source, entry.name) for entry in fields(source) if entry.init}
            source = TelegraphJunctions(**nominal, effects=self._only((*DEVICE, *DIVIDER)), device_seed=seed)
        elif inside and type(source) is JunctionNoise:
            source = unequal_junctions(source, self._only(DEVICE), seed=seed)
        elif inside:
            raise ParameterError(
                f"{inside[0]}={getattr(self, inside[0]):g} is inside the device, and {type(source).__name__} has no "
                "rates and levels of its own: use TelegraphNoise or JunctionNoise, or effects on the volts"
            )
        return Degraded(source, self._only((*VOLTS, "full_scale")), seed=seed) if outside else source

    def _acting(self, names: Collection[str]) -> list[str]:
        """Return which of the named effects there are."""
        return sorted(self.active().keys() & set(names))

    def _only(self, names: Collection[str]) -> Effects:
        """Return the named fields alone."""
        return Effects(**{name: value for name, value in self.active().items() if name in names})

    def _refuse(self, names: Collection[str], where: str) -> None:
        """Raise if there is one of the effects, none of which acts there."""
        if found := self._acting(names):
            raise ParameterError(
                f"{found[0]}={getattr(self, found[0]):g} would do nothing in {where}: use Effects.applied_to, which "
                "puts every effect where it acts"
            )


class Deviations(NamedTuple):
    """How each unit differs from the nominal device; a (n_units,) array each."""

    stuck: Floats  # uniform in [0, 1)
    gain: Floats  # standard normal, as the following
    offset: Floats
    resistance: Floats
    tmr: Floats
    barrier: Floats
    stray_field: Floats


def deviations(seed: int, n_units: int) -> Deviations:
    """Return the deviations of units: each in its own stream, whatever magnitudes they are multiplied with."""
    table = np.empty((n_units, 7))
    for unit in range(n_units):
        stream = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(unit, SPREAD_STREAM)))
        table[unit, 0] = stream.random()
        table[unit, 1:] = stream.standard_normal(6)
    return Deviations(*np.ascontiguousarray(table.T))


def unequal_chains(nominal: TelegraphNoise, effects: Effects, deviation: Deviations) -> ChainLaw:
    r"""Return the law of each unit's chain, from the nominal chain and how far the unit's device is from it.

    The probabilities p of the nominal chain to leave its low and its high state from one reading to the next belong to
    rates k and the time dt between readings, :math:`(k_l+k_h)\,dt = -\ln(1-p_l-p_h)` and :math:`k_l/k_h = p_l/p_h`. A
    unit whose barrier is higher by b and whose wells are tilted by x leaves its low state at the rate :math:`k_l
    e^{x-b}` and its high one at :math:`k_h e^{-x-b}`; the probability to be found in the high state one reading after
    the low one is :math:`k_l/(k_l+k_h)\,(1 - e^{-(k_l+k_h)dt})`.

    Parameters
    ----------
    nominal : TelegraphNoise
        Chain of the nominal device.
    effects : Effects
        Magnitudes of the spreads.
    deviation : Deviations
        Of each unit.

    Returns
    -------
    ChainLaw
        Levels and probabilities of each unit.

    Raises
    ------
    ParameterError
        If the chain has no memory, hence no rates, or its levels are not those of the divider.

    Examples
    --------
    >>> law = unequal_chains(TelegraphNoise(), Effects(stray_field=1.0), deviations(1, 3))
    >>> (law.up / (law.up + law.down)).round(4).tolist()  # 1/(1 + e^-2)
    [0.8808, 0.8808, 0.8808]
    """
    n_units = deviation.barrier.size
    low, high = nominal.mean - nominal.amplitude, nominal.mean + nominal.amplitude
    mean, amplitude = np.full(n_units, nominal.mean), np.full(n_units, nominal.amplitude)
    if effects.resistance_spread or effects.tmr_spread:
        supply, series = effects.source_voltage, effects.series_resistance
        if not (low > 0.0 and high < supply):
            raise ParameterError(
                f"levels of {low:g} and {high:g} V cannot be read behind a divider of source_voltage={supply:g} V; "
                "give levels between 0 and the source voltage"
            )
        nominal_parallel, nominal_antiparallel = (series * level / (supply - level) for level in (low, high))
        tmr = (nominal_antiparallel / nominal_parallel - 1.0) * log_normal(effects.tmr_spread, deviation.tmr)
        parallel = nominal_parallel * log_normal(effects.resistance_spread, deviation.resistance)
        antiparallel = parallel * (1.0 + tmr)
        lows, highs = (supply * resistance / (resistance + series) for resistance in (parallel, antiparallel))
        mean, amplitude = 0.5 * (lows + highs), 0.5 * (highs - lows)
    barrier = effects.barrier_spread * deviation.barrier
    tilt = effects.stray_field + effects.stray_field_spread * deviation.stray_field
    up, down = nominal.flip_probabilities
    if not (np.any(barrier) or np.any(tilt)):
        return ChainLaw(mean, amplitude, np.full(n_units, up), np.full(n_units, down), nominal.sigma)
    if not 0.0 < up + down < 1.0:
        raise ParameterError(
            f"flip_probability={nominal.flip_probability} belongs to no rates of flipping, which barrier and stray "
            "field would change: give probabilities whose sum is between 0 and 1 (one number: below 0.5)"
        )
    scale = -math.log1p(-up - down) / (up + down)  # k dt over p
    rise, fall = scale * up * np.exp(tilt - barrier), scale * down * np.exp(-tilt - barrier)
    moved = -np.expm1(-rise - fall) / (rise + fall)
    return ChainLaw(mean, amplitude, rise * moved, fall * moved, nominal.sigma)


def unequal_junctions(source: JunctionNoise, effects: Effects, *, seed: int = 0) -> JunctionNoise:
    r"""Return live junctions with the spreads and the stray field of `effects`.

    With the barrier :math:`\Delta` and the moment :math:`M_s V` of the nominal junction at the bias temperature, the
    spread of the barrier is :math:`b/\Delta` of it, and the tilt x is the stray field :math:`x\,k_B T/(M_s V)`
    against the reference direction, as the high level is the antiparallel one.

    Parameters
    ----------
    source : JunctionNoise
        Of one nominal `MTJ`; a spread that it has is kept where `effects` has none.
    effects : Effects
        Spread of resistance, TMR and barrier, stray field and its spread; the divider is that of the bias.
    seed : int
        Of the devices, where the source has no spread yet.

    Returns
    -------
    JunctionNoise
        A new source.

    Raises
    ------
    ParameterError
        If the source has more than one kind of junction, a stand-in, or no constant temperature, the junction has no
        barrier to be spread, or there is an effect on the volts.

    Examples
    --------
    >>> import mtjphys as mp
    >>> from mtjphys.learning import JunctionNoise
    >>> bias = mp.Bias(voltage=0.1, series_resistance=1e4)
    >>> source = JunctionNoise(mp.presets.koenders_2025(), bias, 1e-4)
    >>> unequal_junctions(source, Effects(barrier_spread=1.4, resistance_spread=0.1)).spread
    Spread(resistance=0.1, tunnel_magnetoresistance=0.0, barrier=0.1000..., stray_field=0.0, seed=0)
    """
    effects._refuse(VOLTS, "the junctions")
    junction, temperature = source.junction, source.bias.temperature
    if not isinstance(junction, MTJ) or not isinstance(temperature, (int, float)) or temperature <= 0.0:
        raise ParameterError(
            f"effects inside the device need one nominal MTJ at a constant temperature above 0 K, not "
            f"{type(junction).__name__} at {temperature} K: give the source these, or effects on the volts"
        )
    tesla = (
        Boltzmann * temperature / (junction.saturation_magnetisation(Bias(temperature=temperature)) * junction.volume)
    )
    changes: dict[str, float] = {}
    if effects.resistance_spread:
        changes["resistance"] = effects.resistance_spread
    if effects.tmr_spread:
        changes["tunnel_magnetoresistance"] = effects.tmr_spread
    if effects.barrier_spread:
        barrier = junction.thermal_stability(Bias(temperature=temperature)).antiparallel
        if not effects.barrier_spread <= barrier:
            raise ParameterError(
                f"barrier_spread={effects.barrier_spread:g} kB T is more than the junction's barrier of {barrier:.3g} "
                "kB T: give less"
            )
        changes["barrier"] = effects.barrier_spread / barrier
    if effects.stray_field_spread:
        changes["stray_field"] = effects.stray_field_spread * tesla
    if effects.stray_field:
        shift = -effects.stray_field * tesla * np.asarray(junction.reference_direction)
        stray = tuple((np.asarray(junction.reference.stray_field) + shift).tolist())
        junction = junction.with_parameters({"reference.stray_field": stray})
    spread = source.spread
    if changes:
        own = {"seed": seed} if spread is None else spread.model_dump()
        spread = Spread(**(own | changes))
    return replace(source, junction=junction, spread=spread)


@dataclass
class TelegraphJunctions(TelegraphNoise):
    """Two-level chains of devices that differ from unit to unit around a nominal one.

    Parameters
    ----------
    mean, amplitude, sigma, flip_probability, seed, gain, offset
        Of the nominal chain, as for `TelegraphNoise`; seed and sigma hold for every unit.
    effects : Effects
        Spread of resistance, TMR and barrier, stray field and its spread; other effects need `Effects.applied_to`.
    device_seed : int
        Of the deviations of the units: a chip stays the same chip whatever the seed of its noise.

    Raises
    ------
    ParameterError
        If the nominal chain has no memory, its levels are not those of the divider, or there is an effect on the volts.

    Examples
    --------
    >>> source = TelegraphJunctions(seed=1, effects=Effects(barrier_spread=1.0), device_seed=2)
    >>> source.volts(64, 110).shape
    (64, 110)
    """

    effects: Effects = field(default_factory=Effects, kw_only=True)
    device_seed: int = field(default=0, kw_only=True)
    _units: ChainLaw | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_seed(self.device_seed)
        self.effects._refuse(VOLTS, "TelegraphJunctions")
        unequal_chains(self, self.effects, deviations(self.device_seed, 1))

    def _law(self, n_units: int) -> ChainLaw:
        if self._units is None or np.size(self._units.mean) != n_units:
            self._units = unequal_chains(self, self.effects, deviations(self.device_seed, n_units))
        return self._units

    def _drawn(self) -> tuple[Floats, Floats]:
        """Return the occupation (1) and the variance (V^2) of each unit."""
        if not self._n_units:
            raise ParameterError(
                "occupation and standard deviation are those of the units, and there are none yet: draw volts first"
            )
        law = self._law(self._n_units)
        up, down = np.asarray(law.up), np.asarray(law.down)
        # A chain that never flips stays in the state in which it started, either of the two.
        occupation = np.divide(up, up + down, out=np.full(up.shape, 0.5), where=up + down > 0.0)
        return occupation, 4.0 * occupation * (1.0 - occupation) * np.square(law.amplitude) + law.sigma**2

    @property
    def occupation(self) -> float:
        """Fraction of samples in the high state, mean over the units that the source feeds."""
        return float(self._drawn()[0].mean())

    @property
    def standard_deviation(self) -> float:
        """Standard deviation of the voltage within a unit, root of the mean square over the units, V."""
        return math.sqrt(self._drawn()[1].mean())


@dataclass
class Degraded(PassesOn):
    r"""A source whose volts pass through stuck devices, amplifier, drift, low-pass, read noise and converter.

    Parameters
    ----------
    source : NoiseSource
        Where the volts come from; another `Degraded` gives other orders of the effects.
    effects : Effects
        Magnitudes; those inside the device need `Effects.applied_to`.
    seed : int
        Of the effects; unit k's deviations and noise come from streams of their own.

    Attributes
    ----------
    gain, offset : float
        Conversion to pre-activation: that of the source, also when it is set.

    Raises
    ------
    ParameterError
        If there is an effect inside the device, or the source is degraded already with the same seed, so that both
        would add the same noise.

    Examples
    --------
    Noise ahead of the low-pass instead of after it:

    >>> from mtjphys.learning import TelegraphNoise
    >>> noisy = Degraded(TelegraphNoise(seed=1), Effects(read_noise=1e-3), seed=1)
    >>> Degraded(noisy, Effects(bandwidth=0.1), seed=2).volts(64, 110).shape
    (64, 110)
    """

    source: NoiseSource
    effects: Effects
    seed: int = field(default=0, kw_only=True)
    _n_units: int | None = field(default=None, init=False, repr=False, compare=False)
    _readings: int = field(default=0, init=False, repr=False, compare=False)
    _state: dict[str, NDArray[Any]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_seed(self.seed)
        self.effects._refuse(DEVICE, "Degraded")
        inner: Any = self.source
        while isinstance(inner, Degraded):
            if inner.seed == self.seed:
                raise ParameterError(
                    f"seed={self.seed} is that of the degraded source inside, which would see the same deviations and "
                    "noise: give another seed"
                )
            inner = inner.source

    def _build(self, n_units: int) -> None:
        deviation, effects = deviations(self.seed, n_units), self.effects
        self._stuck = deviation.stuck < effects.stuck
        self._gains = log_normal(effects.gain_spread, deviation.gain)
        self._offsets = effects.offset_spread * deviation.offset
        self._memory = 0.0 if effects.bandwidth is None else math.exp(-2.0 * math.pi * effects.bandwidth)
        self._n_units = n_units

    def volts(self, n_samples: int, n_units: int) -> NDArray[np.float32]:
        """Return the next voltages of every unit; the first call fixes `n_units`.

        Parameters
        ----------
        n_samples, n_units : int
            Samples to draw and units to feed.

        Returns
        -------
        ndarray of float32, shape (n_samples, n_units)
            Voltages in V.

        Raises
        ------
        ParameterError
            If the number of units changes between calls, or a number is below 1.
        """
        check_request(n_samples, n_units, self._n_units)
        volts = self.source.volts(n_samples, n_units).astype(np.float64)
        if self._n_units is None:
            from mtjphys.core.streams import states as streams

            self._build(n_units)
            self._state = {name: np.zeros(n_units) for name in ("held", "walk", "filtered")}
            self._state["streams"] = streams(self.seed, range(n_units), EFFECTS_STREAM)
        kernels.degrade(
            self._readings,
            self._stuck,
            self._gains,
            self._offsets,
            self.effects.drift,
            self.effects.random_walk,
            self._memory,
            self.effects.read_noise,
            self._state["held"],
            self._state["walk"],
            self._state["filtered"],
            self._state["streams"],
            volts,
        )
        self._readings += n_samples
        if self.effects.bits is not None and self.effects.full_scale is not None:
            volts, _ = quantised(volts, *self.effects.full_scale, self.effects.bits)
        return volts.astype(np.float32)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the state of the source and, from the first draw on, that of the effects."""
        state = {f"source.{name}": array for name, array in self.source.state_dict().items()}
        if self._n_units is not None:
            state |= {name: array.copy() for name, array in self._state.items()}
            state["readings"] = np.array(self._readings)
        return state

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the source that made `state` stopped."""
        prefix = "source."
        self.source.load_state_dict({n.removeprefix(prefix): a for n, a in state.items() if n.startswith(prefix)})
        self._n_units, self._readings, self._state = None, 0, {}
        if all(name.startswith(prefix) for name in state):  # not drawn from yet
            return
        held, walk, filtered, streams, readings = _arrays(state, "held", "walk", "filtered", "streams", "readings")
        self._build(held.size)
        self._state = {"held": held, "walk": walk, "filtered": filtered, "streams": streams}
        self._readings = int(readings)


def _arrays(state: Mapping[str, NDArray[Any]], *names: str) -> list[NDArray[Any]]:
    """Return copies of the named arrays of a state, one column a unit each."""
    missing = [name for name in names if name not in state]
    if missing:
        raise DataError(f"noise state without {missing}: load a state that this kind of source saved")
    arrays = [np.array(state[name]) for name in names]
    sizes = {array.shape[-1] for array in arrays if array.ndim}
    if len(sizes) != 1:
        raise DataError(f"noise state of {sorted(sizes)} units: load a state that this kind of source saved")
    return arrays
