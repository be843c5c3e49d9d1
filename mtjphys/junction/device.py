"""The magnetic tunnel junction: its parts, and everything that follows from them in closed form.

A junction is a free layer, a barrier, a reference layer and, if wanted, Joule heating and a
spin-orbit channel. All of it is in SI; `mtjphys.core.units` converts what laboratories write down.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, ValidationInfo, field_validator, model_validator
from scipy.constants import Boltzmann, e, hbar, mu_0, physical_constants

from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import Parameters, Quantity, to_toml, toml_of
from mtjphys.core.text import human
from mtjphys.kernels.parameters import LaneParameters
from mtjphys.macrospin import energy
from mtjphys.macrospin.energy import Landscape, States, StationaryPoint
from mtjphys.macrospin.magnetostatics import disc_demagnetising_factors

FREE_ELECTRON_G = abs(physical_constants["electron g factor"][0])
_BOHR_MAGNETON = physical_constants["Bohr magneton"][0]
# Torque of one ampere of fully polarised current on a moment of 1 A m^2, in T.
_TORQUE_PER_AMPERE = hbar / (2.0 * e)

Vector = tuple[float, float, float]

_disc_factors = lru_cache(maxsize=1024)(disc_demagnetising_factors)


_LENGTH_IN_NM = ((0.05, 1e6, 1e-9, "nanometres"),)
DIAMETER = Quantity("m", 1e-9, 1e-4, _LENGTH_IN_NM)
THICKNESS = Quantity("m", 1e-10, 1e-6, _LENGTH_IN_NM)
MAGNETISATION = Quantity("A/m", 1e4, 5e6, ((0.05, 5.0, 1.0 / mu_0, "tesla"), (5.0, 9999.0, 1e3, "emu/cm3")))
FIELD = Quantity(
    "T",
    -20.0,
    20.0,
    ((20.0, 1e6, 1e-4, "oersted (or millitesla)"),),
    "fields are B = mu0 H in tesla",
)
TEMPERATURE = Quantity("K", 0.0, 3000.0, (), "temperatures are in kelvin")
VOLTAGE = Quantity("V", -10.0, 10.0, ((10.0, 1e5, 1e-3, "millivolts"),))
FRACTION = Quantity("(a fraction)", 0.0, 1.0, ((1.0, 100.0, 1e-2, "per cent"),))


def _unit_vector(name: str, vector: Sequence[float]) -> Vector:
    length = math.hypot(*vector)
    if length == 0.0:
        raise ParameterError(f"{name}={tuple(vector)} has no direction; give a non-zero vector")
    x, y, z = (component / length for component in vector)
    return (x, y, z)


class FreeLayer(Parameters):
    r"""The layer that fluctuates, given by its stack or directly as a macrospin.

    By its stack: `diameter` or `diameters` and `thickness` (and `interfacial_anisotropy`); volume
    and demagnetising factors are those of the elliptic disc. Directly: `volume` and
    `demagnetising_factors`. The two do not mix. Either way one uniaxial anisotropy along any axis.

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
    interfacial_anisotropy : float
        Total perpendicular interfacial anisotropy energy of both interfaces, J/m2; the field is
        :math:`2K_i/(M_s t)\,m_z`. Positive favours the normal z.
    volume : float, optional
        m3.
    demagnetising_factors : (float, float, float), optional
        Along x, y and z; (0, 0, 0) switches the shape anisotropy off.
    uniaxial_anisotropy : (float, (float, float, float)), optional
        Energy density in J/m3 and axis u (any length); the field is :math:`2K_u/M_s\,(u\cdot m)u`.
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
    interfacial_anisotropy: Annotated[float, Quantity("J/m2", -0.02, 0.02, ((0.02, 50.0, 1e-3, "mJ/m2"),))] = 0.0
    volume: Annotated[float | None, Quantity("m3", 1e-28, 1e-15, ((1e-3, 1e9, 1e-27, "nm3"),))] = None
    demagnetising_factors: Annotated[
        Vector | None, Quantity("(dimensionless)", 0.0, 1.0, (), "the three factors add up to 1")
    ] = None
    uniaxial_anisotropy: tuple[float, Vector] | None = None
    damping: Annotated[
        float,
        Quantity("(dimensionless)", 0.0, 1.0, (), "Gilbert damping is typically 0.005 to 0.03"),
    ] = 0.01
    g_factor: Annotated[float, Quantity("(dimensionless)", 1.0, 3.0)] = FREE_ELECTRON_G
    curie_temperature: Annotated[float | None, Quantity("K", 1.0, 3000.0, (), "CoFeB has about 1100 to 1500 K")] = None
    bloch_exponent: Annotated[float, Quantity("(dimensionless)", 0.1, 10.0)] = 1.5
    anisotropy_exponent: Annotated[float, Quantity("(dimensionless)", 0.0, 10.0)] = 2.0
    reference_temperature: Annotated[float, Quantity("K", 0.0, 3000.0, open_low=True)] = 300.0

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        stack = [name for name in ("diameter", "diameters", "thickness") if getattr(self, name) is not None]
        if self.interfacial_anisotropy:
            stack.append("interfacial_anisotropy")
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
        if self.uniaxial_anisotropy is not None:
            density, axis = self.uniaxial_anisotropy
            Quantity("J/m3", -1e8, 1e8, (), "1 erg/cm3 is 0.1 J/m3").check(
                "uniaxial_anisotropy energy density", density
            )
            _unit_vector("uniaxial_anisotropy axis", axis)
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

    def magnetisation_ratio(self, temperature: float) -> float:
        """Return ``Ms(T)/Ms(T_ref)`` at `temperature` in K; 1 without a Curie temperature."""
        TEMPERATURE.check("temperature", temperature)
        if self.curie_temperature is None:
            return 1.0
        if temperature >= self.curie_temperature:
            raise ParameterError(
                f"temperature={temperature:g} K is not below the Curie temperature "
                f"{self.curie_temperature:g} K, where the free layer has no magnetisation; lower it"
            )
        curie, bloch = self.curie_temperature, self.bloch_exponent
        lost = 1.0 - (temperature / curie) ** bloch
        return float(lost / (1.0 - (self.reference_temperature / curie) ** bloch))


class Barrier(Parameters):
    r"""The tunnel barrier: resistance, magnetoresistance, torques, voltage-controlled anisotropy.

    Conductance :math:`G = G_P[(1+c)/2 + (1-c)/2/(1+\mathrm{TMR}(V))]`, c = m.p, with
    :math:`\mathrm{TMR}(V) = \mathrm{TMR}_0/[1+(V/V_h)^2]`.

    Torque law "voltage" (Slonczewski 2005; at fixed voltage the torque is angle independent):

    .. math:: a_{DL} = \epsilon\frac{\hbar}{2e}\frac{P}{1+P^2}\frac{G_P}{M_sV_F}\,V .

    Torque law "current": :math:`a_{DL} = \epsilon\frac{\hbar}{2e}\frac{P}{1+P^2c}\frac{I}{M_sV_F}`.

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
    voltage_anisotropy : float
        xi, J/(V m): positive voltage lowers the interfacial anisotropy by xi V/thickness.
    torque_law : "voltage" or "current"
        Which of the two laws drives the spin torques.
    damping_like_efficiency : float
        Factor epsilon on the damping-like torque, 1.
    damping_like_per_volt : float, optional
        T/V; replaces the voltage law's value.
    damping_like_per_volt_squared : float
        T/V2.
    field_like_ratio : float
        a_FL over a_DL of the linear part, 1.
    field_like_per_volt : float, optional
        T/V; replaces ratio times damping-like torque in the voltage law.
    field_like_per_volt_squared : float
        T/V2; at fixed voltage the field-like torque is even in V.

    References
    ----------
    J. C. Slonczewski, Phys. Rev. B 71, 024411 (2005); M. Julliere, Phys. Lett. A 54, 225 (1975).

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
    voltage_anisotropy: Annotated[float, Quantity("J/(V m)", -1e-11, 1e-11, ((1e-3, 1e5, 1e-15, "fJ/(V m)"),))] = 0.0
    torque_law: Literal["voltage", "current"] = "voltage"
    damping_like_efficiency: Annotated[float, Quantity("(dimensionless)", -10.0, 10.0)] = 1.0
    damping_like_per_volt: Annotated[float | None, Quantity("T/V", -10.0, 10.0)] = None
    damping_like_per_volt_squared: Annotated[float, Quantity("T/V2", -10.0, 10.0)] = 0.0
    field_like_ratio: Annotated[float, Quantity("(dimensionless)", -10.0, 10.0)] = 0.0
    field_like_per_volt: Annotated[float | None, Quantity("T/V", -10.0, 10.0)] = None
    field_like_per_volt_squared: Annotated[float, Quantity("T/V2", -10.0, 10.0)] = 0.0

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.resistance_area_product is not None and self.resistance_parallel is not None:
            raise ValueError("resistance_area_product and resistance_parallel exclude each other; give one")
        if self.torque_law == "current":
            for name in ("damping_like_per_volt", "field_like_per_volt"):
                if getattr(self, name) is not None:
                    raise ValueError(
                        f"{name} belongs to torque_law='voltage'; with 'current' use "
                        "damping_like_efficiency and field_like_ratio"
                    )
        if self.spin_polarisation >= 1.0 and self.torque_law == "current":
            raise ValueError(
                f"polarisation={self.polarisation} makes the current law P/(1 + P^2 cos) diverge "
                f"at "
                "antiparallel; give a polarisation below 1"
            )
        return self

    @property
    def spin_polarisation(self) -> float:
        """P as given, or ``sqrt(TMR/(2 + TMR))`` (Julliere)."""
        if self.polarisation is not None:
            return self.polarisation
        ratio = self.tunnel_magnetoresistance
        return math.sqrt(ratio / (2.0 + ratio))

    def magnetoresistance(self, voltage: float = 0.0) -> float:
        """Return ``TMR0/(1 + (V/V_half)^2)`` at the junction's voltage in V."""
        VOLTAGE.check("voltage", voltage)
        if self.half_voltage is None:
            return self.tunnel_magnetoresistance
        return self.tunnel_magnetoresistance / (1.0 + (voltage / self.half_voltage) ** 2)


class ReferenceLayer(Parameters):
    """The layer that stays: the direction p, and its stray field on the free layer.

    Parameters
    ----------
    direction : (float, float, float), optional
        p, of any length; None: the easy axis of the free layer.
    stray_field : (float, float, float)
        T, uniform over the free layer.

    Examples
    --------
    >>> from mtjphys.junction import ReferenceLayer
    >>> ReferenceLayer(direction=(0, 0, 2)).direction
    (0.0, 0.0, 2.0)
    """

    direction: Vector | None = None
    stray_field: Annotated[Vector, FIELD] = (0.0, 0.0, 0.0)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.direction is not None:
            _unit_vector("direction", self.direction)
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


class SpinOrbit(Parameters):
    r"""A heavy-metal channel under the free layer; its current drives a spin-orbit torque.

    :math:`a_{SO} = \frac{\hbar}{2e}\theta_{SH}\frac{J}{M_st}` with :math:`J = I/(w\,t_{ch})`.

    Parameters
    ----------
    spin_hall_angle : float
        theta_SH, 1; its sign counts.
    channel_width, channel_thickness : float
        m.
    polarisation : (float, float, float)
        Direction of the spins at positive current, of any length.
    field_like_ratio : float
        Field-like over damping-like torque, 1.

    Examples
    --------
    >>> from mtjphys.junction import SpinOrbit
    >>> SpinOrbit(spin_hall_angle=-0.3, channel_width=1e-7, channel_thickness=5e-9).polarisation
    (0.0, 1.0, 0.0)
    """

    spin_hall_angle: Annotated[float, Quantity("(dimensionless)", -10.0, 10.0)]
    channel_width: Annotated[float, DIAMETER]
    channel_thickness: Annotated[float, THICKNESS]
    polarisation: Vector = (0.0, 1.0, 0.0)
    field_like_ratio: Annotated[float, Quantity("(dimensionless)", -10.0, 10.0)] = 0.0

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _unit_vector("polarisation", self.polarisation)
        return self


def _conductance(lane: LaneParameters, cosine: float, voltage: float) -> float:
    """Return ``G_P [(1+c)/2 + (1-c)/2/(1+TMR(V))]``, S."""
    ratio = lane.tunnel_magnetoresistance / (1.0 + (voltage * lane.inverse_half_voltage) ** 2)
    return lane.conductance_parallel * (0.5 * (1.0 + cosine) + 0.5 * (1.0 - cosine) / (1.0 + ratio))


class Entry(NamedTuple):
    """One line of `MTJ.summary`."""

    quantity: str
    symbol: str
    value: float
    unit: str


class MTJ(Parameters):
    """A magnetic tunnel junction.

    The film normal is z, the easy in-plane axis x. Positive voltage drives the free layer towards
    the reference direction p, the parallel state, where the resistance is low.

    Parameters
    ----------
    free_layer : FreeLayer
    barrier : Barrier
    reference : ReferenceLayer
    heating : Heating, optional
    spin_orbit : SpinOrbit, optional
    name : str
        A label; it does not enter the physics.

    Notes
    -----
    Every part may also be given as a mapping. Methods take the bias as keywords: `field` in T,
    `temperature` in K, `voltage` across the junction in V.

    Examples
    --------
    >>> from mtjphys.junction import MTJ, FreeLayer
    >>> junction = MTJ(free_layer=FreeLayer(
    ...     saturation_magnetisation=1e6, volume=1e-24, damping=0.1,
    ...     demagnetising_factors=(0, 0, 0), uniaxial_anisotropy=(1e4, (0, 0, 1))))
    >>> round(junction.thermal_stability().parallel, 4)
    2.4143
    """

    free_layer: FreeLayer
    barrier: Barrier = Field(default_factory=Barrier)
    reference: ReferenceLayer = Field(default_factory=ReferenceLayer)
    heating: Heating | None = None
    spin_orbit: SpinOrbit | None = None
    name: str = ""

    @field_validator("free_layer", "barrier", "reference", "heating", "spin_orbit", mode="before")
    @classmethod
    def _from_mapping(cls, value: Any, info: ValidationInfo) -> Any:
        kinds: dict[str, type[Parameters]] = {
            "free_layer": FreeLayer,
            "barrier": Barrier,
            "reference": ReferenceLayer,
            "heating": Heating,
            "spin_orbit": SpinOrbit,
        }
        if isinstance(value, Mapping):
            return kinds[str(info.field_name)](**value)
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.barrier.resistance_area_product is not None and not self.free_layer.is_stack:
            raise ValueError(
                "resistance_area_product needs the area of the free layer, which is given by its "
                "volume; give resistance_parallel in ohm instead"
            )
        if self.barrier.voltage_anisotropy:
            self.free_layer.required_thickness("voltage_anisotropy")
        if self.spin_orbit is not None:
            self.free_layer.required_thickness("a spin-orbit torque")
        return self

    # What the junction is

    @property
    def volume(self) -> float:
        """Volume of the free layer, m3."""
        return self.free_layer.magnetic_volume

    @property
    def area(self) -> float:
        """Area of the junction, m2; only for a free layer given by its stack."""
        return self.free_layer.area

    @property
    def demagnetising_factors(self) -> Vector:
        """Along x, y, z; exact for the elliptic disc."""
        return self.free_layer.factors

    @property
    def moment(self) -> float:
        """``Ms V`` at the reference temperature, A m2."""
        return self.free_layer.saturation_magnetisation * self.volume

    @property
    def easy_axis(self) -> Vector:
        """Direction of lowest energy at zero bias without stray field; x in an easy plane."""
        matrix = self._anisotropy_matrix(self.free_layer.reference_temperature, 0.0)
        values, axes = np.linalg.eigh(matrix)
        span = float(values[2] - values[0])
        group = axes[:, values > values[2] - max(1e-9 * span, 1e-15)]
        preference = (2, 0, 1) if group.shape[1] == 3 else (0, 2, 1)
        lengths = np.linalg.norm(group, axis=1)
        # Of x, z and y the first that lies along rather than across the easy axis or plane.
        axis = next(axis for axis in preference if lengths[axis] > 0.5)
        x, y, z = (group @ group[axis] / lengths[axis] + 0.0).tolist()
        return (x, y, z)

    @property
    def reference_direction(self) -> Vector:
        """Unit vector p of the reference layer."""
        if self.reference.direction is None:
            return self.easy_axis
        return _unit_vector("direction", self.reference.direction)

    def saturation_magnetisation(self, *, temperature: float = 300.0) -> float:
        """Return Ms in A/m at `temperature` in K."""
        return self.free_layer.saturation_magnetisation * self.free_layer.magnetisation_ratio(temperature)

    def _lane(self, reference: Vector) -> LaneParameters:
        layer, barrier = self.free_layer, self.barrier
        magnetisation = layer.saturation_magnetisation
        moment = self.moment
        shape = [-mu_0 * magnetisation * factor for factor in layer.factors]
        anisotropy = np.zeros((3, 3))
        if layer.uniaxial_anisotropy is not None:
            density, axis = layer.uniaxial_anisotropy
            unit = _unit_vector("uniaxial_anisotropy axis", axis)
            anisotropy += 2.0 * density / magnetisation * np.outer(unit, unit)
        vcma = 0.0
        if layer.thickness is not None:
            anisotropy[2, 2] += 2.0 * layer.interfacial_anisotropy / (magnetisation * layer.thickness)
            vcma = -2.0 * barrier.voltage_anisotropy / (magnetisation * layer.thickness * barrier.thickness)
        conductance = 1.0 / self.resistance_parallel
        polarisation = barrier.spin_polarisation
        per_ampere = barrier.damping_like_efficiency * _TORQUE_PER_AMPERE * polarisation / moment
        damping_like = field_like = damping_like_current = field_like_current = 0.0
        if barrier.torque_law == "voltage":
            damping_like = per_ampere * conductance / (1.0 + polarisation**2)
            if barrier.damping_like_per_volt is not None:
                damping_like = barrier.damping_like_per_volt
            field_like = barrier.field_like_ratio * damping_like
            if barrier.field_like_per_volt is not None:
                field_like = barrier.field_like_per_volt
        else:
            damping_like_current = per_ampere
            field_like_current = barrier.field_like_ratio * per_ampere
        channel: Vector = (0.0, 1.0, 0.0)
        channel_damping = channel_field = 0.0
        if self.spin_orbit is not None:
            channel = _unit_vector("polarisation", self.spin_orbit.polarisation)
            section = self.spin_orbit.channel_width * self.spin_orbit.channel_thickness
            thickness = layer.required_thickness("a spin-orbit torque")
            channel_damping = (
                _TORQUE_PER_AMPERE * self.spin_orbit.spin_hall_angle / (section * magnetisation * thickness)
            )
            channel_field = self.spin_orbit.field_like_ratio * channel_damping
        heating, stray = self.heating, self.reference.stray_field
        return LaneParameters(
            gyromagnetic_ratio=layer.gyromagnetic_ratio,
            damping=layer.damping,
            moment=moment,
            shape_xx=shape[0],
            shape_yy=shape[1],
            shape_zz=shape[2],
            shape_xy=0.0,
            shape_xz=0.0,
            shape_yz=0.0,
            anisotropy_xx=float(anisotropy[0, 0]),
            anisotropy_yy=float(anisotropy[1, 1]),
            anisotropy_zz=float(anisotropy[2, 2]),
            anisotropy_xy=float(anisotropy[0, 1]),
            anisotropy_xz=float(anisotropy[0, 2]),
            anisotropy_yz=float(anisotropy[1, 2]),
            vcma=vcma,
            stray_x=stray[0],
            stray_y=stray[1],
            stray_z=stray[2],
            reference_x=reference[0],
            reference_y=reference[1],
            reference_z=reference[2],
            damping_like=damping_like,
            damping_like_quadratic=barrier.damping_like_per_volt_squared,
            field_like=field_like,
            field_like_quadratic=barrier.field_like_per_volt_squared,
            damping_like_current=damping_like_current,
            field_like_current=field_like_current,
            polarisation_squared=polarisation**2,
            conductance_parallel=conductance,
            tunnel_magnetoresistance=barrier.tunnel_magnetoresistance,
            inverse_half_voltage=0.0 if barrier.half_voltage is None else 1.0 / barrier.half_voltage,
            spin_orbit_x=channel[0],
            spin_orbit_y=channel[1],
            spin_orbit_z=channel[2],
            spin_orbit_damping_like=channel_damping,
            spin_orbit_field_like=channel_field,
            thermal_resistance=0.0 if heating is None else heating.thermal_resistance,
            thermal_rate=0.0 if heating is None else 1.0 / heating.time_constant,
            reference_temperature=layer.reference_temperature,
            inverse_curie_temperature=(0.0 if layer.curie_temperature is None else 1.0 / layer.curie_temperature),
            bloch_exponent=layer.bloch_exponent,
            anisotropy_exponent=layer.anisotropy_exponent,
        )

    def lane_parameters(self) -> LaneParameters:
        """Return the SI numbers that the kernels need."""
        return self._lane(self.reference_direction)

    # Transport

    @property
    def resistance_parallel(self) -> float:
        """R_P, ohm: as given, RA over area, or the default."""
        if self.barrier.resistance_parallel is not None:
            return self.barrier.resistance_parallel
        if not self.free_layer.is_stack:
            return 5000.0
        product = self.barrier.resistance_area_product
        return (1e-11 if product is None else product) / self.area

    def resistance_antiparallel(self, *, voltage: float = 0.0) -> float:
        """Return ``R_P (1 + TMR(V))``, ohm, at the junction's voltage in V."""
        return self.resistance_parallel * (1.0 + self.barrier.magnetoresistance(voltage))

    def resistance(self, cosine: float, *, voltage: float = 0.0) -> float:
        """Return the resistance in ohm at ``m.p = cosine`` and the junction's voltage in V."""
        Quantity("(dimensionless)", -1.0, 1.0).check("cosine", cosine)
        VOLTAGE.check("voltage", voltage)
        return 1.0 / _conductance(self._lane((0.0, 0.0, 0.0)), cosine, voltage)

    @property
    def spin_torque_per_volt(self) -> float:
        """Linear damping-like torque a_DL/V at zero bias and m.p = 0, T/V."""
        lane = self.lane_parameters()
        return lane.damping_like + lane.damping_like_current * _conductance(lane, 0.0, 0.0)

    # Energy

    def landscape(
        self,
        *,
        field: Sequence[float] = (0.0, 0.0, 0.0),
        temperature: float = 300.0,
        voltage: float = 0.0,
    ) -> Landscape:
        """Return the whole energy on the sphere at a bias.

        Applied and stray field, shape and anisotropies at `temperature`, voltage-controlled
        anisotropy, and the field-like torque of the voltage law, which acts as a field along p.

        Parameters
        ----------
        field : sequence of 3 floats
            Applied field, T.
        temperature : float
            K.
        voltage : float
            Across the junction, V.

        Returns
        -------
        Landscape
            For the functions of `mtjphys.macrospin.energy`.
        """
        ratio = self.free_layer.magnetisation_ratio(temperature)
        lane = self.lane_parameters()
        applied = np.asarray(field, dtype=float)
        if applied.shape != (3,):
            raise ParameterError(f"field={field!r} must be three numbers (bx, by, bz) in T")
        for component in applied:
            FIELD.check("field", float(component))
        torque = lane.field_like * voltage + lane.field_like_quadratic * voltage**2
        applied = applied + np.asarray(self.reference.stray_field)
        applied = applied + torque / ratio * np.asarray(self.reference_direction)
        matrix = self._anisotropy_matrix(temperature, voltage)
        return Landscape(applied, matrix, lane.moment * ratio)

    def _anisotropy_matrix(self, temperature: float, voltage: float) -> np.ndarray:
        """Return M of the energy ``-Ms V m.M m/2`` at a temperature and voltage, T."""
        VOLTAGE.check("voltage", voltage)
        ratio = self.free_layer.magnetisation_ratio(temperature)
        # Without a direction of its own the reference layer asks for the easy axis of this matrix.
        lane = self._lane((0.0, 0.0, 0.0))
        shape = np.diag([lane.shape_xx, lane.shape_yy, lane.shape_zz])
        anisotropy = np.array(
            [
                [lane.anisotropy_xx, lane.anisotropy_xy, lane.anisotropy_xz],
                [lane.anisotropy_xy, lane.anisotropy_yy, lane.anisotropy_yz],
                [lane.anisotropy_xz, lane.anisotropy_yz, lane.anisotropy_zz],
            ]
        )
        matrix: np.ndarray = shape * ratio + anisotropy * ratio ** (lane.anisotropy_exponent - 1.0)
        matrix[2, 2] += lane.vcma * voltage / ratio
        return matrix

    def anisotropy_fields(self, *, temperature: float = 300.0, voltage: float = 0.0) -> Vector:
        """Return the in-plane, the easy-plane and the perpendicular anisotropy field, T.

        With M the matrix of the energy: in-plane ``B_y - B_x`` (positive: x is easier than y),
        out-of-plane ``M_xx - M_zz`` (positive: the film lies in its plane), and perpendicular
        ``M_zz - max(M_xx, M_yy)``, the effective perpendicular anisotropy field (positive: the easy
        axis is the normal).
        """
        matrix = self._anisotropy_matrix(temperature, voltage)
        x, y, z = (float(matrix[k, k]) for k in range(3))
        return (x - y, x - z, z - max(x, y))

    def wells(
        self,
        *,
        field: Sequence[float] = (0.0, 0.0, 0.0),
        temperature: float = 300.0,
        voltage: float = 0.0,
    ) -> list[StationaryPoint]:
        """Return the energy minima, the one nearest to the parallel state first (at most two)."""
        landscape = self.landscape(field=field, temperature=temperature, voltage=voltage)
        p = np.asarray(self.reference_direction)
        return sorted(energy.wells(landscape), key=lambda well: -float(well.direction @ p))

    def thermal_stability(
        self,
        *,
        field: Sequence[float] = (0.0, 0.0, 0.0),
        temperature: float = 300.0,
        voltage: float = 0.0,
    ) -> States:
        """Return Delta, the barrier over kB T seen from each state, over the lowest pass.

        Parameters
        ----------
        field : sequence of 3 floats
            Applied field, T.
        temperature : float
            K.
        voltage : float
            Across the junction, V. Spin torque does no work on the energy and does not enter;
            voltage-controlled anisotropy and the field-like torque do.

        Returns
        -------
        States
            ``(parallel, antiparallel)``; both 0 where there are no two wells.
        """
        Quantity("K", 0.0, 3000.0, open_low=True).check("temperature", temperature)
        landscape = self.landscape(field=field, temperature=temperature, voltage=voltage)
        passes = energy.saddles(landscape)
        if not passes:
            return States(0.0, 0.0)
        first, second = self.wells(field=field, temperature=temperature, voltage=voltage)
        thermal = Boltzmann * temperature
        top = passes[0].energy
        return States((top - first.energy) / thermal, (top - second.energy) / thermal)

    def _two_wells(
        self, field: Sequence[float], temperature: float, purpose: str
    ) -> tuple[StationaryPoint, StationaryPoint]:
        found = self.wells(field=field, temperature=temperature)
        if len(found) < 2:
            raise ParameterError(
                f"{purpose} needs two wells, and at field={tuple(field)} T and {temperature:g} K "
                f"the "
                f"energy has {len(found)}; lower the field, or use a junction with an easy axis"
            )
        return found[0], found[1]

    # Dynamics

    def stiffness_fields(
        self,
        *,
        field: Sequence[float] = (0.0, 0.0, 0.0),
        temperature: float = 300.0,
        voltage: float = 0.0,
    ) -> tuple[float, float]:
        """Return B1 <= B2, the stiffness fields in the minimum nearest to the parallel state, T."""
        found = self.wells(field=field, temperature=temperature, voltage=voltage)
        if found:
            return found[0].curvatures
        landscape = self.landscape(field=field, temperature=temperature, voltage=voltage)
        points = energy.stationary_points(landscape)
        return points[0].curvatures if points else (0.0, 0.0)

    def resonance_frequency(
        self,
        *,
        field: Sequence[float] = (0.0, 0.0, 0.0),
        temperature: float = 300.0,
        voltage: float = 0.0,
    ) -> float:
        """Return the resonance ``gamma sqrt(B1 B2)/(2 pi)`` in the parallel well, Hz."""
        low, high = self.stiffness_fields(field=field, temperature=temperature, voltage=voltage)
        product = max(low, 0.0) * high
        return self.free_layer.gyromagnetic_ratio * math.sqrt(product) / (2.0 * math.pi)

    def resonance_linewidth(
        self,
        *,
        field: Sequence[float] = (0.0, 0.0, 0.0),
        temperature: float = 300.0,
        voltage: float = 0.0,
    ) -> float:
        """Return the full width ``alpha gamma (B1 + B2)/(2 pi)`` of that resonance, Hz."""
        low, high = self.stiffness_fields(field=field, temperature=temperature, voltage=voltage)
        layer = self.free_layer
        return layer.damping * layer.gyromagnetic_ratio * (low + high) / (2.0 * math.pi)

    def critical_voltages(self, *, field: Sequence[float] = (0.0, 0.0, 0.0), temperature: float = 300.0) -> States:
        """Return the junction voltage at which each state loses its stability at zero temperature.

        The equilibrium of the LLG with all torques is followed from each energy minimum, the
        parallel one to negative, the antiparallel one to positive voltage, until the linearised
        dynamics about it grows. For a perpendicular junction that is ``a_DL = alpha B_k`` (i = 1),
        for an in-plane one ``a_DL = alpha (B1 + B2)/2``, i.e. ``alpha (B_k + B_d/2)``.
        `temperature` enters through Ms(T) and K(T) only.

        Returns
        -------
        States
            ``(parallel, antiparallel)``, V, with their signs.

        Raises
        ------
        ParameterError
            There are no two wells, no damping-like torque along them, or no instability.
        """
        both = self._two_wells(field, temperature, "a critical voltage")
        lane = self.lane_parameters()
        ratio = self.free_layer.magnetisation_ratio(temperature)
        p = np.asarray(self.reference_direction)
        alpha = lane.damping
        at_rest = self.landscape(field=field, temperature=temperature)

        def torque(m: np.ndarray, voltage: float) -> np.ndarray:
            cosine = float(m @ p)
            current = voltage * _conductance(lane, cosine, voltage) / (1.0 + lane.polarisation_squared * cosine)
            damping_like = (
                lane.damping_like * voltage
                + lane.damping_like_quadratic * voltage**2
                + lane.damping_like_current * current
            ) / ratio
            field_like = (
                lane.field_like * voltage + lane.field_like_quadratic * voltage**2 + lane.field_like_current * current
            ) / ratio
            effective = at_rest.field + at_rest.matrix @ m + field_like * p
            effective = effective + damping_like * np.cross(m, p)
            effective[2] += lane.vcma * voltage / ratio * m[2]
            precession = np.cross(m, effective)
            return -(precession + alpha * np.cross(m, precession))

        critical = []
        for well in both:
            cosine = float(well.direction @ p)
            slope = (lane.damping_like + lane.damping_like_current / self.resistance(cosine)) / ratio
            if abs(slope * cosine) < 1e-12:
                raise ParameterError(
                    "a critical voltage needs a damping-like torque along the easy axis; "
                    f"a_DL is {slope:g} T/V and m.p is {cosine:.3g} in the well"
                )
            estimate = -alpha * sum(well.curvatures) / (2.0 * slope * cosine)
            found = energy.critical_drive(torque, well.direction, estimate) if estimate else 0.0
            if found is None:
                raise ParameterError(
                    f"the well at m.p={cosine:.3g} stays stable up to {20 * estimate:.3g} V; "
                    "its critical voltage does not exist"
                )
            critical.append(found)
        return States(*critical)

    def critical_currents(self, *, field: Sequence[float] = (0.0, 0.0, 0.0), temperature: float = 300.0) -> States:
        """Return the currents at the critical voltages, each in the resistance of its state, A."""
        both = self._two_wells(field, temperature, "a critical current")
        voltages = self.critical_voltages(field=field, temperature=temperature)
        lane = self.lane_parameters()
        p = np.asarray(self.reference_direction)
        parallel, antiparallel = (
            voltage * _conductance(lane, float(well.direction @ p), voltage)
            for voltage, well in zip(voltages, both, strict=True)
        )
        return States(parallel, antiparallel)

    # Text

    def with_parameters(self, changes: Mapping[str, Any]) -> MTJ:
        """Return a junction with some parameters changed, named by their path.

        Examples
        --------
        >>> from mtjphys.junction import MTJ, FreeLayer
        >>> layer = FreeLayer(saturation_magnetisation=1e6, diameter=4e-8, thickness=2e-9)
        >>> one = MTJ(free_layer=layer)
        >>> one.with_parameters({"free_layer.damping": 0.02}).free_layer.damping
        0.02
        """
        values = self.model_dump()
        for path, value in changes.items():
            *parents, last = path.split(".")
            table = values
            for parent in parents:
                if not isinstance(table.get(parent), dict):
                    table[parent] = {}
                table = table[parent]
            table[last] = value
        return MTJ(**values)

    def to_toml(self) -> str:
        """Return all parameters as TOML; `from_toml` gives the same junction back."""
        values = self.model_dump()
        return to_toml({"name": values.pop("name"), **values})

    @classmethod
    def from_toml(cls, source: str | Path) -> MTJ:
        """Read a junction from a TOML file, or from TOML text (anything with a line break).

        Raises
        ------
        ParameterError
            The file is missing or malformed, or a parameter is unknown, missing or out of range.

        Examples
        --------
        >>> from mtjphys.junction import MTJ, FreeLayer
        >>> layer = FreeLayer(saturation_magnetisation=1e6, diameter=4e-8, thickness=2e-9)
        >>> one = MTJ(free_layer=layer)
        >>> MTJ.from_toml(one.to_toml()) == one
        True
        """
        return cls(**toml_of(source))

    def summary(self, *, temperature: float = 300.0) -> list[Entry]:
        """Return the derived quantities at zero bias: quantity, symbol, value in SI, unit.

        What the junction does not have (an area, two wells, a torque) is left out.
        """
        layer = self.free_layer
        factors = self.demagnetising_factors
        in_plane, out_of_plane, perpendicular = self.anisotropy_fields(temperature=temperature)
        entries = [Entry("volume", "V", self.volume, "m3")]
        if layer.is_stack:
            entries.append(Entry("area", "A", self.area, "m2"))
        entries += [
            Entry("demagnetising factor x", "N_x", factors[0], ""),
            Entry("demagnetising factor y", "N_y", factors[1], ""),
            Entry("demagnetising factor z", "N_z", factors[2], ""),
            Entry(
                "saturation magnetisation",
                "M_s",
                self.saturation_magnetisation(temperature=temperature),
                "A/m",
            ),
            Entry("in-plane anisotropy field (x over y)", "B_k", in_plane, "T"),
            Entry("easy-plane field (x over z)", "B_d", out_of_plane, "T"),
            Entry("perpendicular anisotropy field", "B_k_perp", perpendicular, "T"),
        ]
        stability = self.thermal_stability(temperature=temperature)
        entries += [
            Entry("thermal stability, parallel", "Delta_P", stability.parallel, ""),
            Entry("thermal stability, antiparallel", "Delta_AP", stability.antiparallel, ""),
            Entry("resistance, parallel", "R_P", self.resistance_parallel, "ohm"),
            Entry("resistance, antiparallel", "R_AP", self.resistance_antiparallel(), "ohm"),
            Entry("spin polarisation", "P", self.barrier.spin_polarisation, ""),
            Entry("spin torque per volt", "a_DL/V", self.spin_torque_per_volt, "T/V"),
        ]
        try:
            voltages = self.critical_voltages(temperature=temperature)
            currents = self.critical_currents(temperature=temperature)
        except ParameterError:
            pass
        else:
            entries += [
                Entry("critical voltage, parallel", "V_cP", voltages.parallel, "V"),
                Entry("critical voltage, antiparallel", "V_cAP", voltages.antiparallel, "V"),
                Entry("critical current, parallel", "I_cP", currents.parallel, "A"),
                Entry("critical current, antiparallel", "I_cAP", currents.antiparallel, "A"),
            ]
        entries += [
            Entry(
                "ferromagnetic resonance",
                "f_0",
                self.resonance_frequency(temperature=temperature),
                "Hz",
            ),
            Entry(
                "resonance linewidth",
                "Delta f",
                self.resonance_linewidth(temperature=temperature),
                "Hz",
            ),
        ]
        return entries

    def describe(self, *, temperature: float = 300.0) -> str:
        """Return `summary` as text, one aligned line a quantity, with human-scaled units."""
        entries = self.summary(temperature=temperature)
        width = max(len(entry.quantity) for entry in entries)
        symbols = max(len(entry.symbol) for entry in entries)
        title = self.name or "junction"
        lines = [f"{title} at {temperature:g} K, zero bias"]
        for entry in entries:
            text = human(entry.value, entry.unit)
            lines.append(f"  {entry.quantity:<{width}}  {entry.symbol:<{symbols}}  {text}")
        return "\n".join(lines)


__all__ = [
    "MTJ",
    "Barrier",
    "Entry",
    "FreeLayer",
    "Heating",
    "ReferenceLayer",
    "SpinOrbit",
]
