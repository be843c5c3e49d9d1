"""Resistance of a state, or its mean over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mtjphys.calibration.forward import Linear, linear_resistance, mean_resistance, state_resistances
from mtjphys.calibration.measurements.measurement import Floats
from mtjphys.calibration.measurements.readings import Readings
from mtjphys.core.checks import as_choice
from mtjphys.junction import MTJ


@dataclass(frozen=True, eq=False, kw_only=True)
class Resistance(Readings):
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
    voltage, current, field, temperature, series_resistance, label, forward
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

    state: str = "mean"

    def check(self) -> None:
        """Raise if something is missing."""
        super().check()
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

    def linear(self, junction: MTJ, names: tuple[str, ...]) -> Linear | None:
        """Return the predictor with its derivatives; None with axial symmetry, or of one state."""
        if self.state != "mean" or self.axial(junction):
            return None
        return self.linear_answers(1, lambda bias, _: linear_resistance(junction, bias, names))
