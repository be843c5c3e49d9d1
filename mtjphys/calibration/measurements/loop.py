"""Hysteresis loops: resistance against a swept field or voltage."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from mtjphys.calibration.forward import log_exit_times, logit_occupation, state_resistances
from mtjphys.calibration.measurements.measurement import Column, Floats, required
from mtjphys.calibration.measurements.readings import Readings
from mtjphys.core.quantity import Quantity
from mtjphys.junction import MTJ


@dataclass(frozen=True, eq=False, kw_only=True)
class Loop(Readings):
    r"""Resistance along a sweep of the field, the voltage or any other condition, averaged over many sweeps.

    The points stand in the order in which they were taken; at each the conditions are held for `dwell`, over which the
    resistance is averaged. With the rates of leaving the two states at each point, the occupation p of the antiparallel
    state relaxes to :math:`p_\infty` with :math:`k = k_P + k_{AP}`,

    .. math::

        p(t) = p_\infty + (p(0) - p_\infty)\,e^{-kt},

    and the resistance is :math:`(1-\bar p)R_P+\bar pR_{AP}`. A state that the bias has removed is left at once. The
    likelihood is Gaussian; `error` is that of the average, and includes that the sweeps did not all switch at the same
    point.

    Parameters
    ----------
    resistance : array_like
        In the order of the sweep, ohm.
    error : array_like
        Standard error, ohm.
    dwell : array_like
        Time at each point, s.
    voltage, current, field, temperature, series_resistance, label, forward
        Conditions, see `Measurement`; one of them is what is swept.

    Raises
    ------
    ParameterError
        If a number is out of range or missing.
    DataError
        If lengths differ.

    Examples
    --------
    >>> from mtjphys import calibration as cal
    >>> swept = [(b, 0, 0) for b in (-0.01, 0.0, 0.01, 0.0, -0.01)]
    >>> cal.Loop(field=swept, resistance=[9e3, 9e3, 5.7e3, 5.7e3, 9e3], error=50.0, dwell=0.1).points
    5
    """

    kind = "loop"

    dwell: Annotated[Any, Column(Quantity("s", 0.0, 1e6, (), "", True), "time at each point")] = None

    def check(self) -> None:
        """Raise if something is missing."""
        super().check()
        required(("dwell", self.dwell), of=self.name)

    def predictor(self, junction: MTJ) -> Floats:
        """Return the mean resistance at each point, ohm."""
        occupation = 1.0 if logit_occupation(junction, self.biases[0]) > 0.0 else 0.0
        result = np.empty(self.points)
        for k, (bias, dwell) in enumerate(zip(self.biases, self.dwell, strict=True)):
            occupation, mean = _relaxed(*log_exit_times(junction, bias), float(dwell), occupation)
            parallel, antiparallel = state_resistances(junction, bias)
            result[k] = (1.0 - mean) * parallel + mean * antiparallel
        return result


def _relaxed(log_parallel: float, log_antiparallel: float, dwell: float, occupation: float) -> tuple[float, float]:
    """Return the occupation of the antiparallel state after a dwell, and its mean over the dwell."""
    if math.isinf(log_parallel):
        end = 1.0 if log_parallel < 0.0 else 0.0
        return end, end
    rate = math.exp(-log_parallel) + math.exp(-log_antiparallel)
    end = 1.0 / (1.0 + math.exp(log_parallel - log_antiparallel))
    turns = rate * dwell
    left = math.exp(-turns)
    share = -math.expm1(-turns) / turns if turns > 1e-12 else 1.0
    return end + (occupation - end) * left, end + (occupation - end) * share
