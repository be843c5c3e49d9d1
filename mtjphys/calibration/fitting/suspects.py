r"""What a fit does not know and would explain the data better: score tests of some effects, each by itself.

A deviance has as many degrees of freedom as there are points; an effect that shifts them all by a little is lost in it.
In the direction of the effect it has one: with the residuals r, their derivatives J by what was fitted and x by the
size of the effect, and :math:`x_\perp` what is left of x beside J, the deviance falls by

.. math:: S = (x_\perp\cdot r)^2/|x_\perp|^2

when the effect is fitted along, which of data without it is :math:`\chi^2_1`. Where data scatter more than their
counts allow, S over what is then left of the deviance D, :math:`S\,(\nu - 1)/(D - S)`, is Fisher's :math:`F_{1,\nu-1}`
for :math:`\nu` points more than numbers that were fitted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.stats import chi2
from scipy.stats import f as fisher

from mtjphys.calibration.fitting.problem import Floats, Problem
from mtjphys.core.errors import ParameterError
from mtjphys.junction.numbers import value_of

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


class _Effect(NamedTuple):
    words: str
    unit: str
    step: float
    applied: Callable[[Problem, float], Problem]


def _number(name: str) -> Callable[[Problem, float], Problem]:
    def applied(problem: Problem, size: float) -> Problem:
        value = value_of(problem.start, name)
        if value is None:
            raise ParameterError(f"the junction has no {name}")
        return replace(problem, start=problem.start.with_parameters({name: value + size}))

    return applied


def _warmed(problem: Problem, size: float) -> Problem:
    warm = [m.with_data(temperature=m.temperature + size * m.voltage**2) for m in problem.measurements]
    return replace(problem, measurements=tuple(warm))


_QUADRATIC, _SECOND = "barrier.damping_like_per_volt_squared", "free_layer.second_order_anisotropy"
EFFECTS = {
    _QUADRATIC: _Effect("a torque quadratic in the voltage", "T/V2", 1e-3, _number(_QUADRATIC)),
    _SECOND: _Effect("a second-order anisotropy", "J/m3", 10.0, _number(_SECOND)),
    "heating": _Effect("heating with the square of the voltage", "K/V2", 10.0, _warmed),
}


def suspects(problem: Problem, position: Floats, jacobian: Floats, overdispersion: bool) -> list[Suspect]:
    """Return the effects that these data could show, and how likely they are without each.

    About a position, where predictions change with what was fitted as `jacobian` says, on any scale of that. Not those
    that were fitted, that do not act here or that what was fitted imitates; none of simulated predictions, whose chance
    would hide them.
    """
    return [] if problem.simulated else list(_found(problem, position, jacobian, overdispersion))


def noncentrality(problem: Problem, position: Floats, jacobian: Floats, name: str, size: float) -> float:
    r"""Return by how much an effect of this size raises the mean of its S above that of data without it, 1.

    S is then non-central :math:`\chi^2_1`; no test of one effect is more powerful. 0 where it does not act, or what was
    fitted imitates it.
    """
    here = problem.predict(position)
    slopes = problem.slopes(here)
    basis = np.linalg.qr(slopes @ jacobian)[0]
    rest, tried = _apart(problem, position, here, slopes, basis, EFFECTS[name])
    return float(rest @ rest) * (size / tried) ** 2


def _found(problem: Problem, position: Floats, jacobian: Floats, overdispersion: bool) -> Iterator[Suspect]:
    here = problem.predict(position)
    slopes, residuals = problem.slopes(here), problem.residuals(here)
    basis = np.linalg.qr(slopes @ jacobian)[0]
    for name, effect in EFFECTS.items():
        if name in problem.names:
            continue
        rest, size = _apart(problem, position, here, slopes, basis, effect)
        length = float(np.linalg.norm(rest))
        if length > 0.0:
            along = float(rest @ residuals) / length
            p_value = float(chi2.sf(along**2, 1))
            degrees = residuals.size - basis.shape[1] - 1
            if overdispersion:
                if degrees < 1:
                    continue  # the scatter is not known
                left = float(residuals @ residuals) - along**2
                p_value = max(p_value, float(fisher.sf(along**2 * degrees / max(left, 1e-300), 1, degrees)))
            yield Suspect(effect.words, -along / length * size, effect.unit, p_value)


def _apart(
    problem: Problem, position: Floats, here: Floats, slopes: Floats, basis: Floats, effect: _Effect
) -> tuple[Floats, float]:
    """Return what is left of an effect's shift beside what was fitted, and its size; zero where that is nothing."""
    shift = _shift(problem, position, here, slopes, effect)
    if shift is None:
        return np.zeros(len(slopes)), 1.0
    column, size = shift
    rest = column - basis @ (basis.T @ column)
    if float(np.linalg.norm(rest)) <= APART * float(np.linalg.norm(column)):
        rest = np.zeros_like(column)
    return rest, size


def _shift(
    problem: Problem, position: Floats, here: Floats, slopes: Floats, effect: _Effect
) -> tuple[Floats, float] | None:
    """Return by how much an effect shifts the residuals, and its size; None where it does not act or has no answer."""
    size = effect.step
    for _ in range(3):
        try:
            there = effect.applied(problem, size).predict(position)
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
    return column, tried
