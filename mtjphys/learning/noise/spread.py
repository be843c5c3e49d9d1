"""No two junctions are alike: device-to-device spread of resistance, magnetoresistance, barrier and stray field."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import Parameters, check_range
from mtjphys.junction import MTJ

Floats = NDArray[np.float64]

SPREAD_STREAM = 4
"""Second key of a device's parameters, so that they share no stream with its noise."""


class Spread(Parameters):
    r"""Device-to-device spread around one junction.

    Resistance, magnetoresistance and energy barrier are log-normal: factors :math:`e^{s z - s^2/2}` with standard
    normal z and :math:`s^2 = \ln(1+r^2)`, whose mean is 1 and whose standard deviation is exactly the given r, and
    which are never negative. They are independent of each other. The stray field is normal.

    - The resistance goes with RA, and with it the spin torque per volt.
    - The barrier is that of the energy at zero field and bias,
      :math:`\tfrac12 M_sV(B_\mathrm{easy}-B_\mathrm{pass})`; it is set through the uniaxial anisotropy (if that does
      not move it, or there is none, through the interfacial one), with volume and magnetisation left as they are.
      Dwell times spread as its exponential.
    - The stray field is added along the reference direction.

    Parameters
    ----------
    resistance, tunnel_magnetoresistance, barrier : float
        Standard deviation over mean, 0 to 1.
    stray_field : float
        Standard deviation in T.
    seed : int
        Device k draws from ``SeedSequence(seed, spawn_key=(k, SPREAD_STREAM))``: a chip stays the same chip whatever
        the seed of its noise, and whatever else is spread.

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

    resistance: float = Field(default=0.0, description="standard deviation over mean")
    tunnel_magnetoresistance: float = Field(default=0.0, description="standard deviation over mean")
    barrier: float = Field(default=0.0, description="standard deviation over mean")
    stray_field: float = Field(default=0.0, description="T, standard deviation")
    seed: int = Field(default=0, description="of the devices")

    def model_post_init(self, _: Any) -> None:
        """Check the ranges."""
        for name in ("resistance", "tunnel_magnetoresistance", "barrier"):
            check_range(name, getattr(self, name), "(a fraction)", 0.0, 1.0, "20 per cent are 0.2")
        check_range("stray_field", self.stray_field, "T", 0.0, 1.0, "in T: if this is in mT, multiply by 1e-3")
        check_range("seed", self.seed, "", 0, math.inf)

    def junctions(self, junction: MTJ, n: int, *, first: int = 0) -> list[MTJ]:
        """Return `n` junctions that scatter around `junction`.

        Parameters
        ----------
        junction : MTJ
            The nominal device.
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
        if not isinstance(junction, MTJ):
            raise ParameterError(
                f"a spread needs one MTJ, not {type(junction).__name__}: make a stand-in of each junction that "
                "Spread.junctions returns for the MTJ behind it"
            )
        deviates = np.empty((n, 4))
        for k in range(n):
            sequence = np.random.SeedSequence(self.seed, spawn_key=(first + k, SPREAD_STREAM))
            deviates[k] = np.random.default_rng(sequence).standard_normal(4)
        changes: list[dict[str, Any]] = [{} for _ in range(n)]
        if self.resistance:
            name, nominal = "resistance_parallel", junction.resistance_parallel
            if junction.barrier.resistance_area_product is not None:
                name, nominal = "resistance_area_product", junction.barrier.resistance_area_product
            for change, factor in zip(changes, log_normal(self.resistance, deviates[:, 0]), strict=True):
                change[f"barrier.{name}"] = nominal * float(factor)
        if self.tunnel_magnetoresistance:
            ratio = junction.barrier.tunnel_magnetoresistance
            factors = log_normal(self.tunnel_magnetoresistance, deviates[:, 1])
            for change, factor in zip(changes, factors, strict=True):
                change["barrier.tunnel_magnetoresistance"] = ratio * float(factor)
        if self.barrier:
            path, values = _anisotropies(junction, log_normal(self.barrier, deviates[:, 2]))
            for change, value in zip(changes, values, strict=True):
                change[path] = value
        if self.stray_field:
            along = np.array(junction.reference_direction)
            for change, deviate in zip(changes, deviates[:, 3], strict=True):
                stray = np.array(junction.reference.stray_field) + self.stray_field * deviate * along
                change["reference.stray_field"] = tuple(stray.tolist())
        return [junction.with_parameters(change) for change in changes]


def log_normal(relative: float, deviates: Floats) -> Floats:
    """Return log-normal factors of mean 1 and the given standard deviation."""
    squared = math.log1p(relative**2)
    return np.asarray(np.exp(math.sqrt(squared) * deviates - 0.5 * squared))


def _matrix(junction: MTJ) -> Floats:
    """Return M of the energy ``-Ms V m.M m/2`` at zero bias and the reference temperature, T."""
    return np.asarray(junction.landscape(Bias(temperature=junction.free_layer.reference_temperature)).matrix)


def _anisotropies(junction: MTJ, factors: Floats) -> tuple[str, list[Any]]:
    """Return the parameter that sets the barrier, and its values for `factors` times the nominal barrier."""
    layer = junction.free_layer
    start = _matrix(junction)
    nominal = float(np.diff(np.linalg.eigvalsh(start))[1])
    if nominal <= 1e-9 * float(np.ptp(np.linalg.eigvalsh(start))):
        raise ParameterError("a spread of the barrier needs a junction with two wells at zero field: give it an axis")
    options: list[tuple[str, float, Any]] = []
    if layer.uniaxial_anisotropy is not None:
        density, axis = layer.uniaxial_anisotropy
        options.append(("free_layer.uniaxial_anisotropy", density, lambda value: (value, axis)))
    if layer.interfacial_anisotropy:
        options.append(("free_layer.interfacial_anisotropy", layer.interfacial_anisotropy, lambda value: value))
    for path, value, as_parameter in options:
        unit = abs(value) or 1.0
        slope = (_matrix(junction.with_parameters({path: as_parameter(value + 0.1 * unit)})) - start) / (0.1 * unit)
        values = np.full(factors.size, value)
        # Newton's method: the eigenvalues are straight lines in the constant unless axes are oblique.
        for _ in range(20):
            fields, axes = np.linalg.eigh(start + (values - value)[:, None, None] * slope)
            excess = fields[:, 2] - fields[:, 1] - factors * nominal
            if np.abs(excess).max() <= 1e-9 * nominal:
                return path, [as_parameter(float(value)) for value in values]
            slopes = np.einsum("nik,ij,njk->nk", axes, slope, axes)
            moved = slopes[:, 2] - slopes[:, 1]
            if np.abs(moved).min() * unit <= 1e-6 * nominal:
                break
            values -= excess / moved
    raise ParameterError(
        f"no anisotropy constant of this junction brings its barrier to {factors.min():.3g} to {factors.max():.3g} "
        "times the nominal one: give the free layer a uniaxial_anisotropy along its easy axis, or a smaller spread"
    )
