"""The parts of a junction: free layer, barrier, reference layer, heating, and the tables of torques.

Each takes its own parameters and those of the energy terms and torques that belong to it. All of it is in SI;
`mtjphys.units` converts what laboratories write down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import model_validator
from scipy.constants import hbar, mu_0, physical_constants

from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import Parameters
from mtjphys.core.quantity import Quantity
from mtjphys.junction.terms import table_of, tables, with_terms
from mtjphys.macrospin.magnetostatics import disc_demagnetising_factors

FREE_ELECTRON_G = abs(physical_constants["electron g factor"][0])
_BOHR_MAGNETON = physical_constants["Bohr magneton"][0]

Vector = tuple[float, float, float]

_disc_factors = lru_cache(maxsize=1024)(disc_demagnetising_factors)

_LENGTH_IN_NM = ((0.05, 1e6, 1e-9, "nanometres"),)
DIAMETER = Quantity("m", 1e-9, 1e-4, _LENGTH_IN_NM)
THICKNESS = Quantity("m", 1e-10, 1e-6, _LENGTH_IN_NM)
MAGNETISATION = Quantity("A/m", 1e4, 5e6, ((0.05, 5.0, 1.0 / mu_0, "tesla"), (5.0, 9999.0, 1e3, "emu/cm3")))
TEMPERATURE = Quantity("K", 0.0, 3000.0, (), "temperatures are in kelvin")
VOLTAGE = Quantity("V", -10.0, 10.0, ((10.0, 1e5, 1e-3, "millivolts"),))
FRACTION = Quantity("(a fraction)", 0.0, 1.0, ((1.0, 100.0, 1e-2, "per cent"),))


def unit_vector(name: str, vector: Sequence[float]) -> Vector:
    """Return a vector divided by its length, or raise one sentence that names it."""
    length = math.hypot(*vector)
    if length == 0.0:
        raise ParameterError(f"{name}={tuple(vector)} has no direction; give a non-zero vector")
    x, y, z = (component / length for component in vector)
    return (x, y, z)


@with_terms("free_layer")
class FreeLayer(Parameters):
    r"""The layer that fluctuates, given by its stack or directly as a macrospin.

    By its stack: `diameter` or `diameters` and `thickness`; volume and demagnetising factors are those of the elliptic
    disc. Directly: `volume` and `demagnetising_factors`. The two do not mix. Either way with the anisotropies below.

    With a Curie temperature, :math:`M_s(T) = M_s(T_r)\,[1-(T/T_C)^b]/[1-(T_r/T_C)^b]` and every
    anisotropy constant follows :math:`K(T) = K(T_r)\,[M_s(T)/M_s(T_r)]^n`.

    Parameters
    ----------
    saturation_magnetisation : float
        A/m, at `reference_temperature`.
    diameter : float, optional
        Diameter of a circular disc, m.
    diameters : (float, float), optional
        Full lengths along x and along y, m.
    thickness : float, optional
        m.
    volume : float, optional
        m3.
    demagnetising_factors : (float, float, float), optional
        Along x, y and z; (0, 0, 0) switches the shape anisotropy off.
    damping : float
        Gilbert damping, 1.
    g_factor : float
        Spectroscopic splitting factor; gamma = g mu_B/hbar.
    curie_temperature : float, optional
        K; None: nothing depends on temperature.
    bloch_exponent, anisotropy_exponent : float
        The exponents b and n above, 1.
    reference_temperature : float
        Temperature at which all magnetic constants are given, K.

    Examples
    --------
    >>> from mtjphys.junction import FreeLayer
    >>> layer = FreeLayer(saturation_magnetisation=1.1e6, diameter=50e-9, thickness=3e-9)
    >>> round(layer.magnetic_volume * 1e27)
    5890
    """

    saturation_magnetisation: Annotated[float, MAGNETISATION]
    diameter: Annotated[float | None, DIAMETER] = None
    diameters: Annotated[tuple[float, float] | None, DIAMETER] = None
    thickness: Annotated[float | None, THICKNESS] = None
    volume: Annotated[float | None, Quantity("m3", 1e-28, 1e-15, ((1e-3, 1e9, 1e-27, "nm3"),))] = None
    demagnetising_factors: Annotated[
        Vector | None, Quantity("(dimensionless)", 0.0, 1.0, (), "the three factors add up to 1")
    ] = None
    damping: Annotated[
        float,
        Quantity("(dimensionless)", 0.0, 1.0, (), "Gilbert damping is typically 0.005 to 0.03"),
    ] = 0.01
    g_factor: Annotated[float, Quantity("(dimensionless)", 1.0, 3.0)] = FREE_ELECTRON_G
    curie_temperature: Annotated[float | None, Quantity("K", 1.0, 3000.0, (), "CoFeB has about 1100 to 1500 K")] = None
    bloch_exponent: Annotated[float, Quantity("(dimensionless)", 0.1, 10.0)] = 1.5
    anisotropy_exponent: Annotated[float, Quantity("(dimensionless)", 0.0, 10.0)] = 2.0
    reference_temperature: Annotated[float, Quantity("K", 0.0, 3000.0, open_low=True)] = 300.0

    if TYPE_CHECKING:  # what the terms add

        def __getattr__(self, name: str) -> Any: ...

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        stack = [name for name in ("diameter", "diameters", "thickness") if getattr(self, name) is not None]
        direct = [name for name in ("volume", "demagnetising_factors") if getattr(self, name) is not None]
        if stack and direct:
            raise ValueError(
                f"{', '.join(stack)} (a stack) and {', '.join(direct)} (a macrospin) exclude each "
                "other; give either diameter and thickness, or volume and demagnetising_factors"
            )
        if direct and len(direct) < 2:
            raise ValueError(
                f"{direct[0]} alone does not define a macrospin; give volume and "
                "demagnetising_factors=(nx, ny, nz), (0, 0, 0) for none"
            )
        if not direct:
            if self.diameter is not None and self.diameters is not None:
                raise ValueError("diameter and diameters exclude each other; diameters=(along x, along y)")
            if self.thickness is None or (self.diameter is None and self.diameters is None):
                raise ValueError(
                    "a free layer needs diameter (or diameters) and thickness, or volume and demagnetising_factors"
                )
        if self.demagnetising_factors is not None:
            total = sum(self.demagnetising_factors)
            if total != 0.0 and abs(total - 1.0) > 1e-3:
                raise ValueError(
                    f"demagnetising_factors={self.demagnetising_factors} add up to {total:g}; "
                    "the sum must be 1, or 0 to switch the shape anisotropy off"
                )
        if self.curie_temperature is not None and (self.curie_temperature <= self.reference_temperature):
            raise ValueError(
                f"curie_temperature={self.curie_temperature:g} K must exceed "
                f"reference_temperature={self.reference_temperature:g} K"
            )
        return self

    @property
    def is_stack(self) -> bool:
        """Whether the layer is given by diameters and thickness."""
        return self.volume is None

    @property
    def full_diameters(self) -> tuple[float, float]:
        """Full lengths along x and y, m; only for a layer given by its stack."""
        if self.diameters is not None:
            return self.diameters
        if self.diameter is None:
            raise ParameterError("a free layer given by volume has no diameters; give its stack")
        return (self.diameter, self.diameter)

    @property
    def area(self) -> float:
        """Area of the elliptic disc, ``pi d_x d_y/4``, m2; only for a layer given by its stack."""
        along_x, along_y = self.full_diameters
        return 0.25 * math.pi * along_x * along_y

    @property
    def magnetic_volume(self) -> float:
        """Volume, as given or ``area thickness``, m3."""
        return self.volume if self.volume is not None else self.area * self.required_thickness("")

    @property
    def factors(self) -> Vector:
        """Demagnetising factors along x, y, z: as given, or exact for the elliptic disc."""
        if self.demagnetising_factors is not None:
            return self.demagnetising_factors
        x, y, z = _disc_factors(*self.full_diameters, self.required_thickness(""))
        return (x, y, z)

    @property
    def gyromagnetic_ratio(self) -> float:
        """``g mu_B/hbar``, rad/(s T)."""
        return self.g_factor * _BOHR_MAGNETON / hbar

    def required_thickness(self, purpose: str) -> float:
        """Return the thickness, m, or raise: `purpose` needs a layer given by its stack."""
        if self.thickness is None:
            raise ParameterError(
                f"{purpose} needs the thickness of the free layer; give the free layer by its "
                f"stack "
                "(diameter and thickness) instead of by volume"
            )
        return self.thickness


@with_terms("barrier")
class Barrier(Parameters):
    r"""The tunnel barrier: resistance, magnetoresistance, torques, voltage-controlled anisotropy.

    Conductance :math:`G = G_P[(1+c)/2 + (1-c)/2/(1+\mathrm{TMR}(V))]`, c = m.p, with
    :math:`\mathrm{TMR}(V) = \mathrm{TMR}_0/[1+(V/V_h)^2]`.

    Parameters
    ----------
    thickness : float
        Of the barrier, m; enters the voltage-controlled anisotropy.
    resistance_area_product : float, optional
        In the parallel state, ohm m2 (1 ohm um2 = 1e-12 ohm m2); needs a free layer given by its
        stack.
    resistance_parallel : float, optional
        ohm. If neither is given: 1e-11 ohm m2 for a stack, 5000 ohm for a macrospin.
    tunnel_magnetoresistance : float
        TMR at zero bias, 1 (1.0 is 100 %).
    half_voltage : float, optional
        V at which the TMR is halved; None: the TMR does not depend on bias.
    polarisation : float, optional
        Spin polarisation P; None: from the TMR at zero bias, Julliere's TMR = 2P^2/(1-P^2).

    References
    ----------
    J. C. Slonczewski, Phys. Rev. B 39, 6995 (1989); M. Julliere, Phys. Lett. A 54, 225 (1975).

    Examples
    --------
    >>> from mtjphys.junction import Barrier
    >>> round(Barrier(tunnel_magnetoresistance=1.0).spin_polarisation, 4)
    0.5774
    """

    thickness: Annotated[float, THICKNESS] = 1e-9
    resistance_area_product: Annotated[
        float | None, Quantity("ohm m2", 1e-14, 1e-6, ((1e-3, 1e6, 1e-12, "ohm um2"),))
    ] = None
    resistance_parallel: Annotated[float | None, Quantity("ohm", 10.0, 1e12, ((0.1, 10.0, 1e3, "kilo-ohm"),))] = None
    tunnel_magnetoresistance: Annotated[
        float, Quantity("(a ratio; 1.0 is 100 %)", 0.0, 10.0, ((10.0, 2000.0, 1e-2, "per cent"),))
    ] = 1.0
    half_voltage: Annotated[float | None, Quantity("V", 0.01, 100.0, ((100.0, 1e4, 1e-3, "millivolts"),))] = None
    polarisation: Annotated[float | None, FRACTION] = None

    if TYPE_CHECKING:  # what the terms add

        def __getattr__(self, name: str) -> Any: ...

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.resistance_area_product is not None and self.resistance_parallel is not None:
            raise ValueError("resistance_area_product and resistance_parallel exclude each other; give one")
        return self

    @property
    def spin_polarisation(self) -> float:
        """P as given, or ``sqrt(TMR/(2 + TMR))`` (Julliere)."""
        if self.polarisation is not None:
            return self.polarisation
        ratio = self.tunnel_magnetoresistance
        return math.sqrt(ratio / (2.0 + ratio))


@with_terms("reference")
class ReferenceLayer(Parameters):
    """The layer that stays: the direction p, and its stray field on the free layer.

    Parameters
    ----------
    direction : (float, float, float), optional
        p, of any length; None: the easy axis of the free layer.

    Examples
    --------
    >>> from mtjphys.junction import ReferenceLayer
    >>> ReferenceLayer(direction=(0, 0, 2)).direction
    (0.0, 0.0, 2.0)
    """

    direction: Vector | None = None

    if TYPE_CHECKING:  # what the terms add

        def __getattr__(self, name: str) -> Any: ...

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.direction is not None:
            unit_vector("direction", self.direction)
        return self


class Heating(Parameters):
    """Joule heating with one time constant: ``dT/dt = [T0 + R_th V^2/R - T]/tau``.

    Parameters
    ----------
    thermal_resistance : float
        K/W, between the free layer and the bath.
    time_constant : float
        s.

    Examples
    --------
    >>> from mtjphys.junction import Heating
    >>> Heating(thermal_resistance=1e7, time_constant=1e-9).thermal_resistance
    10000000.0
    """

    thermal_resistance: Annotated[float, Quantity("K/W", 0.0, 1e10)]
    time_constant: Annotated[float, Quantity("s", 1e-13, 1.0, ((1.0, 1e6, 1e-9, "nanoseconds"),), open_low=True)] = 1e-9


TABLES = {part: table_of(part) for part in tables()}
"""The classes of the tables that torques bring along."""

SpinOrbit = TABLES["spin_orbit"]
