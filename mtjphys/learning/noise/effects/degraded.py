"""Effects on the volts of any source: stuck devices, amplifier, drift, low-pass, read noise, converter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.declared import Declared, Seed
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.streams import Use, generator, states
from mtjphys.junction.variability import log_normal
from mtjphys.kernels import effects as kernels
from mtjphys.laboratory.readout.sampling import quantised
from mtjphys.learning.noise.effects.volts import VoltEffects
from mtjphys.learning.noise.inner import PassesOn, load_inner, state_of
from mtjphys.learning.noise.source import NoiseSource, check_request

Floats = NDArray[np.float64]


class Electronics(NamedTuple):
    """How each unit differs from the nominal one; a (n_units,) array each."""

    stuck: Floats  # uniform in [0, 1)
    gain: Floats  # standard normal, as the following
    offset: Floats


def electronics(seed: int, n_units: int) -> Electronics:
    """Return the deviations of units: each in a stream of its own, whatever magnitudes they are multiplied with."""
    table = np.empty((n_units, 3))
    for unit in range(n_units):
        stream = generator(seed, unit, Use.ELECTRONICS)
        table[unit] = stream.random(), *stream.standard_normal(2)
    return Electronics(*np.ascontiguousarray(table.T))


@dataclass
class Degraded(PassesOn, Declared):
    r"""A source whose volts pass through stuck devices, amplifier, drift, low-pass, read noise and converter.

    Parameters
    ----------
    inner : NoiseSource
        Where the volts come from; another `Degraded` gives other orders of the effects.
    effects : VoltEffects or Effects
        Magnitudes; those inside the device need `Effects.applied_to`.
    seed : int or None
        Of the effects, kept; None draws one; unit k's deviations and noise come from streams of their own.

    Attributes
    ----------
    gain, offset : float
        Conversion to pre-activation: that of the inner source, also when it is set.

    Raises
    ------
    ParameterError
        If there is an effect inside the device, or the inner source is degraded already with the same seed, so that
        both would add the same noise.

    Examples
    --------
    Noise ahead of the low-pass instead of after it:

    >>> from mtjphys.learning import Effects, TelegraphNoise
    >>> noisy = Degraded(TelegraphNoise(seed=1), Effects(read_noise=1e-3), seed=1)
    >>> Degraded(noisy, Effects(bandwidth=0.1), seed=2).volts(64, 110).shape
    (64, 110)
    """

    inner: NoiseSource
    effects: VoltEffects
    seed: Seed = field(default=0, kw_only=True)
    _n_units: int | None = field(default=None, init=False, repr=False, compare=False)
    _readings: int = field(default=0, init=False, repr=False, compare=False)
    _state: dict[str, NDArray[Any]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, value in self.effects.inside_devices().items():
            raise ParameterError(
                f"{name}={value} would do nothing in Degraded: use Effects.applied_to, which puts every effect where "
                "it acts"
            )
        inner: Any = self.inner
        while isinstance(inner, Degraded):
            if inner.seed == self.seed:
                raise ParameterError(
                    f"seed={self.seed} is that of the degraded source inside, which would see the same deviations and "
                    "noise: give another seed"
                )
            inner = inner.inner

    def _build(self, n_units: int) -> None:
        unit, effects = electronics(self.seed, n_units), self.effects
        self._stuck = unit.stuck < effects.stuck
        self._gains = log_normal(effects.gain_spread, unit.gain)
        self._offsets = effects.offset_spread * unit.offset
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
        volts = self.inner.volts(n_samples, n_units).astype(np.float64, order="C")
        if self._n_units is None:
            self._build(n_units)
            self._state = {name: np.zeros(n_units) for name in ("held", "walk", "filtered")}
            self._state["streams"] = states(self.seed, range(n_units), Use.EFFECTS)
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
        """Return the state of the inner source and, from the first draw on, that of the effects."""
        state = state_of(self.inner)
        if self._n_units is not None:
            state |= {name: array.copy() for name, array in self._state.items()}
            state["readings"] = np.array(self._readings)
        return state

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the source that made `state` stopped."""
        rest = load_inner(self.inner, state)
        self._n_units, self._readings, self._state = None, 0, {}
        if not rest:  # not drawn from yet
            return
        held, walk, filtered, streams, readings = _arrays(rest, "held", "walk", "filtered", "streams", "readings")
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
