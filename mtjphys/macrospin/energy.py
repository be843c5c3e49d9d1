r"""The energy of a macrospin on the sphere: wells, saddles, barriers, instability.

The energy per moment is a field, in tesla:
:math:`E/(M_s V) = -(\mathbf b\cdot\mathbf m + \tfrac12 \mathbf m\cdot M\mathbf m)`. Its
stationary points obey :math:`(\lambda - M)\mathbf m = \mathbf b` with :math:`|\mathbf m| = 1`; in
the axes of M that is the secular equation :math:`\sum_i b_i^2/(\lambda-\mu_i)^2 = 1`, whose real
roots are bracketed one by one. Energies fall as the multiplier lambda rises (Forsythe, Golub 1965).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

Kind = Literal["minimum", "saddle", "maximum", "degenerate"]

# Relative to the largest field of the landscape: below it a component counts as zero by symmetry.
_ZERO = 1e-10


class Landscape(NamedTuple):
    """An energy on the sphere: ``E(m) = -moment (field.m + m.matrix m/2)``."""

    field: np.ndarray  # T, shape (3,)
    matrix: np.ndarray  # T, shape (3, 3), symmetric
    moment: float  # A m^2, Ms V


class StationaryPoint(NamedTuple):
    """A point of the sphere where the energy is stationary."""

    direction: np.ndarray  # unit vector, shape (3,)
    energy: float  # J
    curvatures: tuple[float, float]  # T, stiffness fields in the tangent plane, ascending
    kind: Kind
    ring_radius: float  # 1, of the circle of equivalent points; 0 for a single point


class States(NamedTuple):
    """One value for each of the two states of a junction."""

    parallel: float
    antiparallel: float


def energy(landscape: Landscape, direction: np.ndarray) -> np.ndarray:
    """Return the energy ``-moment (field.m + m.matrix m/2)`` at unit vectors m.

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
    >>> from mtjphys.macrospin.energy import Landscape, energy
    >>> uniaxial = Landscape(np.zeros(3), np.diag([0.0, 0.0, 0.1]), 1e-18)
    >>> print(f"{energy(uniaxial, np.array([0.0, 0.0, 1.0])):.1e}")
    -5.0e-20
    """
    m = np.asarray(direction, dtype=float)
    quadratic = 0.5 * np.einsum("...i,ij,...j->...", m, landscape.matrix, m)
    return -landscape.moment * (m @ landscape.field + quadratic)


def _axes(landscape: Landscape) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Return eigenvalues (ascending), axes and field components, near symmetries made exact."""
    matrix = 0.5 * (landscape.matrix + landscape.matrix.T)
    matrix = matrix - np.eye(3) * np.trace(matrix) / 3.0
    field = landscape.field
    scale = float(max(np.abs(matrix).max(), np.linalg.norm(field)))
    if scale == 0.0:
        return np.zeros(3), np.eye(3), np.zeros(3), 0.0
    values, axes = np.linalg.eigh(matrix / scale)
    start = 0
    while start < 3:
        stop = start + 1
        while stop < 3 and values[stop] - values[stop - 1] < _ZERO:
            stop += 1
        if stop - start > 1:
            group = axes[:, start:stop]
            values[start:stop] = values[start:stop].mean()
            inside = group.T @ field
            if np.linalg.norm(inside) > _ZERO * scale:
                rotation, _ = np.linalg.qr(np.column_stack([inside, np.eye(stop - start)]))
                axes[:, start:stop] = group @ rotation
        start = stop
    components = axes.T @ field / scale
    components[np.abs(components) < _ZERO] = 0.0
    return values, axes, components, scale


def _secular_roots(poles: np.ndarray, weights: np.ndarray) -> list[float]:
    """Return the real roots of ``sum_i weights_i^2/(x - poles_i)^2 = 1``, poles ascending."""
    from scipy.optimize import brentq

    def excess(x: float, pole: float) -> float:
        return float(np.sum((weights / (x - (poles - pole))) ** 2)) - 1.0

    def slope(x: float, pole: float) -> float:
        return float(np.sum(weights**2 / (x - (poles - pole)) ** 3))

    def root(low: float, high: float, pole: float) -> float:
        if low >= high or excess(low, pole) * excess(high, pole) >= 0.0:
            ends = (low, high)
            return pole + min(ends, key=lambda x: abs(excess(x, pole)))
        return pole + float(brentq(excess, low, high, args=(pole,), xtol=1e-15, rtol=1e-14))

    strength = np.abs(weights)
    reach = float(np.linalg.norm(weights)) * (1.0 + 1e-14)
    roots = [
        root(-reach, -float(strength[0]), float(poles[0])),
        root(float(strength[-1]), reach, float(poles[-1])),
    ]
    for k in range(len(poles) - 1):
        low, high = float(poles[k]), float(poles[k + 1])
        gap = high - low
        edge = 1e-13 * gap
        # In the gap the excess is convex: it has no root, or one on each side of its lowest point.
        lowest = float(brentq(slope, edge, gap - edge, args=(low,), xtol=1e-16))
        if excess(lowest, low) < 0.0:
            roots.append(root(float(strength[k]), lowest, low))
            roots.append(root(lowest - gap, -float(strength[k + 1]), high))
    return roots


def stationary_points(landscape: Landscape) -> list[StationaryPoint]:
    r"""Return all stationary points of the energy on the sphere, lowest energy first.

    Between two and six single points in general; a circle of points (zero field along a degenerate
    direction) is one entry with its `ring_radius`; a constant energy has no entry.

    Parameters
    ----------
    landscape : Landscape
        The energy's coefficients.

    Returns
    -------
    list of StationaryPoint
        Sorted by energy. `curvatures` are the eigenvalues of :math:`\lambda - M` in the tangent
        plane, in tesla: both positive at a minimum, one negative at a saddle.

    References
    ----------
    G. E. Forsythe, G. H. Golub, J. SIAM 13, 1050 (1965); J. M. Martinez, SIAM J. Optim. 4, 159
    (1994).

    Examples
    --------
    >>> import numpy as np
    >>> from mtjphys.macrospin.energy import Landscape, stationary_points
    >>> biaxial = Landscape(np.zeros(3), np.diag([0.01, 0.0, -0.5]), 1e-18)
    >>> [point.kind for point in stationary_points(biaxial)]
    ['minimum', 'minimum', 'saddle', 'saddle', 'maximum', 'maximum']
    """
    values, axes, components, scale = _axes(landscape)
    if scale == 0.0 or (not components.any() and values[2] - values[0] < _ZERO):
        return []
    found: list[tuple[np.ndarray, float]] = []
    active = np.flatnonzero(components)
    if active.size:
        for multiplier in _secular_roots(values[active], components[active]):
            m = np.zeros(3)
            m[active] = components[active] / (multiplier - values[active])
            found.append((m / np.linalg.norm(m), 0.0))
    done: list[float] = []
    for i in np.flatnonzero(components == 0.0):
        if values[i] in done or (active.size and np.any(values[active] == values[i])):
            continue
        done.append(float(values[i]))
        m = np.zeros(3)
        m[active] = components[active] / (values[i] - values[active])
        rest = 1.0 - float(m @ m)
        if rest < 1e-14:
            continue
        radius = math.sqrt(rest)
        if np.count_nonzero(values[components == 0.0] == values[i]) > 1:
            m[i] = radius
            found.append((m.copy(), radius))
        else:
            for sign in (1.0, -1.0):
                m[i] = sign * radius
                found.append((m.copy(), 0.0))
    points = []
    for m, radius in found:
        multiplier = float(m @ (components + values * m))
        tangent = np.linalg.svd(m[None, :])[2][1:]
        hessian = tangent @ np.diag(multiplier - values) @ tangent.T
        low, high = np.linalg.eigvalsh(hessian)
        if radius:
            kind: Kind = "degenerate"
        elif low > 0.0:
            kind = "minimum"
        elif high > 0.0:
            kind = "saddle"
        else:
            kind = "maximum"
        direction = axes @ m
        points.append(
            StationaryPoint(
                direction,
                float(energy(landscape, direction)),
                (float(low) * scale, float(high) * scale),
                kind,
                radius,
            )
        )
    return sorted(points, key=lambda point: point.energy)


def wells(landscape: Landscape) -> list[StationaryPoint]:
    """Return the minima, lowest first: two for a bistable junction, one, or none (a flat valley).

    Parameters
    ----------
    landscape : Landscape
        The energy's coefficients.

    Returns
    -------
    list of StationaryPoint
        At most two: a linear plus quadratic energy on the sphere has no third minimum.
    """
    return [point for point in stationary_points(landscape) if point.kind == "minimum"]


def saddles(landscape: Landscape) -> list[StationaryPoint]:
    """Return what a path between two wells can pass over, lowest first; empty without two wells.

    The first entry is the pass of the lowest-energy path. Proof that it joins the two wells: in the
    axes of M with all field components positive, both wells and the saddle of largest multiplier
    have their second and third components positive; steepest descent does not leave that region,
    and these three are its only stationary points, so the saddle lies on the ridge between the
    wells.

    Parameters
    ----------
    landscape : Landscape
        The energy's coefficients.

    Returns
    -------
    list of StationaryPoint
        Saddles, or the ring of maxima between the poles of a uniaxial energy.
    """
    points = stationary_points(landscape)
    if sum(point.kind == "minimum" for point in points) < 2:
        return []
    return [
        point
        for point in points
        if point.kind == "saddle" or (point.kind == "degenerate" and point.curvatures[0] < 0.0)
    ]


def critical_drive(
    torque: Callable[[np.ndarray, float], np.ndarray],
    start: np.ndarray,
    estimate: float,
    span: float = 20.0,
) -> float | None:
    """Return the drive at which the equilibrium that grows out of `start` loses its stability.

    The equilibrium ``torque(m, v) = 0`` is followed by Newton's method from v = 0 while v grows in
    the direction of `estimate`; the linearised dynamics about it is unstable when an eigenvalue of
    its 2x2 Jacobian has a positive real part, or when the equilibrium ceases to exist.

    Parameters
    ----------
    torque : callable
        ``torque(m, v)`` returns dm/dt, shape (3,), in any time unit.
    start : ndarray, shape (3,)
        Equilibrium at v = 0.
    estimate : float
        Expected critical drive with its sign; sets the step.
    span : float
        The search ends at `span` times `estimate`.

    Returns
    -------
    float or None
        The critical drive to 1e-6 of itself; None if the equilibrium is stable throughout.
    """

    def growth(m: np.ndarray, drive: float) -> tuple[float, np.ndarray]:
        step = 1e-6
        jacobian = np.full((2, 2), np.inf)
        for _ in range(50):
            tangent = np.linalg.svd(m[None, :])[2][1:]
            residual = tangent @ torque(m, drive)
            for k in range(2):
                ahead = m + step * tangent[k]
                behind = m - step * tangent[k]
                difference = torque(ahead / np.linalg.norm(ahead), drive) - torque(
                    behind / np.linalg.norm(behind), drive
                )
                jacobian[:, k] = tangent @ difference / (2.0 * step)
            try:
                move = -np.linalg.solve(jacobian, residual)
            except np.linalg.LinAlgError:
                return math.inf, m
            length = float(np.linalg.norm(move))
            if length > 0.3:
                return math.inf, m
            m = m + move @ tangent
            m = m / np.linalg.norm(m)
            if length < 1e-10:
                break
        else:
            return math.inf, m
        return float(np.linalg.eigvals(jacobian).real.max()), m

    step = estimate / 16.0
    stable, m = 0.0, start
    while abs(stable) < span * abs(estimate):
        rate, followed = growth(m, stable + step)
        if rate > 0.0:
            low, high = stable, stable + step
            while abs(high - low) > 1e-6 * abs(high):
                middle = 0.5 * (low + high)
                rate, followed = growth(m, middle)
                if rate > 0.0:
                    high = middle
                else:
                    low, m = middle, followed
            return 0.5 * (low + high)
        stable, m = stable + step, followed
        step *= 1.1
    return None


__all__ = [
    "Landscape",
    "States",
    "StationaryPoint",
    "critical_drive",
    "energy",
    "saddles",
    "stationary_points",
    "wells",
]
