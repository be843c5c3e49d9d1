"""Points of the unit cube that stand for devices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from mtjphys.core.errors import ParameterError
from mtjphys.core.streams import Use, generator

Floats = NDArray[np.float64]

Design = Literal["random", "sobol", "latin_hypercube", "grid"]

SMALLEST = 2.0**-53
"""Probabilities keep away from 0 and 1, where a normal quantile is infinite."""


def unit_points(design: Design, count: int, dimensions: int, seed: int) -> Floats:
    """Return points in the open unit cube, (count, dimensions).

    Parameters
    ----------
    design : {"random", "sobol", "latin_hypercube"}
        Independent (each device has a stream of its own), a scrambled Sobol sequence, or a Latin hypercube. Of the
        first two, device k is the same for any count.
    count, dimensions : int
        Devices and numbers of each.
    seed : int
        Of the dataset.

    References
    ----------
    A. B. Owen, J. Complexity 14, 466 (1998), for the scrambling; M. D. McKay et al., Technometrics 21, 239 (1979).
    """
    if design == "random":
        points = np.empty((count, dimensions))
        for k in range(count):
            points[k] = generator(seed, k, Use.DATASET_DEVICE).random(dimensions)
    else:
        from scipy.stats import qmc

        stream: Any = generator(seed, 0, Use.DATASET_DESIGN)
        if design == "sobol":
            sequence = qmc.Sobol(dimensions, scramble=True, seed=stream)
            points = sequence.random_base2(max(0, math.ceil(math.log2(count))))[:count]
        else:
            points = qmc.LatinHypercube(dimensions, seed=stream).random(count)
    return np.asarray(np.clip(points, SMALLEST, 1.0 - SMALLEST))


def cholesky(names: Sequence[str], pairs: Sequence[tuple[str, str, float]]) -> Floats:
    """Return L of the correlation matrix ``L L^T`` of normal scores.

    Raises
    ------
    ParameterError
        If a name is unknown, a pair stands twice, or there is no such distribution.
    """
    matrix = np.eye(len(names))
    for first, second, value in pairs:
        for name in (first, second):
            if name not in names:
                raise ParameterError(f"correlations: {name!r} is not among the parameters {', '.join(names)}")
        k, j = names.index(first), names.index(second)
        if k == j or matrix[k, j] != 0.0:
            raise ParameterError(f"correlations: {first} with {second} is given twice or with itself; give each once")
        if not -1.0 < value < 1.0:
            raise ParameterError(f"correlations: {value:g} of {first} with {second} is outside (-1, 1)")
        matrix[k, j] = matrix[j, k] = value
    try:
        return np.asarray(np.linalg.cholesky(matrix))
    except np.linalg.LinAlgError:
        smallest = float(np.linalg.eigvalsh(matrix)[0])
        raise ParameterError(
            f"correlations: no distribution has these, the smallest eigenvalue of their matrix is {smallest:.3g}; "
            "make them smaller"
        ) from None


def correlated(points: Floats, factor: Floats) -> Floats:
    r"""Return points whose normal scores :math:`\Phi^{-1}(u)` have the correlations of a factor (a Gaussian copula).

    Normal and log-normal parameters then have just these correlations, the latter between their logarithms.
    """
    return np.asarray(np.clip(ndtr(ndtri(points) @ factor.T), SMALLEST, 1.0 - SMALLEST))
