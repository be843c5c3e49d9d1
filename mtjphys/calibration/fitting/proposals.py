"""Measurements that a laboratory could make next: more of what it has, along other axes, and other simple kinds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy.constants import Boltzmann

from mtjphys.calibration.fitting.problem import Floats
from mtjphys.calibration.measurements import (
    DwellTimes,
    Measurement,
    Occupation,
    Resistance,
    Resonance,
    SwitchingProbability,
    TelegraphTrace,
)
from mtjphys.calibration.measurements.switching_sweep import SwitchingSweep
from mtjphys.core.errors import ParameterError
from mtjphys.core.text import human
from mtjphys.junction import MTJ

SET_UP, WARM_UP, PULSE = 60.0, 600.0, 1e-3
"""Time to set a condition, to change the temperature, and from one pulse to the next, s."""

STAYS, TRIALS, READINGS = 400, 1000, 1000
"""Stays in a state, pulses and readings a point, of kinds that the laboratory has not."""

SHORTEST = 1e-7
"""Dwell time below which no stay is seen alone, s."""

SLOW = 25.0
"""Barrier in kB T above which a junction stays in a state for seconds."""

WARMER = 20.0  # K
_FURTHER = 1.5  # of the largest voltage and field so far
_STRONGER = 1.2  # of a pulse's voltage
_LONGER = 3.0  # of a pulse's duration
_FIELD = 0.1  # of the field that takes a barrier away, where none has been applied

_DATA: dict[type[Measurement], dict[str, Any]] = {
    DwellTimes: {"parallel": 1.0, "antiparallel": 1.0, "parallel_count": STAYS, "antiparallel_count": STAYS},
    SwitchingProbability: {"switched": 0, "trials": TRIALS},
    Occupation: {"antiparallel": 0.5, "effective_samples": READINGS},
    Resistance: {"resistance": 1e3},
    Resonance: {"frequency": 1e9},
}
_STAND_IN: dict[type[Measurement], type[Measurement]] = {TelegraphTrace: DwellTimes, SwitchingSweep: DwellTimes}


def hours_of(measurement: Measurement, predicted: Floats) -> float:
    """Return how long a measurement takes if the junction does what is predicted."""
    warm = np.unique(measurement.temperature[np.abs(measurement.temperature - 300.0) > 5.0]).size
    seconds = SET_UP * measurement.points + WARM_UP * warm
    if isinstance(measurement, DwellTimes):
        seconds += float(STAYS * np.exp(predicted).sum())
    if isinstance(measurement, SwitchingProbability):
        seconds += float(np.sum(measurement.trials * (measurement.duration + PULSE)))
    return seconds / 3600.0


def practical(measurement: Measurement, predicted: Floats) -> bool:
    """Return whether a laboratory could make a measurement: in a day, and of dwell times that can be told."""
    if isinstance(measurement, DwellTimes) and not np.exp(predicted).min() > SHORTEST:
        return False
    return hours_of(measurement, predicted) < 24.0


def proposals(measurements: Sequence[Measurement], junction: MTJ) -> list[Measurement]:
    """Return what could be measured next, given what was.

    Of each kind that there is, and of dwell times, pulses, resonance and resistance: two points along each axis,
    voltage, field, temperature and duration, beyond those so far, with the effort of a point so far. Series resistance
    and everything else is as it was.
    """
    first: dict[type[Measurement], Measurement] = {}
    for measurement in measurements:
        kind = _STAND_IN.get(type(measurement), type(measurement))
        if kind in _DATA:
            first.setdefault(kind, measurement)
    found: list[Measurement] = []
    told: set[str] = set()
    for kind in [*first, *(kind for kind in _others(junction) if kind not in first)]:
        like = first.get(kind, measurements[0])
        same = [one for one in measurements if _STAND_IN.get(type(one), type(one)) is kind]
        for conditions in _conditions(kind, like, same or list(measurements), junction):
            made = _made(kind, like, conditions, junction)
            if made.label not in told:
                told.add(made.label)
                found.append(made)
    return found


def _others(junction: MTJ) -> list[type[Measurement]]:
    torque = junction.barrier.damping_like_per_volt or junction.barrier.damping_like_efficiency
    return [DwellTimes, *([SwitchingProbability] if torque else []), Resonance, Resistance]


def _conditions(
    kind: type[Measurement], like: Measurement, same: list[Measurement], junction: MTJ
) -> Iterator[dict[str, Any]]:
    """Yield what differs from the middle of the conditions so far, two values of one condition at a time."""
    source = "voltage" if like.current is None else "current"
    applied = np.concatenate([getattr(one, source) for one in same if getattr(one, source) is not None])
    largest, temperature = float(np.abs(applied).max()), float(np.median(like.temperature))
    pulsed = kind is SwitchingProbability
    if pulsed:
        middle = float(np.median(applied)) if isinstance(like, SwitchingProbability) else _pulse_voltage(junction)
        yield {source: [middle / _STRONGER, middle * _STRONGER]}
        duration = float(np.median(like.duration)) if isinstance(like, SwitchingProbability) else 1e-8
        yield {source: middle, "duration": [duration / _LONGER, duration * _LONGER]}
    elif largest:
        yield {source: [-_FURTHER * largest, _FURTHER * largest]}
    base = {source: middle} if pulsed else {}
    p = np.asarray(junction.reference_direction)
    along = np.concatenate([one.field @ p for one in same])
    reach = _FURTHER * float(np.abs(along).max()) or _field(junction)
    if reach:
        yield base | {"field": [tuple(map(float, sign * reach * p)) for sign in (-1.0, 1.0)]}
    yield base | {"temperature": [temperature, temperature + WARMER]}


def _barrier(junction: MTJ) -> float:
    try:
        return 0.5 * sum(junction.thermal_stability())
    except ParameterError:
        return 0.0


def _field(junction: MTJ) -> float:
    """Return a share of the field that takes a barrier away, 2 Delta kB T/(Ms V); 0 without a barrier."""
    barrier = _barrier(junction)
    moment = junction.free_layer.saturation_magnetisation * junction.volume
    return float(_FIELD * 2.0 * barrier * Boltzmann * 300.0 / moment)


def _pulse_voltage(junction: MTJ) -> float:
    """Return twice the critical voltage of the antiparallel state, 1 V where there is none."""
    try:
        critical = abs(junction.critical_voltages().antiparallel)
    except ParameterError:
        return 1.0
    return 2.0 * critical if math.isfinite(critical) and 0.0 < critical < 5.0 else 1.0


def _made(kind: type[Measurement], like: Measurement, conditions: dict[str, Any], junction: MTJ) -> Measurement:
    given: dict[str, Any] = {"temperature": float(np.median(like.temperature))}
    if kind.simulable:
        given["forward"] = like.forward
    if "current" not in conditions and like.current is None:
        given["series_resistance"] = float(np.median(like.series_resistance))
    given |= _DATA[kind] | _effort(kind, like, junction) | conditions
    text = f"{kind.noun} at {', '.join(_words(name, value) for name, value in conditions.items())}"
    if kind is not SwitchingProbability or "duration" in conditions:
        return kind(**given, label=text)
    return kind(**given, label=f"{text}, pulses of {human(given['duration'], 's')}")


def _effort(kind: type[Measurement], like: Measurement, junction: MTJ) -> dict[str, Any]:
    """Return what a point of a kind takes: as of those so far, or usual."""
    if isinstance(like, SwitchingProbability) and kind is SwitchingProbability:
        return {
            "trials": float(np.median(like.trials)),
            "duration": float(np.median(like.duration)),
            "initial": like.initial,
        }
    if kind is SwitchingProbability:
        return {"duration": 1e-8}
    if isinstance(like, (Resistance, Resonance)) and kind is type(like):
        return {"error": float(np.median(like.error)), "state": like.state}
    if kind is Resistance:
        slow = _barrier(junction) > SLOW  # then a state stays while it is measured
        return {"error": 3e-3 * junction.resistance_parallel, "state": "antiparallel" if slow else "mean"}
    return {"error": 2e7} if kind is Resonance else {}


_UNITS = {"voltage": "V", "current": "A", "temperature": "K", "duration": "s"}


def _words(name: str, value: Any) -> str:
    if name == "field":
        strongest = float(np.linalg.norm(value[-1]))
        return f"fields of -{human(strongest, 'T')} and {human(strongest, 'T')} along p"
    values = [human(float(one), _UNITS[name]) for one in np.atleast_1d(value)]
    return f"{name} {' and '.join(values)}"
