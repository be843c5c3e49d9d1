"""Magnitudes of the effects on the volts of any source."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import Parameters
from mtjphys.core.quantity import Quantity

SETTINGS = ("full_scale",)
"""What describes an effect and is none by itself."""


class VoltEffects(Parameters):
    """Magnitudes of the effects on the volts of any source; none by default.

    They are explained with `Effects`, which has those inside the device as well.
    """

    stuck: Annotated[float, Quantity("(of units)", 0.0, 1.0)] = Field(
        default=0.0, title="Stuck devices", description="of units"
    )
    gain_spread: Annotated[float, Quantity("(of the mean)", 0.0, 1.0)] = Field(
        default=0.0, title="Gain spread", description="of the mean"
    )
    offset_spread: Annotated[float, Quantity("V", 0.0, 1e3)] = Field(
        default=0.0, title="Offset spread", description="V"
    )
    drift: Annotated[float, Quantity("V/reading", -1e3, 1e3)] = Field(
        default=0.0, title="Drift", description="V/reading"
    )
    random_walk: Annotated[float, Quantity("V/reading^(1/2)", 0.0, 1e3)] = Field(
        default=0.0, title="Random walk", description="V/reading^(1/2)"
    )
    bandwidth: Annotated[
        float | None,
        Quantity(
            "(of the reading rate)", 0.0, 1e3, (), "the cut-off over the rate of the readings, not in Hz", open_low=True
        ),
    ] = Field(default=None, title="Bandwidth", description="of reading rate")
    read_noise: Annotated[float, Quantity("V", 0.0, 1e3)] = Field(default=0.0, title="Read noise", description="V rms")
    bits: Annotated[int | None, Quantity("bits", 1, 32)] = Field(default=None, title="Quantisation", description="bits")
    full_scale: tuple[float, float] | None = Field(default=None, title="Full scale", description="V")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.bits is not None and self.full_scale is None:
            raise ParameterError(f"bits={self.bits} needs full_scale=(low, high), the converter's range in V")
        if self.full_scale is not None and not self.full_scale[0] < self.full_scale[1]:
            raise ParameterError(f"full_scale={self.full_scale} V is no range; give (low, high) with low < high")
        return self

    def active(self) -> dict[str, Any]:
        """Return what differs from the default, by name."""
        return {name: value for name, value in self if value != VoltEffects.model_fields[name].default}

    def inside_devices(self) -> dict[str, Any]:
        """Return the effects inside the device, by name."""
        return {}
