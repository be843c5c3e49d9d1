"""What device effects ask of a source whose devices can differ from each other."""

from __future__ import annotations

from typing import Protocol

from mtjphys.junction import Spread
from mtjphys.learning.noise.source import NoiseSource


class HasDevices(Protocol):
    """A source with rates and levels of its own: its devices can be unequal, and see a stray field."""

    def with_devices(self, spread: Spread, stray_field: float) -> NoiseSource:
        """Return such a source, not used yet, whose devices spread and see so much more stray field, T."""
        ...

    def device_cases(self) -> dict[str, list[float]]:
        """Return magnitudes that are worth a look, by the names that `Effects` gives them."""
        ...


def device_cases(tesla: float, *, two_wells: bool = True) -> dict[str, list[float]]:
    """Return magnitudes for the effects inside a device.

    Parameters
    ----------
    tesla : float
        The stray field that tilts its wells by kB T, T.
    two_wells : bool
        Whether it has a barrier that could be spread.
    """
    fields = [float(f"{factor * tesla:.3g}") for factor in (1.0, 2.0, 4.0)]
    cases = {"spread.resistance": [0.1, 0.3, 1.0], "spread.tunnel_magnetoresistance": [0.1, 0.3, 1.0]}
    if two_wells:
        cases["spread.barrier"] = [0.1, 0.2, 0.4]
    return cases | {"stray_field": fields, "spread.stray_field": fields}
