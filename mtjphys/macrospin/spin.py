"""The macrospin under constant bias: what the Fokker-Planck equation is made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev
from scipy.constants import Boltzmann

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.kernels.contributions import TERMS, TORQUES, potential
from mtjphys.kernels.llg import velocity
from mtjphys.macrospin.constant import HasLanes, constant_fields
from mtjphys.macrospin.landscape import Landscape, effective_field
from mtjphys.macrospin.search import term_axes
from mtjphys.macrospin.series import Array, Profile, chebyshev_series, meridian

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


class Part(NamedTuple):
    """Field and torque that share one function of a cosine, given as a Chebyshev series."""

    series: Array
    axis: Array  # unit vector n of the cosine m.n
    field: Array
    matrix: Array
    damping_like: Array
    general: bool = False  # whether it is a general energy term, with the series of its field along n

    def along(self, n: Array) -> Array:
        """Return the series in m.n for an axis n that is parallel or antiparallel to the part's own."""
        return np.asarray(self.series * np.where(self.axis @ n < 0.0, -1.0, 1.0) ** np.arange(self.series.size))


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
    terms : tuple
        General energy terms at the temperature meant, of `mtjphys.kernels.terms`.

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

    field: Any
    matrix: Any
    thermal_field: float
    damping: float
    damping_like: Any = (0.0, 0.0, 0.0)
    gyromagnetic_ratio: float = 1.76085963e11
    reference: Any = (0.0, 0.0, 1.0)
    modulations: tuple[Modulation, ...] = ()
    resistance: Profile | None = None
    terms: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        for name, shape, unit in (
            ("field", (3,), " in T"),
            ("matrix", (3, 3), " in T"),
            ("damping_like", (3,), " in T"),
            ("reference", (3,), ""),
        ):
            object.__setattr__(self, name, _finite(name, getattr(self, name), shape, unit))
        _check_symmetry("matrix", self.matrix)
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
        length = float(np.linalg.norm(self.reference))
        if length == 0:
            raise ParameterError("reference=(0, 0, 0) has no direction; give the unit vector p")
        object.__setattr__(self, "reference", self.reference / length)
        object.__setattr__(self, "modulations", _modulations(self.modulations))

    @property
    def diffusion(self) -> float:
        """Diffusion coefficient ``alpha gamma kB T/(Ms V (1 + alpha^2))`` on the sphere, in 1/s."""
        return self.damping * self.gyromagnetic_ratio * self.thermal_field / (1 + self.damping**2)

    @cached_property
    def landscape(self) -> Landscape:
        """The energy over the moment, in T, without what is modulated and without damping-like torques."""
        return Landscape(self.field, self.matrix, 1.0, self.terms)

    @cached_property
    def _axial_parts(self) -> tuple[Part, ...]:
        """Everything but the general terms without an axis."""
        p = self.reference
        parts = [Part(np.ones(1), p, self.field, self.matrix, self.damping_like)]
        for item in self.modulations:
            field, matrix, torque = (np.asarray(v) for v in (item.field, item.matrix, item.damping_like))
            parts.append(Part(chebyshev_series(item.profile), p, field, matrix, torque))
        for term, axis in zip(self.terms, term_axes(self.terms), strict=True):
            if axis is None:
                continue
            alone = Landscape(np.zeros(3), np.zeros((3, 3)), 1.0, (term,))

            def along(c: Array, alone: Landscape = alone, axis: Array = axis) -> Array:
                return effective_field(alone, meridian(axis, c)) @ axis

            parts.append(Part(chebyshev_series(along), axis, axis, np.zeros((3, 3)), np.zeros(3), True))
        return tuple(parts)

    @property
    def _without_axis(self) -> list[Any]:
        return [term for term, axis in zip(self.terms, term_axes(self.terms), strict=True) if axis is None]

    @property
    def parts(self) -> tuple[Part, ...]:
        """Series, axis, field, matrix and damping-like torque of each part; of a general term one along its axis."""
        for term in self._without_axis:
            raise SimulationError(
                f"the energy term {TERMS.of(type(term)).name} has no axis of symmetry, and this Fokker-Planck "
                "operator takes none without; use equilibrium without spin torque, or simulate"
            )
        return self._axial_parts

    @cached_property
    def curvature(self) -> float:
        """Scale of the drift over diffusion, about twice the highest barrier over kT."""
        total = sum(float(TERMS.of(type(term)).largest(term)) for term in self._without_axis)
        for part in self._axial_parts:
            spread = np.linalg.eigvalsh(part.matrix)
            size = spread[2] - spread[0] + np.linalg.norm(part.field)
            size += np.linalg.norm(part.damping_like) / self.damping
            size *= np.abs(part.series).sum()
            if part.general:
                size += np.abs(chebyshev.chebval(np.linspace(-1, 1, 101), chebyshev.chebder(part.series))).max()
            total += float(size)
        return total / self.thermal_field

    @cached_property
    def axis(self) -> Array | None:
        """Axis about which the whole problem is symmetric, p or -p where possible."""
        if self._without_axis:
            return None
        scale = self.curvature * self.thermal_field + float(np.abs(self.matrix).max())
        vectors = [self.reference]
        if not self.modulations:
            axes = [axis for axis in term_axes(self.terms) if axis is not None]
            vectors += axes or [
                self.field,
                self.damping_like,
                *np.linalg.eigh(self.matrix)[1].T,
            ]
        for vector in vectors:
            length = np.linalg.norm(vector)
            if length <= _RELATIVE_SYMMETRY * scale:
                continue
            n = vector / length
            worst = 0.0
            for part in self.parts:
                along = float(n @ part.matrix @ n)
                across = (np.trace(part.matrix) - along) / 2
                rest = part.matrix - across * np.eye(3) - (along - across) * np.outer(n, n)
                errors = [np.cross(part.field, n), np.cross(part.damping_like, n) / self.damping, rest]
                if part.series.size > 1:
                    errors.append(np.cross(part.axis, n) * scale)
                worst = max(worst, *(float(np.abs(error).max()) for error in errors))
            if worst <= _RELATIVE_SYMMETRY * scale:
                return np.asarray(n)
        return None

    @cached_property
    def axial_potential(self) -> Array:
        """Chebyshev series in z = m.axis of the effective ``u = log rho`` of an axial problem."""
        n = self.axis
        if n is None:  # pragma: no cover - callers check
            raise SimulationError("the junction is not axially symmetric")
        slope: Array = np.zeros(1)
        for part in self.parts:
            along = float(n @ part.matrix @ n)
            across = (np.trace(part.matrix) - along) / 2
            line = [float(n @ (part.field + part.damping_like / self.damping)), along - across]
            slope = np.asarray(chebyshev.chebadd(slope, chebyshev.chebmul(part.along(n), line)), float)
        return np.asarray(chebyshev.chebint(slope / self.thermal_field))

    @property
    def reversible(self) -> bool:
        """Whether there is detailed balance without an axis: no damping-like torque, nothing modulated."""
        return not self.modulations and not np.any(self.damping_like)

    def log_density(self) -> Profile | None:
        """Return u(m) = log rho + constant where detailed balance holds, else None."""
        if self.reversible:
            field, matrix = self.field, self.matrix

            def energy(m: Array) -> Array:
                quadratic = m @ field + 0.5 * np.einsum("...i,ij,...j", m, matrix, m)
                general = potential(self.terms, m[..., 0], m[..., 1], m[..., 2]) if self.terms else 0.0
                return np.asarray((quadratic - general) / self.thermal_field)

            return energy
        n = self.axis
        if n is not None:
            series = self.axial_potential
            return lambda m: np.asarray(chebyshev.chebval(m @ n, series))
        return None

    def drift(self, m: Array) -> Array:
        """Return the deterministic velocity dm/dt in units of `diffusion`, at unit vectors (..., 3).

        ``dm/dt = gamma/(1 + alpha^2) (H + alpha m x H) x m`` with ``H = B + m x q``.
        """
        field, torque = effective_field(self.landscape, m), np.broadcast_to(self.damping_like, m.shape)
        cosine = m @ self.reference
        for item in self.modulations:
            size = np.broadcast_to(np.asarray(item.profile(cosine), float), cosine.shape)[..., None]
            field = field + size * (np.asarray(item.field) + m @ np.asarray(item.matrix))
            torque = torque + size * np.asarray(item.damping_like)
        h = field + np.cross(m, torque)
        turned = velocity(self.damping, *np.moveaxis(m, -1, 0), *np.moveaxis(h, -1, 0))
        return np.stack(turned, axis=-1) / (self.damping * self.thermal_field)


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
    acting = constant_fields(junction.lane_parameters(), bias)
    p, c = acting.p, acting.c
    if p.thermal_resistance != 0 and acting.source != 0:
        raise ParameterError(
            f"heating with thermal_resistance={p.thermal_resistance:g} K/W gives the "
            "temperature a memory of its own, which this Fokker-Planck equation does not hold; "
            "use heating=None and give the mean temperature in the bias, or simulate"
        )
    modulations: list[Modulation] = []
    if acting.follows:
        if c.vcma != 0:
            modulations.append(Modulation(acting.voltage, matrix=np.diag([0.0, 0.0, c.vcma])))
        for torque in c.torques:
            declared = TORQUES.of(type(torque))
            if declared.powers is None:
                continue
            direction = np.array(declared.direction(torque, p), dtype=float)
            for kind, name in enumerate(("damping_like", "field")):

                def amplitude(cosine: Array, torque: Any = torque, kind: int = kind) -> Array:
                    return acting.amplitudes(torque, cosine, acting.voltage(cosine))[kind]

                if np.any(amplitude(np.linspace(-1.0, 1.0, 5))):
                    modulations.append(Modulation(amplitude, **{name: direction}))
    return Macrospin(
        acting.field,
        acting.matrix,
        Boltzmann * acting.temperature / acting.moment,
        p.damping,
        acting.damping_like,
        p.gyromagnetic_ratio,
        np.array([p.reference_x, p.reference_y, p.reference_z], dtype=float),
        tuple(modulations),
        acting.resistance,
        c.terms,
    )


def resolve(junction: HasLanes | Macrospin, bias: Bias | None) -> Macrospin:
    """Return the plain numbers of a junction under a bias, or those that were given."""
    if isinstance(junction, Macrospin):
        if bias is not None:
            raise ParameterError("a Macrospin holds its bias already; leave bias out")
        return junction
    if not hasattr(junction, "lane_parameters"):
        raise ParameterError(f"junction={junction!r} is neither a junction nor a Macrospin")
    if bias is None:
        bias = Bias()
    if not isinstance(bias, Bias):
        raise ParameterError(f"bias={bias!r} is not a Bias; give one Bias")
    return _resolved(junction, bias)


@lru_cache(maxsize=1024)
def _resolved(junction: HasLanes, bias: Bias) -> Macrospin:
    """Return the same numbers for the same junction and bias, so that what was made of them can be used again."""
    return macrospin(junction, bias)
