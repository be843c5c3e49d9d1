"""Resistance of a state, or its mean over time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np

from mtjphys.calibration.forward import mean_resistance, state_resistances
from mtjphys.calibration.likelihoods import Gaussian
from mtjphys.calibration.measurements.measurement import Column, Floats, Measurement, required
from mtjphys.core.checks import as_choice
from mtjphys.core.quantity import Quantity
from mtjphys.junction import MTJ

RESISTANCE = Quantity("ohm", 1e-2, 1e12, ((1e-2, 10.0, 1e3, "kilo-ohm"),))


@dataclass(frozen=True, eq=False, kw_only=True)
class Resistance(Measurement):
    r"""Resistance at each condition, of one state or averaged over the fluctuations.

    It is :math:`\langle R(m\cdot p)\rangle` over the stationary distribution, of a state over :math:`m\cdot p > 0` or
    :math:`m\cdot p < 0` alone. The likelihood is Gaussian.

    Parameters
    ----------
    resistance : array_like
        ohm.
    error : array_like
        Standard error, ohm.
    state : {"parallel", "antiparallel", "mean"}
        What the resistance is of.
    voltage, current, field, temperature, series_resistance, label
        Conditions, see `Measurement`.

    Raises
    ------
    ParameterError
        If a number is out of range or missing.
    DataError
        If lengths differ.

    Examples
    --------
    >>> from mtjphys import calibration as cal
    >>> cal.Resistance(resistance=5670.0, error=10.0, state="parallel").points
    1
    """

    kind = "resistance"
    noun = "resistance"
    unit = "ohm"

    resistance: Annotated[Any, Column(RESISTANCE, "at each condition")] = None
    error: Annotated[Any, Column(Quantity("ohm", 0.0, 1e12, (), "", True), "its standard error")] = None
    state: str = "mean"

    def check(self) -> None:
        """Raise if something is missing."""
        required(("resistance", self.resistance), ("error", self.error), of=self.name)
        as_choice(f"{self.name}: state", self.state, ("parallel", "antiparallel", "mean"))

    def predictor(self, junction: MTJ) -> Floats:
        """Return the resistance of each point, ohm."""
        result = np.empty(self.points)
        for bias, positions in self.of_each_bias():
            if self.state == "mean":
                result[positions] = mean_resistance(junction, bias)
            else:
                result[positions] = state_resistances(junction, bias)[self.state == "antiparallel"]
        return result

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
