"""Straight lines for a curve that is known by its values and its exact means alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

Array = NDArray[np.float64]

_FIRST_CUT = 8  # pieces into which an interval is cut before it is looked at
_HIDDEN = 1e-8  # share of the range by which the mean of a piece may differ from that of the values in it
_ROUNDING = 32.0 * np.finfo(np.float64).eps


def subdivide(
    value: Callable[[Array], Array],
    mean: Callable[[Array, Array], Array],
    edges: Array,
    span: float,
    accuracy: float,
    most: float,
) -> Array | None:
    """Return times between which a curve differs from straight lines by no more than `accuracy` of its `span`.

    An interval is halved until two things hold. The line through the values at a quarter and at three quarters of it
    passes through the values at ten other points: where the second derivative hardly changes within the interval, as
    in the end it does, the largest difference is that at the ends, ``3 |w''| h^2/32``, 1.14 times that at the
    outermost points, and 1.25 times is what counts. And in both halves the exact mean is
    that of the values: a pulse that falls between the points is not missed, unless its area is less than 1e-8 of span
    times interval.

    Parameters
    ----------
    value : callable
        ``value(t)``, of arrays.
    mean : callable
        ``mean(t, dt)``: the exact mean over ``[t, t + dt]``, of arrays.
    edges : ndarray of shape (n + 1,)
        Ascending times in s, between which the curve is cut; at an edge it may jump or bend.
    span : float
        Largest less smallest value of the curve.
    accuracy : float
        Largest difference between curve and line over `span`.
    most : float
        None is returned where more times than these are needed.

    Returns
    -------
    ndarray or None
        Ascending times within the first and the last edge, in s, the other edges among them.
    """
    if not span > 0.0:
        return edges[1:-1]
    nodes, weights = legendre.leggauss(5)
    inside = 0.25 * (nodes + 1.0)
    places = np.concatenate(([0.25, 0.75], inside, 0.5 + inside))
    shortest = 1e-13 * (edges[-1] - edges[0])
    shares = np.arange(_FIRST_CUT) / _FIRST_CUT
    begin = (edges[:-1, None] + np.diff(edges)[:, None] * shares).ravel()
    end = np.append(begin[1:], edges[-1])
    done = []
    count = 0
    while begin.size:
        if count + begin.size > most + 1:
            return None
        length = end - begin
        values = value(begin[:, None] + length[:, None] * places)
        first, last = values[:, 0], values[:, 1]
        line = first[:, None] + (last - first)[:, None] * (2.0 * places[2:] - 0.5)
        off = 1.25 * np.abs(values[:, 2:] - line).max(axis=1)
        half = 0.5 * length
        sampled = 0.5 * np.stack([values[:, 2:7] @ weights, values[:, 7:] @ weights])
        hidden = np.abs(np.stack([mean(begin, half), mean(begin + half, half)]) - sampled).max(axis=0)
        # What rounding makes of a time moves a point along the curve.
        late = _ROUNDING * np.maximum(np.abs(begin), np.abs(end)) / length
        rounding = _ROUNDING * np.abs(values).max(axis=1) + late * span
        straight = (off <= accuracy * span + rounding) & (hidden <= _HIDDEN * span + rounding)
        straight |= (length <= shortest) | (late >= 0.25)
        done.append(begin[straight])
        count += int(straight.sum())
        middle = begin + half
        begin, end = (
            np.concatenate((first_half[~straight], second_half[~straight]))
            for first_half, second_half in ((begin, middle), (middle, end))
        )
    return np.sort(np.concatenate(done))[1:]
