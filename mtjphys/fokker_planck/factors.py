"""Factors of operators that couple neighbouring degrees: banded, and apart for what symmetry keeps apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.linalg import lapack
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from mtjphys.core.errors import SimulationError

Array = npt.NDArray[np.float64]

_WIDEST = 1200  # half width of a band; fill-reducing orderings are faster beyond


class _Band:
    """LU factors by LAPACK with partial pivoting, in the order of the unknowns."""

    def __init__(self, matrix: Any, lower: int, upper: int) -> None:
        self._width = lower, upper
        rows = np.zeros((2 * lower + upper + 1, matrix.shape[0]), order="F")
        entries = matrix.tocoo()
        rows[lower + upper + entries.row - entries.col, entries.col] = entries.data
        self._factors, self._pivots, failed = lapack.dgbtrf(rows, lower, upper, overwrite_ab=True)
        if failed:
            raise SimulationError("the Fokker-Planck operator is singular at this degree; change the bias a little")

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return int(self._factors.nbytes)

    def solve(self, right: Array, trans: str) -> Array:
        """Return the solution of A x = right, or of the transposed equation."""
        return np.asarray(lapack.dgbtrs(self._factors, *self._width, right, self._pivots, trans=int(trans == "T"))[0])


class Factors:
    """LU factors of a matrix, of each part that is not coupled to the others by itself, made when first needed.

    A rotation by pi that leaves the junction as it is halves the unknowns, and the width of the band with them.
    """

    def __init__(self, matrix: Any) -> None:
        self._matrix = sparse.csc_array(matrix)
        count, label = connected_components(self._matrix, directed=False)
        self.parts = [np.flatnonzero(label == k) for k in range(count)]
        self._solvers: dict[int, Any] = {}

    def _solver(self, k: int) -> Any:
        solver = self._solvers.get(k)
        if solver is None:
            part = self.parts[k]
            own = self._matrix if len(self.parts) == 1 else self._matrix[part][:, part]
            entries = own.tocoo()
            offsets = entries.row - entries.col
            lower, upper = max(int(offsets.max(initial=0)), 0), max(int(-offsets.min(initial=0)), 0)
            if lower + upper <= 2 * _WIDEST:
                solver = _Band(own, lower, upper)
            else:
                solver = splu(sparse.csc_array(own), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.01)
            self._solvers[k] = solver
        return solver

    @property
    def nbytes(self) -> int:
        """Memory held by the factors made so far."""
        return sum(
            solver.nbytes if isinstance(solver, _Band) else 12 * solver.nnz for solver in list(self._solvers.values())
        )

    def solve(self, right: Array, trans: str = "N") -> Array:
        """Return the solution x of A x = right, of the transposed equation if `trans` is "T"."""
        x = np.zeros(right.shape)
        for k, part in enumerate(self.parts):
            own = right[part]
            if np.any(own):
                x[part] = self._solver(k).solve(own, trans)
        return x
