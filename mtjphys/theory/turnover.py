"""The Kramers turnover: what low damping leaves of a rate of escape."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from mtjphys.macrospin.energy import Landscape, StationaryPoint
from mtjphys.theory.checks import Floats, numbers


@lru_cache
def _quadrature() -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(200)


def depopulation_factor(loss: ArrayLike) -> Floats:
    r"""Return Mel'nikov and Meshkov's factor of the Kramers turnover for escape from one well.

    With :math:`\delta` the energy lost in one turn at the height of the saddle, over kB T,

    .. math:: A(\delta) = \exp\left\{\frac1\pi\int_0^\infty
        \ln\left[1-e^{-\delta(\lambda^2+1/4)}\right]\frac{d\lambda}{\lambda^2+1/4}\right\},

    which is delta for small, 1 for large loss. Between two wells the factor is
    :math:`A(\delta_1)A(\delta_2)/A(\delta_1+\delta_2)`.

    Parameters
    ----------
    loss : array_like
        delta, not negative.

    Returns
    -------
    array
        A, to 1e-4 of itself.

    References
    ----------
    V. I. Mel'nikov, S. V. Meshkov, J. Chem. Phys. 85, 1018 (1986).

    Examples
    --------
    >>> print(depopulation_factor([0.01, 1.0, 10.0]).round(4))
    [0.0092 0.443  0.9742]
    """
    delta = numbers("loss", loss, "kB T")
    # lambda = tan(phi)/2 turns the integral into one over (0, pi/2).
    nodes, weights = _quadrature()
    rise = 0.25 / np.cos(0.25 * math.pi * (nodes + 1)) ** 2
    with np.errstate(divide="ignore"):
        logarithm = np.log(-np.expm1(-delta[..., None] * rise))
    return np.asarray(np.exp(0.5 * logarithm @ weights))[()]


def action(landscape: Landscape, well: StationaryPoint, level: float) -> float:
    r"""Return :math:`\oint|\mathbf m\times\mathbf B|\,dl` along the contour of energy `level` about a well, in T.

    The contour is followed in the azimuth about the well, stretched along the soft axis of the well.
    """
    top = well.direction
    tangent = np.linalg.svd(top[None, :])[2][1:]
    multiplier = float(top @ (landscape.field + landscape.matrix @ top))
    (soft, stiff), axes = np.linalg.eigh(tangent @ (multiplier * np.eye(3) - landscape.matrix) @ tangent.T)
    count = 128
    turn = 2 * np.pi * (np.arange(count) + 0.5) / count
    ratio = math.sqrt(soft / stiff)
    azimuth = np.arctan2(ratio * np.sin(turn), np.cos(turn))
    stretch = ratio / (np.cos(turn) ** 2 + (ratio * np.sin(turn)) ** 2)
    outward = np.stack([np.cos(azimuth), np.sin(azimuth)], axis=-1) @ axes.T @ tangent
    # The energy on the great circle from the well w along u, with u.M w = -u.b as the well is stationary.
    along, across = float(top @ landscape.field), outward @ landscape.field
    along2, across2 = float(top @ landscape.matrix @ top), np.einsum("ki,ij,kj->k", outward, landscape.matrix, outward)

    def height(angle: Floats) -> Floats:
        c, s = np.cos(angle), np.sin(angle)
        return -(along * c + across * s + 0.5 * along2 * c**2 - across * c * s + 0.5 * across2 * s**2)

    grid = np.linspace(0.0, np.pi, 256)[:, None]
    climb = height(grid)
    # The contour is crossed at the first height above the level, if that comes before the way leads down again.
    first = np.argmax((climb[1:] > level) | (np.diff(climb, axis=0) < 0), axis=0) + 1
    crossed = climb[first, np.arange(count)] > level
    high = grid[first, 0]
    low = high - grid[1, 0]
    for _ in range(40):
        middle = 0.5 * (low + high)
        above = height(middle) > level
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    c, s = np.cos(low), np.sin(low)
    m = c[:, None] * top + s[:, None] * outward
    gradient = landscape.field + m @ landscape.matrix
    gradient = gradient - np.einsum("ki,ki->k", gradient, m)[:, None] * m
    slope = -s * along + c * across - along2 * c * s - across * (c**2 - s**2) + across2 * c * s
    # dl = sin(theta) |grad E|/|dE/dtheta| d(azimuth). A ray that grazes a saddle is left out: there the field vanishes.
    safe = np.where(crossed, np.abs(slope), 1.0)
    rate = np.where(crossed, np.einsum("ki,ki->k", gradient, gradient) * s / safe, 0.0)
    return float(2 * np.pi * np.mean(rate * stretch))


def turnover(losses: list[float], gap: float) -> float:
    """Return the factor between two wells that lose `losses` in a turn, with a second saddle `gap` above the first.

    Interpolates between one saddle a turn and two; within 3 % of the integral equations with two thresholds.
    """
    one, two = (
        first * second / both
        for first, second, both in (
            depopulation_factor([*turn, sum(turn)]) for turn in (losses, [0.5 * loss for loss in losses])
        )
    )
    return float(two + (one - two) * math.tanh(0.5 * gap) ** (1 + one))
