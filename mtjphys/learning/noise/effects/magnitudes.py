r"""Device effects: what real junctions and their readout do to the noise, one effect at a time.

    devices (spread, stray field) -> stuck -> gain, offset -> drift -> low-pass -> + read noise -> converter

An `Effects` holds the magnitudes; `Effects.applied_to` makes a degraded source of any source. Effects inside the device
change the law of a two-level chain, unit by unit, or the simulated junctions: the source says how, with a method
``with_devices``. The others act on the volts of any source (`Degraded`). For another order of the effects, degrade a
degraded source.

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

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.core.streams import as_seed
from mtjphys.junction import Spread
from mtjphys.junction.variability import Deviations
from mtjphys.learning.noise.effects.degraded import Degraded
from mtjphys.learning.noise.effects.volts import SETTINGS, VoltEffects
from mtjphys.learning.noise.source import NoiseSource


class Effects(VoltEffects):
    r"""Magnitudes of the device effects; none by default.

    Parameters
    ----------
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
    spread : Spread
        Device-to-device spread of resistance, magnetoresistance, barrier and stray field.
    stray_field : float
        Of all devices, along the reference direction, T. It tilts the two wells: 1 mT by 0.95 kB T for a disc of 50 nm
        diameter, 2 nm thick, of 1e6 A/m, at 300 K; the occupation of the high, antiparallel level is
        :math:`1/(1+e^{2x})` with the tilt x in kB T.

    Raises
    ------
    ParameterError
        If a magnitude is outside its range.

    References
    ----------
    W. F. Brown, Phys. Rev. 130, 1677 (1963); K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025).

    Examples
    --------
    >>> from mtjphys.junction import Spread
    >>> from mtjphys.learning import TelegraphNoise
    >>> effects = Effects(spread=Spread(barrier=0.1), stuck=0.1, read_noise=1e-3, bits=8, full_scale=(0.0, 0.1))
    >>> effects.applied_to(TelegraphNoise(seed=1), seed=1).volts(64, 110).shape
    (64, 110)
    """

    spread: Spread = Spread()
    stray_field: Annotated[float, Quantity("T", -1.0, 1.0, (), "in T: if this is in mT, multiply by 1e-3")] = Field(
        default=0.0, title="Stray field", description="T"
    )

    def inside_devices(self) -> dict[str, Any]:
        """Return the effects inside the device, by name; a spread is ``spread.barrier``."""
        inside: dict[str, Any] = {f"spread.{name}": value for name, value in self.spread.active().items()}
        if inside and self._has_chip:
            inside["spread.seed"] = self.spread.seed
        return inside | ({"stray_field": self.stray_field} if self.stray_field else {})

    @property
    def _has_chip(self) -> bool:
        """Whether the devices were given a seed of their own."""
        return "seed" in self.spread.model_fields_set

    def on_volts(self) -> VoltEffects:
        """Return the effects on the volts alone."""
        return VoltEffects(**{name: getattr(self, name) for name in VoltEffects.model_fields})

    def active(self) -> dict[str, Any]:
        """Return what differs from the default, by name."""
        return self.inside_devices() | self.on_volts().active()

    def with_changes(self, changes: Mapping[str, Any]) -> Effects:
        """Return the effects with others in place of some, by the names of `active`."""
        values = self.model_dump(exclude_unset=True)
        for name, value in changes.items():
            table, dot, key = name.rpartition(".")
            if dot:
                values[table] = {**values.get(table, {}), key: value}
            else:
                values[key] = value
        return Effects(**values)

    def applied_to(self, noise: NoiseSource, *, seed: int | None) -> NoiseSource:
        """Return a source with these effects.

        Parameters
        ----------
        noise : NoiseSource
            Not used before; the returned source reads it from now on. Effects inside the device need one whose devices
            can differ, such as `TelegraphNoise` or `JunctionNoise`.
        seed : int or None
            Of the devices, unless the spread was given a seed, and of amplifiers and the noise of the effects, where it
            is kept; None draws one. It may be that of the source, as the streams differ.

        Returns
        -------
        NoiseSource
            The source itself if there is no effect.

        Raises
        ------
        ParameterError
            If an effect inside the device is asked of a source that has no rates and levels.
        """
        seed, inside, volts = as_seed(seed), self.inside_devices(), self.on_volts()
        if inside:
            with_devices = getattr(noise, "with_devices", None)
            if with_devices is None:
                name, value = next(iter(inside.items()))
                raise ParameterError(
                    f"{name}={value} is inside the device, and {type(noise).__name__} has no rates and levels of its "
                    "own: use TelegraphNoise or JunctionNoise, or effects on the volts"
                )
            spread = self.spread if self._has_chip else self.spread.model_copy(update={"seed": seed})
            noise = with_devices(spread, self.stray_field)
        return Degraded(noise, volts, seed=seed) if volts.active().keys() - set(SETTINGS) else noise


def described(name: str) -> tuple[str, str]:
    """Return the name and the unit of an effect, for tables and axes."""
    _, dot, key = name.rpartition(".")
    field = (Spread if dot else Effects).model_fields[key]
    return str(field.title), str(field.description)


VARIED = (
    *(f"spread.{name}" for name in Deviations._fields),
    "stray_field",
    *(name for name in VoltEffects.model_fields if name not in SETTINGS),
)
"""The effects, by name."""
