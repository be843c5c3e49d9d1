"""Decorrelation of the inputs of every layer, learned beside any rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.parameters import check_range


def decorrelation_step(inputs: NDArray[Any], matrix: NDArray[Any]) -> NDArray[Any]:
    """Return the direction in which R moves, ``< xb xb^T - diag(xb^2) > R``.

    Grouped as ``xb^T (xb R) / n_samples`` it is a product of rank n_samples and needs no
    correlation matrix: 4 n_samples n^2 operations instead of 2 n_samples n^2 + 2 n^3. Where the
    batch is larger than the layer, the correlation matrix is formed.

    Parameters
    ----------
    inputs : ndarray of shape (n_samples, n)
        Decorrelated inputs xb.
    matrix : ndarray of shape (n, n)
        R.

    Returns
    -------
    ndarray of shape (n, n)
        The step, to be multiplied with the learning rate and subtracted.

    References
    ----------
    S. Dalm, M. van Gerven, N. Ahmad, arXiv:2310.00965.

    Examples
    --------
    >>> decorrelation_step(np.array([[1.0, 2.0]]), np.eye(2)).tolist()
    [[0.0, 2.0], [2.0, 0.0]]
    """
    n_samples, n = inputs.shape
    if n_samples < n:
        step = inputs.T @ (inputs @ matrix)
        step /= n_samples
        step -= np.square(inputs).mean(axis=0)[:, None] * matrix
        return step
    correlation = inputs.T @ inputs
    correlation /= n_samples
    np.fill_diagonal(correlation, 0)
    return correlation @ matrix


@dataclass(frozen=True)
class Decorrelation:
    """Gradient descent on the off-diagonal correlations of every layer's input (the D in DANP).

    ``R <- R - eta_R < xb xb^T - diag(xb^2) > R``: correlations are removed, variances are left
    alone.

    Parameters
    ----------
    learning_rate : float
        eta_R, for the mean over the batch.

    Raises
    ------
    ParameterError
        If the learning rate is negative or not finite.
    """

    learning_rate: float

    def __post_init__(self) -> None:
        check_range("learning_rate", self.learning_rate, "(dimensionless)", 0.0, 1.0)

    def update(self, matrices: list[NDArray[Any]], inputs: list[NDArray[Any]], scale: float = 1.0) -> None:
        """Move every R in place; `scale` multiplies the learning rate (a schedule)."""
        for matrix, x in zip(matrices, inputs, strict=True):
            step = decorrelation_step(x, matrix)
            step *= np.asarray(self.learning_rate * scale, matrix.dtype)
            matrix -= step
