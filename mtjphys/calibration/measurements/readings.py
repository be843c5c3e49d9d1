"""Resistances with Gaussian errors, whatever they are of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np

from mtjphys.calibration.likelihoods import Gaussian
from mtjphys.calibration.measurements.measurement import Column, Floats, Measurement, required
from mtjphys.core.quantity import Quantity

RESISTANCE = Quantity("ohm", 1e-2, 1e12, ((1e-2, 10.0, 1e3, "kilo-ohm"),))


@dataclass(frozen=True, eq=False, kw_only=True)
class Readings(Measurement):
    """Resistances of all points with their standard errors; the base of the kinds that measure them.

    Parameters
    ----------
    resistance, error : array_like
        ohm.
    voltage, current, field, temperature, series_resistance, label, forward
        Conditions, see `Measurement`.
    """

    noun = "resistance"
    unit = "ohm"

    resistance: Annotated[Any, Column(RESISTANCE, "at each condition")] = None
    error: Annotated[Any, Column(Quantity("ohm", 0.0, 1e12, (), "", True), "its standard error")] = None

    def check(self) -> None:
        """Raise if something is missing."""
        required(("resistance", self.resistance), ("error", self.error), of=self.name)

    @cached_property
    def likelihood(self) -> Gaussian:
        """The Gaussian likelihood of the resistances."""
        return Gaussian(self.resistance, self.error)

    def in_units(self, predictor: Floats) -> Floats:
        """Return resistances, ohm."""
        return predictor

    def observed(self) -> tuple[Floats, Floats, Floats]:
        """Return the resistances with their errors."""
        return self.resistance, self.resistance - self.error, self.resistance + self.error

    def replicate(self, predictor: Floats, generator: np.random.Generator) -> Self:
        """Return synthetic resistances."""
        return self.with_data(resistance=self.likelihood.replicate(predictor, generator).observed)
