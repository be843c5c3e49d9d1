r"""Stationary points of any smooth energy on the sphere.

An energy that is symmetric about an axis is a polynomial of the cosine, whose slope has its roots by companion matrix:
points at the poles, circles between them. Any other is searched by Newton's method from all over the sphere; with
:math:`g = P B`, the tangential part of the effective field, and its derivative :math:`P(J - \lambda)P`,
:math:`\lambda = m\cdot B`, :math:`J = \partial B/\partial m`. By Morse's relation, minima and maxima outnumber saddles
by two: else points are missing, and the search is refined.
"""

from __future__ import annotations

import numpy as np
from numpy.polynomial import chebyshev

from mtjphys.core.errors import SimulationError
from mtjphys.kernels.contributions import TERMS
from mtjphys.macrospin.landscape import Kind, Landscape, StationaryPoint, effective_field, energy
from mtjphys.macrospin.series import chebyshev_series, meridian

_RELATIVE = 1e-10  # a field this much smaller than the landscape's counts as zero by symmetry


def term_axes(terms: tuple[object, ...]) -> list[np.ndarray | None]:
    """Return the axis of symmetry of each general term; None of one that has none."""
    axes = [TERMS.of(type(t)).axis(t) for t in terms]
    return [None if axis is None else np.asarray(axis, dtype=float) for axis in axes]


def largest_field(landscape: Landscape) -> float:
    """Return the scale of the fields that turn m, in T: anything below rounding of it is zero."""
    matrix = landscape.matrix - np.trace(landscape.matrix) / 3.0 * np.eye(3)
    size = float(np.abs(matrix).max() + np.linalg.norm(landscape.field))
    return size + sum(TERMS.of(type(t)).largest(t) for t in landscape.terms)


def axis_of(landscape: Landscape) -> np.ndarray | None:
    """Return the axis about which a landscape with general terms is symmetric, or None."""
    axes = term_axes(landscape.terms)
    n = axes[0]
    if n is None:
        return None
    along = float(n @ landscape.matrix @ n)
    middle = (float(np.trace(landscape.matrix)) - along) / 2.0
    rest = landscape.matrix - middle * np.eye(3) - (along - middle) * np.outer(n, n)
    worst = max(float(np.abs(rest).max()), float(np.linalg.norm(np.cross(landscape.field, n))))
    crossed = any(axis is None or float(np.linalg.norm(np.cross(axis, n))) > _RELATIVE for axis in axes)
    return None if crossed or worst > _RELATIVE * largest_field(landscape) else n


def axial_points(landscape: Landscape, axis: np.ndarray) -> list[StationaryPoint]:
    """Return the stationary points of an energy that is symmetric about `axis`: two poles, and circles."""
    unit = landscape._replace(moment=1.0)
    series = chebyshev_series(lambda c: energy(unit, meridian(axis, c)))
    slope = chebyshev.chebder(series)
    scale = largest_field(landscape)
    points = []
    for c in (1.0, -1.0):
        curvature = -c * float(chebyshev.chebval(c, slope))
        kind: Kind = "minimum" if curvature > 0.0 else "maximum"
        points.append(_point(landscape, c * axis, (curvature, curvature), kind))
    if slope.size > 1 and np.abs(slope).max() > _RELATIVE * scale:
        roots = chebyshev.chebroots(slope)
        real = np.unique(roots.real[(np.abs(roots.imag) < 1e-9) & (np.abs(roots.real) < 1.0 - 1e-12)])
        for c in real:
            curvature = float(chebyshev.chebval(c, chebyshev.chebder(slope))) * (1.0 - c * c)
            both = (min(curvature, 0.0), max(curvature, 0.0))
            points.append(_point(landscape, meridian(axis, np.asarray(c)), both, "degenerate", (1.0 - c * c) ** 0.5))
    return sorted(points, key=lambda point: point.energy)


def _point(
    landscape: Landscape, m: np.ndarray, curvatures: tuple[float, float], kind: Kind, radius: float = 0.0
) -> StationaryPoint:
    return StationaryPoint(m, float(energy(landscape, m)), curvatures, kind, radius)


def _tangents(m: np.ndarray) -> np.ndarray:
    """Return two unit vectors across each unit vector, shape (..., 2, 3)."""
    helper = np.where(np.abs(m[..., :1]) < 0.6, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    first = np.cross(m, helper)
    first /= np.linalg.norm(first, axis=-1, keepdims=True)
    return np.stack((first, np.cross(m, first)), axis=-2)


def hessian(landscape: Landscape, m: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return two tangents at each m, the field's components along them, and the energy's 2x2 Hessian there, T."""
    tangents = _tangents(m)
    field = effective_field(landscape, m)
    slope = np.stack(
        [effective_field(landscape, m + 1e-30j * tangents[..., k, :]).imag / 1e-30 for k in range(2)], axis=-2
    )
    pull = np.einsum("...ki,...i->...k", tangents, field)
    stiffness = -np.einsum("...ki,...li->...kl", tangents, slope)
    radial = np.sum(m * field, axis=-1)
    return tangents, pull, 0.5 * (stiffness + np.swapaxes(stiffness, -1, -2)) + radial[..., None, None] * np.eye(2)


def _fibonacci(count: int) -> np.ndarray:
    z = 1.0 - (2.0 * np.arange(count) + 1.0) / count
    phi = np.pi * (3.0 - np.sqrt(5.0)) * np.arange(count)
    sine = np.sqrt(1.0 - z * z)
    return np.stack((sine * np.cos(phi), sine * np.sin(phi), z), axis=-1)


def _newton(landscape: Landscape, start: np.ndarray, scale: float) -> np.ndarray:
    """Return the stationary directions that Newton's method reaches from the starts, with what has converged only."""
    m = start
    for _ in range(60):
        tangents, pull, curvature = hessian(landscape, m)
        regular = curvature + 1e-14 * scale * np.eye(2)
        move = np.linalg.solve(regular, pull[..., None])[..., 0]
        length = np.linalg.norm(move, axis=-1, keepdims=True)
        move = np.where(length > 0.2, 0.2 * move / np.maximum(length, 1e-300), move)
        m = m + np.einsum("...k,...ki->...i", move, tangents)
        m = m / np.linalg.norm(m, axis=-1, keepdims=True)
    _, pull, _ = hessian(landscape, m)
    return m[np.linalg.norm(pull, axis=-1) <= 1e-9 * scale]


def _different(directions: np.ndarray) -> np.ndarray:
    kept: list[np.ndarray] = []
    for m in directions:
        if all(float(np.linalg.norm(m - other)) > 1e-5 for other in kept):
            kept.append(m)
    return np.array(kept).reshape(-1, 3)


def searched_points(landscape: Landscape) -> list[StationaryPoint]:
    """Return the stationary points of an energy without an axis of symmetry, lowest first.

    Where one of them is degenerate, as the pole of sin^4 without any other term, they are those with a field of a
    ten-millionth of the landscape's own.
    """
    scale = largest_field(landscape)
    nudge = 1e-7 * scale * np.array([0.36, 0.48, 0.8])
    for case in (landscape, landscape._replace(field=landscape.field + nudge)):
        directions = np.concatenate((np.eye(3), -np.eye(3)))
        for count in (200, 2000, 20000):
            directions = _different(_newton(case, np.concatenate((directions, _fibonacci(count))), scale))
            points = []
            for m in directions:
                low, high = np.linalg.eigvalsh(hessian(case, m)[2])
                kind: Kind = "minimum" if low > 0.0 else "saddle" if high > 0.0 else "maximum"
                points.append(_point(landscape, m, (float(low), float(high)), kind))
            extrema = sum(1 if point.kind != "saddle" else -1 for point in points)
            if min(abs(value) for point in points for value in point.curvatures) < 1e-9 * scale:
                break
            if extrema == 2:
                return sorted(points, key=lambda point: point.energy)
    raise SimulationError(
        f"the stationary points of the energy do not add up ({len(points)} found, minima and maxima less saddles "
        f"{extrema} instead of 2); change field or anisotropies a little"
    )
