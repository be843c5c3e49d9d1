"""Where a smooth function on the sphere is highest or lowest, near nodes where it nearly is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_STEPS = 5


def summits(function: Callable[[Array], Array], nodes: Array, width: float, farthest: float) -> Array:
    """Return the extrema of a function of unit vectors (..., 3) next to `nodes` (points, 3), by Newton's method.

    Derivatives are differences over `width` in the tangent plane. A node next to which there is none, as on the border
    of what was searched, or none within `farthest`, is returned as it is.
    """
    offsets = np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1)], dtype=float)
    places = nodes.copy()
    sign = np.sign(function(nodes))
    lost = np.zeros(len(nodes), dtype=bool)
    for _ in range(_STEPS):
        frames = np.array([np.linalg.svd(m[None])[2][1:] for m in places])
        around = places[:, None] + width * np.einsum("oi,pij->poj", offsets, frames)
        around /= np.linalg.norm(around, axis=-1, keepdims=True)
        f = function(around) * sign[:, None]
        slope = np.stack((f[:, 1] - f[:, 2], f[:, 3] - f[:, 4]), -1) / 2
        xx, yy = f[:, 1] + f[:, 2] - 2 * f[:, 0], f[:, 3] + f[:, 4] - 2 * f[:, 0]
        xy = (f[:, 5] + f[:, 6] - f[:, 1] - f[:, 2] - f[:, 3] - f[:, 4] + 2 * f[:, 0]) / 2
        determinant = xx * yy - xy**2
        lost |= ~((xx + yy < 0) & (determinant > 0))
        safe = np.where(lost, 1.0, determinant)
        move = np.stack((xy * slope[:, 1] - yy * slope[:, 0], xy * slope[:, 0] - xx * slope[:, 1]), -1) / safe[:, None]
        places = np.where(lost[:, None], nodes, places + width * np.einsum("pi,pij->pj", move, frames))
        places /= np.linalg.norm(places, axis=-1, keepdims=True)
        lost |= np.linalg.norm(places - nodes, axis=-1) > farthest
        places = np.where(lost[:, None], nodes, places)
    return places
