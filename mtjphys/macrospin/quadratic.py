r"""Stationary points of a linear plus quadratic energy on the sphere.

They obey :math:`(\lambda - M)\mathbf m = \mathbf b` with :math:`|\mathbf m| = 1`; in the axes of M that is the secular
equation :math:`\sum_i b_i^2/(\lambda-\mu_i)^2 = 1`, whose real roots are bracketed one by one. Energies fall as the
multiplier lambda rises (G. E. Forsythe and G. H. Golub, J. SIAM 13, 1050 (1965); J. M. Martinez, SIAM J. Optim. 4, 159
(1994)).
"""

from __future__ import annotations

import math

import numpy as np

from mtjphys.macrospin.landscape import Kind, Landscape, StationaryPoint, energy

# Relative to the largest field of the landscape: below it a component counts as zero by symmetry.
_ZERO = 1e-10


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


def quadratic_points(landscape: Landscape) -> list[StationaryPoint]:
    """Return all stationary points of an energy without general terms, lowest energy first."""
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
