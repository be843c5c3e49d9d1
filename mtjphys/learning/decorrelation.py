"""Decorrelation of the inputs of every layer, learned beside any rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.errors import ParameterError
from mtjphys.kernels import learning as kernels
from mtjphys.parameters import check_range


def decorrelation_step(inputs: NDArray[Any], matrix: NDArray[Any], whitening: float = 0.0) -> NDArray[Any]:
    """Return the direction in which R moves, ``((1 - k) C + k V) R``.

    C is the off-diagonal part of ``<xb xb^T>``, ``V = diag(<xb^2> - 1)``, k is `whitening`.

    Parameters
    ----------
    inputs : ndarray of shape (n_samples, n)
        Decorrelated inputs xb.
    matrix : ndarray of shape (n, n)
        R.
    whitening : float
        k, 0 to 1: 0 removes correlations and leaves variances alone, above 0 variances move to 1.

    Returns
    -------
    ndarray of shape (n, n)
        The step, to be multiplied with the learning rate and subtracted.

    References
    ----------
    S. Dalm, M. van Gerven, N. Ahmad, arXiv:2310.00965; whitening: S. Dalm, J. Offergeld, N. Ahmad,
    M. van Gerven, arXiv:2405.02385.

    Examples
    --------
    >>> decorrelation_step(np.array([[1.0, 2.0]]), np.eye(2)).tolist()
    [[0.0, 2.0], [2.0, 0.0]]
    """
    product, rows = _parts(inputs, matrix, whitening)
    return product + rows[:, None] * matrix


def _parts(inputs: NDArray[Any], matrix: NDArray[Any], whitening: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return P and q of the step ``P + diag(q) R``.

    With ``S = <xb xb^T>``, P is ``(1 - k) S R`` and q is ``(2 k - 1) <xb^2> - k``. Grouped as ``xb^T
    (xb R) / n_samples``, P is a product of rank n_samples and needs no correlation matrix: 4
    n_samples n^2 operations instead of 2 n_samples n^2 + 2 n^3. Where the batch is larger than the
    layer, S is formed.
    """
    n_samples, n = inputs.shape
    share = np.asarray((1.0 - whitening) / n_samples, matrix.dtype)
    shares = (share * inputs).T
    product = shares @ (inputs @ matrix) if n_samples < n else (shares @ inputs) @ matrix
    mean_squares = np.einsum("ij,ij->j", inputs, inputs) / np.asarray(n_samples, matrix.dtype)
    rows = np.asarray(2.0 * whitening - 1.0, matrix.dtype) * mean_squares - np.asarray(whitening, matrix.dtype)
    return product, rows


@dataclass(frozen=True)
class Decorrelation:
    """Gradient descent on the correlations of every layer's input (the D in DANP).

    ``R <- R - eta_R ((1 - k) C + k V) R``, C the off-diagonal part of ``<xb xb^T>`` and ``V = diag(<xb^2>
    - 1)``. With k = 0, as in Koenders et al., correlations are removed and variances left alone; with
    k > 0 inputs are whitened.

    Parameters
    ----------
    learning_rate : float
        eta_R, for the mean over the batch (the paper sums: its rates times the batch size).
    whitening : float
        k, 0 to 1.

    Raises
    ------
    ParameterError
        If a parameter is not finite or outside its range.

    References
    ----------
    S. Dalm, M. van Gerven, N. Ahmad, arXiv:2310.00965; whitening: S. Dalm, J. Offergeld, N. Ahmad,
    M. van Gerven, arXiv:2405.02385.

    Examples
    --------
    >>> matrices, x = [np.eye(2)], np.array([[1.0, 2.0]])
    >>> Decorrelation(0.1).update(matrices, [x])
    >>> matrices[0].tolist()
    [[1.0, -0.2], [-0.2, 1.0]]
    """

    learning_rate: float
    whitening: float = 0.0

    def __post_init__(self) -> None:
        check_range("learning_rate", self.learning_rate, "(dimensionless)", 0.0, 1.0)
        check_range("whitening", self.whitening, "(dimensionless)", 0.0, 1.0)

    def update(self, matrices: list[NDArray[Any]], inputs: list[NDArray[Any]], scale: float = 1.0) -> None:
        """Move every R in place; `scale` multiplies the learning rate (a schedule)."""
        for matrix, x in zip(matrices, inputs, strict=True):
            if x.dtype != matrix.dtype:
                raise ParameterError(f"inputs of type {x.dtype} for a matrix of {matrix.dtype}: use one type")
            product, rows = _parts(x, matrix, self.whitening)
            kernels.decorrelate(matrix, product, rows, np.array([self.learning_rate * scale], matrix.dtype))
