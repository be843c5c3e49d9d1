r"""The energy of a macrospin on the sphere, and the points where it is stationary.

The energy per moment is a field, in tesla:
:math:`E/(M_s V) = -(\mathbf b\cdot\mathbf m + \tfrac12 \mathbf m\cdot M\mathbf m) + U(\mathbf m)`, with U the sum of
the terms that are no quadratic forms.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from mtjphys.kernels.contributions import add_fields, potential

Kind = Literal["minimum", "saddle", "maximum", "degenerate"]


class Landscape(NamedTuple):
    """An energy on the sphere: ``E(m) = moment [U(m) - field.m - m.matrix m/2]``."""

    field: np.ndarray  # T, shape (3,)
    matrix: np.ndarray  # T, shape (3, 3), symmetric
    moment: float  # A m^2, Ms V
    terms: tuple[Any, ...] = ()  # general terms at the temperature meant, of `mtjphys.kernels.terms`


class StationaryPoint(NamedTuple):
    """A point of the sphere where the energy is stationary."""

    direction: np.ndarray  # unit vector, shape (3,)
    energy: float  # J
    curvatures: tuple[float, float]  # T, stiffness fields in the tangent plane, ascending
    kind: Kind
    ring_radius: float  # 1, of the circle of equivalent points; 0 for a single point

    @property
    def is_well(self) -> bool:
        """Whether the energy rises from it, or from its circle, on all sides."""
        return self.kind == "minimum" or (self.ring_radius > 0.0 and sum(self.curvatures) > 0.0)

    @property
    def is_pass(self) -> bool:
        """Whether the energy falls from it on two sides: a saddle, or a circle of maxima."""
        return self.kind == "saddle" or (self.ring_radius > 0.0 and sum(self.curvatures) < 0.0)


class States(NamedTuple):
    """One value for each of the two states of a junction."""

    parallel: float
    antiparallel: float


def energy(landscape: Landscape, direction: np.ndarray) -> np.ndarray:
    """Return the energy at unit vectors m.

    Parameters
    ----------
    landscape : Landscape
        The energy's coefficients.
    direction : ndarray, shape (..., 3)
        Unit vectors.

    Returns
    -------
    ndarray, shape (...)
        Energy, J.

    Examples
    --------
    >>> import numpy as np
    >>> from mtjphys.macrospin.landscape import Landscape, energy
    >>> uniaxial = Landscape(np.zeros(3), np.diag([0.0, 0.0, 0.1]), 1e-18)
    >>> print(f"{energy(uniaxial, np.array([0.0, 0.0, 1.0])):.1e}")
    -5.0e-20
    """
    m = np.asarray(direction, dtype=float)
    quadratic = 0.5 * np.einsum("...i,ij,...j->...", m, landscape.matrix, m)
    total: np.ndarray = -landscape.moment * (m @ landscape.field + quadratic)
    if landscape.terms:
        total = total + landscape.moment * potential(landscape.terms, m[..., 0], m[..., 1], m[..., 2])
    return total


def effective_field(landscape: Landscape, direction: np.ndarray) -> np.ndarray:
    """Return ``-dE/dm/(Ms V)`` at unit vectors m, T.

    Parameters
    ----------
    landscape : Landscape
        The energy's coefficients.
    direction : ndarray, shape (..., 3)
        Unit vectors; complex ones too, from which the slope of the field follows without a difference.

    Returns
    -------
    ndarray, shape (..., 3)
        Field, T.
    """
    m = np.asarray(direction)
    field = landscape.field + m @ landscape.matrix
    if landscape.terms:
        # Not moveaxis, which takes as long as the sums: critical voltages and searches call this a thousand times.
        along = (array[..., k] for array in (m, field) for k in range(3))
        field = np.stack(add_fields(landscape.terms, 1.0, *along), axis=-1)
    return np.asarray(field)
