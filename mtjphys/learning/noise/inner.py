"""What sources that read another one have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from mtjphys.core.errors import ParameterError
from mtjphys.learning.noise.source import NoiseSource, Usage

PREFIX = "inner."


class PassesOn:
    """What a source has from the one that it reads."""

    inner: NoiseSource

    @property
    def gain(self) -> float:
        """Conversion from volts to pre-activation, 1/V: that of the inner source, also when it is set."""
        return self.inner.gain

    @gain.setter
    def gain(self, gain: float) -> None:
        self.inner.gain = gain

    @property
    def offset(self) -> float:
        """Voltage that is subtracted before the conversion, V: that of the inner source, also when it is set."""
        return self.inner.offset

    @offset.setter
    def offset(self, offset: float) -> None:
        self.inner.offset = offset

    @property
    def usage(self) -> Usage:
        """What the junctions of the inner source have spent; only sources of physical devices have it."""
        usage: Usage = self.inner.usage  # type: ignore[attr-defined]
        return usage


def check_raw(noise: NoiseSource) -> None:
    """Raise if a source declares a conversion, which a circuit would not see."""
    if noise.gain != 1.0 or noise.offset != 0.0:
        raise ParameterError(
            f"gain={noise.gain:g} 1/V and offset={noise.offset:g} V of the inner source would be lost, as a circuit "
            "takes its raw volts: give gain and offset to the circuit"
        )


def state_of(noise: NoiseSource) -> dict[str, NDArray[Any]]:
    """Return the state of an inner source, as it stands in that of the outer one."""
    return {f"{PREFIX}{name}": array for name, array in noise.state_dict().items()}


def load_inner(noise: NoiseSource, state: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Give an inner source its part of a state, and return the rest."""
    noise.load_state_dict({n.removeprefix(PREFIX): a for n, a in state.items() if n.startswith(PREFIX)})
    return {name: array for name, array in state.items() if not name.startswith(PREFIX)}
