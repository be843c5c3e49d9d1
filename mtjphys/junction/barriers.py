"""The anisotropy that gives a junction another barrier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.junction.mtj import MTJ

Floats = NDArray[np.float64]

Constant = Callable[[float], MTJ]
"""A junction as a function of one of its anisotropy constants."""


def _at_rest(junction: MTJ) -> Bias:
    """Return a bias that is none, at the temperature for which the constants are given."""
    return Bias(temperature=junction.free_layer.reference_temperature)


def anisotropies(junction: MTJ, factors: Floats) -> tuple[str, list[Any]]:
    """Return the parameter that sets the barrier, and its values for `factors` times the nominal barrier."""
    layer = junction.free_layer
    options: list[tuple[str, float, Callable[[float], Any]]] = []
    if layer.uniaxial_anisotropy is not None:
        density, axis = layer.uniaxial_anisotropy
        options.append(("free_layer.uniaxial_anisotropy", density, lambda value: (value, axis)))
    if layer.interfacial_anisotropy:
        options.append(("free_layer.interfacial_anisotropy", layer.interfacial_anisotropy, lambda value: value))
    without = junction.with_parameters({"reference.stray_field": (0.0, 0.0, 0.0)})
    barrier, solve = _quadratic_barrier, _by_eigenvalues
    if junction.landscape(_at_rest(junction)).terms:
        barrier, solve = _barrier, _one_by_one
    nominal = barrier(without)
    if nominal <= 0.0:
        raise ParameterError("a spread of the barrier needs a junction with two wells at zero field: give it an axis")
    for path, value, as_parameter in options:

        def with_constant(
            constant: float, path: str = path, as_parameter: Callable[[float], Any] = as_parameter
        ) -> MTJ:
            return without.with_parameters({path: as_parameter(constant)})

        values = solve(with_constant, value, nominal * factors)
        if values is not None:
            return path, [as_parameter(float(value)) for value in values]
    raise ParameterError(
        f"no anisotropy constant of this junction brings its barrier to {factors.min():.3g} to {factors.max():.3g} "
        "times the nominal one: give the free layer a uniaxial_anisotropy along its easy axis, or a smaller spread"
    )


def _barrier(junction: MTJ) -> float:
    """Return the barrier at rest in units of kB T, whatever the terms of the energy; 0 without two wells."""
    return junction.thermal_stability(_at_rest(junction)).parallel


def _matrix(junction: MTJ) -> Floats:
    """Return M of the energy ``-Ms V m.M m/2`` at rest, T."""
    return np.asarray(junction.landscape(_at_rest(junction)).matrix)


def _quadratic_barrier(junction: MTJ) -> float:
    """Return ``B_easy - B_pass`` at rest in T; 0 without two wells."""
    fields = np.linalg.eigvalsh(_matrix(junction))
    barrier = float(fields[2] - fields[1])
    return barrier if barrier > 1e-9 * float(np.ptp(fields)) else 0.0


def _by_eigenvalues(with_constant: Constant, value: float, wanted: Floats) -> Floats | None:
    """Return the constants by Newton's method for all at once, or None if they do not move the barrier there."""
    unit = abs(value) or 1.0
    start = _matrix(with_constant(value))
    slope = (_matrix(with_constant(value + 0.1 * unit)) - start) / (0.1 * unit)
    values = np.full(wanted.size, value)
    # The eigenvalues are straight lines in the constant unless axes are oblique.
    for _ in range(20):
        fields, axes = np.linalg.eigh(start + (values - value)[:, None, None] * slope)
        excess = fields[:, 2] - fields[:, 1] - wanted
        if np.abs(excess).max() <= 1e-9 * wanted.mean():
            return values
        slopes = np.einsum("nik,ij,njk->nk", axes, slope, axes)
        moved = slopes[:, 2] - slopes[:, 1]
        if np.abs(moved).min() * unit <= 1e-6 * wanted.mean():
            break
        values -= excess / moved
    return None


def _one_by_one(with_constant: Constant, value: float, wanted: Floats) -> Floats | None:
    """Return the constants from the stationary points of the energy; None if they do not move the barrier there."""
    from scipy.optimize import brentq

    unit = abs(value) or 1.0
    nominal = _barrier(with_constant(value))
    rises = _barrier(with_constant(value + 1e-3 * unit)) > nominal
    values = np.empty(wanted.size)
    for k, target in enumerate(wanted):

        def excess(constant: float, target: float = target) -> float:
            return _barrier(with_constant(constant)) - target

        end, step = value, 0.25 * unit * (1.0 if (target > nominal) == rises else -1.0)
        for _ in range(20):
            end += step
            if excess(end) * (nominal - target) <= 0.0:
                break
        else:
            return None
        values[k] = brentq(excess, value, end, rtol=1e-9)
    return values
