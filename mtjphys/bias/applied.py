"""What is applied to a junction: voltage or current, field, temperature, spin-orbit current."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, InstanceOf, ValidationInfo, model_validator

from mtjphys.bias.waveforms import Waveform, as_waveform
from mtjphys.core.errors import MtjphysWarning, ParameterError
from mtjphys.core.parameters import Parameters, plain, to_toml, toml_of
from mtjphys.core.quantity import Quantity, check_range

CHANNELS = ("source", "field_x", "field_y", "field_z", "temperature", "spin_orbit_current")
"""Order of the rows of `Bias.table`."""

LARGEST_JUNCTION_VOLTAGE = 5.0
LARGEST_SOURCE_VOLTAGE = 50.0

RESISTANCE = Quantity("ohm", 0.0, 1e12, (), "in ohm; a resistance is not negative")
CURRENT = Quantity("A", -0.02, 0.02, (), "in A: if this is in uA, multiply by 1e-6; mA by 1e-3")
SPIN_ORBIT_CURRENT = Quantity("A", -0.1, 0.1, (), "in A: if this is in uA, multiply by 1e-6; mA by 1e-3")
FIELD = Quantity("T", -20.0, 20.0, (), "in T: if this is in mT, multiply by 1e-3; Oe by 1e-4; A/m by 1.2566e-6")
STRONG_FIELD = 3.0
"""In T; what is stronger is legal, and probably meant in another unit."""

TEMPERATURE = Quantity("K", 0.0, 2000.0, (), "in K: if this is in degC, add 273.15")


def number_or_waveform(value: Any, info: ValidationInfo) -> Any:
    """Return a float or a waveform; a mapping becomes a waveform."""
    return one_channel(str(info.field_name), value)


def one_channel(name: str, value: Any) -> float | Waveform:
    """Return a float or a waveform, or raise one sentence that names the channel."""
    if isinstance(value, Waveform):
        return value
    try:
        wave = as_waveform(value)
    except ParameterError as error:
        raise ParameterError(f"{name}: {error}") from None
    return wave if isinstance(value, Mapping) else float(plain(value))


def three_components(value: Any) -> Any:
    """Return a field as a tuple of three, from a sequence or from a mapping with x, y and z."""
    if isinstance(value, Mapping):
        unknown = sorted(set(value) - {"x", "y", "z"})
        if unknown:
            raise ParameterError(f"field.{unknown[0]}: unknown component; give x, y and z in T")
        value = [value.get(component, 0.0) for component in "xyz"]
    if isinstance(value, (tuple, list, np.ndarray)) and len(value) == 3:
        return tuple(one_channel(f"field_{axis}", component) for axis, component in zip("xyz", value, strict=True))
    raise ParameterError(f"field={value!r} is not a vector; give three components in T, each a number or a waveform")


Channel = Annotated[float | InstanceOf[Waveform], BeforeValidator(number_or_waveform)]
Field3 = Annotated[
    tuple[float | InstanceOf[Waveform], float | InstanceOf[Waveform], float | InstanceOf[Waveform]],
    BeforeValidator(three_components),
]


class Bias(Parameters):
    """What is applied to a junction, each a number or a waveform (see `mtjphys.bias.waveforms`).

    A voltage source in series with a resistor gives the junction of resistance ``R``

        V = V_source R / (R + series_resistance)

    so that the junction's voltage follows its state; a current source gives ``V = I R``.

    Parameters
    ----------
    voltage : float or Waveform
        Of the source in V. Positive voltage favours the parallel state.
    current : float or Waveform, optional
        Of a current source in A, instead of a voltage.
    field : tuple of three floats or Waveforms
        Applied field ``mu0 H`` in T along x (easy axis in the film), y and z (film normal); see
        `mtjphys.bias.waveforms.along` for one waveform along a direction.
    temperature : float or Waveform
        Ambient temperature in K. Zero is legal and switches the thermal field off.
    series_resistance : float
        Between voltage source and junction in ohm.
    spin_orbit_current : float or Waveform
        In the channel under the free layer in A.

    Raises
    ------
    ParameterError
        If a value is outside its legal range, or voltage and current are both given.

    Examples
    --------
    >>> from mtjphys.bias import Bias
    >>> bias = Bias(voltage=0.1, field=(0.002, 0.0, 0.0), series_resistance=10e3)
    >>> bias.is_constant, bias.source
    (True, 'voltage')
    >>> bias.table(0, 2, 1e-12)[0].tolist()
    [0.1, 0.1]
    """

    voltage: Channel = Field(default=0.0, description="V, of the source")
    current: Annotated[Channel | None, CURRENT] = Field(default=None, description="A, of a current source")
    field: Annotated[Field3, FIELD] = Field(default=(0.0, 0.0, 0.0), description="T, mu0 H along x, y, z")
    temperature: Annotated[Channel, TEMPERATURE] = Field(default=300.0, description="K, ambient")
    series_resistance: Annotated[float, RESISTANCE] = Field(default=0.0, description="ohm, with a voltage source")
    spin_orbit_current: Annotated[Channel, SPIN_ORBIT_CURRENT] = Field(default=0.0, description="A, in the channel")

    @model_validator(mode="before")
    @classmethod
    def _no_empty_current(cls, values: Any) -> Any:
        if isinstance(values, dict) and "current" in values and values["current"] is None:
            return {key: value for key, value in values.items() if key != "current"}
        return values

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.current is None:
            hint = "in V: if this is in mV, multiply by 1e-3"
            largest = LARGEST_SOURCE_VOLTAGE
            if self.series_resistance == 0.0:
                largest, hint = LARGEST_JUNCTION_VOLTAGE, f"{hint}; or give a series_resistance"
            for extreme in as_waveform(self.voltage).bounds():
                check_range("voltage", extreme, "V", -largest, largest, hint)
        elif self.voltage != 0.0:
            raise ParameterError(
                f"voltage={self.voltage!r} V and current={self.current!r} A are both given; give one of the two"
            )
        elif self.series_resistance > 0.0:
            raise ParameterError(
                f"series_resistance={self.series_resistance:g} ohm changes nothing with a "
                "current source; leave it out or give a voltage"
            )
        strongest = max(abs(extreme) for field in self.field for extreme in as_waveform(field).bounds())
        if strongest > STRONG_FIELD:
            warnings.warn(
                f"field={strongest:g} T is stronger than what junctions are switched with; if this is in mT, multiply "
                "by 1e-3, if in Oe by 1e-4",
                MtjphysWarning,
                stacklevel=4,
            )
        low, _ = as_waveform(self.temperature).bounds()
        if 18.0 <= low <= 30.0:
            warnings.warn(
                f"temperature={low:g} K is cryogenic; if this is in degC, add 273.15",
                MtjphysWarning,
                stacklevel=4,
            )
        return self

    @property
    def source(self) -> Literal["voltage", "current"]:
        """Whether a voltage or a current is applied."""
        return "voltage" if self.current is None else "current"

    @property
    def channels(self) -> tuple[Waveform, ...]:
        """The six waveforms in the order of `CHANNELS`; the source in V or A as `source` says."""
        source = self.voltage if self.current is None else self.current
        values = (source, *self.field, self.temperature, self.spin_orbit_current)
        return tuple(as_waveform(value) for value in values)

    @property
    def is_constant(self) -> bool:
        """Whether nothing changes in time."""
        return all(channel.is_constant for channel in self.channels)

    def bounds(self) -> NDArray[np.float64]:
        """Return the smallest and the largest value of each channel over all time.

        Returns
        -------
        ndarray
            Shape (6, 2), rows in the order of `CHANNELS`, SI units.
        """
        return np.array([channel.bounds() for channel in self.channels])

    def table(self, first_step: int, n_steps: int, dt: float, *, variance: bool = True) -> NDArray[np.float64]:
        """Return the mean of each channel over each of a run of steps, and the variance of the source within them.

        Step ``k`` covers ``[k dt, (k + 1) dt]``; a column depends on ``k`` and `dt` alone, so that
        any division of a simulation into chunks sees the same bits.

        Parameters
        ----------
        first_step : int
            Index of the first step.
        n_steps : int
            Number of steps.
        dt : float
            Step in s.
        variance : bool
            Whether to return the variance, which takes longer than the means.

        Returns
        -------
        ndarray
            Shape (7, n_steps), rows in the order of `CHANNELS`, SI units; the last row is the variance, in V^2 or A^2.
            Without it (6, n_steps).
        """
        if first_step < 0 or n_steps < 0:
            raise ParameterError(f"first_step={first_step} and n_steps={n_steps} must not be negative; count from 0")
        if not (math.isfinite(dt) and dt > 0.0):
            raise ParameterError(f"dt={dt!r} s is not above 0 s; give the step's length")
        times = np.arange(first_step, first_step + n_steps, dtype=np.int64).astype(np.float64) * dt
        table = np.empty((len(CHANNELS) + variance, n_steps))
        channels = self.channels
        for row, channel in zip(table, channels, strict=False):
            row[:] = channel.bounds()[0] if channel.is_constant else channel.average(times, dt)
        if variance:
            table[-1] = 0.0 if channels[0].is_constant else channels[0].variance(times, dt)
        return table

    def longest_step(self) -> tuple[float, str]:
        """Return the longest step in s whose means follow every channel, and the channel that sets it."""
        steps = [(channel.longest_step(), name) for name, channel in zip(CHANNELS, self.channels, strict=True)]
        step, name = min(steps)
        return step, self.source if name == "source" else name

    def breakpoints(self, start: float, stop: float) -> NDArray[np.float64]:
        """Return the times in ``[start, stop]``, in s, where any channel jumps or bends."""
        times = [channel.breakpoints(start, stop) for channel in self.channels]
        return np.unique(np.concatenate(times))

    def to_mapping(self) -> dict[str, Any]:
        """Return the parameters as numbers and mappings that ``Bias(**mapping)`` reads."""
        mapping: dict[str, Any] = {}
        if self.current is None:
            mapping["voltage"] = written(self.voltage)
        else:
            mapping["current"] = written(self.current)
        field = [written(component) for component in self.field]
        varies = any(isinstance(component, dict) for component in field)
        mapping["field"] = dict(zip("xyz", field, strict=True)) if varies else field
        mapping["temperature"] = written(self.temperature)
        mapping["series_resistance"] = self.series_resistance
        mapping["spin_orbit_current"] = written(self.spin_orbit_current)
        return mapping

    def to_toml(self) -> str:
        """Return the parameters as TOML text, a table for each waveform."""
        return to_toml(self.to_mapping())

    @classmethod
    def from_toml(cls, toml: str | Path) -> Self:
        r"""Read a bias from TOML.

        Parameters
        ----------
        toml : str or Path
            A file's path, or the text itself (anything with a line break).

        Returns
        -------
        Bias
            What ``to_toml`` wrote, unchanged.

        Raises
        ------
        ParameterError
            If the file is missing, not TOML, or has an unknown or illegal parameter.

        Examples
        --------
        >>> from mtjphys.bias import Bias
        >>> Bias.from_toml("voltage = 0.1\n").voltage
        0.1
        """
        return cls(**toml_of(toml))


def written(value: float | Waveform) -> Any:
    """Return a number as it is, a waveform as a mapping."""
    return value.to_mapping() if isinstance(value, Waveform) else value
