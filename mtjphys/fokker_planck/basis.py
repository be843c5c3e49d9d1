"""Real spherical harmonics and the exact operators in them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

Array = npt.NDArray[np.float64]


class Basis(NamedTuple):
    """Real orthonormal spherical harmonics ordered by degree, and the exact operators in them."""

    degree: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]
    position: tuple[sparse.csr_array, ...]  # x, y, z
    rotation: tuple[sparse.csr_array, ...]  # m x grad
    gradient: tuple[sparse.csr_array, ...]


@lru_cache(maxsize=16)
def basis(l_max: int, m_max: int) -> Basis:
    """Return the harmonics up to degree `l_max` and order `m_max`."""
    pairs = [(n, m) for n in range(l_max + 1) for m in range(-min(n, m_max), min(n, m_max) + 1)]
    degree, order = np.array(pairs, dtype=np.int64).T
    size = len(pairs)
    index = np.full((l_max + 2, 2 * m_max + 5), -1)
    index[degree, order + m_max + 2] = np.arange(size)

    def shift(dl: int, dm: int, values: Array) -> sparse.csr_array:
        rows = np.where(degree + dl >= 0, index[degree + dl, order + dm + m_max + 2], -1)
        keep = rows >= 0
        entries = (values[keep].astype(complex), (rows[keep], np.arange(size)[keep]))
        return sparse.csr_array(entries, shape=(size, size))

    n, m = degree.astype(float), order.astype(float)
    up = np.sqrt(((n + 1) ** 2 - m**2) / ((2 * n + 1) * (2 * n + 3)))
    down = np.sqrt(np.maximum(n**2 - m**2, 0) / np.maximum(4 * n**2 - 1, 1))
    z = shift(1, 0, up) + shift(-1, 0, down)
    raise_up = -np.sqrt((n + m + 1) * (n + m + 2) / ((2 * n + 1) * (2 * n + 3)))
    raise_down = np.sqrt(np.maximum((n - m) * (n - m - 1), 0) / np.maximum(4 * n**2 - 1, 1))
    plus = shift(1, 1, raise_up) + shift(-1, 1, raise_down)
    minus = plus.conj().T
    ladder = shift(0, 1, np.sqrt(np.maximum((n - m) * (n + m + 1), 0)))
    lower = ladder.conj().T
    complex_position = ((plus + minus) / 2, (plus - minus) / 2j, z)
    complex_rotation = (1j * (ladder + lower) / 2, (ladder - lower) / 2, 1j * shift(0, 0, m))

    sign = (-1.0) ** np.abs(order)
    here = np.arange(size)
    mirror = index[degree, -order + m_max + 2]
    positive, negative = order > 0, order < 0
    diagonal = np.where(order == 0, 1.0, np.where(positive, sign / np.sqrt(2), 1j / np.sqrt(2)))
    across = np.where(positive, 1 / np.sqrt(2), np.where(negative, -1j * sign / np.sqrt(2), 0.0))
    u = sparse.csr_array((diagonal, (here, here)), shape=(size, size)) + sparse.csr_array(
        (across, (here, mirror)), shape=(size, size)
    )

    def real(operator: sparse.csr_array) -> sparse.csr_array:
        matrix = sparse.csr_array((u.conj() @ operator @ u.T).real)
        matrix.data[np.abs(matrix.data) < 1e-14] = 0.0
        matrix.eliminate_zeros()
        return matrix

    def slope(operator: sparse.csr_array) -> sparse.csr_array:
        entries = operator.tocoo()
        row, column = entries.row, entries.col
        weight = np.where(degree[row] > degree[column], -degree[column], degree[column] + 1)
        return sparse.csr_array((entries.data * weight, (row, column)), shape=(size, size))

    position = tuple(real(part) for part in complex_position)
    rotation = tuple(real(part) for part in complex_rotation)
    return Basis(degree, order, position, rotation, tuple(slope(part) for part in position))


def harmonic_sum(degree: Any, order: Any, coefficients: Array, m: Array) -> Array:
    """Return sum_k coefficients_k Y_k(m) for unit vectors m of shape (points, 3)."""
    l_max, m_max = int(degree.max()), int(np.abs(order).max())
    table = np.zeros((l_max + 1, 2 * m_max + 1, 1))
    table[degree, order + m_max, 0] = coefficients
    numbers = np.arange(1, m_max + 1)[:, None]
    result = np.empty(len(m))
    for start in range(0, len(m), 512):
        x, y, z = m[start : start + 512].T
        steps = np.concatenate((np.full((1, x.size), 1.0), (x + 1j * y) * np.sqrt((2 * numbers + 1) / (2 * numbers))))
        power = np.cumprod(steps, axis=0) / np.sqrt(4 * np.pi)
        # The Legendre parts of all orders without sin^m, which `power` carries.
        previous, current = np.zeros(power.shape), np.zeros(power.shape)
        cosine, sine = np.zeros(power.shape), np.zeros(power.shape)
        last = np.zeros((m_max + 1, 1))
        for row in range(l_max + 1):
            top = min(row, m_max) + 1
            if row <= m_max:
                current[row] = 1.0
            cosine[:top] += table[row, m_max : m_max + top] * current[:top]
            sine[:top] += table[row, m_max::-1][:top] * current[:top]
            square = np.arange(top)[:, None] ** 2
            following = np.sqrt(((row + 1) ** 2 - square) / ((2 * row + 1) * (2 * row + 3)))
            ahead = (z * current[:top] - last[:top] * previous[:top]) / following
            previous[:top], current[:top], last[:top] = current[:top], ahead, following
        factor = np.where(np.arange(m_max + 1) > 0, np.sqrt(2), 1.0)
        sine[0] = 0.0
        result[start : start + 512] = factor @ (cosine * power.real + sine * power.imag)
    return result


def clean(values: Array, scale: float) -> Array:
    """Return the values with those set to zero that are rounding, so that they couple nothing."""
    return np.asarray(np.where(np.abs(values) > 1e-14 * scale, values, 0.0))


def contract(pairs: Iterable[tuple[Any, Any]]) -> Any:
    """Return the sum of the products left @ right of pairs of operators, of which there is one at least."""
    pairs = list(pairs)
    kept = [(left, right) for left, right in pairs if left.nnz and right.nnz] or pairs[:1]
    return sparse.hstack([left for left, _ in kept], "csr") @ sparse.vstack([right for _, right in kept], "csr")


def dot(left: Any, right: Any) -> Any:
    """Return sum_i left_i right_i of three numbers or operators and three operators."""
    if not isinstance(left[0], float):
        return contract(zip(left, right, strict=True))
    parts = [a * b for a, b in zip(left, right, strict=True) if a]
    return sum(parts[1:], parts[0]) if parts else sparse.csr_array(right[0].shape)


def cross(left: Any, right: Any) -> list[Any]:
    """Return the vector product of three operators each."""
    return [contract([(left[i - 2], right[i - 1]), (-left[i - 1], right[i - 2])]) for i in range(3)]


def clenshaw(series: Array, operator: Any, right: Any) -> Any:
    """Return sum_k series_k T_k(operator) right."""
    if len(series) == 1:
        return series[0] * right
    after, later = series[-1] * right, 0.0 * right
    for value in series[-2:0:-1]:
        after, later = value * right + 2 * (operator @ after) - later, after
    return series[0] * right + operator @ after - later
