"""Exact labels: what theory says of each device under each bias, without sampling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import field_validator

from mtjphys import fokker_planck
from mtjphys.bias import Bias
from mtjphys.core.checks import as_thresholds
from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.core.parameters import known_instead
from mtjphys.datasets.products.product import PAIRS, PRODUCTS, STATE, Block, Frame, Product, Variable
from mtjphys.junction import MTJ

Thresholds = tuple[float, float] | None


class Label(NamedTuple):
    """A number that theory gives of a device under a constant bias."""

    units: str
    meaning: str
    of_states: bool
    of_biases: bool
    value: Callable[[MTJ, Bias, Thresholds], Any]


def _at_rest(bias: Bias) -> Bias:
    """Return the bias without its source."""
    mapping = bias.to_mapping()
    return Bias(field=mapping["field"], temperature=mapping["temperature"])


LABELS = {
    "dwell_time": Label(
        "s", "exact mean dwell time", True, True, lambda j, b, limits: fokker_planck.dwell_times(j, b, limits)[:2]
    ),
    "relaxation_rate": Label(
        "1/s", "slowest relaxation rate", False, True, lambda j, b, limits: fokker_planck.relaxation_rate(j, b)
    ),
    "thermal_stability": Label(
        "1",
        "barrier over kB T seen from each state, without the source",
        True,
        True,
        lambda j, b, limits: j.thermal_stability(_at_rest(b)),
    ),
    "resistance": Label(
        "ohm",
        "resistance at m.p = 1 and -1",
        True,
        True,
        lambda j, b, limits: [j.resistance(c, b) for c in (1.0, -1.0)],
    ),
    "critical_voltage": Label(
        "V",
        "junction voltage at which each state loses its stability at zero temperature, without applied field",
        True,
        False,
        lambda j, b, limits: j.critical_voltages(),
    ),
}


@PRODUCTS.register("exact")
class Exact(Product):
    """Labels of each device under each bias; NaN where theory has none, with the reason among the notes.

    Parameters
    ----------
    quantities : tuple of str
        Any of "dwell_time", "relaxation_rate", "thermal_stability", "resistance", "critical_voltage"; the arrays are
        called ``exact_dwell_time`` and so on.
    thresholds : (float, float), optional
        Of m.p, for dwell times of a trace that is read with hysteresis.
    """

    of_lanes: ClassVar[bool] = False

    quantities: tuple[str, ...] = ("dwell_time",)
    thresholds: tuple[float, float] | None = None

    @field_validator("thresholds")
    @classmethod
    def _legal(cls, value: Thresholds) -> Thresholds:
        return None if value is None else as_thresholds(value)

    @field_validator("quantities")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in LABELS:
                raise ParameterError(f"exact quantity {name!r} is unknown; {known_instead(name, LABELS)}")
        return value

    def check(self, frame: Frame) -> None:
        """Raise where a bias varies in time."""
        for number, bias in enumerate(frame.biases):
            if not bias.is_constant:
                raise ParameterError(
                    f"exact labels are of constant biases, and bias {number} varies in time; leave [keep.exact] out"
                )

    def variables(self, frame: Frame) -> dict[str, Variable]:
        """Return an array for each quantity."""
        return {
            f"exact_{name}": Variable(
                (*(PAIRS if label.of_biases else PAIRS[:1]), *(("state",) if label.of_states else ())),
                "float64",
                {"units": label.units, "long_name": label.meaning},
            )
            for name, label in ((name, LABELS[name]) for name in self.quantities)
        }

    def coordinates(self, frame: Frame) -> dict[str, tuple[Any, dict[str, Any]]]:
        """Return the states."""
        return dict(STATE) if any(LABELS[name].of_states for name in self.quantities) else {}

    def values(self, block: Block) -> dict[str, NDArray[Any]]:
        """Return the labels."""
        found: dict[str, NDArray[Any]] = {}
        for name in self.quantities:
            label = LABELS[name]
            biases = list(block.biases) if label.of_biases else list(block.biases[:1])
            values = np.full((len(block.junctions), len(biases), 2 if label.of_states else 1), np.nan)
            for d, junction in enumerate(block.junctions):
                for b, bias in enumerate(biases):
                    try:
                        values[d, b] = label.value(junction, bias, self.thresholds)
                    except (ParameterError, SimulationError) as error:
                        place = f"lane {int(block.lanes[d, b, 0])}"
                        block.notes.append(f"{place}: exact {name}: {error}")
            values = values if label.of_states else values[..., 0]
            found[f"exact_{name}"] = values if label.of_biases else values[:, 0]
        return found
