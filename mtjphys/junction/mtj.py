"""The magnetic tunnel junction, and everything that follows from its parts in closed form."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from pydantic import Field, ValidationInfo, field_validator, model_validator
from scipy.constants import Boltzmann, e, hbar, mu_0

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import Parameters, to_toml, toml_of
from mtjphys.core.shown import html_table
from mtjphys.junction.lowering import lane_of, values_of
from mtjphys.junction.parts import TABLES, Barrier, FreeLayer, Heating, ReferenceLayer, Vector, unit_vector
from mtjphys.junction.summary import Entry, described, in_short, rows_of, summary
from mtjphys.junction.terms import all_terms, with_tables
from mtjphys.kernels.conduction import conductance
from mtjphys.kernels.contributions import TORQUES
from mtjphys.kernels.declaration import Stack
from mtjphys.kernels.parameters import LaneParameters
from mtjphys.macrospin import critical, energy
from mtjphys.macrospin.constant import ConstantFields, constant_fields, ratio_at
from mtjphys.macrospin.landscape import Landscape, States, StationaryPoint

# Torque of one ampere of fully polarised current on a moment of 1 A m^2, in T.
_TORQUE_PER_AMPERE = hbar / (2.0 * e)


@with_tables(TABLES)
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
    name : str
        A label; it does not enter the physics.
    {tables}

    Notes
    -----
    Every part may also be given as a mapping. What depends on field, temperature and voltage takes a constant `Bias`;
    without one, no voltage and no field at 300 K.

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
    name: str = ""

    if TYPE_CHECKING:  # the tables of torques

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, *unnamed: Any, **parts: Any) -> None:
        if unnamed and isinstance(unnamed[0], str | Path):
            raise ParameterError(
                f"MTJ({str(unnamed[0])!r}): a junction is made of its parts; give mp.presets.load(name) or "
                "mp.MTJ.from_toml(path), or the name or path itself where a junction is wanted"
            )
        super().__init__(*unnamed, **parts)

    @field_validator("*", mode="before")
    @classmethod
    def _from_mapping(cls, value: Any, info: ValidationInfo) -> Any:
        parts: dict[str, type[Parameters]] = {
            "free_layer": FreeLayer,
            "barrier": Barrier,
            "reference": ReferenceLayer,
            "heating": Heating,
            **TABLES,
        }
        name = str(info.field_name)
        kind = parts.get(name)
        if kind is None or value is None or isinstance(value, kind):
            return value
        if not isinstance(value, Mapping):
            raise ValueError(
                f"{name}={value!r} is no {kind.__name__}; give mp.{kind.__name__}(...) or its values in a dict"
            )
        return kind(**value)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.barrier.resistance_area_product is not None and not self.free_layer.is_stack:
            raise ValueError(
                "resistance_area_product needs the area of the free layer, which is given by its "
                "volume; give resistance_parallel in ohm instead"
            )
        stack = self.stack
        for term in all_terms():
            values = values_of(self, term)
            if values is not None:
                term.check(values, stack)
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
        """Direction of lowest energy at zero bias without stray field; x in an easy plane.

        General energy terms do not enter: it is the axis of shape and first-order anisotropies.
        """
        at_rest = constant_fields(self._without_direction, Bias(temperature=self.free_layer.reference_temperature))
        values, axes = np.linalg.eigh(at_rest.matrix)
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
        return unit_vector("direction", self.reference.direction)

    def saturation_magnetisation(self, bias: Bias | None = None) -> float:
        """Return Ms in A/m at the temperature of a constant bias, by default 300 K."""
        temperature = self._acting(bias).temperature
        return self.free_layer.saturation_magnetisation * ratio_at(self.lane_parameters(), temperature)

    # For the kernels

    @property
    def stack(self) -> Stack:
        """What terms may need beside their own parameters."""
        layer, barrier = self.free_layer, self.barrier
        magnetisation = layer.saturation_magnetisation
        return Stack(
            saturation_magnetisation=magnetisation,
            polarisation=mu_0 * magnetisation,
            moment=self.moment,
            thickness=layer.thickness,
            demagnetising_factors=layer.factors,
            barrier_thickness=barrier.thickness,
            conductance_parallel=1.0 / self.resistance_parallel,
            spin_polarisation=barrier.spin_polarisation,
            torque_per_ampere=_TORQUE_PER_AMPERE,
        )

    @property
    def _without_direction(self) -> LaneParameters:
        # Without a direction of its own the reference layer asks for the easy axis of the energy.
        return lane_of(self, (0.0, 0.0, 0.0))

    def lane_parameters(self) -> LaneParameters:
        """Return the SI numbers that the kernels need."""
        return lane_of(self, self.reference_direction)

    def _acting(self, bias: Bias | None) -> ConstantFields:
        """Return what acts on m under a constant bias."""
        given = Bias() if bias is None else bias
        if not isinstance(given, Bias):
            raise ParameterError(f"bias={given!r} is not a Bias; give mp.Bias(field=..., temperature=..., voltage=...)")
        return constant_fields(self.lane_parameters(), given, "this is known")

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

    @property
    def resistance_antiparallel(self) -> float:
        """R_AP at zero bias, ``R_P (1 + TMR)``, ohm."""
        return self.resistance_parallel * (1.0 + self.barrier.tunnel_magnetoresistance)

    def resistance(self, cosine: float, bias: Bias | None = None) -> float:
        """Return the resistance at ``m.p = cosine`` under a constant bias, in the bias's circuit, ohm."""
        if not (isinstance(cosine, (int, float, np.number)) and -1.0 <= cosine <= 1.0):
            raise ParameterError(f"cosine={cosine!r} (dimensionless) is outside [-1, 1] (dimensionless)")
        return float(self._acting(bias).resistance(float(cosine)))

    @property
    def spin_torque_per_volt(self) -> float:
        """Damping-like torque a_DL/V at zero bias and m.p = 0, summed along the reference direction, T/V."""
        p = self.lane_parameters()
        reference = np.array([p.reference_x, p.reference_y, p.reference_z])
        total = 0.0
        for torque in p.torques:
            declared = TORQUES.of(type(torque))
            if declared.powers is not None:
                along = np.array(declared.direction(torque, p), dtype=float) @ reference
                total += float(declared.powers(torque, 0.0, conductance(p, 0.0, 0.0))[0] * along)
        return total

    # Energy

    def landscape(self, bias: Bias | None = None) -> Landscape:
        """Return the whole energy on the sphere under a constant bias.

        Applied and stray field, all energy terms at the bias's temperature and voltage, and the field-like torques of
        the voltage, which act as a field along their direction. Damping-like torques do no work on an energy.

        Parameters
        ----------
        bias : Bias, optional
            Constant. Behind a series resistance or with a current source the voltage follows m, and there is no energy
            if anything but a damping-like torque depends on it.

        Returns
        -------
        Landscape
            For the functions of `mtjphys.macrospin.energy`.

        Raises
        ------
        ParameterError
            If the bias varies in time, the temperature is not below the Curie temperature, or there is no energy.
        """
        acting = self._acting(bias)
        if acting.follows:
            field_like = any(
                np.any(acting.amplitudes(torque, np.linspace(-1.0, 1.0, 5), acting.source)[1])
                for torque in acting.c.torques
                if TORQUES.of(type(torque)).powers is not None
            )
            if acting.c.vcma != 0.0 or field_like:
                raise ParameterError(
                    "the junction's voltage follows its state, and its anisotropy or field-like torque the voltage: "
                    "there is no energy; give the voltage across the junction, Bias(voltage=...), without a "
                    "series resistance"
                )
        return Landscape(acting.field, acting.matrix, acting.moment, acting.c.terms)

    def anisotropy_fields(self, bias: Bias | None = None) -> Vector:
        """Return the in-plane, the easy-plane and the perpendicular anisotropy field, T.

        With M the matrix of the energy: in-plane ``B_y - B_x`` (positive: x is easier than y),
        out-of-plane ``M_xx - M_zz`` (positive: the film lies in its plane), and perpendicular
        ``M_zz - max(M_xx, M_yy)``, the effective perpendicular anisotropy field (positive: the easy
        axis is the normal). General energy terms do not enter.
        """
        matrix = self.landscape(bias).matrix
        x, y, z = (float(matrix[k, k]) for k in range(3))
        return (x - y, x - z, z - max(x, y))

    def wells(self, bias: Bias | None = None) -> list[StationaryPoint]:
        """Return the energy minima under a constant bias, the one nearest to the parallel state first.

        At most two without general energy terms; a circle of minima, as of an easy cone, is one.
        """
        p = np.asarray(self.reference_direction)
        return sorted(energy.wells(self.landscape(bias)), key=lambda well: -float(well.direction @ p))

    def thermal_stability(self, bias: Bias | None = None) -> States:
        """Return Delta, the barrier over kB T seen from each state, over the lowest pass.

        Parameters
        ----------
        bias : Bias, optional
            Constant, with a temperature above 0 K. Damping-like torques do no work on the energy and do not enter;
            voltage-controlled anisotropy and field-like torques do.

        Returns
        -------
        States
            ``(parallel, antiparallel)``; both 0 where there are no two wells. With more wells than two, from the
            lowest of each state: the states are told apart where m.p has its widest gap.
        """
        landscape = self.landscape(bias)
        temperature = self._acting(bias).temperature
        if not temperature > 0.0:
            raise ParameterError(
                f"temperature={temperature!r} K is outside (0, 3000] K: a barrier over kB T needs some"
            )
        found = energy.barrier(landscape, np.asarray(self.reference_direction))
        if found is None:
            return States(0.0, 0.0)
        thermal = Boltzmann * temperature
        return States(*(height / thermal for height in found.heights()))

    # Dynamics

    def stiffness_fields(self, bias: Bias | None = None) -> tuple[float, float]:
        """Return B1 <= B2, the stiffness fields in the minimum nearest to the parallel state, T."""
        found = self.wells(bias)
        return found[0].curvatures if found else (0.0, 0.0)

    def resonance_frequency(self, bias: Bias | None = None) -> float:
        """Return the resonance ``gamma sqrt(B1 B2)/(2 pi)`` in the parallel well, Hz."""
        low, high = self.stiffness_fields(bias)
        product = max(low, 0.0) * high
        return self.free_layer.gyromagnetic_ratio * math.sqrt(product) / (2.0 * math.pi)

    def resonance_linewidth(self, bias: Bias | None = None) -> float:
        """Return the full width ``alpha gamma (B1 + B2)/(2 pi)`` of that resonance, Hz."""
        low, high = self.stiffness_fields(bias)
        layer = self.free_layer
        return layer.damping * layer.gyromagnetic_ratio * (low + high) / (2.0 * math.pi)

    def critical_voltages(self, bias: Bias | None = None) -> States:
        """Return the junction voltage at which each state loses its stability at zero temperature.

        The equilibrium of the LLG with all torques is followed from each energy minimum, the
        parallel one to negative, the antiparallel one to positive voltage, until the linearised
        dynamics about it grows. For a perpendicular junction that is ``a_DL = alpha B_k`` (i = 1),
        for an in-plane one ``a_DL = alpha (B1 + B2)/2``, i.e. ``alpha (B_k + B_d/2)``. A circle of minima, as of an
        easy cone, is followed as a circle.

        Parameters
        ----------
        bias : Bias, optional
            Field and temperature, which enters through Ms(T) and K(T) only; the voltage is what is looked for.

        Returns
        -------
        States
            ``(parallel, antiparallel)``, V, with their signs.

        Raises
        ------
        ParameterError
            There are no two wells, no damping-like torque along them, or no instability.
        """
        return critical.critical_voltages(
            self._acting(self._unbiased(bias)), self._two_wells(bias, "a critical voltage")
        )

    def critical_currents(self, bias: Bias | None = None) -> States:
        """Return the currents at the critical voltages, each in the resistance of its state, A."""
        both = self._two_wells(bias, "a critical current")
        p = np.asarray(self.reference_direction)
        lane = self.lane_parameters()
        parallel, antiparallel = (
            float(voltage * conductance(lane, float(well.direction @ p), voltage))
            for voltage, well in zip(self.critical_voltages(bias), both, strict=True)
        )
        return States(parallel, antiparallel)

    def _unbiased(self, bias: Bias | None) -> Bias:
        """Return a bias for a question whose answer is a voltage."""
        given = Bias() if bias is None else bias
        if self._acting(given).source != 0.0:
            raise ParameterError(
                f"{given.source}={getattr(given, given.source)!r} is given where the voltage is asked for; leave it out"
            )
        return given

    def _two_wells(self, bias: Bias | None, purpose: str) -> tuple[StationaryPoint, StationaryPoint]:
        given = self._unbiased(bias)
        found = energy.barrier(self.landscape(given), np.asarray(self.reference_direction))
        if found is None:
            acting = self._acting(given)
            raise ParameterError(
                f"{purpose} needs two wells, and at field={tuple(map(float, given.bounds()[1:4, 0]))} T and "
                f"{acting.temperature:g} K the energy has {len(self.wells(given))}; lower the field, or use a junction "
                "with an easy axis"
            )
        return found.parallel[0], found.antiparallel[0]

    # Text

    def __repr__(self) -> str:
        return f"<MTJ{in_short(self)}>"

    def _repr_html_(self) -> str:
        return html_table(f"MTJ{in_short(self)}", rows_of(self, None))

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

    def summary(self, bias: Bias | None = None) -> list[Entry]:
        """Return the derived quantities at a constant bias without voltage: quantity, symbol, value in SI, unit.

        What the junction does not have (an area, two wells, a torque) is left out.
        """
        return summary(self, bias)

    def describe(self, bias: Bias | None = None) -> str:
        """Return `summary` as text, one aligned line a quantity, with human-scaled units."""
        return described(self, bias)
