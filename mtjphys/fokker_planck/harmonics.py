"""The Fokker-Planck operator in real spherical harmonics, and how its degree is chosen."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import ArpackError, LinearOperator, SuperLU, eigs, splu

from mtjphys.errors import ParameterError, SimulationError
from mtjphys.fokker_planck.problem import Macrospin, Profile, chebyshev_series

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]

MAXIMUM_UNKNOWNS = 40_000


class _Basis(NamedTuple):
    """Real orthonormal spherical harmonics ordered by degree, and the exact operators in them."""

    degree: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]
    position: tuple[sparse.csr_array, ...]  # x, y, z
    rotation: tuple[sparse.csr_array, ...]  # m x grad
    gradient: tuple[sparse.csr_array, ...]


@lru_cache(maxsize=16)
def _basis(l_max: int, m_max: int) -> _Basis:
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
    return _Basis(degree, order, position, rotation, tuple(slope(part) for part in position))


def harmonic_sum(basis: _Basis, coefficients: Array, m: Array) -> Array:
    """Return sum_k coefficients_k Y_k(m) for unit vectors m of shape (points, 3)."""
    x, y, z = m.T
    l_max, m_max = int(basis.degree.max()), int(np.abs(basis.order).max())
    table = np.zeros((l_max + 1, 2 * m_max + 1))
    table[basis.degree, basis.order + m_max] = coefficients
    power = np.full(x.shape, np.sqrt(1 / (4 * np.pi)), dtype=complex)
    result = np.zeros(x.shape)
    for order in range(m_max + 1):
        if order > 0:
            power = power * (x + 1j * y) * np.sqrt((2 * order + 1) / (2 * order))
        # The Legendre part without sin^m, which `power` carries.
        previous, current = np.zeros_like(x), np.ones_like(x)
        cosine, sine = np.zeros_like(x), np.zeros_like(x)
        last = 0.0
        for degree in range(order, l_max + 1):
            cosine += table[degree, m_max + order] * current
            if order > 0:
                sine += table[degree, m_max - order] * current
            following = np.sqrt(((degree + 1) ** 2 - order**2) / ((2 * degree + 1) * (2 * degree + 3)))
            previous, current = current, (z * current - last * previous) / following
            last = following
        factor = np.sqrt(2) if order > 0 else 1.0
        result += factor * (cosine * power.real + sine * power.imag)
    return result


def frame_of(spin: Macrospin) -> tuple[Array, float]:
    """Return the rotation (rows: new axes) that needs fewest harmonics, and m_max/l_max in it."""
    axis = spin._axis
    if axis is not None:
        z = axis
    elif spin.modulations:
        z = spin._p
    else:
        values, vectors = np.linalg.eigh(spin._M)
        spread = values[2] - values[0]
        if spread > 0:
            lone = 0 if values[1] - values[0] > values[2] - values[1] else 2
            z = vectors[:, lone]
        else:
            z = spin._B
            z = z / np.linalg.norm(z) if np.any(z) else spin._p
    values, vectors = np.linalg.eigh((np.eye(3) - np.outer(z, z)) @ spin._M @ (np.eye(3) - np.outer(z, z)))
    x = vectors[:, int(np.argmin(np.abs(vectors.T @ z)))]
    x = x - (x @ z) * z
    x /= np.linalg.norm(x)
    frame = np.array([x, np.cross(z, x), z])
    across = 0.0
    for series, field, matrix, damping_like in spin._parts:
        turned = frame @ matrix @ frame.T
        size = float(np.hypot(turned[0, 0] - turned[1, 1], 2 * turned[0, 1]))
        size += 2 * float(np.hypot(turned[0, 2], turned[1, 2]))
        size += float(np.linalg.norm((frame @ field)[:2]))
        size += float(np.linalg.norm((frame @ damping_like)[:2])) / spin.damping
        across += float(np.abs(series).sum()) * size
    ratio = np.sqrt((across / spin.thermal_field + 4) / (spin._curvature + 4))
    return frame, float(np.clip(1.5 * ratio, 0.25, 1.0))


class Galerkin:
    """The backward operator in units of D, in real spherical harmonics up to degree l_max."""

    def __init__(self, spin: Macrospin, l_max: int, m_max: int) -> None:
        self.spin = spin
        self.frame, _ = frame_of(spin)
        parts = spin._parts
        pad = 2 + max(len(series) - 1 for series, *_ in parts)
        wide = _basis(l_max + pad, m_max + pad)
        keep = np.flatnonzero((wide.degree <= l_max) & (np.abs(wide.order) <= m_max))
        self.basis = _basis(l_max, m_max)
        degree = wide.degree.astype(float)
        total = sparse.diags_array(-degree * (degree + 1)).tocsr()
        scale = 1.0 / (spin.damping * spin.thermal_field)
        cosine: sparse.csr_array = sparse.csr_array(wide.degree.shape * 2)
        for item, operator in zip(self.frame @ spin._p, wide.position, strict=True):
            cosine = cosine + item * operator
        for series, field, matrix, damping_like in parts:
            b = self.frame @ field * scale
            q = self.frame @ damping_like * scale
            matrix = self.frame @ matrix @ self.frame.T * scale
            matrix = matrix - np.trace(matrix) / 3 * np.eye(3)  # c m exerts no torque
            part: sparse.csr_array = sparse.csr_array(wide.degree.shape * 2)
            for i in range(3):
                part = part + (b[i] - spin.damping * q[i]) * wide.rotation[i]
                part = part + (spin.damping * b[i] + q[i]) * wide.gradient[i]
                inner: sparse.csr_array = sparse.csr_array(wide.degree.shape * 2)
                for j in range(3):
                    if abs(matrix[i, j]) > 1e-14 * scale:
                        turn = wide.rotation[j] + spin.damping * wide.gradient[j]
                        inner = inner + matrix[i, j] * turn
                if inner.nnz:
                    part = part + wide.position[i] @ inner
            total = total + clenshaw(series, cosine, part)
        self.operator = sparse.csr_array(total[keep][:, keep])
        self.cosine = sparse.csr_array(cosine[keep][:, keep])

    @cached_property
    def reduced(self) -> sparse.csc_array:
        """The operator without the constant function, which it maps to zero: no zero eigenvalue."""
        return sparse.csc_array(self.operator[1:][:, 1:])

    @cached_property
    def factors(self) -> SuperLU:
        """LU factors of the reduced operator."""
        return factorise(self.reduced)

    def slowest(self, count: int) -> tuple[Complex, Complex]:
        """Return the `count` rates nearest to zero, ascending, and their modes (columns)."""
        size = self.reduced.shape[0]
        if count > size - 2:
            raise ParameterError(f"n={count} rates are more than this operator has; ask for fewer")
        if size < 40:
            values, modes = np.linalg.eig(self.reduced.toarray())
        else:
            inverse = LinearOperator(self.reduced.shape, matvec=self.factors.solve, dtype=float)
            start = np.random.default_rng(1).standard_normal(size)
            try:
                values, modes = eigs(self.reduced, k=count, sigma=0.0, OPinv=inverse, v0=start)
            except ArpackError as error:
                raise SimulationError(
                    f"the eigenvalue iteration did not converge ({error}); ask for fewer rates"
                ) from None
        rank = np.lexsort((values.imag, np.round(np.abs(values), 12)))[:count]
        return -values[rank], modes[:, rank]

    def rounding(self) -> float:
        """Return the relative rounding error of the slowest rate, where it is far below the next.

        First-order perturbation: eps |y|^T |A| |x| / (|y^T x| rate), with its left and right modes.
        """
        rates, modes = self.slowest(1)
        rate = abs(rates[0])
        if rate > 0.1:
            return 0.0
        left = np.ones(self.reduced.shape[0])
        for _ in range(4):
            left = self.factors.solve(left, trans="T")
            left /= np.linalg.norm(left)
        right = modes[:, 0].real
        spread = float(np.abs(left) @ (abs(self.reduced) @ np.abs(right)))
        return float(np.finfo(float).eps * spread / max(abs(left @ right) * rate, 1e-300))

    @cached_property
    def stationary(self) -> Array:
        """Coefficients of the stationary density."""
        first = 1 / np.sqrt(4 * np.pi)
        source = -self.operator[[0]][:, 1:].toarray()[0] * first
        return np.concatenate(([first], self.factors.solve(source, trans="T")))

    def observable(self, profile: Profile) -> Array:
        """Coefficients of profile(m.p) rho_stationary."""
        return np.asarray(clenshaw(chebyshev_series(profile), self.cosine, self.stationary))

    def mean_of(self, profile: Profile) -> Array:
        """Return the row vector g with g @ density = <profile(m.p)>."""
        unit = np.zeros(self.cosine.shape[0])
        unit[0] = np.sqrt(4 * np.pi)
        return np.asarray(clenshaw(chebyshev_series(profile), self.cosine, unit))


def factorise(matrix: Any) -> SuperLU:
    """Return the LU factors of a matrix of symmetric structure."""
    return splu(sparse.csc_array(matrix), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.01)


def clenshaw(series: Array, operator: Any, right: Any) -> Any:
    """Return sum_k series_k T_k(operator) right."""
    if len(series) == 1:
        return series[0] * right
    after, later = series[-1] * right, 0.0 * right
    for value in series[-2:0:-1]:
        after, later = value * right + 2 * (operator @ after) - later, after
    return series[0] * right + operator @ after - later


def levels(spin: Macrospin, m_sector: int | None = None) -> Any:
    """Yield Galerkin operators of growing degree, until memory says stop."""
    _, ratio = frame_of(spin)
    l_max = 8 + 3.0 * np.sqrt(spin._curvature)
    while True:
        degree = int(np.ceil(l_max))
        if m_sector is None:
            order = max(6, int(np.ceil(ratio * degree)))
            unknowns = (degree + 1) * (2 * order + 1) - order * (order + 1)
        else:
            order = m_sector
            unknowns = (degree + 1) * (2 * order + 1)
        if unknowns > MAXIMUM_UNKNOWNS:
            return
        order = min(order, degree)
        yield Galerkin(spin, degree, order)
        l_max *= 1.25


def converge(
    spin: Macrospin,
    measure: Callable[[Galerkin], npt.NDArray[Any]],
    rtol: float,
    m_sector: int | None = None,
    slow_mode_matters: bool = True,
) -> tuple[Galerkin, npt.NDArray[Any], float]:
    """Raise the degree until `measure` is stable to `rtol`; return operator, value, change."""
    if not 0 < rtol < 1:
        raise ParameterError(f"rtol={rtol!r} is outside (0, 1); 1e-4 is usual")
    old = None
    error = np.inf
    for galerkin in levels(spin, m_sector):
        new = measure(galerkin)
        if old is not None:
            error = float(np.max(np.abs(new - old) / np.maximum(np.abs(new), 1e-300)))
            if error <= rtol:
                # Rounding alike at two degrees must not pass as convergence.
                rounding = galerkin.rounding() if slow_mode_matters else 0.0
                if rounding <= rtol:
                    return galerkin, new, max(error, rounding)
                raise SimulationError(
                    f"the slowest rate is so far below the others that float64 rounding is "
                    f"{rounding:.2g} of it, more than rtol={rtol:g}; lower the barrier (to about "
                    "30 kT), or use an asymptotic rate"
                )
        old = new
    raise SimulationError(
        f"the spherical-harmonic expansion is not stable to rtol={rtol:g} (last change "
        f"{error:.2g}) within {MAXIMUM_UNKNOWNS} unknowns for an energy spread of "
        f"{spin._curvature / 2:.3g} kT; raise the temperature, the damping or rtol, or use an "
        "asymptotic rate"
    )
