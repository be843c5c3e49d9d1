"""The settings of an instrument chain."""

from __future__ import annotations

import warnings
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mtjphys.core.errors import MtjphysWarning, ParameterError
from mtjphys.core.parameters import Parameters, to_toml
from mtjphys.core.quantity import Quantity

_VOLTS = Quantity("V", -50.0, 50.0, advice="in V: if this is in mV, multiply by 1e-3")
_OHMS = Quantity("ohm", 0.0, 1e12, advice="in ohm; a resistance is not negative")
_BANDWIDTH = Quantity("Hz", 0.0, 1e15, advice="in Hz", open_low=True)
_RATE = Quantity("Hz", 0.0, 1e18, advice="in Hz", open_low=True)
_RMS = Quantity("V", 0.0, 1e12, advice="a root mean square is not negative")


class Instrument(Parameters):
    """The settings of an instrument chain.

    Parameters
    ----------
    signal : {"voltage", "resistance", "current"}
        What is measured: the junction's voltage, its resistance, or the current through it.
    source_voltage : float, optional
        In V. With it the junction of resistance ``R`` is read by a divider of its own,
        ``V = source_voltage R/(R + series_resistance)`` and ``I = source_voltage/(R +
        series_resistance)``; without it the simulation's own voltage is used.
    series_resistance : float
        Between that source and the junction, in ohm.
    gain : float
        Of the amplifier: output units per unit of the signal (V/V, V/A for a current, ohm/ohm).
    bandwidth : float, optional
        In Hz, where the response is 3 dB down; None is an amplifier without limit.
    filter : {"one-pole", "bessel"}
        ``one-pole`` is ``tau dy/dt = x - y``, ``tau = 1/(2 pi bandwidth)``, solved exactly for an
        input that is held between samples; ``bessel`` is a bilinear Bessel filter whose magnitude
        is 3 dB down at the bandwidth.
    order : int
        Of the Bessel filter, 1 to 10.
    noise_rms : float
        Root mean square, at the output and on each sample, of Gaussian noise that is white ahead of
        the filter: after the filter its one-sided density is ``noise_rms^2 / B``, with ``B`` the
        filter's noise bandwidth (pi/2 times the bandwidth for one pole). Without a bandwidth the
        noise of different samples is independent.
    sample_rate : float, optional
        In Hz, at most that of the input; None keeps the input's. Where it divides the input's rate,
        every n-th sample is taken, else samples are interpolated linearly.
    bits : int, optional
        Of the converter, 1 to 32.
    full_scale : float or (float, float), optional
        Range of the converter in output units: ``(low, high)``, or ``F`` for ``(-F, F)``. The codes
        stand at ``low + k (high - low)/2^bits``, each taking what lies within half a step.

    Examples
    --------
    >>> from mtjphys.laboratory.readout import Instrument
    >>> Instrument(bandwidth=20e3, sample_rate=40e3, bits=12, full_scale=0.1).filter
    'one-pole'
    """

    signal: Literal["voltage", "resistance", "current"] = "voltage"
    source_voltage: Annotated[float | None, _VOLTS] = None
    series_resistance: Annotated[float, _OHMS] = 0.0
    gain: float = Field(default=1.0, description="output units per unit of the signal")
    bandwidth: Annotated[float | None, _BANDWIDTH] = None
    filter: Literal["one-pole", "bessel"] = "one-pole"
    order: int = Field(default=4, description="of the Bessel filter")
    noise_rms: Annotated[float, _RMS] = 0.0
    sample_rate: Annotated[float | None, _RATE] = None
    bits: int | None = Field(default=None, description="of the converter")
    full_scale: float | tuple[float, float] | None = Field(default=None, description="output units")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.source_voltage is None and self.series_resistance != 0.0:
            raise ParameterError(
                f"series_resistance={self.series_resistance:g} ohm needs a source_voltage; without "
                "one the simulation's own voltage, series resistor included, is used"
            )
        if self.gain == 0.0:
            raise ParameterError("gain=0 leaves no signal; give a gain that is not zero")
        if not 1 <= self.order <= 10:
            raise ParameterError(f"order={self.order} is outside [1, 10]; give the order of a filter")
        if self.bandwidth is not None and self.sample_rate is not None and self.bandwidth > 0.5 * self.sample_rate:
            warnings.warn(
                f"bandwidth={self.bandwidth:g} Hz exceeds half of sample_rate={self.sample_rate:g} Hz, so faster "
                "signals and noise alias into the record; lower the bandwidth or sample faster",
                MtjphysWarning,
                stacklevel=5,
            )
        if (self.bits is None) != (self.full_scale is None):
            raise ParameterError(f"bits={self.bits} and full_scale={self.full_scale} go together; give both or none")
        if self.bits is not None:
            if not 1 <= self.bits <= 32:
                raise ParameterError(f"bits={self.bits} is outside [1, 32]; give the converter's bits")
            low, high = self.converter_range
            if not low < high:
                raise ParameterError(
                    f"full_scale={self.full_scale!r} is no range; give F > 0 for (-F, F), "
                    "or (low, high) with low < high"
                )
        return self

    @property
    def converter_range(self) -> tuple[float, float]:
        """Lower and upper end of the converter's range in output units."""
        if isinstance(self.full_scale, tuple):
            return self.full_scale
        scale = self.full_scale or 0.0
        return -scale, scale

    def to_toml(self) -> str:
        """Return the settings as TOML text."""
        return to_toml(self.model_dump())
