"""Chebyshev series of functions of a cosine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev

from mtjphys.core.errors import ParameterError

Array = npt.NDArray[np.float64]
Profile = Callable[[Array], Array]


def chebyshev_series(profile: Profile) -> Array:
    """Return the Chebyshev series of a smooth function on [-1, 1], to about 1e-11 of its size."""
    for degree in (16, 64):
        nodes = chebyshev.chebpts1(degree + 1)
        try:
            values = np.broadcast_to(np.asarray(profile(nodes), float), nodes.shape)
        except (TypeError, ValueError) as error:
            raise ParameterError(
                f"a function of m.p does not take an array ({error}); it must return a number for each m.p it is given"
            ) from error
        series = np.asarray(chebyshev.chebfit(nodes, values, degree), float)
        size = np.abs(series).max()
        if not np.isfinite(size):
            raise ParameterError("the state dependence of a torque is not finite for all states")
        if np.abs(series[-2:]).max() <= 1e-11 * size:
            keep = np.flatnonzero(np.abs(series) > 1e-11 * size)
            return np.asarray(series[: keep[-1] + 1 if keep.size else 1])
    raise ParameterError(
        "the state dependence of a torque is too sharp for a polynomial of degree 64 in m.p; "
        "use a lower series resistance"
    )


def across(axis: Array) -> Array:
    """Return a unit vector across a unit vector."""
    helper = np.eye(3)[int(np.argmin(np.abs(axis)))]
    normal = np.cross(axis, helper)
    return np.asarray(normal / np.linalg.norm(normal))


def meridian(axis: Array, cosine: Array) -> Array:
    """Return unit vectors of one meridian about a unit vector, with the cosines given."""
    c = np.asarray(cosine)
    sine = np.sqrt(np.maximum(1.0 - c * c, 0.0))
    return np.asarray(c[..., None] * axis + sine[..., None] * across(axis))
