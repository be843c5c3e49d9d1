"""The combinations of a junction's numbers that measurements see: barrier, critical voltage, attempt time, levels."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from mtjphys.bias import Bias
from mtjphys.calibration.forward import Unanswered, log_dwell_times
from mtjphys.core.errors import ParameterError
from mtjphys.junction import MTJ


class Combination(NamedTuple):
    """A quantity of a junction at 300 K and no applied field.

    Attributes
    ----------
    meaning : str
        What it is.
    unit : str
        SI.
    value : callable
        Of a junction; raises `ParameterError` or `Unanswered` where it has none.
    """

    meaning: str
    unit: str
    value: Callable[[MTJ], float]


def thermal_stability(junction: MTJ) -> float:
    """Return the barrier over kB 300 K, the mean of those seen from both states.

    Raises
    ------
    ParameterError
        If there is none.
    """
    both = junction.thermal_stability()
    if not min(both) > 0.0:
        raise ParameterError("the junction has no two wells at 300 K without field")
    return 0.5 * (both.parallel + both.antiparallel)


def critical_voltage(junction: MTJ) -> float:
    """Return the voltage at which a state loses its stability at zero temperature, the mean of both signs, V."""
    both = junction.critical_voltages()
    return 0.5 * (abs(both.parallel) + abs(both.antiparallel))


def attempt_time(junction: MTJ) -> float:
    r"""Return :math:`\tau_0 = \sqrt{\tau_P\tau_{AP}}\,e^{-\Delta}` with the exact dwell times at 300 K, s."""
    parallel, antiparallel = log_dwell_times(junction, Bias())
    return math.exp(0.5 * (parallel + antiparallel) - thermal_stability(junction))


def level_splitting(junction: MTJ) -> float:
    """Return R_AP - R_P at zero bias, ohm."""
    return junction.resistance_antiparallel - junction.resistance_parallel


COMBINATIONS = {
    "thermal_stability": Combination("barrier over kB T at 300 K", "", thermal_stability),
    "critical_voltage": Combination("at zero temperature, mean of both signs", "V", critical_voltage),
    "attempt_time": Combination("sqrt(tau_P tau_AP) exp(-Delta) at 300 K", "s", attempt_time),
    "level_splitting": Combination("R_AP - R_P at zero bias", "ohm", level_splitting),
}


@lru_cache(maxsize=4096)
def log_combination(name: str, junction: MTJ) -> float:
    """Return ln of a combination; NaN where the junction has none."""
    try:
        value = COMBINATIONS[name].value(junction)
    except (ParameterError, Unanswered):
        return math.nan
    return math.log(value) if value > 0.0 else math.nan
