"""Updates of a network's parameters, each in one pass over memory.

Single-precision arrays are updated in single precision, double ones in double: the scalars come as
arrays of one element of the parameters' type, because a Python float would promote every product.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.kernels.compiling import compiled


@compiled()
def adam(
    parameters: NDArray[Any],
    gradients: NDArray[Any],
    first: NDArray[Any],
    second: NDArray[Any],
    scalars: NDArray[Any],
) -> None:
    """Take one step of Adam; flat arrays of one type, updated in place.

    ``m += (1 - b1)(g - m)``, ``v += (1 - b2)(g^2 - v)``, ``p -= rate m / (root sqrt(v) + epsilon)``
    with `scalars` = (1 - b1, 1 - b2, rate, root, epsilon), where rate = eta / (1 - b1^t) and
    root = (1 - b2^t)^(-1/2).
    """
    one_b1, one_b2, rate, root, epsilon = scalars[0], scalars[1], scalars[2], scalars[3], scalars[4]
    for i in range(parameters.size):
        g = gradients[i]
        m = first[i] + one_b1 * (g - first[i])
        v = second[i] + one_b2 * (g * g - second[i])
        first[i] = m
        second[i] = v
        parameters[i] -= rate * m / (root * np.sqrt(v) + epsilon)


@compiled()
def subtract_scaled(parameters: NDArray[Any], gradients: NDArray[Any], scalars: NDArray[Any]) -> None:
    """``p -= scalars[0] g``; flat arrays of one type, in place."""
    rate = scalars[0]
    for i in range(parameters.size):
        parameters[i] -= rate * gradients[i]


@compiled()
def difference(first: NDArray[Any], second: NDArray[Any], out: NDArray[Any], squares: NDArray[Any]) -> None:
    """``out = first - second``, shape (n_units, n_samples), and for each sample `squares` = ``sum_units out^2``."""
    squares[:] = 0
    for unit in range(first.shape[0]):
        for sample in range(first.shape[1]):
            change = first[unit, sample] - second[unit, sample]
            out[unit, sample] = change
            squares[sample] += change * change
