"""Small models of a large linear evolution, by rational Krylov subspaces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]

_CHUNK = 8


class Modes(NamedTuple):
    """row exp(t A) start ~ sum_k share_k exp(t rate_k), and exp(t A) start ~ vectors @ (...)."""

    rates: Complex
    shares: Complex
    vectors: Array
    right: Complex

    def curve(self, times: Array) -> Array:
        """Return row exp(t A) start at each time."""
        return np.asarray((np.exp(np.multiply.outer(times, self.rates)) @ self.shares).real)

    def resolvent(self, frequencies: Array) -> Complex:
        """Return row (i w - A)^-1 start at each angular frequency."""
        return np.asarray((self.shares / (1j * np.asarray(frequencies)[..., None] - self.rates)).sum(axis=-1))

    def state(self, time: float) -> Array:
        """Return exp(t A) start."""
        return np.asarray(self.vectors @ (self.right @ np.exp(time * self.rates)).real)


def reduced_models(
    apply: Callable[[Array], Array],
    solves: list[Callable[[Array], Array]],
    start: Array,
    row: Array,
    largest: int,
    project: Callable[[Array], Array] = lambda v: v,
) -> Iterator[Modes]:
    """Yield models of growing dimension of ``row exp(t A) start``.

    Vectors are added by the inverses (A - s)^-1 in `solves` in turn, each applied to the last vector, and made
    orthonormal; A is projected on them (rational Krylov, one-sided Galerkin). `project` takes out of a vector what
    rounding puts in of a null vector.
    """
    size = float(np.linalg.norm(start))
    largest = min(largest, start.size)
    basis = np.zeros((start.size, largest))
    image = np.zeros((start.size, largest))
    basis[:, 0] = start / size
    image[:, 0] = apply(basis[:, 0])
    count, full = 1, False
    while not full:
        for _ in range(_CHUNK):
            if count == largest:
                full = True
                break
            new = solves[count % len(solves)](basis[:, count - 1])
            length = float(np.linalg.norm(new))
            for _ in range(2):
                new = project(new)
                new = new - basis[:, :count] @ (basis[:, :count].T @ new)
            rest = float(np.linalg.norm(new))
            if rest <= 1e-12 * length:  # the space holds the whole evolution
                full = True
                break
            basis[:, count] = new / rest
            image[:, count] = apply(basis[:, count])
            count += 1
        v = basis[:, :count]
        rates, right = np.linalg.eig(v.T @ image[:, :count])
        first = np.zeros(count)
        first[0] = size
        left = np.linalg.solve(right, first)
        yield Modes(rates, (row @ v @ right) * left, v, right * left)
