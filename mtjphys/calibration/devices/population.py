r"""How devices differ: means, spreads and correlations of what was measured with errors.

The standard deviation of the devices' estimates is not their spread, for it holds the errors of the measurements as
well. Here the numbers of device i, on the scale of the fit (ln of a positive number), are :math:`\theta_i \sim
N(\mu, \Sigma)`, and its data have a likelihood :math:`L_i(\theta_i)`: a random-effects model, as of meta-analysis,
whose :math:`\Sigma` is found by restricted maximum likelihood (see `restricted`). A spread of zero is a possible
result.

- :math:`L_i` is a quadratic form where the population puts the device (see `evidence`); population and forms are found
  in turns until they agree.
- Intervals of spreads and correlations are those of the profile of the restricted likelihood, found as the largest and
  the smallest value where it is lower by at most :math:`\tfrac12\chi^2_1` (M. C. Neale and M. B. Miller, Behavior
  Genetics 27, 113 (1997)). If zero is within it the interval of a spread begins there, and no correlation is known.
- The interval of a mean is :math:`\hat\mu_j \pm t\,(H^{-1})_{jj}^{1/2}`, with Student's t of as many degrees of freedom
  as there are devices that count, less one (G. Knapp and J. Hartung, Statistics in Medicine 22, 2693 (2003)).
- A device's own numbers, given the population, are its data and the population weighed against each other: weakly
  measured devices borrow from the others. Their variance holds that of the mean, and that of :math:`\Sigma` by draws
  of A about the maximum, weighed by the restricted likelihood.

References
----------
A. Gelman et al., Bayesian Data Analysis, 3rd ed. (CRC Press 2013), chapters 5 and 15; R. DerSimonian and N. Laird,
Controlled Clinical Trials 7, 177 (1986), for the model with one number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize
from scipy.stats import chi2, t

from mtjphys.calibration.devices.evidence import Evidence
from mtjphys.calibration.devices.restricted import Quadratic
from mtjphys.core.errors import DataError
from mtjphys.core.streams import Use, generator

Floats = NDArray[np.float64]

ROUNDS = 6
"""Turns of population and forms."""

_AGREED = 0.01  # of a unit, by which spreads and means still change
_WIDEST = 30.0  # units, beyond which no spread is looked for
_NOTHING = 1e-3  # units, below which a spread is tried to be zero
_UNTOLD = 1e-6  # of a unit^-2
_DRAWS = 200


class Range(NamedTuple):
    """An estimate and the ends of its interval, arrays of one shape."""

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class Population:
    """Devices as a population; made by `populate`.

    Attributes
    ----------
    mean, spread : Range
        Of each number, (parameters,): mu, and the standard deviations.
    correlation : Range
        (parameters, parameters); NaN, from -1 to 1, where a spread is zero.
    devices : array (devices, parameters)
        Expectation of each device's numbers, from its data and the population.
    errors : array (devices, parameters)
        Their standard deviations.
    """

    mean: Range
    spread: Range
    correlation: Range
    devices: Floats
    errors: Floats


def populate(devices: Sequence[Evidence], level: float = 0.95) -> Population:
    """Return the population of three devices or more.

    Parameters
    ----------
    devices : sequence of Evidence
        Of the same numbers each.
    level : float
        Of the intervals.

    Raises
    ------
    DataError
        If no device says anything about a number, or a combination of them.
    """
    unit = _units(devices)
    size = unit.size
    mean, covariance = np.array([device.centre for device in devices]), np.array([d.covariance for d in devices])
    middle, factor = np.zeros(size), np.zeros((size, size))
    for _ in range(ROUNDS):
        forms = _forms(devices, mean, covariance, unit)
        if np.linalg.eigvalsh(forms.precision.sum(axis=0))[0] < _UNTOLD:
            raise DataError("all devices together do not tell every number that was fitted; free fewer of them")
        found = _maximum(forms)
        before = np.append(middle, np.abs(factor)), np.append(found[0], np.abs(found[1]))
        middle, factor = found
        given = forms.conditional(middle, factor)
        mean, covariance = given.mean * unit, given.covariance * np.outer(unit, unit)
        if np.abs(np.subtract(*before)).max() < _AGREED:
            break
    top = forms.restricted(factor)
    spread, correlation = _intervals(forms, factor, top.value - 0.5 * float(chi2.ppf(level, 1)))
    error = np.sqrt(np.diag(np.linalg.inv(top.information)))
    wide = t.ppf(0.5 + level / 2, _degrees(forms, factor)) * error
    expected, deviation = _devices(forms, factor)
    return Population(
        Range(middle * unit, (middle - wide) * unit, (middle + wide) * unit),
        Range(*(ends * unit for ends in spread)),
        correlation,
        expected * unit,
        deviation * unit,
    )


def _units(devices: Sequence[Evidence]) -> Floats:
    """Return for each number its scatter over devices or its usual error, whichever is larger."""
    scatter = np.std([device.centre for device in devices], axis=0)
    errors = np.median([np.sqrt(np.diag(device.covariance)) for device in devices], axis=0)
    return np.asarray(np.maximum(scatter, errors))


def _forms(devices: Sequence[Evidence], mean: Floats, covariance: Floats, unit: Floats) -> Quadratic:
    found = [device.quadratic(m, c) for device, m, c in zip(devices, mean, covariance, strict=True)]
    precisions, shifts = zip(*found, strict=True)
    return Quadratic(np.array(precisions) * np.outer(unit, unit), np.array(shifts) * unit)


def _triangle(entries: Floats, size: int) -> Floats:
    factor = np.zeros((size, size))
    factor[np.tril_indices(size)] = entries
    return factor


def _maximum(forms: Quadratic) -> tuple[Floats, Floats]:
    """Return mean and factor of highest restricted likelihood."""
    size = forms.shift.shape[1]
    lower = np.tril_indices(size)

    def against(entries: Floats) -> tuple[float, Floats]:
        found = forms.restricted(_triangle(entries, size))
        return -found.value, -found.slope[lower]

    ends = []
    for start in (1.0, 0.2):
        began = (start * (np.eye(size) + 0.01))[lower]
        ends.append(minimize(against, began, jac=True, method="L-BFGS-B", options={"maxiter": 500, "ftol": 1e-12}))
    factor = _triangle(min(ends, key=lambda end: float(end.fun)).x, size)
    for k in np.flatnonzero(np.linalg.norm(factor, axis=1) < 10.0 * _NOTHING):
        without = factor.copy()
        without[k] = 0.0
        if forms.restricted(without).value >= forms.restricted(factor).value - 1e-3:
            factor = without
    return forms.restricted(factor).mean, factor


def _degrees(forms: Quadratic, factor: Floats) -> Floats:
    """Return the number of devices that count for each mean, by the weights of their variances, less one."""
    own = np.array([np.diag(precision) for precision in forms.precision])
    weights = own / (1.0 + own * np.sum(factor**2, axis=1))
    return np.asarray(np.maximum(weights.sum(axis=0) ** 2 / np.sum(weights**2, axis=0) - 1.0, 1.0))


# Ends of intervals

_Quantity = Callable[[Floats], tuple[float, Floats]]
"""Value of a factor and its slope, (parameters, parameters)."""


def _squared(j: int) -> _Quantity:
    def quantity(factor: Floats) -> tuple[float, Floats]:
        slope = np.zeros_like(factor)
        slope[j] = 2.0 * factor[j]
        return float(factor[j] @ factor[j]), slope

    return quantity


def _cosine(j: int, k: int) -> _Quantity:
    def quantity(factor: Floats) -> tuple[float, Floats]:
        one, other = np.linalg.norm(factor[j]), np.linalg.norm(factor[k])
        value = float(factor[j] @ factor[k] / (one * other))
        slope = np.zeros_like(factor)
        slope[j] = factor[k] / (one * other) - value * factor[j] / one**2
        slope[k] = factor[j] / (one * other) - value * factor[k] / other**2
        return value, slope

    return quantity


def _scaled(factor: Floats, j: int, sign: float, more: float) -> Floats:
    """Return a factor with ``1 + sign more`` times the spread of number j."""
    moved = factor.copy()
    moved[j] *= 1.0 + sign * more
    if sign > 0.0 and np.linalg.norm(factor[j]) < 10.0 * _NOTHING:  # nothing to be scaled
        moved[j, j] = more
    return moved


def _turned(factor: Floats, j: int, k: int, cosine: float, more: float) -> Floats:
    """Return a factor with `more` correlation of numbers j and k < j, whose cosine is given."""
    cosine += more
    one, other = np.linalg.norm(factor[j]), factor[k] / np.linalg.norm(factor[k])
    across = factor[j] - (factor[j] @ other) * other
    size = np.linalg.norm(across)
    across = across / size if size > 1e-12 * one else np.eye(len(factor))[j]
    moved = factor.copy()
    moved[j] = one * (cosine * other + np.sqrt(max(1.0 - cosine**2, 0.0)) * across)
    return moved


def _end(
    forms: Quadratic, path: Callable[[float], Floats], far: float, allowed: float, quantity: _Quantity, sign: float
) -> float:
    """Return the largest (sign 1) or smallest value of a quantity where the restricted likelihood is as allowed.

    The search begins where a path from the maximum at 0 to `far` leaves what is allowed; if it does not, its end is the
    answer.
    """

    def excess(place: float) -> float:
        return forms.restricted(path(place)).value - allowed

    if excess(far) >= 0.0:
        return quantity(path(far))[0]
    start = path(brentq(excess, 0.0, far, xtol=1e-6))
    size = start.shape[0]
    lower = np.tril_indices(size)

    def objective(entries: Floats) -> tuple[float, Floats]:
        value, slope = quantity(_triangle(entries, size))
        return -sign * value, -sign * slope[lower]

    constraint = {
        "type": "ineq",
        "fun": lambda entries: forms.restricted(_triangle(entries, size)).value - allowed,
        "jac": lambda entries: forms.restricted(_triangle(entries, size)).slope[lower],
    }
    found = minimize(
        objective, start[lower], jac=True, method="SLSQP", constraints=constraint,
        bounds=[(-_WIDEST, _WIDEST)] * lower[0].size, options={"maxiter": 200, "ftol": 1e-7},
    )  # fmt: skip
    ends = [quantity(start)[0]]
    factor = _triangle(found.x, size)
    if np.isfinite(found.x).all() and forms.restricted(factor).value > allowed - 0.02:
        ends.append(quantity(factor)[0])
    return max(ends, key=lambda value: sign * value)


def _intervals(forms: Quadratic, factor: Floats, allowed: float) -> tuple[Range, Range]:
    size = factor.shape[0]
    spread = np.linalg.norm(factor, axis=1)
    low, high = np.zeros(size), np.zeros(size)
    for j in range(size):
        shrunk = _end(forms, partial(_scaled, factor, j, -1.0), 1.0, allowed, _squared(j), -1.0)
        low[j] = np.sqrt(shrunk) if shrunk > (10.0 * _NOTHING) ** 2 else 0.0
        far = _WIDEST / spread[j] if spread[j] >= 10.0 * _NOTHING else _WIDEST
        grown = _end(forms, partial(_scaled, factor, j, 1.0), far, allowed, _squared(j), 1.0)
        high[j] = np.sqrt(grown) if grown < (0.99 * _WIDEST) ** 2 else np.inf
    with np.errstate(invalid="ignore", divide="ignore"):
        cosines = factor @ factor.T / np.outer(spread, spread)
    ends = np.array([-np.ones((size, size)), np.ones((size, size))])
    for j in range(size):
        ends[:, j, j] = cosines[j, j] = 1.0
        for k in range(j):
            if low[j] > 0.0 and low[k] > 0.0:
                for row, sign in enumerate((-1.0, 1.0)):
                    path, far = partial(_turned, factor, j, k, cosines[j, k]), sign - cosines[j, k]
                    end = np.clip(_end(forms, path, far, allowed, _cosine(j, k), sign), -1.0, 1.0)
                    ends[row, j, k] = ends[row, k, j] = end
    return Range(spread, low, high), Range(cosines, *ends)


# Devices


def _devices(forms: Quadratic, factor: Floats) -> tuple[Floats, Floats]:
    """Return expectation and standard deviation of each device, over what is known of the population."""
    size = factor.shape[0]
    lower = np.tril_indices(size)
    bend = np.array([-(s - o) / 2e-3 for s, o in _slopes(forms, factor, 1e-3)])
    values, vectors = np.linalg.eigh(0.5 * (bend + bend.T))
    usual = 1.0 / np.sqrt(np.maximum(values, 4.0 / _WIDEST))
    draws = generator(0, 0, Use.CALIBRATION_POPULATION).standard_normal((_DRAWS, values.size))
    draws[0] = 0.0
    top = forms.restricted(factor).value
    first, second, total = np.zeros_like(forms.shift), np.zeros_like(forms.shift), 0.0
    for draw in draws:
        there = _triangle(factor[lower] + vectors @ (usual * draw), size)
        found = forms.restricted(there)
        weight = np.exp(min(found.value - top + 0.5 * float(draw @ draw), 3.0))
        given = forms.conditional(found.mean, there)
        mean_error = np.linalg.inv(found.information)
        variance = np.einsum("nij,jk,nik->ni", given.share, mean_error, given.share)
        variance += np.einsum("nii->ni", given.covariance)
        first, second = first + weight * given.mean, second + weight * (given.mean**2 + variance)
        total += weight
    expected = first / total
    return expected, np.asarray(np.sqrt(np.maximum(second / total - expected**2, 0.0)))


def _slopes(forms: Quadratic, factor: Floats, step: float) -> list[tuple[Floats, Floats]]:
    """Return the slopes on either side along each entry of the factor."""
    lower = np.tril_indices(factor.shape[0])
    found = []
    for row, column in zip(*lower, strict=True):
        ends = []
        for sign in (1.0, -1.0):
            moved = factor.copy()
            moved[row, column] += sign * step
            ends.append(forms.restricted(moved).slope[lower])
        found.append((ends[0], ends[1]))
    return found
