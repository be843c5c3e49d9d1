"""What a junction does at many conditions, exactly; what was found once is kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys import fokker_planck
from mtjphys.bias import Bias
from mtjphys.calibration.forward.kept import OutOfReach, Unanswered, kept
from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.junction import MTJ

Floats = NDArray[np.float64]

RTOL = 1e-3
"""Relative accuracy of rates and probabilities; far below what laboratories resolve."""

HIGH = 2.2
"""Logit of a switching probability from which it is taken from the write error."""


def answered(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Return what a function says, or raise why it has no answer."""
    try:
        return function(*arguments, **options)
    except ParameterError as error:
        raise Unanswered(str(error)) from None
    except SimulationError as error:
        raise OutOfReach(str(error)) from None


@kept(tuple)
def log_dwell_times(junction: MTJ, bias: Bias) -> tuple[float, float]:
    """Return ln of the mean dwell times in s, (parallel, antiparallel).

    Raises
    ------
    Unanswered
        If there is no second well, or the solver cannot do it.
    """
    states = ("parallel", "antiparallel")  # without the second rate, which only a warning of few states needs
    found = answered(fokker_planck.sensitivities, junction, bias, quantities=states, rtol=RTOL)
    parallel, antiparallel = (found[state].value for state in states)
    if not (0.0 < parallel < math.inf and 0.0 < antiparallel < math.inf):
        raise OutOfReach(f"dwell times of {parallel:g} and {antiparallel:g} s are beyond floating point")
    return math.log(parallel), math.log(antiparallel)


class _Means(NamedTuple):
    """What the stationary distribution says of m.p and the resistance."""

    parallel: float  # probability of m.p > 0
    resistance: float  # ohm
    of_states: tuple[float, float]  # ohm; NaN of a state without weight


@kept(lambda found: _Means(found[0], found[1], tuple(found[2])))
def _means(junction: MTJ, bias: Bias) -> _Means:
    found = answered(fokker_planck.equilibrium, junction, bias, rtol=RTOL)
    assert found.spin.resistance is not None
    cosines = found.nodes @ found.spin.reference
    resistances = np.asarray(found.spin.resistance(cosines))
    states = []
    for sign in (1.0, -1.0):
        weights = np.where(sign * cosines > 0.0, found.probabilities, 0.0)
        total = float(weights.sum())
        states.append(float(weights @ resistances) / total if total > 1e-250 else math.nan)
    return _Means(found.occupation(), float(found.resistance), (states[0], states[1]))


def log_exit_times(junction: MTJ, bias: Bias) -> tuple[float, float]:
    """Return ln of the mean dwell times in s; of a state that the bias has removed minus infinity.

    The state that is left keeps the junction for ever, plus infinity.
    """
    try:
        return log_dwell_times(junction, bias)
    except OutOfReach:
        raise
    except Unanswered:
        if logit_occupation(junction, bias) > 0.0:
            return -math.inf, math.inf
        return math.inf, -math.inf


def logit_occupation(junction: MTJ, bias: Bias) -> float:
    """Return logit of the probability of m.p < 0."""
    parallel = _means(junction, bias).parallel
    if not 0.0 < parallel < 1.0:
        return math.copysign(700.0, 0.5 - parallel)
    return math.log1p(-parallel) - math.log(parallel)


def mean_resistance(junction: MTJ, bias: Bias) -> float:
    """Return the mean of the resistance over the stationary distribution, ohm."""
    return _means(junction, bias).resistance


def state_resistances(junction: MTJ, bias: Bias) -> tuple[float, float]:
    """Return the mean resistances of the states, of m.p > 0 and of m.p < 0, in the stationary distribution, ohm.

    Where the distribution is too sharp for a quadrature, or leaves a state empty, it is that of the energy minimum, and
    without one that of m = p or m = -p.
    """
    try:
        parallel, antiparallel = _means(junction, bias).of_states
    except Unanswered:
        parallel = antiparallel = math.nan
    return (
        _resting(junction, bias, 1.0) if math.isnan(parallel) else parallel,
        _resting(junction, bias, -1.0) if math.isnan(antiparallel) else antiparallel,
    )


def _resting(junction: MTJ, bias: Bias, sign: float) -> float:
    cosine = float(np.clip(_well(junction, bias, sign) @ np.asarray(junction.reference_direction), -1.0, 1.0))
    return float(answered(junction.resistance, cosine, bias))


def _well(junction: MTJ, bias: Bias, sign: float) -> Floats:
    """Return the direction of the minimum with the largest m.p of this sign."""
    p = np.asarray(junction.reference_direction)
    found = answered(junction.wells, bias)
    wells = [well.direction for well in found if sign * float(well.direction @ p) > 0.0]
    if not wells:  # a state that is not there has no weight where it is asked for: that of its pole
        return sign * p
    return np.asarray(max(wells, key=lambda direction: sign * float(direction @ p)))


def resonance(junction: MTJ, bias: Bias, state: str) -> tuple[float, float]:
    """Return frequency and full linewidth of the resonance in a well, Hz.

    ``gamma sqrt(B1 B2)/(2 pi)`` and ``alpha gamma (B1 + B2)/(2 pi)``.
    """
    direction = _well(junction, bias, 1.0 if state == "parallel" else -1.0)
    found = [well for well in junction.wells(bias) if np.array_equal(well.direction, direction)]
    if not found:
        raise Unanswered(f"there is no {state} well")
    low, high = found[0].curvatures
    layer = junction.free_layer
    unit = layer.gyromagnetic_ratio / (2.0 * math.pi)
    return unit * math.sqrt(max(low, 0.0) * high), layer.damping * unit * (low + high)


@kept(np.array)
def _noise(junction: MTJ, bias: Bias, frequencies: tuple[float, ...]) -> Floats:
    result = answered(fokker_planck.spectrum, junction, bias, np.array(frequencies), "resistance", rtol=RTOL)
    return np.asarray(result, dtype=np.float64)


def log_noise_density(junction: MTJ, bias: Bias, frequencies: Floats, quantity: str) -> Floats:
    """Return ln of the one-sided density of the resistance (ohm^2/Hz) or of the junction's voltage (V^2/Hz)."""
    density = np.log(_noise(junction, bias, tuple(float(f) for f in frequencies)))
    if quantity == "resistance":
        return density
    if bias.current is not None:
        slope = abs(float(bias.current))  # type: ignore[arg-type]
    else:
        series, resistance = bias.series_resistance, mean_resistance(junction, bias)
        slope = abs(float(bias.voltage)) * series / (resistance + series) ** 2  # type: ignore[arg-type]
    if slope == 0.0:
        raise ParameterError(
            "the voltage across a junction on a stiff source, or without any, has no noise of the resistance; give "
            "series_resistance or a current, or the density of the resistance"
        )
    return density + 2.0 * math.log(slope)


@kept(lambda found: (np.array(found[0]), np.array(found[1]).reshape(len(found[0]), -1)))
def switching(
    junction: MTJ, bias: Bias, durations: tuple[float, ...], initial: str, names: tuple[str, ...]
) -> tuple[Floats, Floats]:
    """Return logit of the probabilities that pulses switch the junction, and its derivatives (durations, names).

    What is near 1 is taken from the write error, so that it is exact at both ends.
    """

    def of(quantity: str) -> tuple[Floats, Floats]:
        found = answered(
            fokker_planck.pulse_sensitivities, junction, bias, durations, names, quantity, initial=initial, rtol=RTOL
        )
        p = np.clip(found.value, 1e-300, 1.0 - 1e-16)
        return np.log(p) - np.log1p(-p), (found.derivatives / (p * (1.0 - p))).T

    result, slopes = of("switching_probability")
    high = result > HIGH
    if high.any():
        missed, missed_slopes = of("write_error")
        result[high], slopes[high] = -missed[high], -missed_slopes[high]
    return result, slopes


def logit_switching(junction: MTJ, bias: Bias, durations: Iterable[float], initial: str) -> Floats:
    """Return logit of the probabilities that pulses switch the junction."""
    return switching(junction, bias, tuple(float(time) for time in durations), initial, ())[0]


__all__ = [
    "log_dwell_times",
    "log_exit_times",
    "log_noise_density",
    "logit_occupation",
    "logit_switching",
    "mean_resistance",
    "resonance",
    "state_resistances",
]
