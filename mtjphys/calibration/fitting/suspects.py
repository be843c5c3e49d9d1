r"""What a fit does not know and would explain the data better: score tests of some effects, each by itself.

A deviance has as many degrees of freedom as there are points; an effect that shifts them all by a little is lost in it.
In the direction of the effect it has one: with the residuals r, their derivatives J by what was fitted and x by the
size of the effect, and :math:`x_\perp` what is left of x beside J, the deviance falls by

.. math:: S = (x_\perp\cdot r)^2/|x_\perp|^2

when the effect is fitted along, which of data without it is :math:`\chi^2_1`. Where data scatter more than their
counts allow, S over what is then left of the deviance D, :math:`S\,(\nu - 1)/(D - S)`, is Fisher's :math:`F_{1,\nu-1}`
for :math:`\nu` points more than numbers that were fitted.

Of an effect of a size s that is there, S is non-central :math:`\chi^2_1` about :math:`s^2|x_\perp|^2`, and no test of
one effect is more powerful. What J imitates is not seen but puts what was fitted off: in coordinates whose standard
deviations are 1, by :math:`s\,J^Tx`. Effects that are small as devices go, that S would hardly call out and that would
put a number off by more than its standard error are named beforehand (`unseen`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.constants import Boltzmann
from scipy.stats import chi2, ncx2
from scipy.stats import f as fisher

from mtjphys.calibration.fitting.problem import Floats, Problem
from mtjphys.calibration.measurements import Measurement
from mtjphys.core.errors import ParameterError
from mtjphys.core.text import human
from mtjphys.junction import MTJ
from mtjphys.junction.numbers import value_of

DOUBTFUL = 0.01
"""p-value below which a fit is called into question."""

SEEN = 1.0
"""Shift of the data, in their standard deviations, by which an effect is tried."""

APART = 0.02
"""Share of an effect that what was fitted must not imitate; less is no more than the solver's inaccuracy."""


class Suspect(NamedTuple):
    """An effect that the fit does not know.

    Attributes
    ----------
    words : str
        What it is.
    size : float
        Of the effect that explains the data best, in `unit`.
    unit : str
        SI.
    p_value : float
        Of data without it.
    """

    words: str
    size: float
    unit: str
    p_value: float


class Unseen(NamedTuple):
    """An effect that these data would hardly show, though it would put what was fitted off.

    Attributes
    ----------
    effect : str
        What it is.
    size : float
        In `unit`.
    unit : str
        SI.
    place : str
        The size in words.
    seen : float
        Chance that the goodness would call out data with it.
    name : str
        The number or combination that it would put off most.
    shift : float
        By how much, in its standard errors.
    amount : str
        The same in its unit, or as a share of it.
    """

    effect: str
    size: float
    unit: str
    place: str
    seen: float
    name: str
    shift: float
    amount: str

    @property
    def words(self) -> str:
        """What it is, and of which size."""
        return f"{self.effect} of {self.place}"

    @property
    def sentence(self) -> str:
        """All of it in words."""
        return (
            f"{self.words} would be called out in {100.0 * self.seen:.2g} % of such data, and put {self.name} off by "
            f"{self.amount}, {abs(self.shift):.3g} standard errors"
        )


class Slope(NamedTuple):
    """What a number does along coordinates whose standard deviations are 1.

    Attributes
    ----------
    gradient : array (parameters,)
        Of ln of it where `unit` is None.
    unit : str or None
        SI.
    """

    gradient: Floats
    unit: str | None


class _Effect(NamedTuple):
    words: str
    unit: str
    step: float
    applied: Callable[[Problem, float], Problem]
    small: Callable[[MTJ, float], tuple[float, str]]
    """Size that is small as devices go, of a junction at most under so much voltage, and the same in words."""


def _number(name: str) -> Callable[[Problem, float], Problem]:
    def applied(problem: Problem, size: float) -> Problem:
        value = value_of(problem.start, name)
        if value is None:
            raise ParameterError(f"the junction has no {name}")
        return replace(problem, start=problem.start.with_parameters({name: value + size}))

    return applied


def _voltage(measurement: Measurement, junction: MTJ) -> Floats:
    """Return the voltage of the source; of a current source that over the mean of both resistances."""
    if measurement.current is None:
        return measurement.voltage
    return measurement.current * 0.5 * (junction.resistance_parallel + junction.resistance_antiparallel)


def _warmed(problem: Problem, size: float) -> Problem:
    warm = [
        m.with_data(temperature=m.temperature + size * _voltage(m, problem.start) ** 2) for m in problem.measurements
    ]
    return replace(problem, measurements=tuple(warm))


LIKELY = 0.8
"""Chance to be called out below which an effect may go unseen."""

SMALL = 0.1
"""Share of the temperature, of the linear torque or of the barrier that is small as devices go."""

_ROOM = 300.0  # K


def _little_heat(junction: MTJ, voltage: float) -> tuple[float, str]:
    heat = SMALL * _ROOM
    return heat / voltage**2, f"{human(heat, 'K')} at {human(voltage, 'V')}"


def _little_torque(junction: MTJ, voltage: float) -> tuple[float, str]:
    linear = abs(value_of(junction, "barrier.damping_like_per_volt") or 0.0)
    return SMALL * linear / voltage, f"{human(SMALL * linear * voltage, 'T')} at {human(voltage, 'V')}"


def _little_anisotropy(junction: MTJ, voltage: float) -> tuple[float, str]:
    density = SMALL * min(junction.thermal_stability()) * Boltzmann * _ROOM / junction.volume
    return density, human(density, "J/m3")


_QUADRATIC, _SECOND = "barrier.damping_like_per_volt_squared", "free_layer.second_order_anisotropy"
EFFECTS = {
    _QUADRATIC: _Effect("a torque quadratic in the voltage", "T/V2", 1e-3, _number(_QUADRATIC), _little_torque),
    _SECOND: _Effect("a second-order anisotropy", "J/m3", 10.0, _number(_SECOND), _little_anisotropy),
    "heating": _Effect("heating with the square of the voltage", "K/V2", 10.0, _warmed, _little_heat),
}


class _Trial(NamedTuple):
    """By how much an effect shifts the residuals, per unit of its size, and what of it no fitted number imitates."""

    shift: Floats
    rest: Floats


def _trials(problem: Problem, position: Floats, jacobian: Floats) -> Iterator[tuple[str, _Trial]]:
    """Yield the effects that were not fitted and act here, by name; none of simulated predictions, which hide them."""
    if problem.simulated:
        return
    here = problem.predict(position)
    slopes = problem.slopes(here)
    basis = np.linalg.qr(slopes @ jacobian)[0]
    for name, effect in EFFECTS.items():
        shift = None if name in problem.names else _shift(problem, position, here, slopes, effect)
        if shift is not None:
            rest = shift - basis @ (basis.T @ shift)
            apart = float(np.linalg.norm(rest)) > APART * float(np.linalg.norm(shift))
            yield name, _Trial(shift, rest if apart else np.zeros_like(rest))


def _shift(problem: Problem, position: Floats, here: Floats, slopes: Floats, effect: _Effect) -> Floats | None:
    """Return by how much an effect shifts the residuals, per unit; None where it does not act or has no answer."""
    size = effect.step
    for _ in range(3):
        try:
            there = effect.applied(problem.at(position), size).predict(position)
        except ParameterError:
            return None
        if not np.isfinite(there).all():
            return None
        column, tried = slopes @ (there - here), size
        seen = float(np.linalg.norm(column))
        if seen < 1e-6 * SEEN:
            return None
        if 0.3 * SEEN < seen < 3.0 * SEEN:
            break
        size *= SEEN / seen
    return np.asarray(column / tried)


def suspects(problem: Problem, position: Floats, jacobian: Floats, overdispersion: bool) -> list[Suspect]:
    """Return the effects that these data could show, and how likely they are without each.

    About a position, where predictions change with what was fitted as `jacobian` says, on any scale of that. Not those
    that were fitted, that do not act here or that what was fitted imitates; none of simulated predictions, whose chance
    would hide them.
    """
    residuals = problem.residuals(problem.predict(position))
    degrees = residuals.size - jacobian.shape[1] - 1
    found = []
    for name, trial in _trials(problem, position, jacobian):
        length = float(np.linalg.norm(trial.rest))
        if length == 0.0 or (overdispersion and degrees < 1):  # the scatter is not known
            continue
        along = float(trial.rest @ residuals) / length
        p_value = float(chi2.sf(along**2, 1))
        if overdispersion:
            left = float(residuals @ residuals) - along**2
            p_value = max(p_value, float(fisher.sf(along**2 * degrees / max(left, 1e-300), 1, degrees)))
        found.append(Suspect(EFFECTS[name].words, -along / length, EFFECTS[name].unit, p_value))
    return found


def noncentrality(problem: Problem, position: Floats, jacobian: Floats, name: str, size: float) -> float:
    r"""Return by how much an effect of this size raises the mean of its S above that of data without it, 1.

    S is then non-central :math:`\chi^2_1`; no test of one effect is more powerful. 0 where it does not act, or what was
    fitted imitates it.
    """
    trials = dict(_trials(problem, position, jacobian))
    return float(np.sum(trials[name].rest ** 2)) * size**2 if name in trials else 0.0


def chance(noncentrality: float, tests: int) -> float:
    """Return how often S of this non-centrality calls data out, where so many tests share the level (Bonferroni)."""
    return float(ncx2.sf(chi2.isf(DOUBTFUL / tests, 1), 1, noncentrality))


def unseen(
    problem: Problem,
    position: Floats,
    jacobian: Floats,
    numbers: Mapping[str, Slope],
    dispersion: float,
    tests: int,
) -> list[Unseen]:
    """Return the small effects that data like these would hide and that put what was fitted off by more than its error.

    Parameters
    ----------
    problem : Problem
        The fit's.
    position : array (parameters,)
        The best.
    jacobian : array (n, parameters)
        Of the predictions there, over coordinates whose standard deviations are 1.
    numbers : dict of str to Slope
        What was fitted, over these coordinates.
    dispersion : float
        Of the data, over what they scatter by themselves.
    tests : int
        How many share the level at which data are called out.
    """
    junction = problem.junction(position)
    voltage = max(float(np.abs(_voltage(m, junction)).max()) for m in problem.measurements)
    slope = problem.slopes(problem.predict(position)) @ jacobian
    found = []
    for name, trial in _trials(problem, position, jacobian):
        try:
            size, place = EFFECTS[name].small(junction, voltage)
        except ParameterError:  # there is no barrier
            continue
        seen = chance(float(np.sum(trial.rest**2)) * size**2 / dispersion, tests)
        moved = slope.T @ trial.shift * size / dispersion
        shifts = {one: float(g @ moved / np.linalg.norm(g)) for one, (g, _) in numbers.items()}
        worst = max(shifts, key=lambda one: abs(shifts[one]), default="")
        if worst and seen < LIKELY and abs(shifts[worst]) > 1.0:
            effect, (gradient, unit) = EFFECTS[name], numbers[worst]
            by = float(gradient @ moved)
            amount = _change(by) if unit is None else human(by, unit)
            found.append(Unseen(effect.words, size, effect.unit, place, seen, worst, shifts[worst], amount))
    return found


def _change(log: float) -> str:
    """Return what is added to ln of a number, in words.

    >>> _change(0.01), _change(-1.0)
    ('+1 %', 'a factor of 0.37')
    """
    return f"{100.0 * np.expm1(log):+.2g} %" if abs(log) < 0.5 else f"a factor of {np.exp(min(log, 700.0)):.2g}"
