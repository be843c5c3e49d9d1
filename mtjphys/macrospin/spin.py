"""The macrospin under constant bias: what the Fokker-Planck equation is made of."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev
from scipy.constants import Boltzmann

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.kernels.parameters import LaneParameters

Array = npt.NDArray[np.float64]
Profile = Callable[[Array], Array]

_RELATIVE_SYMMETRY = 1e-12


class HasLanes(Hashable, Protocol):
    """A junction, of which its numbers are all that is needed here; `mtjphys.MTJ` is one."""

    def lane_parameters(self) -> LaneParameters:
        """Return the SI numbers of the junction."""


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


@dataclass(frozen=True, eq=False)  # one is known by identity, to what is kept of it
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
    >>> from mtjphys.fokker_planck import equilibrium
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
        for name, shape, unit in (
            ("field", (3,), " in T"),
            ("matrix", (3, 3), " in T"),
            ("damping_like", (3,), " in T"),
            ("reference", (3,), ""),
        ):
            object.__setattr__(self, name, _finite(name, getattr(self, name), shape, unit))
        _check_symmetry("matrix", self._M)
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
        object.__setattr__(self, "modulations", _modulations(self.modulations))

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
            rest = (np.asarray(v) for v in (item.field, item.matrix, item.damping_like))
            parts.append(_Part(chebyshev_series(item.profile), *rest))
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


def _finite(name: str, values: npt.ArrayLike, shape: tuple[int, ...], unit: str) -> Array:
    """Return a copy of `values` as an array of finite numbers of this shape, or raise."""
    try:
        numbers = np.array(values, dtype=float)
    except (TypeError, ValueError):  # text, or rows of different lengths
        numbers = np.full((), np.nan)
    if numbers.shape != shape or not np.isfinite(numbers).all():
        given = values.tolist() if isinstance(values, np.ndarray) else values
        raise ParameterError(f"{name}={given!r} must be {'x'.join(map(str, shape))} finite numbers{unit}")
    return numbers


def _check_symmetry(name: str, matrix: Array) -> None:
    if not np.allclose(matrix, matrix.T, rtol=1e-9, atol=1e-15):
        raise ParameterError(f"{name}={matrix.tolist()} T must be symmetric: the field M m derives from an energy")


def _modulations(items: tuple[Modulation, ...]) -> tuple[Modulation, ...]:
    """Return the modulations with their numbers as arrays, or raise with the first that is not legal."""
    if isinstance(items, Modulation) or not isinstance(items, tuple | list):
        raise ParameterError(f"modulations={items!r} must be a tuple of Modulation")
    checked = []
    for number, item in enumerate(items):
        where = f"modulations[{number}]"
        if not isinstance(item, Modulation):
            raise ParameterError(f"{where}={item!r} must be a Modulation")
        if not callable(item.profile):
            raise ParameterError(f"{where}.profile={item.profile!r} must be a function of the array of m.p")
        field, damping_like = (
            _finite(f"{where}.{name}", getattr(item, name), (3,), " in T") for name in ("field", "damping_like")
        )
        matrix = _finite(f"{where}.matrix", item.matrix, (3, 3), " in T")
        _check_symmetry(f"{where}.matrix", matrix)
        checked.append(Modulation(item.profile, field, matrix, damping_like))
    return tuple(checked)


def chebyshev_series(profile: Profile) -> Array:
    """Return the Chebyshev series of a smooth function on [-1, 1], to about 1e-11 of its size."""
    for degree in (16, 64):
        nodes = chebyshev.chebpts1(degree + 1)
        try:
            values = np.broadcast_to(np.asarray(profile(nodes), float), nodes.shape)
        except (TypeError, ValueError) as error:
            raise ParameterError(
                f"a function of m.p does not take an array ({error}); it must return a number for each m.p it is given"
            ) from error
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


def macrospin(junction: HasLanes, bias: Bias) -> Macrospin:
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


def drift(spin: Macrospin, m: Array) -> Array:
    r"""Return the deterministic dm/dt.

    .. math:: v = \frac{\gamma}{1+\alpha^2}\left[-m\times(B - \alpha q) + P_\perp(\alpha B + q)\right]

    Parameters
    ----------
    spin : Macrospin
        The junction under its bias.
    m : ndarray of shape (..., 3)
        Unit vectors.

    Returns
    -------
    ndarray of shape (..., 3)
        In 1/s, normal to m.
    """
    cosine = (m @ spin._p)[..., None]
    field, torque = np.zeros_like(m), np.zeros_like(m)
    for series, uniform, matrix, damping_like in spin._parts:
        size = chebyshev.chebval(cosine, series)
        field = field + size * (uniform + m @ matrix)
        torque = torque + size * damping_like
    along = spin.damping * field + torque
    turning = -np.cross(m, field - spin.damping * torque) + along - m * (m * along).sum(-1, keepdims=True)
    return np.asarray(spin.gyromagnetic_ratio / (1.0 + spin.damping**2) * turning)


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


def described(bias: Bias) -> str:
    """Return source and fields of a constant bias in words, for an error."""
    source, *field, _, channel = _constants(bias)
    unit = "A" if bias.source == "current" else "V"
    text = f"{bias.source}={source:g} {unit}, field=({', '.join(f'{value:g}' for value in field)}) T"
    return f"{text}, spin_orbit_current={channel:g} A" if channel else text


def _matrix(lane: LaneParameters, name: str) -> Array:
    xx, yy, zz, xy, xz, yz = (getattr(lane, f"{name}_{part}") for part in ("xx", "yy", "zz", "xy", "xz", "yz"))
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def resolve(junction: HasLanes | Macrospin, bias: Bias | None) -> Macrospin:
    """Return the plain numbers of a junction under a bias, or those that were given."""
    if isinstance(junction, Macrospin):
        if bias is not None:
            raise ParameterError("a Macrospin holds its bias already; leave bias out")
        return junction
    if bias is None:
        bias = Bias()
    return _resolved(junction, bias)


@lru_cache(maxsize=64)
def _resolved(junction: HasLanes, bias: Bias) -> Macrospin:
    """Return the same numbers for the same junction and bias, so that what was made of them can be used again."""
    return macrospin(junction, bias)
