"""No two junctions are alike: device-to-device spread of resistance, magnetoresistance, barrier and stray field."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from mtjphys.bias import Bias
from mtjphys.core.declared import Seed
from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import Parameters
from mtjphys.core.quantity import Quantity
from mtjphys.core.streams import Use, generator
from mtjphys.junction.given import JunctionLike, as_junction
from mtjphys.junction.mtj import MTJ

Floats = NDArray[np.float64]

FRACTION = Quantity("(a fraction)", 0.0, 1.0, (), "20 per cent are 0.2")


class Deviations(NamedTuple):
    """How devices differ from the nominal one, (n,) each."""

    resistance: Floats  # factor, of mean 1
    tunnel_magnetoresistance: Floats  # factor
    barrier: Floats  # factor
    stray_field: Floats  # T, along the reference direction


class Spread(Parameters):
    r"""Device-to-device spread around one junction.

    Resistance, magnetoresistance and energy barrier are log-normal: factors :math:`e^{s z - s^2/2}` with standard
    normal z and :math:`s^2 = \ln(1+r^2)`, whose mean is 1 and whose standard deviation is exactly the given r, and
    which are never negative. They are independent of each other. The stray field is normal.

    - The resistance goes with RA, and with it the spin torque per volt.
    - The barrier is that of the energy at zero field and bias; without further terms that is
      :math:`\tfrac12 M_sV(B_\mathrm{easy}-B_\mathrm{pass})`. It is set through the uniaxial anisotropy (if that does
      not move it, or there is none, through the interfacial one), with volume and magnetisation left as they are.
      Dwell times spread as its exponential.
    - The stray field is added along the reference direction.

    Parameters
    ----------
    resistance, tunnel_magnetoresistance, barrier : float
        Standard deviation over mean, 0 to 1.
    stray_field : float
        Standard deviation in T.
    seed : int or None
        None draws one, which is kept. Device k has a stream of its own: a chip stays the same chip whatever the seed of
        its noise, and whatever else is spread.

    Raises
    ------
    ParameterError
        If a number is out of range.

    Examples
    --------
    >>> import mtjphys as mp
    >>> chip = Spread(barrier=0.2, resistance=0.05, seed=1).junctions(mp.presets.schnitzspan_2023(), 110)
    >>> barriers = [junction.thermal_stability().parallel for junction in chip]
    >>> bool(0.15 < np.std(barriers) / np.mean(barriers) < 0.25)
    True
    """

    resistance: Annotated[float, FRACTION] = Field(default=0.0, title="Resistance spread", description="of the mean")
    tunnel_magnetoresistance: Annotated[float, FRACTION] = Field(
        default=0.0, title="TMR spread", description="of the mean"
    )
    barrier: Annotated[float, FRACTION] = Field(default=0.0, title="Barrier spread", description="of the mean")
    stray_field: Annotated[float, Quantity("T", 0.0, 1.0, (), "in T: if this is in mT, multiply by 1e-3")] = Field(
        default=0.0, title="Stray-field spread", description="T"
    )
    seed: Seed = Field(default=0, description="of the devices")

    def active(self) -> dict[str, float]:
        """Return what is spread, by name."""
        return {name: getattr(self, name) for name in Deviations._fields if getattr(self, name)}

    def including(self, other: Spread) -> Spread:
        """Return this spread with what another one spreads, in place of its own where both do; the seed stays."""
        return Spread(**(dict(self) | other.active()))

    def deviations(self, n: int, *, first: int = 0) -> Deviations:
        """Return how `n` devices differ from the nominal one; device ``first + k`` is the same for any `n`."""
        z = np.empty((n, len(Deviations._fields)))
        for k in range(n):
            z[k] = generator(self.seed, first + k, Use.SPREAD).standard_normal(z.shape[1])
        return Deviations(
            resistance=log_normal(self.resistance, z[:, 0]),
            tunnel_magnetoresistance=log_normal(self.tunnel_magnetoresistance, z[:, 1]),
            barrier=log_normal(self.barrier, z[:, 2]),
            stray_field=self.stray_field * z[:, 3],
        )

    def junctions(self, junction: JunctionLike, n: int, *, first: int = 0) -> list[MTJ]:
        """Return `n` junctions that scatter around `junction`.

        Parameters
        ----------
        junction : MTJ, str or Path
            The nominal device, the name of a preset, or the path of a TOML file.
        n : int
            Number of devices.
        first : int
            Number of the first one.

        Returns
        -------
        list of MTJ
            Device ``first + k`` is the same for any `n`.

        Raises
        ------
        ParameterError
            If `junction` is a stand-in for a junction, or has no barrier that could be spread.
        """
        junction = as_junction(junction)
        if not isinstance(junction, MTJ):
            raise ParameterError(
                f"a spread needs one MTJ, not {type(junction).__name__}: make a stand-in of each junction that "
                "Spread.junctions returns for the MTJ behind it"
            )
        deviations = self.deviations(n, first=first)
        changes: list[dict[str, Any]] = [{} for _ in range(n)]
        if self.resistance:
            name, nominal = "resistance_parallel", junction.resistance_parallel
            if junction.barrier.resistance_area_product is not None:
                name, nominal = "resistance_area_product", junction.barrier.resistance_area_product
            for change, factor in zip(changes, deviations.resistance, strict=True):
                change[f"barrier.{name}"] = nominal * float(factor)
        if self.tunnel_magnetoresistance:
            ratio = junction.barrier.tunnel_magnetoresistance
            for change, factor in zip(changes, deviations.tunnel_magnetoresistance, strict=True):
                change["barrier.tunnel_magnetoresistance"] = ratio * float(factor)
        if self.barrier:
            path, values = _anisotropies(junction, deviations.barrier)
            for change, value in zip(changes, values, strict=True):
                change[path] = value
        if self.stray_field:
            for change, deviation in zip(changes, deviations.stray_field, strict=True):
                change["reference.stray_field"] = stray_field_with(junction, float(deviation))
        return [junction.with_parameters(change) for change in changes]


def log_normal(relative: float, deviates: Floats) -> Floats:
    """Return log-normal factors of mean 1 and the given standard deviation."""
    squared = math.log1p(relative**2)
    return np.asarray(np.exp(math.sqrt(squared) * deviates - 0.5 * squared))


def stray_field_with(junction: MTJ, more: float) -> tuple[float, float, float]:
    """Return the stray field of a junction with so much more along its reference direction, T."""
    x, y, z = np.array(junction.reference.stray_field) + more * np.array(junction.reference_direction)
    return float(x), float(y), float(z)


Constant = Callable[[float], MTJ]
"""A junction as a function of one of its anisotropy constants."""


def _at_rest(junction: MTJ) -> Bias:
    """Return a bias that is none, at the temperature for which the constants are given."""
    return Bias(temperature=junction.free_layer.reference_temperature)


def _anisotropies(junction: MTJ, factors: Floats) -> tuple[str, list[Any]]:
    """Return the parameter that sets the barrier, and its values for `factors` times the nominal barrier."""
    layer = junction.free_layer
    options: list[tuple[str, float, Callable[[float], Any]]] = []
    if layer.uniaxial_anisotropy is not None:
        density, axis = layer.uniaxial_anisotropy
        options.append(("free_layer.uniaxial_anisotropy", density, lambda value: (value, axis)))
    if layer.interfacial_anisotropy:
        options.append(("free_layer.interfacial_anisotropy", layer.interfacial_anisotropy, lambda value: value))
    without = junction.with_parameters({"reference.stray_field": (0.0, 0.0, 0.0)})
    barrier, solve = _quadratic_barrier, _by_eigenvalues
    if junction.landscape(_at_rest(junction)).terms:
        barrier, solve = _barrier, _one_by_one
    nominal = barrier(without)
    if nominal <= 0.0:
        raise ParameterError("a spread of the barrier needs a junction with two wells at zero field: give it an axis")
    for path, value, as_parameter in options:

        def with_constant(
            constant: float, path: str = path, as_parameter: Callable[[float], Any] = as_parameter
        ) -> MTJ:
            return without.with_parameters({path: as_parameter(constant)})

        values = solve(with_constant, value, nominal * factors)
        if values is not None:
            return path, [as_parameter(float(value)) for value in values]
    raise ParameterError(
        f"no anisotropy constant of this junction brings its barrier to {factors.min():.3g} to {factors.max():.3g} "
        "times the nominal one: give the free layer a uniaxial_anisotropy along its easy axis, or a smaller spread"
    )


def _barrier(junction: MTJ) -> float:
    """Return the barrier at rest in units of kB T, whatever the terms of the energy; 0 without two wells."""
    return junction.thermal_stability(_at_rest(junction)).parallel


def _matrix(junction: MTJ) -> Floats:
    """Return M of the energy ``-Ms V m.M m/2`` at rest, T."""
    return np.asarray(junction.landscape(_at_rest(junction)).matrix)


def _quadratic_barrier(junction: MTJ) -> float:
    """Return ``B_easy - B_pass`` at rest in T; 0 without two wells."""
    fields = np.linalg.eigvalsh(_matrix(junction))
    barrier = float(fields[2] - fields[1])
    return barrier if barrier > 1e-9 * float(np.ptp(fields)) else 0.0


def _by_eigenvalues(with_constant: Constant, value: float, wanted: Floats) -> Floats | None:
    """Return the constants by Newton's method for all at once, or None if they do not move the barrier there."""
    unit = abs(value) or 1.0
    start = _matrix(with_constant(value))
    slope = (_matrix(with_constant(value + 0.1 * unit)) - start) / (0.1 * unit)
    values = np.full(wanted.size, value)
    # The eigenvalues are straight lines in the constant unless axes are oblique.
    for _ in range(20):
        fields, axes = np.linalg.eigh(start + (values - value)[:, None, None] * slope)
        excess = fields[:, 2] - fields[:, 1] - wanted
        if np.abs(excess).max() <= 1e-9 * wanted.mean():
            return values
        slopes = np.einsum("nik,ij,njk->nk", axes, slope, axes)
        moved = slopes[:, 2] - slopes[:, 1]
        if np.abs(moved).min() * unit <= 1e-6 * wanted.mean():
            break
        values -= excess / moved
    return None


def _one_by_one(with_constant: Constant, value: float, wanted: Floats) -> Floats | None:
    """Return the constants from the stationary points of the energy; None if they do not move the barrier there."""
    from scipy.optimize import brentq

    unit = abs(value) or 1.0
    nominal = _barrier(with_constant(value))
    rises = _barrier(with_constant(value + 1e-3 * unit)) > nominal
    values = np.empty(wanted.size)
    for k, target in enumerate(wanted):

        def excess(constant: float, target: float = target) -> float:
            return _barrier(with_constant(constant)) - target

        end, step = value, 0.25 * unit * (1.0 if (target > nominal) == rises else -1.0)
        for _ in range(20):
            end += step
            if excess(end) * (nominal - target) <= 0.0:
                break
        else:
            return None
        values[k] = brentq(excess, value, end, rtol=1e-9)
    return values
