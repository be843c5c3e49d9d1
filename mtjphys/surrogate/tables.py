"""Tables over voltage, a line of fields and temperature: their axes, and what lies between the nodes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import NdBSpline, make_interp_spline

from mtjphys.bias import Bias
from mtjphys.core.checks import as_numbers
from mtjphys.core.errors import ParameterError

Floats = NDArray[np.float64]
Axes = tuple[Floats, Floats, Floats]


class FieldLine:
    """The straight line through the fields of a table.

    Attributes
    ----------
    origin : ndarray of shape (3,)
        The first field, in T.
    direction : ndarray of shape (3,)
        Unit vector towards the last one.
    component : int
        Of x, y, z, the one that changes most along the line.
    """

    def __init__(self, points: Floats) -> None:
        if points.ndim != 2 or points.shape[1:] != (3,) or not len(points):
            raise ParameterError(f"fields of shape {points.shape} should be one (x, y, z) in T a row")
        self.points = points
        self.origin = points[0]
        self.direction = np.array([1.0, 0.0, 0.0])
        if len(points) > 1:
            across = points[-1] - points[0]
            length = float(np.linalg.norm(across))
            if length == 0.0:
                raise ParameterError(
                    f"fields={points.tolist()} T begin and end at the same point; give a straight line"
                )
            off = float(np.abs(np.cross(points - points[0], across / length)).max())
            if off > 1e-9 * length:
                raise ParameterError(
                    f"fields={points.tolist()} T lie up to {off:.3g} T off a straight line; give points of one"
                )
            self.direction = across / length
        self.component = int(np.argmax(np.abs(self.direction)))

    @property
    def axis(self) -> Floats:
        """Places of the points along the line, T."""
        return np.asarray((self.points - self.origin) @ self.direction)

    def place(self, field: Floats) -> Floats:
        """Return where fields (3, ...) lie along the line, by the component that changes most, T."""
        return np.asarray((field[self.component] - self.origin[self.component]) / self.direction[self.component])

    def beside(self, field: Floats) -> float:
        """Return how far fields (3, ...) are from the line at most, T; 0 where that is rounding."""
        shape = (3, *[1] * (field.ndim - 1))
        off = np.abs(field - self.origin.reshape(shape) - self.direction.reshape(shape) * self.place(field))
        return float(off.max()) if off.max() > 1e-9 * (1.0 + np.abs(field).max()) else 0.0


def in_words(bias: Bias) -> str:
    """Return voltage, field and temperature of a constant bias as errors name them."""
    return f"{bias.voltage:g} V, field {bias.field} T, {bias.temperature:g} K"


def grid(voltages: ArrayLike, fields: ArrayLike, temperatures: ArrayLike) -> tuple[Axes, tuple[int, int, int]]:
    """Return voltages, fields and temperatures as arrays, and how many there are of each."""
    volts = np.atleast_1d(as_numbers("voltages", voltages, "V"))
    kelvin = np.atleast_1d(as_numbers("temperatures", temperatures, "K"))
    tesla = np.atleast_2d(as_numbers("fields", fields, "T"))
    return (volts, tesla, kelvin), (volts.size, len(tesla), kelvin.size)


def spline(axes: Sequence[Floats], values: Floats) -> Any:
    """Return the cubic tensor spline of `values` (2, v, f, t, ...) as a function of points (n, 3) to (n, 2, ...)."""
    varied = [k for k, axis in enumerate(axes) if axis.size > 1]
    coefficients = np.moveaxis(values, 0, 3)
    knots, degrees = [], []
    for k in varied:
        degree = min(3, axes[k].size - 1)
        fitted = make_interp_spline(axes[k], np.moveaxis(coefficients, k, 0), k=degree)
        coefficients = np.moveaxis(fitted.c, 0, k)
        knots.append(fitted.t)
        degrees.append(degree)
    # Drop the axes of one node.
    coefficients = coefficients.reshape(*[axes[k].size for k in varied], *coefficients.shape[3:])
    if not varied:
        return lambda points: np.broadcast_to(coefficients, (len(points), *coefficients.shape))
    tensor = NdBSpline(tuple(knots), np.ascontiguousarray(coefficients), tuple(degrees))
    limits = np.array([[axes[k][0], axes[k][-1]] for k in varied])
    return lambda points: tensor(np.clip(points[:, varied], limits[:, 0], limits[:, 1]))


def interpolation_error(axes: Sequence[Floats], log_rates: Floats) -> float:
    """Return the largest relative error of a rate that is left out and interpolated along one axis."""
    worst = 0.0
    for k, axis in enumerate(axes):
        values = np.moveaxis(log_rates, k + 1, 0)
        for left_out in range(1, axis.size - 1):
            rest = np.delete(axis, left_out)
            fitted = make_interp_spline(rest, np.delete(values, left_out, axis=0), k=min(3, rest.size - 1))
            worst = max(worst, float(np.abs(fitted(axis[left_out]) - values[left_out]).max()))
    return math.expm1(worst)
