"""Maps of the sphere: angles, and the two hemispheres about the reference direction."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mtjphys.telegraph.intervals import Floats

APART = 2.15
"""Distance of the centres of the two hemispheres, whose radius is 1."""


def frame(p: ArrayLike) -> Floats:
    """Return two unit vectors across p and p itself, rows of a right-handed frame.

    The second is the film normal z, as far as it is across p, or y where p is the normal.
    """
    axis = np.asarray(p, dtype=float)
    axis = axis / np.linalg.norm(axis)
    up = np.array([0.0, 0.0, 1.0]) if abs(axis[2]) < 0.9 else np.array([0.0, 1.0, 0.0])
    up = up - (up @ axis) * axis
    up = up / np.linalg.norm(up)
    return np.array([np.cross(up, axis), up, axis])


def hemispheres(m: ArrayLike, p: ArrayLike) -> tuple[Floats, Floats]:
    r"""Map unit vectors to the plane, equal areas to equal areas (Lambert): a disc about p, and one about -p beside it.

    With :math:`c = m\cdot p` and the azimuth :math:`\phi` about p the distance from the centre of a disc is
    :math:`\sqrt{1-|c|}`: 1 on the equator. The second disc is mirrored, so that the two touch where
    :math:`\phi = 0`, and a path that crosses the equator leaves the one and enters the other at the same height.

    Parameters
    ----------
    m : array_like of shape (..., 3)
        Unit vectors.
    p : array_like of shape (3,)
        Reference direction.

    Returns
    -------
    tuple of two arrays (...)
        Coordinates to the right and upwards.

    Examples
    --------
    >>> x, y = hemispheres([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], (1.0, 0.0, 0.0))
    >>> x.tolist(), y.tolist()
    ([0.0, 2.15, 0.0], [0.0, 0.0, 1.0])
    """
    first, second, along = np.moveaxis(np.asarray(m, dtype=float) @ frame(p).T, -1, 0)
    radius = np.sqrt(np.maximum(1.0 - np.abs(along), 0.0))
    across = np.hypot(first, second)
    scale = np.divide(radius, across, out=np.zeros_like(radius), where=across > 0.0)
    return np.where(along >= 0.0, scale * first, APART - scale * first), scale * second


def from_disc(x: Floats, y: Floats, side: float, p: ArrayLike) -> Floats:
    """Return the unit vectors at points within the unit disc of one hemisphere, about its centre.

    Parameters
    ----------
    x, y : ndarray (...)
        Points, at most 1 from the centre.
    side : float
        1 of the disc about p, -1 of that about -p.
    p : array_like of shape (3,)
        Reference direction.

    Returns
    -------
    ndarray (..., 3)
        Unit vectors.
    """
    square = np.minimum(x * x + y * y, 1.0)
    scale = np.sqrt(2.0 - square)  # sin(theta)/sqrt(1 - cos(theta))
    inner = np.stack([side * scale * x, scale * y, side * (1.0 - square)], axis=-1)
    return np.asarray(inner @ frame(p))


def angles(m: ArrayLike) -> tuple[Floats, Floats]:
    """Return azimuth from x in the film, -180 to 180, and angle from the film normal z, 0 to 180 degrees.

    Parameters
    ----------
    m : array_like of shape (..., 3)
        Unit vectors.
    """
    x, y, z = np.moveaxis(np.asarray(m, dtype=float), -1, 0)
    return np.degrees(np.arctan2(y, x)), np.degrees(np.arccos(np.clip(z, -1.0, 1.0)))


def from_angles(azimuth: Floats, polar: Floats) -> Floats:
    """Return the unit vectors (..., 3) of azimuth and angle from the film normal, in degrees."""
    phi, theta = np.radians(azimuth), np.radians(polar)
    return np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta) + 0.0 * phi], axis=-1)


def ring(direction: Floats, axis: Floats, number: int = 181) -> Floats:
    """Return the points (number, 3) of the circle on which `direction` lies about `axis`."""
    turns = np.linspace(0.0, 2.0 * np.pi, number)[:, None]
    along = (direction @ axis) * axis
    return np.asarray(along + np.cos(turns) * (direction - along) + np.sin(turns) * np.cross(axis, direction))
