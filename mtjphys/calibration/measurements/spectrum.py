"""Noise spectra."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np

from mtjphys.calibration.forward import log_noise_density
from mtjphys.calibration.likelihoods import Exponential, averaged_periodogram
from mtjphys.calibration.measurements.measurement import Column, Floats, Measurement, required
from mtjphys.core.checks import as_choice
from mtjphys.core.quantity import Quantity
from mtjphys.junction import MTJ

_FREQUENCY = Quantity("Hz", 0.0, 1e12)
_DENSITY = Quantity("V2/Hz or ohm2/Hz", 0.0, 1e12, (), "the density is that of the power", open_low=True)
_AVERAGES = Quantity("spectra", 0.5, 1e12)


@dataclass(frozen=True, eq=False, kw_only=True)
class Spectrum(Measurement):
    r"""One-sided power spectral density of the junction's noise.

    The model is the exact spectrum of the resistance by the Fokker-Planck equation, or of the junction's voltage, which
    is :math:`I^2S_R` under a current and by the slope :math:`dV/dR = V_sR_s/(R+R_s)^2` at the mean resistance behind a
    series resistor; on top of it a white `background`. Of n averaged periodograms each density is gamma distributed
    with shape n (Whittle).

    Parameters
    ----------
    frequency : array_like
        Hz.
    density : array_like
        One-sided, in V^2/Hz or ohm^2/Hz.
    averages : array_like
        Number of periodograms that were averaged.
    quantity : {"voltage", "resistance"}
        What the density is of.
    background : array_like
        White density of the instrument, in the unit of `density`.
    voltage, current, field, temperature, series_resistance, label, forward
        Conditions, see `Measurement`.

    Raises
    ------
    ParameterError
        If a number is out of range or missing.
    DataError
        If lengths differ.

    References
    ----------
    P. Whittle, Ark. Mat. 2, 423 (1953).

    Examples
    --------
    >>> from mtjphys import calibration as cal
    >>> cal.Spectrum(current=1e-5, frequency=[1e6, 2e6], density=[1e-15, 8e-16], averages=100).points
    2
    """

    kind = "spectrum"
    noun = "noise density"
    unit = "V2/Hz or ohm2/Hz"

    frequency: Annotated[Any, Column(_FREQUENCY, "of each density")] = None
    density: Annotated[Any, Column(_DENSITY, "one-sided")] = None
    averages: Annotated[Any, Column(_AVERAGES, "periodograms that were averaged")] = None
    background: Annotated[Any, Column(Quantity("V2/Hz or ohm2/Hz", 0.0, 1e12), "white noise of the instrument")] = 0.0
    quantity: str = "voltage"

    def check(self) -> None:
        """Raise if something is missing."""
        needed = (("frequency", self.frequency), ("density", self.density), ("averages", self.averages))
        required(*needed, of=self.name)
        as_choice(f"{self.name}: quantity", self.quantity, ("voltage", "resistance"))

    def predictor(self, junction: MTJ) -> Floats:
        """Return ln of the density of each point."""
        result = np.empty(self.points)
        for bias, positions in self.of_each_bias():
            frequencies, back = np.unique(self.frequency[positions], return_inverse=True)
            result[positions] = log_noise_density(junction, bias, frequencies, self.quantity)[back]
        return np.logaddexp(result, np.log(self.background)) if self.background.any() else result

    @cached_property
    def likelihood(self) -> Exponential:
        """Whittle's likelihood of averaged periodograms."""
        return averaged_periodogram(self.density, self.averages)

    def in_units(self, predictor: Floats) -> Floats:
        """Return densities."""
        return np.exp(predictor)

    def observed(self) -> tuple[Floats, Floats, Floats]:
        """Return the densities with their intervals by chi square."""
        from scipy.stats import gamma

        total = self.density * self.averages
        return self.density, total / gamma.isf(0.16, self.averages), total / gamma.isf(0.84, self.averages)

    def replicate(self, predictor: Floats, generator: np.random.Generator) -> Self:
        """Return synthetic densities."""
        made = self.likelihood.replicate(predictor, generator)
        return self.with_data(density=made.total / made.events)
