"""The stationary distribution."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import roots_legendre

from mtjphys.core.checks import check_rtol
from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.core.shown import Shown
from mtjphys.core.text import human
from mtjphys.fokker_planck.galerkin import Galerkin
from mtjphys.fokker_planck.levels import converge
from mtjphys.fokker_planck.weight import Weight, weight_of
from mtjphys.junction.spin import resolve
from mtjphys.macrospin.spin import Macrospin

if TYPE_CHECKING:
    from mtjphys.bias import Bias
    from mtjphys.junction import JunctionLike

Array = npt.NDArray[np.float64]

_MAXIMUM_CURVATURE = 3e4  # the 1000 azimuths of the finest rule are then one width of a well apart


@lru_cache(maxsize=32)
def _half_sphere_rule(count: int) -> tuple[Array, Array, Array]:
    x, w = roots_legendre(count)
    z = np.concatenate(((x - 1) / 2, (x + 1) / 2))
    phi = 2 * np.pi * (np.arange(2 * count) + 0.5) / (2 * count)
    return z, np.concatenate((w, w)) / 2, phi


def sphere_rule(spin: Macrospin, axis: Array) -> tuple[Array, Array]:
    """Return unit vectors (points, 3) and weights of a rule split at the equator of `axis`."""
    if spin.curvature > _MAXIMUM_CURVATURE:
        raise SimulationError(
            f"the energy varies by about {spin.curvature / 2:.3g} kT over the sphere, and the quadrature resolves "
            f"wells up to {_MAXIMUM_CURVATURE / 2:g} kT; raise the temperature, or use the wells of MTJ.wells"
        )
    count = int(np.clip(16 + 4 * np.sqrt(spin.curvature), 24, 500))
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


def _cosine(value: float) -> str:
    """Return a mean of cosines as people read it: what rounding leaves of 0 is 0.

    >>> _cosine(-1e-17), _cosine(0.649123)
    ('0', '0.6491')
    """
    return f"{round(float(value), 9) + 0.0:.4g}"


class Equilibrium(Shown):
    r"""The stationary distribution on the sphere; made by `equilibrium`.

    In detailed balance it is the Boltzmann distribution
    :math:`\rho\propto e^{(B_0\cdot m + m\cdot Mm/2)/b}`, by quadrature; otherwise the null vector
    of the Fokker-Planck operator.
    """

    def __init__(self, spin: Macrospin, rtol: float) -> None:
        check_rtol(rtol)
        self.spin = spin
        self._log = spin.log_density()
        self.galerkin: Galerkin | None = None
        self._norm = 1.0
        self._top = 0.0
        if self._log is None:

            def measure(galerkin: Galerkin) -> npt.NDArray[Any]:
                nodes, weights = galerkin.distribution
                return 1 + np.concatenate((weights @ nodes, np.ravel((nodes.T * weights) @ nodes)))

            self.galerkin, _, _ = converge(spin, measure, rtol)
            self.nodes, self.probabilities = self.galerkin.distribution
        else:
            self.nodes, self.probabilities = self._quadrature(spin.reference)

    def told(self) -> tuple[str, list[tuple[str, str]]]:
        """Return what was found in a line, and its rows (quantity, value)."""
        moments = self.moments
        kind = "Boltzmann distribution" if self.galerkin is None else "stationary distribution without detailed balance"
        line = f"{kind}, <m.p> = {_cosine(self.projection)}, {self.occupation():.1%} parallel"
        rows = [(f"<m_{axis}>", _cosine(value)) for axis, value in zip("xyz", moments, strict=True)]
        squares = np.diag(self.second_moments)
        rows += [(f"<m_{axis}^2>", _cosine(value)) for axis, value in zip("xyz", squares, strict=True)]
        rows += [("<m.p>", _cosine(self.projection)), ("occupation of m.p > 0", f"{self.occupation():.4g}")]
        if self.spin.resistance is not None:
            rows.append(("mean resistance", human(self.resistance, "ohm")))
        return line, rows

    def _quadrature(self, axis: Array) -> tuple[Array, Array]:
        nodes, weights = sphere_rule(self.spin, axis)
        if self._log is not None:
            u = self._log(nodes)
            self._top = float(u.max())
            weights = weights * np.exp(u - self._top)
            self._norm = float(weights.sum())
        else:
            weights = weights * self.density(nodes)
        return nodes, weights / weights.sum()

    @property
    def weight(self) -> Weight:
        """A function that is near the logarithm of the density."""
        if self.galerkin is None:
            return weight_of(self.spin)
        return self.galerkin.exponent.turned(self.galerkin.frame.T)

    def density(self, m: npt.ArrayLike) -> Array:
        """Return the probability density per steradian at unit vectors m of shape (..., 3)."""
        m = np.asarray(m, dtype=float)
        if m.shape[-1:] != (3,) or not np.allclose(np.linalg.norm(m, axis=-1), 1.0, atol=1e-6):
            raise ParameterError("m must hold unit vectors with the components on the last axis")
        if self.galerkin is None:
            assert self._log is not None
            return np.asarray(np.exp(self._log(m) - self._top) / self._norm)
        return self.galerkin.density(m.reshape(-1, 3)).reshape(m.shape[:-1])

    def mean(self, function: Callable[[Array], Array]) -> Array:
        """Return the mean of a function of unit vectors, (points, 3) in, (points, ...) out."""
        return np.asarray(np.tensordot(self.probabilities, function(self.nodes), axes=1))

    @property
    def moments(self) -> Array:
        """Mean magnetisation <m_i>."""
        return self.mean(lambda m: m)

    @property
    def second_moments(self) -> Array:
        """Matrix <m_i m_j>."""
        return np.asarray(np.einsum("k,ki,kj->ij", self.probabilities, self.nodes, self.nodes))

    @property
    def projection(self) -> float:
        """Mean cosine <m.p>."""
        return float(self.moments @ self.spin.reference)

    @property
    def projection_density(self) -> tuple[Array, Array]:
        """Values of c = m.p, ascending, and their probability density (per unit of c) there."""
        _, areas = sphere_rule(self.spin, self.spin.reference)
        nodes, weights = self._quadrature(self.spin.reference)
        cosines, place = np.unique(np.round(nodes @ self.spin.reference, 12), return_inverse=True)
        return cosines, 2 * np.pi * np.bincount(place, weights) / np.bincount(place, areas)

    @property
    def resistance(self) -> float:
        """Mean resistance in ohm."""
        profile = self.spin.resistance
        if profile is None:
            raise ParameterError("this Macrospin was given no resistance(m.p); pass one")
        return float(self.mean(lambda m: profile(m @ self.spin.reference)))

    def occupation(self, direction: npt.ArrayLike | None = None) -> float:
        """Return the probability of the half-space m.direction > 0; by default of m.p > 0."""
        axis = self.spin.reference if direction is None else np.asarray(direction, dtype=float)
        if axis.shape != (3,) or not np.isfinite(axis).all() or not np.any(axis):
            raise ParameterError(f"direction={direction!r} must be three numbers, not all zero")
        nodes, weights = self._quadrature(axis / np.linalg.norm(axis))
        return float(weights[nodes @ axis > 0].sum())


def equilibrium(junction: JunctionLike | Macrospin, bias: Bias | None = None, rtol: float = 1e-6) -> Equilibrium:
    """Return the stationary distribution: density, moments, mean resistance, occupations.

    Parameters
    ----------
    junction : MTJ, str, Path or Macrospin
        The junction, the name of a preset, or the path of a TOML file; with a `Macrospin`, leave `bias` out.
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
        If the bias is not constant or `rtol` is out of range.
    SimulationError
        If `rtol` cannot be reached, or the energy varies by more than 15 000 kT over the sphere.

    Examples
    --------
    >>> import numpy as np
    >>> spin = Macrospin([0, 0, 0.02], np.zeros((3, 3)), thermal_field=0.01, damping=0.1)
    >>> print(f"{equilibrium(spin).moments[2]:.6f}")  # Langevin: coth(2) - 1/2
    0.537315
    """
    return Equilibrium(resolve(junction, bias), rtol)
