"""No two junctions are alike: how devices differ from the nominal one, and the device and its spread in one file."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from mtjphys.core.declared import Seed
from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import Parameters, known_instead, to_toml, toml_of
from mtjphys.core.quantity import Quantity
from mtjphys.core.streams import Use, generator
from mtjphys.junction.barriers import anisotropies
from mtjphys.junction.given import JunctionLike, as_junction
from mtjphys.junction.mtj import MTJ
from mtjphys.junction.numbers import value_of, with_values

Floats = NDArray[np.float64]

FRACTION = Quantity("(a fraction)", 0.0, 1.0, (), "20 per cent are 0.2")
WIDEST = Quantity("(a fraction)", 0.0, 10.0, (), "20 per cent are 0.2")
DEVIATION = Quantity("(in the unit of the number)", 0.0, math.inf)
_ROUNDING = 1e-9  # of correlations that are as close as they can be


class Deviations(NamedTuple):
    """How devices differ from the nominal one, (n,) each."""

    resistance: Floats  # factor, of mean 1
    tunnel_magnetoresistance: Floats  # factor
    barrier: Floats  # factor
    stray_field: Floats  # T, along the reference direction


class Spread(Parameters):
    r"""Device-to-device spread around one junction.

    Resistance, magnetoresistance, energy barrier and the numbers in `relative` are log-normal: factors :math:`e^{s z -
    s^2/2}` with standard normal z and :math:`s^2 = \ln(1+r^2)`, whose mean is 1 and whose standard deviation is exactly
    the given r, and which are never negative. The stray field and the numbers in `absolute` are normal. The scores z
    are independent but for `correlations`.

    - The resistance goes with RA, and with it the spin torque per volt.
    - The barrier is that of the energy at zero field and bias; without further terms that is
      :math:`\tfrac12 M_sV(B_\mathrm{easy}-B_\mathrm{pass})`. It is set through the uniaxial anisotropy (if that does
      not move it, or there is none, through the interfacial one), with volume and magnetisation left as they are.
      Dwell times spread as its exponential.
    - The stray field is added along the reference direction.
    - Numbers by path are set last, and what follows from them (of a thickness the volume, and the barrier) moves along.

    Parameters
    ----------
    resistance, tunnel_magnetoresistance, barrier : float
        Standard deviation over mean, 0 to 1.
    stray_field : float
        Standard deviation in T.
    relative : dict of str to float
        Of numbers of the junction by path (``free_layer.damping``), standard deviation over mean; of the uniaxial
        anisotropy that of its energy density.
    absolute : dict of str to float
        Of numbers by path (``reference.stray_field.z``), standard deviation in the number's own unit.
    correlations : tuple of (str, str, float)
        Two names of what is spread, and the correlation of their scores z, -1 to 1; all others are independent.
    seed : int or None
        None draws one, which is kept. Device k has a stream of its own: a chip stays the same chip whatever the seed of
        its noise, and whatever else is spread.

    Raises
    ------
    ParameterError
        If a number is out of range, or no scores have such correlations.

    Examples
    --------
    >>> import mtjphys as mp
    >>> chip = Spread(barrier=0.2, resistance=0.05, seed=1).junctions(mp.presets.schnitzspan_2023(), 110)
    >>> barriers = [junction.thermal_stability().parallel for junction in chip]
    >>> bool(0.15 < np.std(barriers) / np.mean(barriers) < 0.25)
    True

    Thicker barriers with more resistance and more magnetoresistance:

    >>> thick = Spread(resistance=0.3, relative={"barrier.tunnel_magnetoresistance": 0.1},
    ...                correlations=[("resistance", "barrier.tunnel_magnetoresistance", 0.9)])
    >>> chip = thick.junctions("schnitzspan_2023", 200)
    >>> logs = np.log([(one.resistance_parallel, one.barrier.tunnel_magnetoresistance) for one in chip])
    >>> bool(0.8 < np.corrcoef(logs.T)[0, 1] < 0.97)
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
    relative: dict[str, float] = Field(
        default_factory=dict, title="Relative spreads", description="of the means of numbers by path"
    )
    absolute: dict[str, float] = Field(
        default_factory=dict, title="Absolute spreads", description="of numbers by path, in their units"
    )
    correlations: tuple[tuple[str, str, float], ...] = Field(
        default=(), title="Correlations", description="of the scores of two names each"
    )
    seed: Seed = Field(default=0, description="of the devices")

    @field_validator("relative", "absolute")
    @classmethod
    def _sorted(cls, value: dict[str, float]) -> dict[str, float]:
        return dict(sorted(value.items()))

    @model_validator(mode="after")
    def _possible(self) -> Self:
        for table, legal in (("relative", WIDEST), ("absolute", DEVIATION)):
            for name, value in getattr(self, table).items():
                if "." not in name:
                    raise ValueError(f"{table}: {name!r} is no path of a number, such as free_layer.damping")
                legal.check(f"{table}[{name!r}]", value)
        if both := set(self.relative) & set(self.absolute):
            raise ValueError(f"{min(both)} is spread twice, in relative and in absolute; leave one out")
        pairs = set()
        for one, other, value in self.correlations:
            for name in (one, other):
                if name not in self._spread:
                    raise ValueError(f"correlations: {name!r} is not spread; {known_instead(name, self._spread)}")
            if one == other or frozenset((one, other)) in pairs:
                raise ValueError(f"correlations: {one} with {other} stands there twice, or is one name; give two names")
            if not abs(value) <= 1.0:
                raise ValueError(f"correlations: {value!r} of {one} with {other} is outside [-1, 1]")
            pairs.add(frozenset((one, other)))
        if self.correlations and np.linalg.eigvalsh(self._matrix)[0] < -_ROUNDING:
            raise ValueError("correlations: no scores are correlated like this all together; make some of them smaller")
        return self

    @property
    def _names(self) -> list[str]:
        """The names of all scores, in the order in which they are made dependent."""
        return [*Deviations._fields, *sorted([*self.relative, *self.absolute])]

    @property
    def _spread(self) -> list[str]:
        sizes = {name: getattr(self, name) for name in Deviations._fields} | self.relative | self.absolute
        return [name for name in self._names if sizes[name]]

    @property
    def _matrix(self) -> Floats:
        """The correlations of the scores."""
        names = self._names
        matrix = np.eye(len(names))
        for one, other, value in self.correlations:
            j, k = names.index(one), names.index(other)
            matrix[j, k] = matrix[k, j] = value
        return matrix

    def active(self) -> dict[str, Any]:
        """Return what is spread, by name."""
        names = (*Deviations._fields, "relative", "absolute", "correlations")
        return {name: getattr(self, name) for name in names if getattr(self, name)}

    def including(self, other: Spread) -> Spread:
        """Return this spread with what another one spreads, in place of its own where both do; the seed stays."""
        mine, its = dict(self), other.active()
        for table, rest in (("relative", other.absolute), ("absolute", other.relative)):
            kept = {name: value for name, value in mine[table].items() if name not in rest}
            its[table] = kept | getattr(other, table)
        pairs = {frozenset(pair[:2]): pair for pair in (*self.correlations, *other.correlations)}
        return Spread(**(mine | its | {"correlations": tuple(pairs.values())}))

    def _scores(self, n: int, first: int) -> dict[str, Floats]:
        names = self._names
        z = np.empty((n, len(names)))
        four = len(Deviations._fields)
        for k in range(n):
            z[k, :four] = generator(self.seed, first + k, Use.SPREAD).standard_normal(four)
            for column, name in enumerate(names[four:], start=four):
                stream = generator(self.seed, first + k, Use.SPREAD, zlib.crc32(name.encode()))
                z[k, column] = stream.standard_normal()
        if self.correlations:
            z = z @ np.linalg.cholesky(self._matrix + 2.0 * _ROUNDING * np.eye(len(names))).T
        return dict(zip(names, z.T, strict=True))

    def deviations(self, n: int, *, first: int = 0) -> Deviations:
        """Return how `n` devices differ from the nominal one; device ``first + k`` is the same for any `n`.

        Raises
        ------
        ParameterError
            If a number of a junction is spread that has no part in these.
        """
        for name in (*self.relative, *self.absolute):
            raise ParameterError(
                f"a spread of {name} needs a junction that has this number, not the chain of a measured one: spread "
                f"{', '.join(Deviations._fields)}, or use JunctionNoise"
            )
        return self._deviations(self._scores(n, first))

    def _deviations(self, z: Mapping[str, Floats]) -> Deviations:
        return Deviations(
            resistance=log_normal(self.resistance, z["resistance"]),
            tunnel_magnetoresistance=log_normal(self.tunnel_magnetoresistance, z["tunnel_magnetoresistance"]),
            barrier=log_normal(self.barrier, z["barrier"]),
            stray_field=self.stray_field * z["stray_field"],
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
            If `junction` is a stand-in for a junction, or has no barrier or number that could be spread.
        """
        junction = as_junction(junction)
        if not isinstance(junction, MTJ):
            raise ParameterError(
                f"a spread needs one MTJ, not {type(junction).__name__}: make a stand-in of each junction that "
                "Spread.junctions returns for the MTJ behind it"
            )
        z = self._scores(n, first)
        deviations = self._deviations(z)
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
            path, values = anisotropies(junction, deviations.barrier)
            for change, value in zip(changes, values, strict=True):
                change[path] = value
        if self.stray_field:
            for change, deviation in zip(changes, deviations.stray_field, strict=True):
                change["reference.stray_field"] = stray_field_with(junction, float(deviation))
        numbers = self._numbers(junction, z, set(changes[0]) if changes else set())
        devices = [junction.with_parameters(change) for change in changes]
        if not numbers:
            return devices
        return [
            with_values(device, {name: float(values[k]) for name, values in numbers.items()})
            for k, device in enumerate(devices)
        ]

    def _numbers(self, junction: MTJ, z: Mapping[str, Floats], taken: set[str]) -> dict[str, Floats]:
        """Return the values of the numbers by path, of each device."""
        numbers = {}
        for name in (*self.relative, *self.absolute):
            nominal = value_of(junction, name)
            if nominal is None:
                raise ParameterError(f"a spread of {name!r}: the junction has no such number")
            if name in taken or name.rpartition(".")[0] in taken:
                raise ParameterError(f"{name} is spread twice, by its path and as part of another; leave one out")
            if name in self.absolute:
                numbers[name] = nominal + self.absolute[name] * z[name]
            elif nominal == 0.0:
                raise ParameterError(f"{name} is 0 in this junction, and has no relative spread; give an absolute one")
            else:
                numbers[name] = nominal * log_normal(self.relative[name], z[name])
        return numbers


class Variability(Parameters):
    """A nominal junction and how devices differ from it: a chip, a wafer, a process.

    `mtjphys.calibration.calibrate_devices` finds it from the measurements of many devices.

    Parameters
    ----------
    junction : MTJ
        The nominal device; every number that is spread is the mean over devices.
    spread : Spread
        Around it.

    Examples
    --------
    >>> import mtjphys as mp
    >>> wafer = Variability(junction=mp.presets.rehm_2023(), spread=Spread(relative={"free_layer.damping": 0.1}))
    >>> Variability.from_toml(wafer.to_toml()) == wafer
    True
    >>> len(wafer.junctions(3))
    3
    """

    junction: MTJ
    spread: Spread = Spread()

    def junctions(self, n: int, *, first: int = 0) -> list[MTJ]:
        """Return `n` devices, see `Spread.junctions`."""
        return self.spread.junctions(self.junction, n, first=first)

    def to_toml(self) -> str:
        """Return junction and spread as TOML, in tables of these names; `from_toml` gives the same back."""
        return to_toml(self.model_dump())

    @classmethod
    def from_toml(cls, source: str | Path) -> Variability:
        """Read a junction and its spread from a TOML file, or from TOML text (anything with a line break).

        Raises
        ------
        ParameterError
            If the file is missing or malformed, or a parameter is unknown, missing or out of range.
        """
        tables = toml_of(source)
        for name, kind in (("junction", MTJ), ("spread", Spread)):
            if isinstance(tables.get(name), Mapping):
                tables[name] = kind(**tables[name])
        return cls(**tables)


def log_normal(relative: float, deviates: Floats) -> Floats:
    """Return log-normal factors of mean 1 and the given standard deviation."""
    squared = math.log1p(relative**2)
    return np.asarray(np.exp(math.sqrt(squared) * deviates - 0.5 * squared))


def stray_field_with(junction: MTJ, more: float) -> tuple[float, float, float]:
    """Return the stray field of a junction with so much more along its reference direction, T."""
    x, y, z = np.array(junction.reference.stray_field) + more * np.array(junction.reference_direction)
    return float(x), float(y), float(z)
