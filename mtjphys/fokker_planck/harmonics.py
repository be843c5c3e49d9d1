"""The Fokker-Planck operator in real spherical harmonics, and how its degree is chosen."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import ArpackError, LinearOperator, SuperLU, eigs, splu
from scipy.special import roots_legendre

from mtjphys.core.checks import check_rtol
from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.macrospin.spin import Macrospin, Profile, chebyshev_series

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]

MAXIMUM_UNKNOWNS = 60_000

_GROWTH = 1.25  # of the degree from one attempt to the next


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


def _across(spin: Macrospin, frame: Array) -> float:
    """Return the scale of the fields that break the symmetry about the frame's z axis, over b."""
    total = 0.0
    for series, field, matrix, damping_like in spin._parts:
        turned = frame @ matrix @ frame.T
        size = float(np.hypot(turned[0, 0] - turned[1, 1], 2 * turned[0, 1]))
        size += 2 * float(np.hypot(turned[0, 2], turned[1, 2]))
        size += float(np.linalg.norm((frame @ field)[:2]))
        size += float(np.linalg.norm((frame @ damping_like)[:2])) / spin.damping
        total += float(np.abs(series).sum()) * size
    return total / spin.thermal_field


def frame_of(spin: Macrospin) -> Array:
    """Return the rotation (rows: new axes) about whose z axis the problem is most nearly symmetric.

    Of the axes of the matrix M, or those of the vectors where M has no preferred direction.
    """
    if spin._axis is not None:
        axes = [spin._axis]
    else:
        matrix = sum((np.abs(series).sum() * matrix for series, _, matrix, _ in spin._parts), np.zeros((3, 3)))
        values, vectors = np.linalg.eigh(matrix)
        axes = list(vectors.T)
        if values[2] - values[0] <= 1e-12 * np.abs(values).max():
            axes = [v / np.linalg.norm(v) for v in (spin._B, spin._q, spin._p) if np.any(v)]
    return min((frame_about(spin, z) for z in axes), key=lambda frame: _across(spin, frame))


def frame_about(spin: Macrospin, z: Array) -> Array:
    """Return a rotation (rows: new axes) to the z axis given and an x axis that is principal across it."""
    across = np.eye(3) - np.outer(z, z)
    vectors = np.linalg.eigh(across @ spin._M @ across)[1]
    x = vectors[:, int(np.argmin(np.abs(vectors.T @ z)))]
    x = x - (x @ z) * z
    x /= np.linalg.norm(x)
    return np.array([x, np.cross(z, x), z])


def weight_of(spin: Macrospin, torque: float = 1.0) -> tuple[Array, Array]:
    """Return vector h and matrix K of the weight s = h.m + m.K m/2, close to log rho.

    In detailed balance it is log rho. A damping-like torque q adds torque kappa q.m/(alpha b), with
    kappa = 2 B_1/(B_1 + B_2) for the two stiffness fields about the direction of q: exact for B_1 = B_2 without a
    field across, and the effect on the softer direction otherwise. A function of m.p counts with its mean and
    slope.
    """
    vector, matrix = np.zeros(3), np.zeros((3, 3))
    axes = np.linalg.eigh(spin._M)[1]
    principal = np.diag(axes.T @ spin._M @ axes)
    share = np.zeros((3, 3))
    for i in range(3):
        stiffness = principal[i] - np.delete(principal, i) + abs(axes[:, i] @ spin._B)
        scale = float(np.abs(principal).max() + np.linalg.norm(spin._B))
        if scale == 0 or np.ptp(stiffness) <= 1e-9 * scale:
            kappa = 1.0 if stiffness[0] >= -1e-9 * scale else 0.0
        else:
            kappa = 2 * stiffness.min() / stiffness.sum() if stiffness.min() > 0 else 0.0
        share += torque * kappa * np.outer(axes[:, i], axes[:, i])
    nodes, weights = np.polynomial.legendre.leggauss(40)
    for series, field, part, damping_like in spin._parts:
        values = np.polynomial.chebyshev.chebval(nodes, series)
        mean, slope = weights @ values / 2, 1.5 * weights @ (nodes * values)
        pull = field + share @ damping_like / spin.damping
        vector = vector + mean * pull
        matrix = matrix + mean * part
        matrix = matrix + slope * (np.outer(pull, spin._p) + np.outer(spin._p, pull)) / 2
    matrix = matrix - np.trace(matrix) / 3 * np.eye(3)
    return vector / spin.thermal_field, matrix / spin.thermal_field


def _shortened(spin: Macrospin, part: Any, accuracy: float) -> Any:
    """Return a part without the end of its Chebyshev series that is worth less than `accuracy` kT."""
    series, field, matrix, damping_like = part
    size = np.linalg.norm(field) + np.linalg.norm(matrix) + np.linalg.norm(damping_like) / spin.damping
    rest = np.cumsum(np.abs(series[::-1]))[::-1] * size / spin.thermal_field
    return part._replace(series=series[: max(1, int(np.count_nonzero(rest > accuracy)))])


def _clean(values: Array, scale: float) -> Array:
    """Return the values with those set to zero that are rounding, so that they couple nothing."""
    return np.asarray(np.where(np.abs(values) > 1e-14 * scale, values, 0.0))


def _dot(left: Any, right: Any) -> Any:
    """Return sum_i left_i right_i of three numbers or operators each."""
    total = sparse.csr_array(right[0].shape)
    for a, b in zip(left, right, strict=True):
        if isinstance(a, float):
            total = total + a * b if a else total
        elif a.nnz and b.nnz:
            total = total + a @ b
    return total


def _cross(left: Any, right: Any) -> list[Any]:
    return [left[i - 2] @ right[i - 1] - left[i - 1] @ right[i - 2] for i in range(3)]


class Galerkin:
    r"""The backward operator in units of D, in real spherical harmonics up to degree l_max and order m_max.

    It is represented between weights, :math:`e^{s/2}Le^{-s/2}` with s close to the logarithm of the stationary
    density: in detailed balance the dissipative part is then symmetric and the precession antisymmetric, and
    rounding is not amplified by the range of the density. With the drift :math:`D(\nabla s + w)`,

    .. math::

        e^{s/2}Le^{-s/2} = \nabla^2 - |\nabla s|^2/4 - \nabla^2s/2 + w\cdot\nabla - w\cdot\nabla s/2.

    A density :math:`\rho` is held as :math:`\psi = e^{-s/2}\rho`, which moves by the transposed operator.
    """

    def __init__(
        self,
        spin: Macrospin,
        l_max: int,
        m_max: int,
        accuracy: float = 1e-9,
        weight: tuple[Array, Array] | None = None,
        frame: Array | None = None,
    ) -> None:
        self.spin = spin
        self.frame = frame_of(spin) if frame is None else frame
        self._reversible = weight is None and not spin.modulations and not np.any(spin._q)
        self.vector, self.matrix = self._turned(*(weight_of(spin) if weight is None else weight))
        parts = [_shortened(spin, part, accuracy) for part in spin._parts]
        pad = 2 + max(len(series) - 1 for series, *_ in parts)
        wide = _basis(l_max + pad, m_max + pad)
        keep = np.flatnonzero((wide.degree <= l_max) & (np.abs(wide.order) <= m_max))
        self.degree, self.order = wide.degree[keep], wide.order[keep]
        position = wide.position
        self._wide, self._keep = wide, keep
        slope = self._linear(self.vector, self.matrix)
        along = _dot(position, slope)
        lean = _dot(list(self.vector), position)
        squared = _dot(slope, slope) - along @ along
        # m.K m has the Laplacian -6 m.K m, h.m has -2 h.m
        bend = -2 * lean - 3 * (along - lean)
        degree = wide.degree.astype(float)
        total = sparse.diags_array(-degree * (degree + 1)).tocsr() - squared / 4 - bend / 2
        cosine = _dot(list(_clean(self.frame @ spin._p, 1.0)), position)
        for number, (series, field, matrix, damping_like) in enumerate(parts):
            alpha, b = spin.damping, spin.thermal_field
            pull, stiff = self._turned((field + damping_like / alpha) / b, matrix / b)
            turn, twist = self._turned((field / alpha - damping_like) / b, matrix / (alpha * b))
            if number == 0:
                pull, stiff = pull - self.vector, stiff - self.matrix
            gradual, rotating = self._linear(pull, stiff), self._linear(turn, twist)
            part = _dot(gradual, wide.gradient) + _dot(rotating, wide.rotation)
            climb = _dot(gradual, slope) - _dot(position, gradual) @ along
            if number == 0:  # the part of it along the gradient of s turns without climbing
                rotating = self._linear(turn - self.vector / alpha, twist - self.matrix / alpha)
            climb = climb - _dot(position, _cross(rotating, slope))
            part = part - climb / 2
            if len(series) > 1:
                one = sparse.eye_array(degree.size, format="csr")
                part = clenshaw(series, cosine, one) @ part
            total = total + series[0] * part if len(series) == 1 else total + part
        operator = sparse.csr_array(total)[keep][:, keep]
        operator.data[np.abs(operator.data) < 1e-15 * np.abs(operator.data).max()] = 0.0
        operator.eliminate_zeros()
        self.operator = sparse.csc_array(operator)

    def _turned(self, vector: Array, matrix: Array) -> tuple[Array, Array]:
        """Return a vector and the traceless part of a matrix in the frame."""
        return self.frame @ vector, self.frame @ (matrix - np.trace(matrix) / 3 * np.eye(3)) @ self.frame.T

    def _linear(self, vector: Array, matrix: Array) -> list[Any]:
        """Return the operators of the components of vector + matrix m."""
        wide = self._wide
        scale = float(self.spin._curvature / min(self.spin.damping, 1.0))
        vector, matrix = _clean(vector, scale), _clean(matrix, scale)
        one = sparse.eye_array(wide.degree.size, format="csr")
        return [vector[i] * one + _dot(list(matrix[i]), wide.position) for i in range(3)]

    def component(self, n: Array) -> sparse.csr_array:
        """Return the operator of m.n for a vector n of the laboratory frame."""
        whole = _dot(list(_clean(self.frame @ n, 1.0)), self._wide.position)
        return sparse.csr_array(sparse.csr_array(whole)[self._keep][:, self._keep])

    @cached_property
    def cosine(self) -> sparse.csr_array:
        """The operator of m.p."""
        return self.component(self.spin._p)

    @cached_property
    def _factors(self) -> SuperLU:
        return factorise(self.operator[1:][:, 1:])

    @cached_property
    def constant(self) -> Array:
        """Right null vector: the coefficients of e^{s/2}, which stands for the function 1."""
        column = self.operator[1:][:, [0]].toarray()[:, 0]
        null = np.concatenate(([1.0], self._factors.solve(-column)))
        return null / float(harmonic_sum(self.degree, self.order, null, self._top[0][None])[0])

    @cached_property
    def stationary(self) -> Array:
        """Left null vector: the coefficients of e^{-s/2} times the stationary density."""
        row = self.operator[[0]][:, 1:].toarray()[0]
        null = np.concatenate(([1.0], self._factors.solve(-row, trans="T")))
        return null / float(null @ self.constant)

    @property
    def spread(self) -> float:
        """Product of the norms of the null vectors: 1 where the weight is the density, large where it is far off."""
        size = float(np.linalg.norm(self.constant) * np.linalg.norm(self.stationary))
        return size if np.isfinite(size) else np.inf

    def solve(self, right: Array, transposed: bool = False) -> Array:
        """Return the x of operator x = right (or of its transpose); null vectors are projected out of both."""
        null, across = (self.stationary, self.constant) if transposed else (self.constant, self.stationary)
        right = right - null * (across @ right)
        x = np.concatenate(([0.0], self._factors.solve(right[1:], trans="T" if transposed else "N")))
        return np.asarray(x - null * (across @ x))

    def slowest(self, count: int) -> tuple[Complex, Complex]:
        """Return the `count` rates nearest to zero, ascending, and their modes (columns)."""
        size = self.operator.shape[0]
        if count > size - 3:
            raise ParameterError(f"n={count} rates are more than this operator has; ask for fewer")
        values: Any
        modes: Any
        inverse = LinearOperator(self.operator.shape, matvec=self.solve, dtype=float)
        if size < 40:
            values, modes = np.linalg.eig(np.column_stack([self.solve(row) for row in np.eye(size)]))
        else:
            start = np.random.default_rng(1).standard_normal(size)
            old = 0.0
            for _ in range(6 if count == 1 else 0):  # enough where one rate is far below the others
                start /= np.linalg.norm(start)
                following = self.solve(start)
                new = float(start @ following)
                if abs(new - old) <= 1e-13 * abs(new):
                    return np.array([-1 / new], dtype=complex), following.astype(complex)[:, None]
                start, old = following, new
            try:
                values, modes = eigs(inverse, k=count, v0=start, ncv=min(size - 1, 2 * count + 8))
            except ArpackError as error:
                raise SimulationError(
                    f"the eigenvalue iteration did not converge ({error}); ask for fewer rates"
                ) from None
        rank = np.argsort(-np.abs(values))[:count]
        values, modes = -1 / values[rank], modes[:, rank]
        rank = np.lexsort((values.imag, np.round(np.abs(values), 12)))
        return values[rank], modes[:, rank]

    @cached_property
    def slow_mode(self) -> tuple[complex, Complex, float]:
        """Return the slowest rate, its mode and the relative rounding error of the rate.

        In detailed balance with a real mode f the rate is the quotient <|grad f|^2>/<f^2>, in which rounding
        enters far below the eigenvalue's own eps |y|^T |A| |x|/(|y^T x| rate), with its left and right modes.
        """
        rates, modes = self.slowest(1)
        rate, mode = complex(rates[0]), modes[:, 0]
        if abs(rate) > 0.1:
            return rate, mode, 0.0
        left, right = np.ones(mode.size), mode.real
        for _ in range(4):
            left = self.solve(left, transposed=True)
            left /= np.linalg.norm(left)
        spread = float(np.abs(left) @ (abs(self.operator) @ np.abs(right)))
        absolute = float(np.finfo(float).eps * spread / max(float(abs(left @ right)), 1e-300))
        if not self._reversible:
            return rate, mode, absolute / abs(rate)
        for _ in range(2):
            right = self.solve(right)
            right /= np.linalg.norm(right)
        wide = np.zeros(self._wide.degree.size)
        wide[self._keep] = right
        slope = [part @ wide for part in self._linear(self.vector, self.matrix)]
        along = sum(x @ part for x, part in zip(self._wide.position, slope, strict=True))
        size = 0.0
        for i in range(3):
            flow = self._wide.gradient[i] @ wide - (slope[i] - self._wide.position[i] @ along) / 2
            size += float(flow @ flow)
        even = self.constant / np.linalg.norm(self.constant)
        rate = complex(size / (right @ right - (even @ right) ** 2))
        return rate, right.astype(complex), absolute * float(np.sqrt(2 / max(rate.real, 1e-300)))

    def observable(self, profile: Profile) -> Array:
        """Coefficients of e^{-s/2} profile(m.p) rho_stationary."""
        return np.asarray(clenshaw(chebyshev_series(profile), self.cosine, self.stationary))

    def mean_of(self, profile: Profile) -> Array:
        """Return the row vector g with g @ psi = <profile(m.p)>."""
        return np.asarray(clenshaw(chebyshev_series(profile), self.cosine, self.constant))

    @cached_property
    def _top(self) -> tuple[Array, float]:
        """A unit vector of the frame near which s is highest, and s there."""
        count = 2000
        z = 1 - (2 * np.arange(count) + 1) / count
        phi = np.pi * (3 - np.sqrt(5)) * np.arange(count)
        sine = np.sqrt(1 - z**2)
        m = np.concatenate((np.column_stack((sine * np.cos(phi), sine * np.sin(phi), z)), np.eye(3), -np.eye(3)))
        values = self._exponent(m)
        return m[int(values.argmax())], float(values.max())

    def _exponent(self, m: Array) -> Array:
        return np.asarray(m @ self.vector + np.einsum("...i,ij,...j", m, self.matrix, m) / 2)

    def weight(self, m: Array) -> Array:
        """Return e^{s/2} at unit vectors (points, 3) of the laboratory frame, about 1 at its maximum."""
        return np.exp((self._exponent(m @ self.frame.T) - self._top[1]) / 2)

    def density(self, m: Array) -> Array:
        """Return the stationary density at unit vectors (points, 3) of the laboratory frame."""
        weight = self.weight(m)
        seen = weight > 1e-20  # its square is about the density over the highest one
        result = np.zeros(len(m))
        values = harmonic_sum(self.degree, self.order, self.stationary, m[seen] @ self.frame.T)
        result[seen] = weight[seen] * values
        return result

    @cached_property
    def grid(self) -> tuple[Array, Array]:
        """Unit vectors (points, 3) of the laboratory frame and weights of a rule that resolves products.

        It is split at the equator of the frame and at the meridians that are normal to p.
        """
        z, weight, phi, dphi, _ = self._rule
        sine = np.sqrt(1 - z**2)
        m = np.stack((np.outer(sine, np.cos(phi)), np.outer(sine, np.sin(phi)), np.outer(z, np.ones(phi.size))), -1)
        return m.reshape(-1, 3) @ self.frame, np.outer(weight, dphi).ravel()

    @cached_property
    def distribution(self) -> tuple[Array, Array]:
        """Unit vectors (points, 3) of the grid and the stationary probabilities that they stand for."""
        nodes, weights = self.grid
        return nodes, weights * self.weight(nodes) * self.values(self.stationary)

    @cached_property
    def _rule(self) -> tuple[Array, Array, Array, Array, list[Array]]:
        l_max, m_max = int(self.degree.max()), int(self.order.max())
        x, w = roots_legendre(int(0.75 * l_max) + 12)
        z, weight = np.concatenate(((x - 1) / 2, (x + 1) / 2)), np.concatenate((w, w)) / 2
        x, w = roots_legendre(m_max + 12)
        p = self.frame @ self.spin._p
        phi = np.arctan2(p[1], p[0]) + np.pi / 4 * (2 * np.arange(4)[:, None] + 1 + x)
        table = []
        top = np.full(z.shape, np.sqrt(1 / (4 * np.pi)))
        for order in range(m_max + 1):
            if order > 0:
                top = top * np.sqrt((1 - z**2) * (2 * order + 1) / (2 * order))
            rows = [top]
            last = 0.0
            for degree in range(order, l_max):
                following = np.sqrt(((degree + 1) ** 2 - order**2) / ((2 * degree + 1) * (2 * degree + 3)))
                before = rows[-2] * last if last else 0.0
                rows.append((z * rows[-1] - before) / following)
                last = following
            table.append(np.array(rows) * (np.sqrt(2) if order > 0 else 1.0))
        return z, weight, phi.ravel(), np.tile(np.pi / 4 * w, 4), table

    def values(self, coefficients: Array) -> Array:
        """Return sum_k coefficients_k Y_k on the grid."""
        z, _, phi, _, table = self._rule
        result = np.zeros((z.size, phi.size))
        for order, legendre in enumerate(table):
            for sign, wave in ((1, np.cos(order * phi)), (-1, np.sin(order * phi))):
                if order > 0 or sign > 0:
                    result += np.outer(coefficients[self.order == sign * order] @ legendre, wave)
        return result.ravel()

    def project(self, values: Array) -> Array:
        """Return the coefficients of a function given on the grid."""
        z, weight, phi, dphi, table = self._rule
        values = values.reshape(z.size, phi.size) * np.outer(weight, dphi)
        result = np.zeros(self.degree.size)
        for order, legendre in enumerate(table):
            for sign, wave in ((1, np.cos(order * phi)), (-1, np.sin(order * phi))):
                if order > 0 or sign > 0:
                    result[self.order == sign * order] = legendre @ (values @ wave)
        return result


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


def levels(spin: Macrospin, m_sector: int | None = None, rtol: float = 1e-4) -> Any:
    """Yield Galerkin operators of growing degree, until memory says stop.

    A Gaussian well of width 1/sqrt(k) takes degrees of 3 sqrt(k); the layer at the edge of a well in which the
    slow modes change is thinner by the square root of the damping, and a high barrier asks for more digits.
    """
    frame = frame_of(spin)
    vector, matrix = weight_of(spin)
    rest = sum(np.abs(series).sum() * np.linalg.norm(q) for series, _, _, q in spin._parts)
    rest = rest / (spin.damping * spin.thermal_field)
    turned, pull = frame @ matrix @ frame.T, frame @ vector
    curvature = np.ptp(np.linalg.eigvalsh(matrix)) + np.linalg.norm(vector) + rest / 4
    across = np.hypot(turned[0, 0] - turned[1, 1], 2 * turned[0, 1]) + 2 * np.hypot(turned[0, 2], turned[1, 2])
    across += np.hypot(pull[0], pull[1]) + rest / 4
    barrier = float(np.diff(np.linalg.eigvalsh(matrix))[-1]) / 2
    layer = max(3.0, 1.0 / np.sqrt(spin.damping)) * max(1.0, np.sqrt(barrier / 15))
    share: float | None = None
    choices = rest > 0 and spin._axis is None
    high = 6 + layer * np.sqrt(curvature)
    wide = 6 + 0.55 * layer * np.sqrt(across)
    while True:
        degree = 4 * int(np.ceil(high / 4))
        order = min(2 * int(np.ceil(wide / 2)) if m_sector is None else m_sector, degree)
        if (degree + 1) * (2 * order + 1) - order * (order + 1) > MAXIMUM_UNKNOWNS:
            return
        if choices:
            share = _best_share(spin, degree // 2, order // 2)
            choices = False
        yield _operator(spin, degree, order, 0.1 * rtol, share)
        high, wide = _GROWTH * high, _GROWTH * wide


# The two at which a result was found stable: rate, dwell times, spectrum of one junction use the same factors.
@lru_cache(maxsize=2)
def _operator(spin: Macrospin, degree: int, order: int, accuracy: float, share: float | None) -> Galerkin:
    return Galerkin(spin, degree, order, accuracy, None if share is None else weight_of(spin, share))


@lru_cache(maxsize=64)
def _best_share(spin: Macrospin, l_max: int, m_max: int) -> float:
    """Return the share of the torque that takes the weight nearest to the stationary density, at a low degree."""
    spreads = {}
    for share in (1.0, 0.5, 0.0):
        spreads[share] = Galerkin(spin, l_max, m_max, 0.01, weight_of(spin, share)).spread
        if spreads[share] < 2:
            break
    return min(spreads, key=lambda share: spreads[share])


def converge(
    spin: Macrospin,
    measure: Callable[[Galerkin], npt.NDArray[Any]],
    rtol: float,
    m_sector: int | None = None,
    rounding: Callable[[Galerkin], float] | None = None,
) -> tuple[Galerkin, npt.NDArray[Any], float]:
    """Raise the degree until `measure` is stable to `rtol`; return operator, value, error.

    `rounding` returns the relative rounding error of the result; that of the slowest rate if it is left out.
    """
    check_rtol(rtol)
    old = None
    error = np.inf
    for galerkin in levels(spin, m_sector, rtol):
        new = measure(galerkin)
        if old is not None:
            change = float(np.max(np.abs(new - old) / np.maximum(np.abs(new), 1e-300)))
            # The change is the error of the lower degree; errors fall exponentially with the degree, or faster.
            error = change**_GROWTH
            # Rounding alike at two degrees must not pass as convergence.
            floor = galerkin.slow_mode[2] if rounding is None else rounding(galerkin)
            if max(error, floor) <= rtol:
                return galerkin, new, max(error, floor)
            if error <= rtol or floor > 10 * rtol:
                raise SimulationError(
                    f"the slowest rate is so far below the others that float64 rounding is {floor:.2g} of it, "
                    f"more than rtol={rtol:g}; lower the barrier (to about 30 kT, 45 kT for rates without spin "
                    "torque), or use theory or rare_events"
                )
        old = new
    raise SimulationError(
        f"the spherical-harmonic expansion is not stable to rtol={rtol:g} (error about "
        f"{error:.2g}) within {MAXIMUM_UNKNOWNS} unknowns for an energy spread of "
        f"{spin._curvature / 2:.3g} kT; raise the temperature, the damping or rtol, or use theory or rare_events"
    )
