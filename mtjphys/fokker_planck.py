r"""Exact statistics of one junction from its Fokker-Planck equation, without sampling.

The probability density :math:`\rho` of the unit vector m that follows the stochastic LLG equation
obeys, on the sphere,

.. math::

    \partial_t\rho = -\nabla\cdot(v\rho) + D\nabla^2\rho, \qquad
    v = \frac{\gamma}{1+\alpha^2}\left[-m\times(B - \alpha q) + P_\perp(\alpha B + q)\right], \qquad
    D = \frac{\alpha\gamma b}{1+\alpha^2},

with the field :math:`B = B_0 + Mm` (field-like torques included), the damping-like torque
:math:`q = a_{DL}p + b_{DL}\sigma`, the projection :math:`P_\perp` on the tangent plane and the
thermal field :math:`b = k_BT/(M_sV)`. The coefficients may be functions of m.p, as they are behind
a series resistor.

- An axially symmetric junction relaxes along its axis as in detailed balance. Its slowest rate is
  found from an integral equation with a positive kernel, to about twelve digits at any barrier up
  to a few hundred kT.
- Otherwise the operator is a sparse matrix in real spherical harmonics, built from the exact
  matrices of x, y, z, of the rotations :math:`m\times\nabla` and of the gradient. The degree grows
  until the answer is stable to the `rtol` that was asked for, and what was reached is reported.
  Where rounding limits it, at barriers above 25 to 30 kT, it is an error, never a number.

Every function takes a junction and a constant bias, or a `Macrospin` in plain numbers and no bias.

References
----------
W. F. Brown, Phys. Rev. 130, 1677 (1963).
W. T. Coffey and Y. P. Kalmykov, J. Appl. Phys. 112, 121301 (2012).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev
from scipy import sparse
from scipy.constants import Boltzmann
from scipy.interpolate import BPoly, pade
from scipy.optimize import brentq
from scipy.sparse.linalg import ArpackError, LinearOperator, SuperLU, eigs, splu
from scipy.special import roots_legendre

from mtjphys.errors import MtjphysWarning, ParameterError, SimulationError
from mtjphys.kernels.parameters import LaneParameters

if TYPE_CHECKING:
    from mtjphys.bias import Bias
    from mtjphys.device import MTJ

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]
Profile = Callable[[Array], Array]

__all__ = [
    "DwellTimes",
    "Equilibrium",
    "Macrospin",
    "Modulation",
    "Rates",
    "autocorrelation",
    "correlation_time",
    "dwell_times",
    "equilibrium",
    "macrospin",
    "relaxation_rate",
    "relaxation_rates",
]

_MAXIMUM_EXPONENT = 600.0  # exp() of it is still far from overflow
_MAXIMUM_UNKNOWNS = 40_000
_RELATIVE_SYMMETRY = 1e-12


class Modulation(NamedTuple):
    """A part of field and torque that is multiplied by a function of the cosine c = m.p.

    Attributes
    ----------
    profile : callable
        Smooth function of c on [-1, 1], array in, array out; dimensionless.
    field : array of shape (3,)
        Field in tesla.
    matrix : array of shape (3, 3)
        Symmetric matrix in tesla; the field is ``matrix @ m``.
    damping_like : array of shape (3,)
        Damping-like torque ``q`` in tesla.
    """

    profile: Profile
    field: npt.ArrayLike = (0.0, 0.0, 0.0)
    matrix: npt.ArrayLike = ((0.0,) * 3,) * 3
    damping_like: npt.ArrayLike = (0.0, 0.0, 0.0)


class _Part(NamedTuple):
    """Field and torque that share one function of m.p, given as a Chebyshev series."""

    series: Array
    field: Array
    matrix: Array
    damping_like: Array


@dataclass(frozen=True)
class Macrospin:
    """A macrospin under constant bias in plain SI numbers.

    Parameters
    ----------
    field : array_like of shape (3,)
        Applied and stray field and field-like torques ``a_FL p + b_FL sigma``, in tesla.
    matrix : array_like of shape (3, 3)
        Symmetric M of the shape and anisotropy field ``M m``, in tesla.
    thermal_field : float
        ``kB T/(Ms V)``, in tesla.
    damping : float
        Gilbert damping, above 0.
    damping_like : array_like of shape (3,)
        ``q = a_DL p + b_DL sigma`` of the damping-like torques, in tesla.
    gyromagnetic_ratio : float
        In rad/(s T).
    reference : array_like of shape (3,)
        Direction p of the reference layer.
    modulations : tuple of Modulation
        Parts that depend on the state through m.p.
    resistance : callable, optional
        Resistance in ohm as a function of m.p.

    Raises
    ------
    ParameterError
        If a number is not finite, a shape is wrong, or damping or thermal field are not positive.

    Examples
    --------
    >>> import numpy as np
    >>> spin = Macrospin(np.zeros(3), np.diag([0.0, 0.0, 0.06]), thermal_field=0.01, damping=0.1)
    >>> round(float(equilibrium(spin).second_moments[2, 2]), 5)
    0.62619
    """

    field: npt.ArrayLike
    matrix: npt.ArrayLike
    thermal_field: float
    damping: float
    damping_like: npt.ArrayLike = (0.0, 0.0, 0.0)
    gyromagnetic_ratio: float = 1.76085963e11
    reference: npt.ArrayLike = (0.0, 0.0, 1.0)
    modulations: tuple[Modulation, ...] = ()
    resistance: Profile | None = None

    def __post_init__(self) -> None:
        for name, shape in (
            ("field", (3,)),
            ("matrix", (3, 3)),
            ("damping_like", (3,)),
            ("reference", (3,)),
        ):
            value = np.array(getattr(self, name), dtype=float)
            if value.shape != shape or not np.isfinite(value).all():
                raise ParameterError(f"{name}={value.tolist()!r} must be {'x'.join(map(str, shape))} finite numbers")
            object.__setattr__(self, name, value)
        for name, unit in (
            ("thermal_field", "T"),
            ("damping", "1"),
            ("gyromagnetic_ratio", "rad/(s T)"),
        ):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise ParameterError(
                    f"{name}={value!r} {unit} must be above 0 and finite: without thermal noise "
                    "there is no stationary distribution"
                )
        length = float(np.linalg.norm(self._p))
        if length == 0:
            raise ParameterError("reference=(0, 0, 0) has no direction; give the unit vector p")
        object.__setattr__(self, "reference", self._p / length)
        if not np.allclose(self._M, self._M.T, rtol=1e-9, atol=1e-15):
            raise ParameterError("matrix must be symmetric: the field M m derives from an energy")

    @property
    def _p(self) -> Array:
        return np.asarray(self.reference, dtype=float)

    @property
    def _B(self) -> Array:
        return np.asarray(self.field, dtype=float)

    @property
    def _q(self) -> Array:
        return np.asarray(self.damping_like, dtype=float)

    @property
    def _M(self) -> Array:
        return np.asarray(self.matrix, dtype=float)

    @property
    def diffusion(self) -> float:
        """Diffusion coefficient ``alpha gamma kB T/(Ms V (1 + alpha^2))`` on the sphere, in 1/s."""
        return self.damping * self.gyromagnetic_ratio * self.thermal_field / (1 + self.damping**2)

    @cached_property
    def _parts(self) -> tuple[_Part, ...]:
        """Chebyshev series of the profile, field, matrix and damping-like torque of each part."""
        parts = [_Part(np.ones(1), self._B, self._M, self._q)]
        for item in self.modulations:
            rest = (np.array(v, dtype=float) for v in (item.field, item.matrix, item.damping_like))
            parts.append(_Part(_series(item.profile), *rest))
        return tuple(parts)

    @cached_property
    def _curvature(self) -> float:
        """Scale of the drift over diffusion, about twice the highest barrier over kT."""
        total = 0.0
        for series, field, matrix, damping_like in self._parts:
            spread = np.linalg.eigvalsh(matrix)
            size = spread[2] - spread[0] + np.linalg.norm(field)
            size += np.linalg.norm(damping_like) / self.damping
            total += float(np.abs(series).sum() * size)
        return total / self.thermal_field

    @cached_property
    def _axis(self) -> Array | None:
        """Axis about which the whole problem is symmetric, p or -p where possible."""
        scale = self._curvature * self.thermal_field + float(np.abs(self._M).max())
        vectors = [self._p]
        if not self.modulations:
            vectors += [self._B, self._q, *np.linalg.eigh(self._M)[1].T]
        for vector in vectors:
            length = np.linalg.norm(vector)
            if length <= _RELATIVE_SYMMETRY * scale:
                continue
            n = vector / length
            worst = 0.0
            for _, field, matrix, damping_like in self._parts:
                along = float(n @ matrix @ n)
                across = (np.trace(matrix) - along) / 2
                rest = matrix - across * np.eye(3) - (along - across) * np.outer(n, n)
                errors = (np.cross(field, n), np.cross(damping_like, n) / self.damping, rest)
                worst = max(worst, *(float(np.abs(error).max()) for error in errors))
            if worst <= _RELATIVE_SYMMETRY * scale:
                return n
        return None

    @cached_property
    def _axial_potential(self) -> Array:
        """Chebyshev series in z = m.axis of the effective ``u = log rho`` of an axial problem."""
        n = self._axis
        if n is None:  # pragma: no cover - callers check
            raise SimulationError("the junction is not axially symmetric")
        slope: Array = np.zeros(1)
        for series, field, matrix, damping_like in self._parts:
            along = float(n @ matrix @ n)
            across = (np.trace(matrix) - along) / 2
            line = [float(n @ (field + damping_like / self.damping)), along - across]
            slope = np.asarray(chebyshev.chebadd(slope, chebyshev.chebmul(series, line)), float)
        return np.asarray(chebyshev.chebint(slope / self.thermal_field))

    def _log_density(self) -> Profile | None:
        """Return u(m) = log rho + constant where detailed balance holds, else None."""
        n = self._axis
        if n is not None:
            potential = self._axial_potential
            return lambda m: np.asarray(chebyshev.chebval(m @ n, potential))
        if self.modulations or np.any(self._q):
            return None
        return lambda m: (m @ self._B + 0.5 * np.einsum("...i,ij,...j", m, self._M, m)) / self.thermal_field


def _series(profile: Profile) -> Array:
    """Return the Chebyshev series of a smooth function on [-1, 1], to about 1e-11 of its size."""
    for degree in (16, 64):
        nodes = chebyshev.chebpts1(degree + 1)
        values = np.broadcast_to(profile(nodes), nodes.shape)
        series = np.asarray(chebyshev.chebfit(nodes, values, degree), float)
        size = np.abs(series).max()
        if not np.isfinite(size):
            raise ParameterError("the state dependence of a torque is not finite for all states")
        if np.abs(series[-2:]).max() <= 1e-11 * size:
            keep = np.flatnonzero(np.abs(series) > 1e-11 * size)
            return np.asarray(series[: keep[-1] + 1 if keep.size else 1])
    raise ParameterError(
        "the state dependence of a torque is too sharp for a polynomial of degree 64 in m.p; "
        "use a lower series resistance"
    )


def macrospin(junction: MTJ, bias: Bias) -> Macrospin:
    """Return the plain numbers of a junction under a constant bias.

    Parameters
    ----------
    junction : MTJ
        The junction.
    bias : Bias
        Constant bias. With a series resistance or a current source the junction's voltage follows
        its state m.p through its conductance, and torques and voltage-controlled anisotropy follow
        the voltage: exactly.

    Returns
    -------
    Macrospin
        Fields in tesla.

    Raises
    ------
    ParameterError
        If the bias varies in time, or Joule heating makes the temperature a state of its own.
    """
    lane: LaneParameters = junction.lane_parameters()
    source, *applied, temperature, channel = _constants(bias)
    driven_by_current = bias.source == "current"
    if lane.thermal_resistance != 0 and source != 0:
        raise ParameterError(
            f"heating with thermal_resistance={lane.thermal_resistance:g} K/W gives the "
            "temperature a memory of its own, which this Fokker-Planck equation does not hold; "
            "use heating=None and give the mean temperature in the bias, or simulate"
        )

    def shrink(kelvin: float) -> float:
        return 1.0 - (kelvin * lane.inverse_curie_temperature) ** lane.bloch_exponent

    s = shrink(temperature) / shrink(lane.reference_temperature)
    if not s > 0:
        raise ParameterError(
            f"temperature={temperature:g} K is not below the Curie temperature of "
            f"{1 / lane.inverse_curie_temperature:g} K"
        )
    k = s**lane.anisotropy_exponent
    matrix = s * _matrix(lane, "shape") + k / s * _matrix(lane, "anisotropy")
    p = np.array([lane.reference_x, lane.reference_y, lane.reference_z])
    sigma = np.array([lane.spin_orbit_x, lane.spin_orbit_y, lane.spin_orbit_z])
    field = np.array(applied) + np.array([lane.stray_x, lane.stray_y, lane.stray_z])
    field = field + lane.spin_orbit_field_like / s * channel * sigma
    damping_like = lane.spin_orbit_damping_like / s * channel * sigma

    def conductance(cosine: Array, volt: Array | float) -> Array:
        ratio = lane.tunnel_magnetoresistance / (1 + (volt * lane.inverse_half_voltage) ** 2)
        parallel = lane.conductance_parallel
        return np.asarray(parallel * ((1 + cosine) / 2 + (1 - cosine) / 2 / (1 + ratio)))

    # a V + b V G(V) = source
    a, b = (0.0, 1.0) if driven_by_current else (1.0, bias.series_resistance)

    def volt(cosine: Array) -> Array:
        v = np.asarray(source / (a + b * conductance(cosine, 0.0)))
        for _ in range(60):
            step = 1e-6 * (np.abs(v) + 1e-9)
            balance = a * v + b * v * conductance(cosine, v) - source
            ahead = v + step
            behind = v - step
            slope = a + b * (ahead * conductance(cosine, ahead) - behind * conductance(cosine, behind)) / (2 * step)
            change = balance / slope
            v = v - change
            if np.abs(change).max() <= 1e-14 * np.abs(v).max():
                break
        return v

    def damping_like_field(cosine: Array) -> Array:
        v = volt(cosine)
        i = v * conductance(cosine, v) / (1 + lane.polarisation_squared * cosine)
        quadratic = lane.damping_like_quadratic * v
        return (v * (lane.damping_like + quadratic) + lane.damping_like_current * i) / s

    def field_like_field(cosine: Array) -> Array:
        v = volt(cosine)
        i = v * conductance(cosine, v) / (1 + lane.polarisation_squared * cosine)
        quadratic = lane.field_like_quadratic * v
        return (v * (lane.field_like + quadratic) + lane.field_like_current * i) / s

    zz = np.diag([0.0, 0.0, lane.vcma / s])
    by_current = lane.damping_like_current != 0 or lane.field_like_current != 0
    modulations: list[Modulation] = []
    if source != 0 and (b * source != 0 or by_current):
        if lane.vcma != 0:
            modulations.append(Modulation(volt, matrix=zz))
        if np.any(damping_like_field(np.linspace(-1.0, 1.0, 5))):
            modulations.append(Modulation(damping_like_field, damping_like=p))
        if np.any(field_like_field(np.linspace(-1.0, 1.0, 5))):
            modulations.append(Modulation(field_like_field, field=p))
    else:
        middle = np.zeros(1)
        matrix = matrix + source * zz
        damping_like = damping_like + damping_like_field(middle)[0] * p
        field = field + field_like_field(middle)[0] * p

    return Macrospin(
        field,
        matrix,
        Boltzmann * temperature / (lane.moment * s),
        lane.damping,
        damping_like,
        lane.gyromagnetic_ratio,
        p,
        tuple(modulations),
        lambda cosine: 1.0 / conductance(cosine, volt(cosine)),
    )


def _constants(bias: Bias) -> list[float]:
    """Return source, three field components, temperature and channel current as numbers."""
    names = (bias.source, "field_x", "field_y", "field_z", "temperature", "spin_orbit_current")
    values = []
    for name, channel in zip(names, bias.channels, strict=True):
        if not channel.is_constant:
            raise ParameterError(
                f"{name}={channel!r} varies in time, and the Fokker-Planck equation is solved for "
                f"a constant bias; give {name} as a number, or simulate"
            )
        values.append(float(channel.bounds()[0]))
    return values


def _matrix(lane: LaneParameters, name: str) -> Array:
    xx, yy, zz, xy, xz, yz = (getattr(lane, f"{name}_{part}") for part in ("xx", "yy", "zz", "xy", "xz", "yz"))
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def _spin(junction: MTJ | Macrospin, bias: Bias | None) -> Macrospin:
    if isinstance(junction, Macrospin):
        if bias is not None:
            raise ParameterError("a Macrospin holds its bias already; leave bias out")
        return junction
    if bias is None:
        from mtjphys.bias import Bias as Constant

        bias = Constant()
    return macrospin(junction, bias)


# --- axially symmetric junctions -----------------------------------------------------------------


class _Panels(NamedTuple):
    """Composite Gauss-Legendre rule in the polar angle, with cumulative integrals in a panel."""

    z: Array  # (panel, node), ascending from -1 to 1
    sine: Array
    weights: Array  # of dtheta
    left: Array  # (node, node), integral from the panel's start to the node, for dtheta
    right: Array  # from the node to the panel's end


@lru_cache(maxsize=64)
def _panels(count: int, nodes: int = 16) -> _Panels:
    x, w = roots_legendre(nodes)
    vandermonde = np.polynomial.legendre.legvander(x, nodes)
    degree = np.arange(nodes)
    to_coefficients = (vandermonde[:, :nodes] * w[:, None]).T * (degree[:, None] + 0.5)
    integrals = np.empty((nodes, nodes))
    integrals[:, 0] = x + 1
    for n in range(1, nodes):
        integrals[:, n] = (vandermonde[:, n + 1] - vandermonde[:, n - 1]) / (2 * n + 1)
    half = np.pi / (2 * count)
    left = half * integrals @ to_coefficients
    theta = half * (2 * np.arange(count)[:, None] + 1 + x)
    return _Panels(-np.cos(theta), np.sin(theta), half * w, left, half * w - left)


class _Axial:
    """The m = 0 sector of an axially symmetric junction, by positive integrals."""

    def __init__(self, spin: Macrospin) -> None:
        potential = spin._axial_potential
        grid = -np.cos(np.linspace(0, np.pi, 129))
        u = chebyshev.chebval(grid, potential)
        span = float(u.max() - u.min())
        if not span < _MAXIMUM_EXPONENT:
            raise SimulationError(
                f"the energy varies by {span:.4g} kT over the sphere, more than the "
                f"{_MAXIMUM_EXPONENT:g} kT that float64 holds; raise the temperature or use an "
                "asymptotic rate"
            )
        variation = float(np.abs(np.diff(u)).sum())
        self.rule = rule = _panels(int(np.clip(np.ceil(variation / 2.5), 16, 400)))
        u = chebyshev.chebval(rule.z, potential)
        self.density = np.exp(u - u.max())
        self.density /= self.total(self.density * rule.sine)
        below = self.density * rule.sine
        self.below = self.cumulate(below)
        self.above = self.cumulate_down(below)

    def total(self, values: Array) -> float:
        return float((values @ self.rule.weights).sum())

    def cumulate(self, values: Array) -> Array:
        whole = values @ self.rule.weights
        before = np.concatenate(([0.0], np.cumsum(whole)[:-1]))
        return np.asarray(before[:, None] + values @ self.rule.left.T)

    def cumulate_down(self, values: Array) -> Array:
        whole = values @ self.rule.weights
        after = np.concatenate((np.cumsum(whole[::-1])[::-1][1:], [0.0]))
        return np.asarray(after[:, None] + values @ self.rule.right.T)

    def slowest(self) -> tuple[float, Array]:
        """Return the slowest rate in units of D and its probability flux.

        With F the cumulative probability and J the flux of the mode, the backward equation is
        J = rate * [(1 - F) int_left F f' dz + F int_right (1 - F) f' dz], f' = J/((1 - z^2) rho):
        a positive operator, so nothing cancels at any barrier.
        """
        resistance = 1.0 / (self.rule.sine * self.density)
        flux = np.minimum(self.below, self.above)
        old = np.inf
        for _ in range(500):
            slope = flux * resistance
            new = self.above * self.cumulate(self.below * slope)
            new += self.below * self.cumulate_down(self.above * slope)
            size = float(new.max())
            new /= size
            rate = self.total(flux * slope) / self.total(new * slope) / size
            flux = new
            if abs(rate - old) <= 1e-14 * rate:
                return rate, flux
            old = rate
        if abs(rate - old) <= 1e-9 * rate:
            return rate, flux
        raise SimulationError(
            "two axial modes relax at nearly the same rate and no slowest one was found; "
            "ask for relaxation_rates with n=4"
        )


# --- spherical harmonics -------------------------------------------------------------------------


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


def _harmonic_sum(basis: _Basis, coefficients: Array, m: Array) -> Array:
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


def _frame(spin: Macrospin) -> tuple[Array, float]:
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


class _Galerkin:
    """The backward operator in units of D, in real spherical harmonics up to degree l_max."""

    def __init__(self, spin: Macrospin, l_max: int, m_max: int) -> None:
        self.spin = spin
        self.frame, _ = _frame(spin)
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
            total = total + _clenshaw(series, cosine, part)
        self.operator = sparse.csr_array(total[keep][:, keep])
        self.cosine = sparse.csr_array(cosine[keep][:, keep])

    @cached_property
    def reduced(self) -> sparse.csc_array:
        """The operator without the constant function, which it maps to zero: no zero eigenvalue."""
        return sparse.csc_array(self.operator[1:][:, 1:])

    @cached_property
    def factors(self) -> SuperLU:
        return _factorise(self.reduced)

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
        return np.asarray(_clenshaw(_series(profile), self.cosine, self.stationary))

    def mean_of(self, profile: Profile) -> Array:
        """Return the row vector g with g @ density = <profile(m.p)>."""
        unit = np.zeros(self.cosine.shape[0])
        unit[0] = np.sqrt(4 * np.pi)
        return np.asarray(_clenshaw(_series(profile), self.cosine, unit))


def _factorise(matrix: Any) -> SuperLU:
    """Return the LU factors of a matrix of symmetric structure."""
    return splu(sparse.csc_array(matrix), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.01)


def _clenshaw(series: Array, operator: Any, right: Any) -> Any:
    """Return sum_k series_k T_k(operator) right."""
    if len(series) == 1:
        return series[0] * right
    after, later = series[-1] * right, 0.0 * right
    for value in series[-2:0:-1]:
        after, later = value * right + 2 * (operator @ after) - later, after
    return series[0] * right + operator @ after - later


def _levels(spin: Macrospin, m_sector: int | None = None) -> Any:
    """Yield Galerkin operators of growing degree, until memory says stop."""
    _, ratio = _frame(spin)
    l_max = 8 + 3.0 * np.sqrt(spin._curvature)
    while True:
        degree = int(np.ceil(l_max))
        if m_sector is None:
            order = max(6, int(np.ceil(ratio * degree)))
            unknowns = (degree + 1) * (2 * order + 1) - order * (order + 1)
        else:
            order = m_sector
            unknowns = (degree + 1) * (2 * order + 1)
        if unknowns > _MAXIMUM_UNKNOWNS:
            return
        order = min(order, degree)
        yield _Galerkin(spin, degree, order)
        l_max *= 1.25


def _converge(
    spin: Macrospin,
    measure: Callable[[_Galerkin], npt.NDArray[Any]],
    rtol: float,
    m_sector: int | None = None,
    slow_mode_matters: bool = True,
) -> tuple[_Galerkin, npt.NDArray[Any], float]:
    """Raise the degree until `measure` is stable to `rtol`; return operator, value, change."""
    if not 0 < rtol < 1:
        raise ParameterError(f"rtol={rtol!r} is outside (0, 1); 1e-4 is usual")
    old = None
    error = np.inf
    for galerkin in _levels(spin, m_sector):
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
        f"{error:.2g}) within {_MAXIMUM_UNKNOWNS} unknowns for an energy spread of "
        f"{spin._curvature / 2:.3g} kT; raise the temperature, the damping or rtol, or use an "
        "asymptotic rate"
    )


# --- rates ---------------------------------------------------------------------------------------


class Rates(NamedTuple):
    """Eigenvalues of the Fokker-Planck operator and how well they are known.

    Attributes
    ----------
    rates : complex array
        Decay rates in 1/s, nearest to zero first; the imaginary part is an angular frequency in
        rad/s.
    relative_error : float
        Largest relative change at the last increase of the degree.
    degree : int
        Highest degree of the spherical harmonics used.
    """

    rates: npt.NDArray[np.complex128]
    relative_error: float
    degree: int


def relaxation_rates(junction: MTJ | Macrospin, bias: Bias | None = None, n: int = 6, rtol: float = 1e-4) -> Rates:
    r"""Return the `n` slowest relaxation rates, the eigenvalues nearest to zero.

    Parameters
    ----------
    junction : MTJ or Macrospin
        The junction; with a `Macrospin`, leave `bias` out.
    bias : Bias, optional
        Constant bias; none is the default `Bias()`.
    n : int
        Number of rates.
    rtol : float
        Relative stability asked for.

    Returns
    -------
    Rates
        Rates in 1/s with the error reached.

    Raises
    ------
    ParameterError
        If `n` or `rtol` is out of range, or the bias is not constant.
    SimulationError
        If `rtol` cannot be reached.

    Examples
    --------
    Free rotational diffusion relaxes at ``l (l + 1) D``:

    >>> import numpy as np
    >>> free = Macrospin(np.zeros(3), np.zeros((3, 3)), thermal_field=0.01, damping=0.1)
    >>> np.round(relaxation_rates(free, n=4).rates.real / free.diffusion, 6).tolist()
    [2.0, 2.0, 2.0, 6.0]
    """
    spin = _spin(junction, bias)
    if not (isinstance(n, int | np.integer) and 1 <= n <= 100):
        raise ParameterError(f"n={n!r} is outside [1, 100]; ask for at least one rate")
    axial = None
    if spin._axis is not None:
        axial = _Axial(spin).slowest()[0]
        # The sectors of order m relax at m^2 D or faster, so below 1 the order 0 is the slowest.
        if n == 1 and axial < 1:
            return Rates(np.array([axial * spin.diffusion], dtype=complex), 1e-12, 0)

    def measure(galerkin: _Galerkin) -> npt.NDArray[Any]:
        values, _ = galerkin.slowest(int(n) + 1)
        if axial is not None and axial < 1:
            values[0] = axial
        # The last of a conjugate pair or a degenerate group may swap with the one left out.
        return values[:n].real + 1j * np.abs(values[:n].imag)

    sector = None if axial is None else (1 if n == 1 else int(n) + 1)
    galerkin, _, error = _converge(spin, measure, rtol, sector, axial is None or axial >= 1)
    values, _ = galerkin.slowest(int(n) + 1)
    if axial is not None and axial < 1:
        values[0] = axial
    return Rates(values[:n] * spin.diffusion, error, int(galerkin.basis.degree.max()))


def relaxation_rate(junction: MTJ | Macrospin, bias: Bias | None = None, rtol: float = 1e-4) -> float:
    r"""Return the slowest relaxation rate :math:`\lambda_1`, in 1/s.

    It is the real part of the non-zero eigenvalue of the Fokker-Planck operator nearest to zero. In
    two symmetric wells the mean dwell time is :math:`2/\lambda_1`.

    Parameters
    ----------
    junction : MTJ or Macrospin
        The junction; with a `Macrospin`, leave `bias` out.
    bias : Bias, optional
        Constant bias; none is the default `Bias()`.
    rtol : float
        Relative accuracy asked for; an axially symmetric junction reaches about 1e-12 in any case.

    Returns
    -------
    float
        Rate in 1/s.

    Raises
    ------
    ParameterError
        If the bias is not constant or `rtol` is out of range.
    SimulationError
        If `rtol` cannot be reached.

    Examples
    --------
    A uniaxial particle with a barrier of 5 kT:

    >>> import numpy as np
    >>> spin = Macrospin(np.zeros(3), np.diag([0, 0, 0.1]), thermal_field=0.01, damping=0.1)
    >>> print(f"{relaxation_rate(spin) / spin.diffusion:.6f}")
    0.135406
    """
    return float(relaxation_rates(junction, bias, 1, rtol).rates[0].real)


class DwellTimes(NamedTuple):
    """Mean dwell times of the two states.

    Attributes
    ----------
    parallel, antiparallel : float
        In seconds; infinite beyond the range of float64.
    separation : float
        Second over first relaxation rate; NaN where it was not needed. Two states are a good
        description when it is large.
    """

    parallel: float
    antiparallel: float
    separation: float


def dwell_times(
    junction: MTJ | Macrospin,
    bias: Bias | None = None,
    thresholds: tuple[float, float] | None = None,
    rtol: float = 1e-4,
) -> DwellTimes:
    r"""Return the mean dwell times in the parallel and antiparallel well.

    Without thresholds: those of the two-state process that relaxes like the junction. With the
    slowest mode f of the backward operator, the committor is
    :math:`q = (f - f_{min})/(f_{max} - f_{min})`, the occupation :math:`\pi_P = \langle q\rangle`,
    and :math:`\tau_P = 1/(\lambda_1\pi_{AP})`, :math:`\tau_{AP} = 1/(\lambda_1\pi_P)`; the relative
    error is of the order of 1/separation.

    With thresholds: of the trace of m.p read with hysteresis, exactly, at any barrier: the state is
    antiparallel from reaching the lower threshold until reaching the upper one. With the committor
    q between the two (transition path theory), :math:`\tau_P = \langle q\rangle/\nu`,
    :math:`\tau_{AP} = \langle 1 - q\rangle/\nu`, :math:`\nu = D\langle|\nabla q|^2\rangle`.

    Parameters
    ----------
    junction : MTJ or Macrospin
        The junction; with a `Macrospin`, leave `bias` out.
    bias : Bias, optional
        Constant bias; none is the default `Bias()`.
    thresholds : pair of float, optional
        Lower and upper threshold of m.p, within (-1, 1); for junctions symmetric about p.
    rtol : float
        Relative accuracy asked for.

    Returns
    -------
    DwellTimes
        In seconds.

    Raises
    ------
    ParameterError
        If the thresholds are out of range or need an axial junction, or the wells do not differ in
        m.p.
    SimulationError
        If `rtol` cannot be reached.

    References
    ----------
    W. E and E. Vanden-Eijnden, Annu. Rev. Phys. Chem. 61, 391 (2010).

    Examples
    --------
    >>> import numpy as np
    >>> spin = Macrospin(np.zeros(3), np.diag([0, 0, 0.2]), thermal_field=0.01, damping=0.1)
    >>> times = dwell_times(spin)
    >>> print(f"{times.parallel * relaxation_rate(spin):.6f}")
    2.000000
    """
    spin = _spin(junction, bias)
    axis = spin._axis
    if thresholds is not None:
        if len(thresholds) != 2 or not -1 < thresholds[0] < thresholds[1] < 1:
            raise ParameterError(
                f"thresholds={thresholds!r} of m.p must be two numbers with -1 < low < high < 1, such as (-0.5, 0.5)"
            )
        if axis is None or abs(axis @ spin._p) < 1 - 1e-12:
            raise ParameterError(
                "thresholds need a junction that is symmetric about p; leave them out for the "
                "two-state dwell times, or simulate"
            )
        return _hysteresis_dwell_times(spin, *thresholds)
    if axis is not None:
        alignment = float(axis @ spin._p)
        sector = _Axial(spin)
        rate, flux = sector.slowest()
        slope = flux / (sector.rule.sine * sector.density)
        upper = sector.total(slope * sector.below)
        lower = sector.total(slope * sector.above)
        separation = np.nan
        if rate > 0.01:
            rates = relaxation_rates(spin, n=4, rtol=1e-2).rates.real / spin.diffusion
            separation = float(np.delete(rates, np.argmin(np.abs(rates - rate)))[0] / rate)
    else:

        def measure(galerkin: _Galerkin) -> npt.NDArray[Any]:
            return np.asarray(galerkin.slowest(1)[0].real)

        galerkin, _, _ = _converge(spin, measure, rtol)
        values, modes = galerkin.slowest(2)
        rate, separation = float(values[0].real), float(values[1].real / values[0].real)
        mode = modes[:, 0].real
        constant = float((galerkin.operator[[0]][:, 1:] @ mode)[0]) / -rate
        mode = np.concatenate(([constant], mode))
        nodes, weights = _sphere(spin, np.array([0.0, 0.0, 1.0]))
        height = _harmonic_sum(galerkin.basis, mode, nodes)
        upper, lower = float(height.max()), float(-height.min())
        weights = weights * _harmonic_sum(galerkin.basis, galerkin.stationary, nodes)
        cosine = nodes @ (galerkin.frame @ spin._p)
        cosine = cosine - weights @ cosine
        size = np.sqrt((weights @ height**2) * (weights @ cosine**2))
        alignment = float(weights @ (height * cosine) / size)
    if abs(alignment) < 1e-6:
        raise ParameterError(
            "the slowest mode does not show in m.p: the two wells have the same resistance, "
            "so there are no parallel and antiparallel dwell times; tilt the reference layer"
        )
    if separation < 3:
        warnings.warn(
            f"the second relaxation rate is only {separation:.2g} times the first: two states "
            "describe this junction poorly; use autocorrelation, or dwell_times with thresholds",
            MtjphysWarning,
            stacklevel=2,
        )
    if alignment < 0:
        upper, lower = lower, upper
    # <q> of the upper well is lower/(upper + lower), because <f> = 0.
    rate_in_hertz = rate * spin.diffusion
    with np.errstate(divide="ignore"):
        up = np.float64(upper + lower) / (rate_in_hertz * np.float64(upper))
        down = np.float64(upper + lower) / (rate_in_hertz * np.float64(lower))
    return DwellTimes(float(up), float(down), separation)


def _hysteresis_dwell_times(spin: Macrospin, low: float, high: float) -> DwellTimes:
    axis = spin._axis
    assert axis is not None  # for the type checker; the caller has seen to it
    sign = 1.0 if axis @ spin._p > 0 else -1.0
    potential = spin._axial_potential
    reference = float(chebyshev.chebval(np.linspace(-1, 1, 513), potential).max())

    def segment(start: float, end: float, count: int = 400) -> tuple[Array, Array, Array]:
        x, w = roots_legendre(count)
        c = start + (end - start) * (x + 1) / 2
        u = chebyshev.chebval(sign * c, potential) - reference
        return c, w * (end - start) / 2, np.exp(u)

    below = segment(-1.0, low)
    above = segment(high, 1.0)
    c, w, rho = segment(low, high)
    slope = 1.0 / ((1 - c**2) * rho)
    resistance = float(w @ slope)
    # q = int_low^c slope / resistance; double integrals by exchanging the order.
    x, wx = roots_legendre(c.size)
    inside = 0.0
    for weight, end, density in zip(w, c, rho, strict=True):
        part = low + (end - low) * (x + 1) / 2
        u = chebyshev.chebval(sign * part, potential) - reference
        inner = (end - low) / 2 * float(wx @ (np.exp(-u) / (1 - part**2)))
        inside += weight * density * inner / resistance
    rising = float(above[1] @ above[2]) + inside
    falling = float(below[1] @ below[2]) + float(w @ rho) - inside
    scale = resistance / spin.diffusion
    return DwellTimes(float(rising * scale), float(falling * scale), np.nan)


# --- stationary state ----------------------------------------------------------------------------


@lru_cache(maxsize=32)
def _half_sphere_rule(count: int) -> tuple[Array, Array, Array]:
    x, w = roots_legendre(count)
    z = np.concatenate(((x - 1) / 2, (x + 1) / 2))
    phi = 2 * np.pi * (np.arange(2 * count) + 0.5) / (2 * count)
    return z, np.concatenate((w, w)) / 2, phi


def _sphere(spin: Macrospin, axis: Array) -> tuple[Array, Array]:
    """Return unit vectors (points, 3) and weights of a rule split at the equator of `axis`."""
    count = int(np.clip(16 + 4 * np.sqrt(spin._curvature), 24, 500))
    z, weight, phi = _half_sphere_rule(count)
    sine = np.sqrt(1 - z**2)
    helper = np.eye(3)[int(np.argmin(np.abs(axis)))]
    x = np.cross(axis, helper)
    x /= np.linalg.norm(x)
    y = np.cross(axis, x)
    nodes = (
        z[:, None, None] * axis
        + (sine[:, None] * np.cos(phi))[..., None] * x
        + (sine[:, None] * np.sin(phi))[..., None] * y
    )
    weights = np.repeat(weight * 2 * np.pi / phi.size, phi.size)
    return nodes.reshape(-1, 3), weights


class Equilibrium:
    r"""The stationary distribution on the sphere; made by `equilibrium`.

    In detailed balance it is the Boltzmann distribution
    :math:`\rho\propto e^{(B_0\cdot m + m\cdot Mm/2)/b}`, by quadrature; otherwise the null vector
    of the Fokker-Planck operator.
    """

    def __init__(self, spin: Macrospin, rtol: float) -> None:
        self._spin = spin
        self._log = spin._log_density()
        self._galerkin: _Galerkin | None = None
        self._norm = 1.0
        self._top = 0.0
        if self._log is None:

            def measure(galerkin: _Galerkin) -> npt.NDArray[Any]:
                low = galerkin.stationary[:9]
                return np.concatenate((low[:1] + low[1:], [np.linalg.norm(galerkin.stationary)]))

            self._galerkin, _, _ = _converge(spin, measure, rtol)
        self._nodes, self._weights = self._quadrature(spin._p)

    def _quadrature(self, axis: Array) -> tuple[Array, Array]:
        nodes, weights = _sphere(self._spin, axis)
        if self._log is not None:
            u = self._log(nodes)
            self._top = float(u.max())
            weights = weights * np.exp(u - self._top)
            self._norm = float(weights.sum())
        else:
            weights = weights * self.density(nodes)
        return nodes, weights / weights.sum()

    def density(self, m: npt.ArrayLike) -> Array:
        """Return the probability density per steradian at unit vectors m of shape (..., 3)."""
        m = np.asarray(m, dtype=float)
        if m.shape[-1:] != (3,) or not np.allclose(np.linalg.norm(m, axis=-1), 1.0, atol=1e-6):
            raise ParameterError("m must hold unit vectors with the components on the last axis")
        if self._galerkin is None:
            assert self._log is not None
            return np.asarray(np.exp(self._log(m) - self._top) / self._norm)
        turned = m.reshape(-1, 3) @ self._galerkin.frame.T
        values = _harmonic_sum(self._galerkin.basis, self._galerkin.stationary, turned)
        return values.reshape(m.shape[:-1])

    def mean(self, function: Callable[[Array], Array]) -> Array:
        """Return the mean of a function of unit vectors, (points, 3) in, (points, ...) out."""
        return np.asarray(np.tensordot(self._weights, function(self._nodes), axes=1))

    @property
    def moments(self) -> Array:
        """Mean magnetisation <m_i>."""
        return self.mean(lambda m: m)

    @property
    def second_moments(self) -> Array:
        """Matrix <m_i m_j>."""
        return np.asarray(np.einsum("k,ki,kj->ij", self._weights, self._nodes, self._nodes))

    @property
    def projection(self) -> float:
        """Mean cosine <m.p>."""
        return float(self.moments @ self._spin._p)

    @property
    def resistance(self) -> float:
        """Mean resistance in ohm."""
        profile = self._spin.resistance
        if profile is None:
            raise ParameterError("this Macrospin was given no resistance(m.p); pass one")
        return float(self.mean(lambda m: profile(m @ self._spin._p)))

    def occupation(self, direction: npt.ArrayLike | None = None) -> float:
        """Return the probability of the half-space m.direction > 0; by default of m.p > 0."""
        axis = self._spin._p if direction is None else np.asarray(direction, dtype=float)
        if axis.shape != (3,) or not np.isfinite(axis).all() or not np.any(axis):
            raise ParameterError(f"direction={direction!r} must be three numbers, not all zero")
        nodes, weights = self._quadrature(axis / np.linalg.norm(axis))
        return float(weights[nodes @ axis > 0].sum())


def equilibrium(junction: MTJ | Macrospin, bias: Bias | None = None, rtol: float = 1e-6) -> Equilibrium:
    """Return the stationary distribution: density, moments, mean resistance, occupations.

    Parameters
    ----------
    junction : MTJ or Macrospin
        The junction; with a `Macrospin`, leave `bias` out.
    bias : Bias, optional
        Constant bias; none is the default `Bias()`.
    rtol : float
        Stability asked for where the Fokker-Planck equation has to be solved.

    Returns
    -------
    Equilibrium
        With `density`, `mean`, `moments`, `second_moments`, `projection`, `resistance` and
        `occupation`.

    Raises
    ------
    ParameterError
        If the bias is not constant.
    SimulationError
        If `rtol` cannot be reached.

    Examples
    --------
    >>> import numpy as np
    >>> spin = Macrospin([0, 0, 0.02], np.zeros((3, 3)), thermal_field=0.01, damping=0.1)
    >>> print(f"{equilibrium(spin).moments[2]:.6f}")  # Langevin: coth(2) - 1/2
    0.537315
    """
    return Equilibrium(_spin(junction, bias), rtol)


# --- time correlation ----------------------------------------------------------------------------


def _observable(spin: Macrospin, name: str) -> Profile:
    if name == "projection":
        return lambda c: c
    if name == "resistance":
        if spin.resistance is None:
            raise ParameterError("this Macrospin was given no resistance(m.p); pass one")
        return spin.resistance
    raise ParameterError(f'observable={name!r} is unknown; use "projection" or "resistance"')


class _Correlation:
    """Autocovariance of a function g of m.p over its variance; time in units of 1/D."""

    def __init__(self, spin: Macrospin, observable: str, rtol: float) -> None:
        profile = _observable(spin, observable)

        def prepare(galerkin: _Galerkin) -> tuple[Array, Array]:
            start = galerkin.observable(profile)
            start = start - start[0] / galerkin.stationary[0] * galerkin.stationary
            row = galerkin.mean_of(profile)[1:]
            return start[1:], row

        def integral(galerkin: _Galerkin) -> npt.NDArray[Any]:
            start, row = prepare(galerkin)
            variance = row @ start
            return np.array([variance, -row @ galerkin.factors.solve(start, trans="T") / variance])

        axis = spin._axis
        aligned = axis is not None and abs(axis @ spin._p) > 1 - 1e-12
        sector = None if axis is None else (0 if aligned else 2)
        self.galerkin, values, _ = _converge(spin, integral, rtol, sector)
        self.variance, self.integral = (float(value) for value in values)
        self.start, self.row = prepare(self.galerkin)
        self.forward = sparse.csc_array(self.galerkin.reduced.T)

    def curve(self, end: float, tolerance: float) -> Callable[[Array], Array]:
        """Return C(t) on [0, end]; the steps shrink until it is stable to `tolerance`."""
        first = self.forward @ self.start
        slope = abs(self.row @ first) / self.variance
        bend = abs(self.row @ (self.forward @ first)) / self.variance
        short = 0.2 / max(slope, np.sqrt(bend), 1e-300)
        blocks = max(0, int(np.ceil(np.log2(max(end / short, 1.0)))))
        edges = end * 0.5 ** np.arange(blocks, -1, -1.0)
        check = np.concatenate(([0.0], np.geomspace(edges[0] / 4, end, 400)))
        old = None
        for steps in (4, 8, 16, 32, 64, 128, 256):
            curve = self._integrate(edges, steps)
            new = curve(check)
            if old is not None and np.abs(new - old).max() <= tolerance:
                return curve
            old = new
        raise SimulationError(
            f"the autocorrelation is not stable to {tolerance:g} with 256 steps an octave; ask for shorter times"
        )

    def _integrate(self, edges: Array, steps: int) -> Callable[[Array], Array]:
        """Step e^{tA} by its L-stable Pade approximant [3/4] and interpolate from C, C' and C''."""
        state = self.start
        times, values = [0.0], [self._derivatives(state)]
        begin = 0.0
        identity = sparse.diags_array(np.ones(self.forward.shape[0])).tocsc()
        for end in edges:
            h = (end - begin) / steps
            solvers = [(residue, _factorise(h * self.forward - pole * identity)) for pole, residue in _pade_poles()]
            for number in range(steps):
                moved = np.zeros_like(state)
                for residue, factors in solvers:
                    moved += 2 * (residue * factors.solve(state.astype(complex))).real
                state = moved
                times.append(begin + (number + 1) * h)
                values.append(self._derivatives(state))
            begin = end
        return BPoly.from_derivatives(times, values)

    def _derivatives(self, state: Array) -> list[float]:
        first = self.forward @ state
        second = self.forward @ first
        return [float(self.row @ item) / self.variance for item in (state, first, second)]


@lru_cache(maxsize=1)
def _pade_poles() -> tuple[tuple[complex, complex], ...]:
    """Poles in the upper half plane and residues of the Pade approximant [3/4] of exp."""
    taylor = [1.0 / float(np.prod(np.arange(1.0, k + 1))) for k in range(8)]
    above, below = pade(taylor, 4)
    poles = [pole for pole in below.roots if pole.imag > 0]
    return tuple((pole, above(pole) / below.deriv()(pole)) for pole in poles)


def autocorrelation(
    junction: MTJ | Macrospin,
    bias: Bias | None = None,
    times: npt.ArrayLike = (0.0,),
    observable: str = "projection",
    rtol: float = 1e-4,
) -> Array:
    r"""Return the normalised stationary autocorrelation of m.p or of the resistance.

    .. math::

        C(t) = \frac{\langle g(0)g(t)\rangle - \langle g\rangle^2}
                    {\langle g^2\rangle - \langle g\rangle^2}

    Parameters
    ----------
    junction : MTJ or Macrospin
        The junction; with a `Macrospin`, leave `bias` out.
    bias : Bias, optional
        Constant bias; none is the default `Bias()`.
    times : array_like
        Lags in seconds, 0 or more, in any order.
    observable : {"projection", "resistance"}
        What is correlated.
    rtol : float
        Relative stability asked of the variance and the integral of C against the degree.

    Returns
    -------
    array
        C at `times`, good to about `rtol`.

    Raises
    ------
    ParameterError
        If a time is negative or not finite, or the observable is unknown.
    SimulationError
        If `rtol` cannot be reached.

    Examples
    --------
    >>> import numpy as np
    >>> free = Macrospin(np.zeros(3), np.zeros((3, 3)), thermal_field=0.01, damping=0.1)
    >>> print(np.round(autocorrelation(free, times=np.array([0, 1, 2]) / (2 * free.diffusion)), 5))
    [1.      0.36788 0.13534]
    """
    spin = _spin(junction, bias)
    lags = np.asarray(times, dtype=float)
    if not (np.isfinite(lags).all() and (lags >= 0).all()):
        raise ParameterError("times must be finite and 0 s or more")
    correlation = _Correlation(spin, observable, rtol)
    end = float(lags.max(initial=0.0)) * spin.diffusion
    if end == 0:
        return np.ones_like(lags)
    return np.asarray(correlation.curve(end, 0.1 * rtol)(lags * spin.diffusion))


def correlation_time(
    junction: MTJ | Macrospin,
    bias: Bias | None = None,
    kind: str = "integral",
    observable: str = "projection",
    rtol: float = 1e-4,
) -> float:
    r"""Return the correlation time of m.p or of the resistance, in seconds.

    Parameters
    ----------
    junction : MTJ or Macrospin
        The junction; with a `Macrospin`, leave `bias` out.
    bias : Bias, optional
        Constant bias; none is the default `Bias()`.
    kind : {"integral", "1/e"}
        :math:`\int_0^\infty C\,dt`, or the first time at which C = 1/e.
    observable : {"projection", "resistance"}
        What is correlated.
    rtol : float
        Relative stability asked for.

    Returns
    -------
    float
        Time in seconds.

    Raises
    ------
    ParameterError
        If `kind` or the observable is unknown.
    SimulationError
        If `rtol` cannot be reached.

    Examples
    --------
    >>> import numpy as np
    >>> free = Macrospin(np.zeros(3), np.zeros((3, 3)), thermal_field=0.01, damping=0.1)
    >>> print(f"{correlation_time(free) * free.diffusion:.6f}")
    0.500000
    """
    if kind not in ("integral", "1/e"):
        raise ParameterError(f'kind={kind!r} is unknown; use "integral" or "1/e"')
    spin = _spin(junction, bias)
    correlation = _Correlation(spin, observable, rtol)
    if kind == "integral":
        return correlation.integral / spin.diffusion
    end = abs(correlation.integral)
    for _ in range(20):
        curve = correlation.curve(end, 0.1 * rtol)
        grid = np.linspace(0.0, end, 2001)
        below = np.flatnonzero(curve(grid) < np.exp(-1))
        if below.size:
            bracket = grid[below[0] - 1], grid[below[0]]
            root = brentq(lambda t, c: float(c(t)) - np.exp(-1), *bracket, args=(curve,))
            return float(root) / spin.diffusion
        end *= 2
    raise SimulationError("the autocorrelation does not fall to 1/e within a million correlation times")
