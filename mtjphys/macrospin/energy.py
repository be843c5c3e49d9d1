"""Wells, the passes between them, and the barriers that a junction's states have to cross."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mtjphys.macrospin.landscape import Landscape, States, StationaryPoint, effective_field, energy
from mtjphys.macrospin.quadratic import quadratic_points
from mtjphys.macrospin.search import axial_points, axis_of, hessian, searched_points


def stationary_points(landscape: Landscape) -> list[StationaryPoint]:
    r"""Return all stationary points of the energy on the sphere, lowest energy first.

    Between two and six single points for a linear plus quadratic energy, more with general terms; a circle of points
    (zero field along a degenerate direction) is one entry with its `ring_radius`; a constant energy has no entry.

    Parameters
    ----------
    landscape : Landscape
        The energy's coefficients.

    Returns
    -------
    list of StationaryPoint
        Sorted by energy. `curvatures` are the eigenvalues of the energy's second derivative in the tangent
        plane over Ms V, in tesla: both positive at a minimum, one negative at a saddle.

    Raises
    ------
    SimulationError
        If a general term makes a point degenerate, so that the points do not add up.

    Examples
    --------
    >>> import numpy as np
    >>> from mtjphys.macrospin.energy import Landscape, stationary_points
    >>> biaxial = Landscape(np.zeros(3), np.diag([0.01, 0.0, -0.5]), 1e-18)
    >>> [point.kind for point in stationary_points(biaxial)]
    ['minimum', 'minimum', 'saddle', 'saddle', 'maximum', 'maximum']
    """
    if not landscape.terms:
        return quadratic_points(landscape)
    axis = axis_of(landscape)
    return searched_points(landscape) if axis is None else axial_points(landscape, axis)


def wells(landscape: Landscape) -> list[StationaryPoint]:
    """Return the minima, lowest first; a circle of minima, as of an easy plane or cone, is one.

    Parameters
    ----------
    landscape : Landscape
        The energy's coefficients.

    Returns
    -------
    list of StationaryPoint
        At most two for a linear plus quadratic energy, and none if it is constant.
    """
    return [point for point in stationary_points(landscape) if point.is_well]


def saddles(landscape: Landscape) -> list[StationaryPoint]:
    """Return what a path between two wells can pass over, lowest first; empty without two wells.

    Saddles, or circles of maxima between the wells of an energy with an axis of symmetry. Of a linear plus quadratic
    energy the first entry is the pass of the lowest-energy path. Proof that it joins the two wells: in the
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
        The passes.
    """
    points = stationary_points(landscape)
    if sum(point.is_well for point in points) < 2:
        return []
    return [point for point in points if point.is_pass]


class StateBarrier(NamedTuple):
    """The two states of a bistable energy, and the pass over which each is left."""

    parallel: list[StationaryPoint]  # wells of the state, lowest first
    antiparallel: list[StationaryPoint]
    tops: tuple[StationaryPoint, StationaryPoint]  # of the lowest path from the state's lowest well to the other state

    def heights(self) -> States:
        """Return the barriers that each state has to cross from its lowest well, J."""
        return States(
            self.tops[0].energy - self.parallel[0].energy,
            self.tops[1].energy - self.antiparallel[0].energy,
        )


def barrier(landscape: Landscape, reference: np.ndarray) -> StateBarrier | None:
    """Return the two states that m.p tells apart and the passes over which they are left; None without two wells.

    The wells are divided where their m.p has its widest gap; where gaps are equal, so that the barriers are highest.

    Parameters
    ----------
    landscape : Landscape
        The energy's coefficients.
    reference : ndarray, shape (3,)
        Direction p of the reference layer.

    Returns
    -------
    StateBarrier or None
        The states and the passes.
    """
    points = stationary_points(landscape)
    found = [point for point in points if point.is_well]
    passes = [point for point in points if point.is_pass]
    if len(found) < 2 or not passes:
        return None
    cosines = [_projection(well, landscape, reference) for well in found]
    order = sorted(range(len(found)), key=lambda k: -cosines[k])
    if len(order) == 2:
        return StateBarrier([found[order[0]]], [found[order[1]]], (passes[0], passes[0]))
    joined = [(top, *_ends(landscape, top, found)) for top in passes]
    gaps = -np.diff([cosines[k] for k in order])
    divided = []
    for cut in np.flatnonzero(gaps > gaps.max() - 1e-9):
        # `found` is ordered by energy, so that the lowest well of each state comes first.
        upper, lower = sorted(order[: cut + 1]), sorted(order[cut + 1 :])
        tops = _lowest_pass(joined, upper[0], lower), _lowest_pass(joined, lower[0], upper)
        divided.append(StateBarrier([found[k] for k in upper], [found[k] for k in lower], tops))
    return max(divided, key=lambda division: min(division.heights()))


def _projection(well: StationaryPoint, landscape: Landscape, reference: np.ndarray) -> float:
    """Return m.p of a well, of a circle the mean."""
    if well.ring_radius == 0.0 or not landscape.terms:
        return float(well.direction @ reference)
    axis = axis_of(landscape)
    assert axis is not None  # for the type checker: only symmetry about an axis makes circles
    return float((well.direction @ axis) * (axis @ reference))


def _ends(landscape: Landscape, top: StationaryPoint, found: list[StationaryPoint]) -> tuple[int, int]:
    """Return the two wells to which the energy falls from a pass on its two sides."""
    tangents, _, curvature = hessian(landscape, top.direction)
    unstable = tangents.T @ np.linalg.eigh(curvature)[1][:, 0]
    low, high = (_descended(landscape, top.direction + side * 1e-3 * unstable, found) for side in (1.0, -1.0))
    return low, high


def _descended(landscape: Landscape, start: np.ndarray, found: list[StationaryPoint]) -> int:
    """Return the well that steepest descent from `start` ends in."""
    m = start / np.linalg.norm(start)
    field = effective_field(landscape, m)
    step = 0.02 / max(float(np.linalg.norm(field - (field @ m) * m)), 1e-300)
    energies = float(energy(landscape, m))
    for _ in range(100_000):
        field = effective_field(landscape, m)
        pull = field - (field @ m) * m
        size = float(np.linalg.norm(pull))
        ahead = m + min(step, 0.02 / max(size, 1e-300)) * pull
        ahead /= np.linalg.norm(ahead)
        lower = float(energy(landscape, ahead))
        if lower < energies:
            m, energies, step = ahead, lower, 1.5 * step
        else:
            step *= 0.5
        near = [_distance(landscape, m, well) for well in found]
        nearest = int(np.argmin(near))
        if near[nearest] < 1e-2 or step * size < 1e-9:
            break
    return nearest


def _distance(landscape: Landscape, m: np.ndarray, well: StationaryPoint) -> float:
    if well.ring_radius == 0.0:
        return float(np.linalg.norm(m - well.direction))
    axis = axis_of(landscape)
    assert axis is not None
    return abs(float((m - well.direction) @ axis))


def _lowest_pass(joined: list[tuple[StationaryPoint, int, int]], start: int, goals: list[int]) -> StationaryPoint:
    """Return the highest pass of the lowest path from one well to any of others."""
    reached = {start}
    for top, _, _ in sorted(joined, key=lambda item: item[0].energy):
        grown = True
        while grown:
            edges = [(one, other) for level, one, other in joined if level.energy <= top.energy]
            more = {other for one, other in edges if one in reached} | {one for one, other in edges if other in reached}
            grown, reached = not more <= reached, reached | more
        if reached & set(goals):
            return top
    return max((top for top, _, _ in joined), key=lambda top: top.energy)


__all__ = [
    "Landscape",
    "StateBarrier",
    "States",
    "StationaryPoint",
    "barrier",
    "effective_field",
    "energy",
    "saddles",
    "stationary_points",
    "wells",
]
