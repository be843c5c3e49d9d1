"""Decorrelation of the inputs of every layer, learned beside any rule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.declared import Declared
from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.kernels import products as kernels
from mtjphys.learning.concurrency import concurrently, pieces
from mtjphys.learning.products import product

_NONE = "without decorrelation it is the rule without the D, such as ANP in place of DANP"


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
    moments = inputs.T @ inputs / len(inputs)
    correlations = moments - np.diag(np.diag(moments))
    return ((1.0 - whitening) * correlations + whitening * np.diag(np.diag(moments) - 1.0)) @ matrix


@dataclass(frozen=True)
class Decorrelation(Declared):
    """Gradient descent on the correlations of every layer's input (the D in `DANP`).

    ``R <- R - eta_R ((1 - k) C + k V) R``, C the off-diagonal part of ``<xb xb^T>`` and ``V = diag(<xb^2>
    - 1)``. With k = 0, as in Koenders et al., correlations are removed and variances left alone; with
    k > 0 inputs are whitened. With centring their means are removed as well, ``c <- c - eta_c <xb>`` in
    ``xb = R x + c``.

    Parameters
    ----------
    learning_rate : float
        eta_R, above 0, for the mean over the batch, as in the code of Koenders et al.
    whitening : float
        k, 0 to 1.
    centring : float
        eta_c, 0 to 1; with 0 c stays as it is. The published code of Koenders et al. centres, which the paper does not
        mention, at the rate ``batch size * eta_R``.

    Raises
    ------
    ParameterError
        If a parameter is not finite or outside its range.

    References
    ----------
    S. Dalm, M. van Gerven, N. Ahmad, arXiv:2310.00965; whitening: S. Dalm, J. Offergeld, N. Ahmad,
    M. van Gerven, arXiv:2405.02385; centring: the code of K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025),
    https://github.com/artcogsys/MTJ-Node-Perturbation, `nodeperturbation/decor.py`.

    Examples
    --------
    >>> matrices, x = [np.eye(2)], np.array([[1.0, 2.0]])
    >>> Decorrelation(0.1).update(matrices, [x])
    >>> matrices[0].tolist()
    [[1.0, -0.2], [-0.2, 1.0]]
    """

    learning_rate: Annotated[float, Quantity("(dimensionless)", 0.0, 1.0, advice=_NONE, open_low=True)]
    whitening: Annotated[float, Quantity("(dimensionless)", 0.0, 1.0)] = 0.0
    centring: Annotated[float, Quantity("(dimensionless)", 0.0, 1.0)] = 0.0

    def update(
        self,
        matrices: list[NDArray[Any]],
        inputs: list[NDArray[Any]],
        scale: float = 1.0,
        centres: list[NDArray[Any]] | None = None,
    ) -> None:
        """Move every R, and every c with `centring`, in place; `scale` multiplies the rates (a schedule)."""
        if self.centring and centres is None:
            raise ParameterError(f"centring={self.centring:g} moves the centres: give those of the network")
        for matrix, x in zip(matrices, inputs, strict=True):
            if matrix.dtype not in (np.float32, np.float64):
                raise ParameterError(f"a matrix of type {matrix.dtype}: use float32 or float64")
            if x.dtype != matrix.dtype:
                raise ParameterError(f"inputs of type {x.dtype} for a matrix of {matrix.dtype}: use one type")
            if not matrix.flags.c_contiguous:
                raise ParameterError(
                    f"a matrix of shape {matrix.shape} is not contiguous: copy it with np.ascontiguousarray"
                )
        shifts = centres if self.centring and centres is not None else [None] * len(matrices)
        everything = zip(matrices, inputs, shifts, strict=True)
        concurrently([partial(self._step, *one, scale) for one in everything if one[1].size])

    def _step(self, matrix: NDArray[Any], x: NDArray[Any], centre: NDArray[Any] | None, scale: float) -> None:
        # Without the matrix C, as a change of rank n_samples: R - rate ((1 - k) <xb (xb^T R)> + diag(factors) R).
        columns, projected = np.ascontiguousarray(x.T), np.empty(x.shape, matrix.dtype)
        product(columns.T, matrix, projected)
        squares = np.einsum("ij,ij->i", columns, columns) / len(x)
        factors = ((2.0 * self.whitening - 1.0) * squares - self.whitening).astype(matrix.dtype, copy=False)
        scalars = np.array([self.learning_rate * scale, (1.0 - self.whitening) / len(x)], matrix.dtype)
        move = partial(kernels.decorrelate, columns.reshape(-1), projected.reshape(-1), factors, scalars)
        rows = pieces(len(matrix), x.size, least=128, usual=512)
        concurrently([partial(move, piece.start, piece.stop, matrix.reshape(-1)) for piece in rows])
        if centre is not None:
            centre -= np.asarray(self.centring * scale, x.dtype) * columns.mean(axis=1)
