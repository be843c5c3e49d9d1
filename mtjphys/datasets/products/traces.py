"""Traces as the engine samples them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.datasets.products.product import LANES, PRODUCTS, Block, Frame, Product, Variable, flagged, time_of
from mtjphys.simulation.lanes import UNITS

MEANINGS: dict[str, str] = {
    "m": "unit vector of the magnetisation",
    "resistance": "resistance of the junction",
    "voltage": "voltage across the junction",
    "temperature": "temperature of the free layer",
    "parallel": "1 in the parallel state, 0 in the antiparallel one",
    "projection": "m.p, projection on the reference direction",
}


@PRODUCTS.register("traces")
class Traces(Product):
    """Samples of the engine: at every sample interval the value at its end, or its mean.

    Parameters
    ----------
    quantities : tuple of str
        Of the equation "m", "resistance", "voltage", "temperature"; of the surrogate "parallel", "projection",
        "resistance", "voltage".
    """

    quantities: tuple[str, ...] = ("resistance",)

    def records(self, frame: Frame) -> tuple[str, ...]:
        """Return the quantities."""
        return self.quantities

    def check(self, frame: Frame) -> None:
        """Raise where the engine does not sample a quantity."""
        if not self.quantities or len(set(self.quantities)) < len(self.quantities):
            raise ParameterError(
                f"quantities={list(self.quantities)} is empty or names one twice; give some of "
                f"{', '.join(frame.samples)}"
            )
        super().check(frame)

    def variables(self, frame: Frame) -> dict[str, Variable]:
        """Return an array over time for each quantity."""
        return {
            name: Variable(
                (*LANES, "time", *(("component",) if name == "m" else ())),
                frame.precision,
                {"units": UNITS[name], "long_name": MEANINGS[name]},
            )
            for name in self.quantities
        }

    def coordinates(self, frame: Frame) -> dict[str, tuple[Any, dict[str, Any]]]:
        """Return time, and the components of m."""
        text = flagged("xyz", "z is the film normal, x the easy in-plane axis")
        components = {"component": (np.arange(3, dtype=np.int8), text)}
        return time_of(frame) | (components if "m" in self.quantities else {})

    def values(self, block: Block) -> dict[str, NDArray[Any]]:
        """Return the samples."""
        for name in self.quantities:
            if not np.isfinite(block.samples[name]).all():
                raise SimulationError(f"the {name} is not finite; check the junction's and the bias's magnitudes")
        return {name: block.samples[name] for name in self.quantities}
