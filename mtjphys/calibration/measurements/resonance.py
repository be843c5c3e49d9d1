"""Ferromagnetic resonance: frequency and linewidth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np

from mtjphys.calibration.forward import resonance
from mtjphys.calibration.likelihoods import Gaussian
from mtjphys.calibration.measurements.measurement import Column, Floats, Measurement, required
from mtjphys.core.checks import as_choice
from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.junction import MTJ

_FREQUENCY = Quantity("Hz", 1e6, 1e12, ((1e-3, 999.0, 1e9, "gigahertz"),))
_ERROR = Quantity("Hz", 0.0, 1e12, (), "if this is in GHz, multiply by 1e9", open_low=True)


@dataclass(frozen=True, eq=False, kw_only=True)
class Resonance(Measurement):
    r"""Frequency, and where it is given full linewidth, of the resonance in a well.

    :math:`f = \gamma\sqrt{B_1B_2}/2\pi` and :math:`\Delta f = \alpha\gamma(B_1+B_2)/2\pi`, with the stiffness fields
    of the energy minimum at the condition. The likelihood is Gaussian.

    Parameters
    ----------
    frequency : array_like
        Hz.
    error : array_like
        Standard error, Hz.
    linewidth, linewidth_error : array_like, optional
        Full width at half maximum and its standard error, Hz.
    state : {"parallel", "antiparallel"}
        Well in which the magnetisation precesses.
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
    C. Kittel, Phys. Rev. 73, 155 (1948).

    Examples
    --------
    >>> from mtjphys import calibration as cal
    >>> cal.Resonance(field=[(0, 0, 0.1), (0, 0, 0.2)], frequency=[12e9, 15e9], error=5e7).points
    2
    """

    kind = "resonance"
    noun = "resonance"
    unit = "Hz"

    frequency: Annotated[Any, Column(_FREQUENCY, "of the resonance")] = None
    error: Annotated[Any, Column(_ERROR, "standard error of the frequency")] = None
    linewidth: Annotated[Any, Column(_ERROR, "full width at half maximum")] = None
    linewidth_error: Annotated[Any, Column(_ERROR, "standard error of the linewidth")] = None
    state: str = "parallel"

    def check(self) -> None:
        """Raise if something is missing."""
        required(("frequency", self.frequency), ("error", self.error), of=self.name)
        as_choice(f"{self.name}: state", self.state, ("parallel", "antiparallel"))
        if (self.linewidth is None) != (self.linewidth_error is None):
            raise ParameterError(f"{self.name}: linewidth and linewidth_error go together; give both or none")

    def predictor(self, junction: MTJ) -> Floats:
        """Return the frequencies of all points, then their linewidths where there are some, Hz."""
        rows = np.empty((2, self.points))
        for bias, positions in self.of_each_bias():
            rows[:, positions] = np.array(resonance(junction, bias, self.state))[:, None]
        return rows[: len(self.names())].ravel()

    @cached_property
    def likelihood(self) -> Gaussian:
        """The Gaussian likelihood of frequencies and linewidths."""
        if self.linewidth is None:
            return Gaussian(self.frequency, self.error)
        return Gaussian(
            np.concatenate((self.frequency, self.linewidth)), np.concatenate((self.error, self.linewidth_error))
        )

    def in_units(self, predictor: Floats) -> Floats:
        """Return frequencies and linewidths, Hz."""
        return predictor

    def observed(self) -> tuple[Floats, Floats, Floats]:
        """Return frequencies and linewidths with their errors."""
        value, error = self.likelihood.observed, self.likelihood.error
        return value, value - error, value + error

    def replicate(self, predictor: Floats, generator: np.random.Generator) -> Self:
        """Return synthetic frequencies and linewidths; what noise takes below zero is next to it."""
        made = self.likelihood.replicate(predictor, generator).observed
        made = np.maximum(made, 1e-3 * self.likelihood.error)
        data = {"frequency": made[: self.points]}
        if self.linewidth is not None:
            data["linewidth"] = made[self.points :]
        return self.with_data(**data)

    def names(self) -> list[str]:
        """Return what each point has."""
        return ["resonance frequency"] + ([] if self.linewidth is None else ["linewidth"])
