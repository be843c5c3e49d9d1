"""Products of matrices, shared among the threads of a team."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.kernels import products as kernels
from mtjphys.learning.concurrency import concurrently, pieces


def product(
    a: NDArray[Any],
    b: NDArray[Any],
    out: NDArray[Any],
    start: NDArray[Any] | None = None,
    *,
    onto: bool = False,
    columns: slice | None = None,
) -> None:
    """Compute ``out = a b + start``, some of it on each thread.

    Parameters
    ----------
    a : ndarray of shape (n, m)
        Whose rows or columns lie in one piece.
    b : ndarray of shape (m, k)
        Likewise, of the same type.
    out : ndarray of shape (n, k)
        Written to.
    start : ndarray of shape (n,), optional
        Added to every column; by default nothing.
    onto : bool
        Add the product to what `out` holds instead.
    columns : slice, optional
        Of `b` and `out`; the others are left alone. By default all.

    Raises
    ------
    ValueError
        If the shapes or types do not fit, or the rows of `out` are not in one piece.

    Examples
    --------
    >>> out = np.empty((2, 1))
    >>> product(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0], [1.0]]), out, np.array([0.0, 0.5]))
    >>> out.tolist()
    [[3.0], [7.5]]
    """
    (n, m), (first, last, _) = a.shape, (columns or slice(None)).indices(b.shape[1])
    if b.shape[0] != m or out.shape != (n, b.shape[1]) or not a.dtype == b.dtype == out.dtype:
        raise ValueError(f"{a.dtype}{a.shape} times {b.dtype}{b.shape} does not give {out.dtype}{out.shape}")
    if not out.flags.c_contiguous:
        raise ValueError("the rows of the product must lie in one piece")
    start = np.zeros(n, a.dtype) if start is None else np.ascontiguousarray(start)
    end = start, onto, out.reshape(-1), out.shape[1]
    run = partial(kernels.product, *_flat(a), *_flat(b), m)
    if n >= last - first:
        rows = pieces(n, m * (last - first), usual=512)
        concurrently([partial(run, (piece.start, piece.stop), (first, last), *end) for piece in rows])
        return
    some = pieces(last - first, m * n, least=128, usual=512)
    concurrently([partial(run, (0, n), (first + piece.start, first + piece.stop), *end) for piece in some])


def _flat(matrix: NDArray[Any]) -> tuple[NDArray[Any], int, int]:
    """Return a matrix as a flat array, and how far neighbours in a column and in a row are apart."""
    if matrix.flags.c_contiguous:
        return matrix.reshape(-1), matrix.shape[1], 1
    if matrix.flags.f_contiguous:
        return matrix.T.reshape(-1), 1, matrix.shape[0]
    return _flat(np.ascontiguousarray(matrix))
