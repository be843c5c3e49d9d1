"""The Fokker-Planck operator in real spherical harmonics."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev
from scipy import sparse
from scipy.sparse.linalg import ArpackError, LinearOperator, eigs
from scipy.special import roots_legendre

from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.fokker_planck.basis import basis, clean, clenshaw, contract, cross, dot, harmonic_sum
from mtjphys.fokker_planck.edge import EdgeRule, legendre_table
from mtjphys.fokker_planck.factors import Factors
from mtjphys.fokker_planck.summits import summits
from mtjphys.fokker_planck.weight import Ridge, Weight, frame_of, weight_of
from mtjphys.macrospin.spin import Macrospin, Part

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]


def _arrays(value: Any) -> Iterator[Any]:
    """Yield arrays, those of sparse matrices, and those of collections."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _arrays(item)
    elif isinstance(value, sparse.csr_array | sparse.csc_array):
        yield from _arrays([value.data, value.indices, value.indptr])
    elif isinstance(value, np.ndarray):
        yield value


def _shortened(spin: Macrospin, part: Part, accuracy: float) -> Part:
    """Return a part without the end of its Chebyshev series that is worth less than `accuracy` kT."""
    size = np.linalg.norm(part.field) + np.linalg.norm(part.matrix) + np.linalg.norm(part.damping_like) / spin.damping
    rest = np.cumsum(np.abs(part.series[::-1]))[::-1] * size / spin.thermal_field
    if part.general:  # the weight holds it exactly
        return part
    return part._replace(series=part.series[: max(1, int(np.count_nonzero(rest > accuracy)))])


def _paired(weight: Weight, parts: list[Part], frame: Array) -> tuple[Weight, list[Part]]:
    """Return a weight with a ridge for each general energy term, and parts with a term for each ridge."""
    ridges, general = list(weight.ridges), [part for part in parts if part.general]
    for part in general[len(ridges) :]:
        ridges.append(Ridge(frame @ part.axis, np.zeros(1)))
    for ridge in ridges[len(general) :]:
        axis = frame.T @ ridge.axis
        parts = [*parts, Part(np.zeros(1), axis, axis, np.zeros((3, 3)), np.zeros(3), True)]
    return weight._replace(ridges=tuple(ridges)), parts


class SlowMode(NamedTuple):
    """The slowest rate and its modes.

    Attributes
    ----------
    rate : complex
        In units of D.
    right, left : complex array
        Modes of the backward operator and of its transpose, of any size.
    rounding : float
        Relative rounding error of the rate.
    truncation : float
        Share in the rate of the last degrees and orders that are held, 30 to 10 000 times the relative error of leaving
        out those beyond, where it is below 0.5.
    """

    rate: complex
    right: Complex
    left: Complex
    rounding: float
    truncation: float


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
        weight: Weight | None = None,
        frame: Array | None = None,
    ) -> None:
        self.spin = spin
        self.frame = frame_of(spin) if frame is None else frame
        self._reversible = weight is None and spin.reversible
        self.exponent = (weight_of(spin) if weight is None else weight).turned(self.frame)
        parts = [_shortened(spin, part, accuracy) for part in spin.parts]
        self.exponent, parts = _paired(self.exponent, parts, self.frame)
        pad = 2 + max([len(part.series) - 1 for part in parts] + [len(ridge.slope) for ridge in self.exponent.ridges])
        wide = basis(l_max + pad, m_max + pad)
        keep = np.flatnonzero((wide.degree <= l_max) & (np.abs(wide.order) <= m_max))
        self.degree, self.order = wide.degree[keep], wide.order[keep]
        position = wide.position
        self._wide, self._keep = wide, keep
        one = sparse.eye_array(wide.degree.size, format="csr")
        slope = self._linear(self.exponent.vector, self.exponent.matrix)
        lean = dot(list(self.exponent.vector), position)
        # m.K m has the Laplacian -6 m.K m, h.m has -2 h.m, f(c) of c = m.n has (1 - c^2) f'' - 2 c f'.
        bend = lean - 3 * dot(position, slope)
        cosines = [dot(list(clean(ridge.axis, 1.0)), position) for ridge in self.exponent.ridges]
        for ridge, cosine in zip(self.exponent.ridges, cosines, strict=True):
            steep, sharp = clenshaw(ridge.slope, cosine, one), clenshaw(ridge.bend, cosine, one)
            slope = [part + size * steep if size else part for part, size in zip(slope, ridge.axis, strict=True)]
            bend = bend + sharp - cosine @ (cosine @ sharp) - 2 * (cosine @ steep)
        self._slope, self._along = slope, dot(position, slope)
        degree = wide.degree.astype(float)
        alone = sparse.diags_array(-degree * (degree + 1)).tocsr() - bend / 2
        # Sums of products are one product of what stands beside each other and what stands below each other.
        pairs = [(part / -4, part) for part in slope] + [(self._along / 4, self._along)]
        reference = dot(list(clean(self.frame @ spin.reference, 1.0)), position)
        alpha, b = spin.damping, spin.thermal_field
        ridges = iter(zip(self.exponent.ridges, cosines, strict=True))
        total = alone[keep]
        for number, part in enumerate(parts):
            if part.general:
                pairs += self._ridge(part, *next(ridges))
                continue
            pull, stiff = self._turned((part.field + part.damping_like / alpha) / b, part.matrix / b)
            turn, twist = self._turned((part.field / alpha - part.damping_like) / b, part.matrix / (alpha * b))
            if number == 0:
                pull, stiff = pull - self.exponent.vector, stiff - self.exponent.matrix
            gradual, rotating = self._linear(pull, stiff), self._linear(turn, twist)
            climbing = rotating
            if number == 0:  # the part of it along the gradient of s turns without climbing
                climbing = self._linear(turn - self.exponent.vector / alpha, twist - self.exponent.matrix / alpha)
            flow = self._flow(gradual, rotating, climbing)
            if len(part.series) > 1:
                total = total + clenshaw(part.series, reference, one)[keep] @ contract(flow)
            else:
                pairs += [(part.series[0] * left, right) for left, right in flow]
        total = total + contract([(left[keep], right) for left, right in pairs])
        operator = sparse.csc_array(total[:, keep])
        operator.data[np.abs(operator.data) < 1e-15 * np.abs(operator.data).max()] = 0.0
        operator.eliminate_zeros()
        self.operator = operator

    def _flow(self, gradual: list[Any], rotating: list[Any], climbing: list[Any]) -> list[tuple[Any, Any]]:
        """Return pairs whose products add up to ``w.grad - w.grad s/2`` for ``w = gradual + rotating x m``.

        Of rotating, `climbing` is what is left where it turns along the contours of s.
        """
        wide = self._wide
        steep = [(turned - part) / 2 for turned, part in zip(cross(wide.position, climbing), gradual, strict=True)]
        lefts = [*gradual, *rotating, *steep, dot(wide.position, gradual) / 2]
        rights = [*wide.gradient, *wide.rotation, *self._slope, self._along]
        return list(zip(lefts, rights, strict=True))

    def _turned(self, vector: Array, matrix: Array) -> tuple[Array, Array]:
        """Return a vector and the traceless part of a matrix in the frame."""
        return self.frame @ vector, self.frame @ (matrix - np.trace(matrix) / 3 * np.eye(3)) @ self.frame.T

    def _ridge(self, part: Any, ridge: Any, cosine: Any) -> list[tuple[Any, Any]]:
        """Return the pairs of a general energy term, whose field along n is a function of m.n."""
        one = sparse.eye_array(self._wide.degree.size, format="csr")
        field = chebyshev.chebsub(part.series / self.spin.thermal_field, ridge.slope)
        rest, whole = (clenshaw(series, cosine, one) for series in (field, part.series / self.spin.thermal_field))

        def along_axis(size: Any) -> list[Any]:
            return [value * size if value else sparse.csr_array(one.shape) for value in ridge.axis]

        alpha = self.spin.damping
        return self._flow(along_axis(rest), along_axis(whole / alpha), along_axis(rest / alpha))

    def _linear(self, vector: Array, matrix: Array) -> list[Any]:
        """Return the operators of the components of vector + matrix m."""
        wide = self._wide
        scale = float(self.spin.curvature / min(self.spin.damping, 1.0))
        vector, matrix = clean(vector, scale), clean(matrix, scale)
        one = sparse.eye_array(wide.degree.size, format="csr")
        lines = [dot(list(row), wide.position) for row in matrix]
        return [line + size * one if size else line for size, line in zip(vector, lines, strict=True)]

    def component(self, n: Array) -> sparse.csr_array:
        """Return the operator of m.n for a vector n of the laboratory frame."""
        whole = dot(list(clean(self.frame @ n, 1.0)), self._wide.position)
        return sparse.csr_array(sparse.csr_array(whole)[self._keep][:, self._keep])

    @cached_property
    def cosine(self) -> sparse.csr_array:
        """The operator of m.p."""
        return self.component(self.spin.reference)

    @cached_property
    def _factors(self) -> Factors:
        return Factors(self.operator[1:][:, 1:])

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

    def _slowest_of_parts(self) -> tuple[float, Array] | None:
        """Return the slowest rate and its mode where a few inverse iterations find them, far below all others.

        Each part that symmetry keeps apart is iterated by itself, so that what is slow in another does not show.
        """
        found: tuple[float, Array] | None = None
        others = 0.0
        random = np.random.default_rng(1).standard_normal(self.operator.shape[0])
        for part in self._factors.parts:
            start = np.zeros(random.size)
            start[part + 1] = random[part + 1]
            old = size = 0.0
            for _ in range(6):
                start /= np.linalg.norm(start)
                following = self.solve(start)
                new, size = float(start @ following), float(np.linalg.norm(following))
                if abs(new - old) <= 1e-13 * abs(new):
                    break
                start, old = following, new
            else:
                others = max(others, size)
                continue
            if found is None or abs(new) > abs(found[0]):
                found = new, following
        return found if found is not None and others < 0.1 * abs(found[0]) else None

    def slowest(self, count: int, tolerance: float = 0.0) -> tuple[Complex, Complex]:
        """Return the `count` rates nearest to zero, ascending, and their modes (columns).

        They are exact to rounding, or to a relative `tolerance`.
        """
        size = self.operator.shape[0]
        if count > size - 3:
            raise ParameterError(f"n={count} rates are more than this operator has; ask for fewer")
        found = self._slowest_of_parts() if count == 1 and size >= 40 else None
        if found is not None:
            return np.array([-1 / found[0]], dtype=complex), found[1].astype(complex)[:, None]
        return self._arnoldi(count, tolerance)

    def _arnoldi(self, count: int, tolerance: float, transposed: bool = False) -> tuple[Complex, Complex]:
        """Return what `slowest` does, of the transposed operator on demand."""
        size = self.operator.shape[0]
        values: Any
        modes: Any

        def solve(right: Array) -> Array:
            return self.solve(right, transposed)

        if size < 40:
            values, modes = np.linalg.eig(np.column_stack([solve(row) for row in np.eye(size)]))
        else:
            inverse = LinearOperator(self.operator.shape, matvec=solve, dtype=float)
            start = np.random.default_rng(1).standard_normal(size)
            try:
                values, modes = eigs(inverse, k=count, v0=start, ncv=min(size - 1, 2 * count + 8), tol=tolerance)
            except ArpackError as error:
                raise SimulationError(
                    f"the eigenvalue iteration did not converge ({error}); ask for fewer rates"
                ) from None
        rank = np.argsort(-np.abs(values))[:count]
        values, modes = -1 / values[rank], modes[:, rank]
        rank = np.lexsort((values.imag, np.round(np.abs(values), 12)))
        return values[rank], modes[:, rank]

    @cached_property
    def slow_mode(self) -> SlowMode:
        """The slowest rate and its modes.

        In detailed balance with a real mode f the rate is the quotient <|grad f|^2>/<f^2>, in which rounding
        enters far below the eigenvalue's own eps |y|^T |A| |x|/(|y^T x| rate), with its left and right modes.
        """
        rates, modes = self.slowest(1)
        rate, right = complex(rates[0]), modes[:, 0]
        left = self._left_mode(right)
        spread = np.abs(left) * (abs(self.operator) @ np.abs(right))
        overlap = max(float(abs(left @ right)), 1e-300)
        edge = self._edge
        truncation = float(spread[edge].sum()) / max(overlap * abs(rate), 1e-300)
        absolute = float(np.finfo(float).eps * spread.sum() / overlap)
        if abs(rate) > 0.1:
            return SlowMode(rate, right, left, 0.0, truncation)
        if not self._reversible:
            return SlowMode(rate, right, left, absolute / abs(rate), truncation)
        real: Array = right.real
        for _ in range(2):
            real = self.solve(real)
            real /= np.linalg.norm(real)
        wide = np.zeros(self._wide.degree.size)
        wide[self._keep] = real
        slope = [part @ wide for part in self._slope]
        along = self._along @ wide
        size = 0.0
        for i in range(3):
            flow = self._wide.gradient[i] @ wide - (slope[i] - self._wide.position[i] @ along) / 2
            size += float(flow @ flow)
        even = self.constant / np.linalg.norm(self.constant)
        rate = complex(size / (real @ real - (even @ real) ** 2))
        rounding = absolute * float(np.sqrt(2 / max(rate.real, 1e-300)))
        return SlowMode(rate, real.astype(complex), left, rounding, truncation)

    @cached_property
    def slow_left(self) -> Array:
        """Left mode of the slowest rate, to rounding."""
        left = self.slow_mode.left.real
        left = left / np.linalg.norm(left)
        for _ in range(200):
            following = self.solve(left, transposed=True)
            following *= np.sign(following @ left) / np.linalg.norm(following)
            change = float(np.linalg.norm(following - left))
            left = following
            if change <= 1e-13:
                break
        return left

    @cached_property
    def slow_tops(self) -> tuple[tuple[float, Array], tuple[float, Array]]:
        """Highest value of the slowest mode and of its negative, each with the unit vector where it is."""
        mode = self.slow_mode.right.real
        values, profile = self.values(mode), self.weight(self.grid[0])

        def top(side: Array) -> Array:
            # Where the weight does not magnify the error of the mode, by the size of the weighted mode and not of the
            # weight: the shallow well may be a billionth of the deep one, on whose slopes the mode has the sign of the
            # shallow one.
            seen = np.flatnonzero(side > 0.05 * side.max())
            return np.asarray(self.grid[0][seen[np.argmax(side[seen] / profile[seen])]])

        def heights(m: Array) -> Array:
            flat = m.reshape(-1, 3)
            found = harmonic_sum(self.degree, self.order, mode, flat @ self.frame.T) / self.weight(flat)
            return np.asarray(found.reshape(m.shape[:-1]))

        width, spacing = 0.05 / float(self.degree.max()), 2 * np.pi / self.shape[1]
        places = summits(heights, np.array([top(values), top(-values)]), width, spacing)
        upper, lower = np.abs(heights(places)).tolist()
        return (upper, places[0]), (lower, places[1])

    @property
    def nbytes(self) -> int:
        """Memory held in arrays, as far as they were made; the basis is shared by all."""
        own = [value for name, value in list(vars(self).items()) if name != "_wide"]
        return self._factors.nbytes + sum(array.nbytes for array in _arrays(own))

    def _left_mode(self, right: Complex) -> Complex:
        """Return the left mode of the rate whose right mode is given."""
        real = right.real
        if np.abs(right.imag).max() > 1e-6 * np.abs(real).max():
            found = self._arnoldi(1, 1e-3, True)[1][:, 0]
            return np.asarray(found if abs(found @ right) > abs(found.conj() @ right) else found.conj())
        left: Array = np.where(real != 0.0, 1.0, 0.0)
        for _ in range(4):
            left = self.solve(left, transposed=True)
            left /= np.linalg.norm(left)
        return left.astype(complex)

    @property
    def _edge(self) -> npt.NDArray[np.bool_]:
        """The harmonics of the last degrees and orders, which are coupled to those left out."""
        l_max, m_max = int(self.degree.max()), int(self.order.max())
        return (self.degree > l_max - 4) | ((np.abs(self.order) > m_max - 4) & (m_max < l_max))

    def observable(self, series: Array) -> Array:
        """Coefficients of e^{-s/2} g(m.p) rho_stationary, of g's Chebyshev series."""
        return np.asarray(clenshaw(series, self.cosine, self.stationary))

    def mean_of(self, series: Array) -> Array:
        """Return the row vector g with g @ psi = <g(m.p)>, of g's Chebyshev series."""
        return np.asarray(clenshaw(series, self.cosine, self.constant))

    @cached_property
    def _top(self) -> tuple[Array, float]:
        """A unit vector of the frame near which s is highest, and s there."""
        count = 2000
        z = 1 - (2 * np.arange(count) + 1) / count
        phi = np.pi * (3 - np.sqrt(5)) * np.arange(count)
        sine = np.sqrt(1 - z**2)
        m = np.concatenate((np.column_stack((sine * np.cos(phi), sine * np.sin(phi), z)), np.eye(3), -np.eye(3)))
        values = self.exponent.exponent(m)
        return m[int(values.argmax())], float(values.max())

    def weight(self, m: Array) -> Array:
        """Return e^{s/2} at unit vectors (points, 3) of the laboratory frame, about 1 at its maximum."""
        return np.exp((self.exponent.exponent(m @ self.frame.T) - self._top[1]) / 2)

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

    @property
    def shape(self) -> tuple[int, int]:
        """Number of cosines and of azimuths of the grid."""
        return self._rule[0].size, self._rule[2].size

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
        p = self.frame @ self.spin.reference
        phi = np.arctan2(p[1], p[0]) + np.pi / 4 * (2 * np.arange(4)[:, None] + 1 + x)
        return z, weight, phi.ravel(), np.tile(np.pi / 4 * w, 4), legendre_table(z, l_max, m_max)

    def values(self, coefficients: Array) -> Array:
        """Return sum_k coefficients_k Y_k on the grid."""
        _, _, phi, _, table = self._rule
        along, waves = [], []
        for order, legendre in enumerate(table):
            for sign, wave in ((1, np.cos(order * phi)), (-1, np.sin(order * phi))):
                if order > 0 or sign > 0:
                    along.append(coefficients[self.order == sign * order] @ legendre)
                    waves.append(wave)
        return np.asarray((np.array(along).T @ np.array(waves)).ravel())

    def rows(self, m: Array) -> Array:
        """Return the values of all harmonics at few unit vectors (points, 3) of the laboratory frame, a row each."""
        x, y, z = self.frame @ m.T
        phi = np.arctan2(y, x)
        result = np.empty((len(m), self.degree.size))
        for order, legendre in enumerate(legendre_table(z, int(self.degree.max()), int(self.order.max()))):
            for sign, wave in ((1, np.cos(order * phi)), (-1, np.sin(order * phi))):
                if order > 0 or sign > 0:
                    result[:, self.order == sign * order] = (legendre * wave).T
        return result

    def current(self, left: Array, right: Array) -> Array:
        """Return the density `left` times the gradient of the function `right`, (points, 3), up to a radial part.

        It is what the mean of ``w.grad`` between the two takes of a field w: ``sum(areas * (current * w).sum(-1))``
        on the grid, in the axes of the laboratory.
        """
        wide = np.zeros(self._wide.degree.size)
        wide[self._keep] = right
        slopes = [
            self.values((gradient @ wide - slope @ wide / 2)[self._keep])
            for gradient, slope in zip(self._wide.gradient, self._slope, strict=True)
        ]
        return self.values(left)[:, None] * np.stack(slopes, -1) @ self.frame

    @property
    def edge_rule(self) -> EdgeRule:
        """A rule for functions that jump where m.p = 0, in the frame."""
        return EdgeRule(self.degree, self.order, self.frame @ self.spin.reference)
