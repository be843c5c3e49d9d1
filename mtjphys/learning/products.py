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

    What overflows is infinite or not a number in `out`, without a warning.

    Parameters
    ----------
    a : ndarray of shape (n, m)
        Copied if neither its rows nor its columns lie in one piece, or its type is not that of `out`.
    b : ndarray of shape (m, k)
        Likewise.
    out : ndarray of shape (n, k)
        Written to.
    start : ndarray of shape (n,), optional
        Added to every column; by default nothing.
    onto : bool
        Add the product to what `out` holds instead.
    columns : slice, optional
        Of `b` and `out`, without a step; the others are left alone. By default all.

    Raises
    ------
    ValueError
        If shapes do not fit, types are not those of real numbers, or the rows of `out` are not in one piece.

    Examples
    --------
    >>> out = np.empty((2, 1))
    >>> product(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0], [1.0]]), out, np.array([0.0, 0.5]))
    >>> out.tolist()
    [[3.0], [7.5]]
    """
    (n, m), (first, last, step) = a.shape, (columns or slice(None)).indices(b.shape[1])
    if b.shape[0] != m or out.shape != (n, b.shape[1]) or (start is not None and start.shape != (n,)) or step != 1:
        added = "" if start is None else f" and {start.shape}"
        raise ValueError(f"shapes {a.shape} times {b.shape}{added}, columns {columns}, do not give {out.shape}")
    if out.dtype not in (np.float32, np.float64):
        raise ValueError(f"a product of type {out.dtype}: use float32 or float64")
    if not out.flags.c_contiguous:
        raise ValueError("the rows of the product must lie in one piece")
    start = np.zeros(n, out.dtype) if start is None else _as(start, out.dtype)
    if m == 0:
        if not onto:
            out[:, first:last] = start[:, None]
        return
    end = np.ascontiguousarray(start), onto, out.reshape(-1), out.shape[1]
    run = partial(kernels.product, *_flat(_as(a, out.dtype)), *_flat(_as(b, out.dtype)), m)
    # The longer side is divided: each piece packs its part of b anew, and tiles are few where rows are.
    if n >= last - first:
        rows = pieces(n, m * (last - first), usual=512)
        concurrently([partial(run, (piece.start, piece.stop), (first, last), *end) for piece in rows])
        return
    some = pieces(last - first, m * n, least=128, usual=512)
    concurrently([partial(run, (0, n), (first + piece.start, first + piece.stop), *end) for piece in some])


def _as(array: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return an array of real numbers as one of another type, the same if it is of that."""
    if array.dtype == dtype:
        return array
    if not np.can_cast(array.dtype, dtype, "same_kind"):
        raise ValueError(f"an array of type {array.dtype} in a product of type {dtype}: use real numbers")
    return array.astype(dtype)


def _flat(matrix: NDArray[Any]) -> tuple[NDArray[Any], int, int]:
    """Return a matrix as a flat array, and how far neighbours in a column and in a row are apart."""
    if matrix.flags.c_contiguous:
        return matrix.reshape(-1), matrix.shape[1], 1
    if matrix.flags.f_contiguous:
        return matrix.T.reshape(-1), 1, matrix.shape[0]
    return _flat(np.ascontiguousarray(matrix))
