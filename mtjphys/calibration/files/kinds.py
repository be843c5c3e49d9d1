"""The kinds of measurements that files can name, and what each may be given: taken from the classes themselves."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

from mtjphys.bias.applied import FIELD
from mtjphys.calibration import measurements
from mtjphys.calibration.measurements import Measurement, columns_of
from mtjphys.core.quantity import Quantity
from mtjphys.core.units import si_name, unit_of
from mtjphys.laboratory.tables.columns import is_unit

COMPONENTS = ("field_x", "field_y", "field_z")
_SHARE = Quantity("", 0.0, 1.0)
_OF_A_RECORD = {
    "bandwidth": Quantity("Hz", 0.0, 1e15),
    "aperture": Quantity("s", 0.0, 1e6),
    "quantisation": Quantity("", 0.0, 1e12),
}
"""Numbers that a record has once, not for each point."""
QUANTITIES = {"V": "voltage", "ohm": "resistance", "A": "current"}
"""What a record is of, by its unit."""
_OF_THE_VALUES = ("level_error", "quantisation")


@dataclass(frozen=True)
class Slot:
    """What a measurement may be given under a name.

    Attributes
    ----------
    name : str
        As the class calls it.
    quantity : Quantity or None
        Unit and range of a number, None of what is text or else.
    meaning : str
        For templates.
    """

    name: str
    quantity: Quantity | None
    meaning: str = ""

    @property
    def unit(self) -> str:
        """SI unit, or alternatives of it; empty of a count and what is no number."""
        unit = "" if self.quantity is None else self.quantity.unit
        first = unit.split(" or ")[0]
        return unit if is_unit(first) and si_name(unit_of(first)) else ""


TIME = Slot("time", Quantity("s", -1e9, 1e9), "of each sample")
"""What a file of a trace has beside the values."""


@cache
def kinds() -> dict[str, type[Measurement]]:
    """Return every kind of measurement, by its identifier."""
    things = (getattr(measurements, name) for name in measurements.__all__)
    classes = (thing for thing in things if isinstance(thing, type) and issubclass(thing, Measurement))
    return {kind.kind: kind for kind in classes if kind is not Measurement}


@cache
def slots_of(kind: type[Measurement]) -> dict[str, Slot]:
    """Return what a kind may be given, the data first and then the conditions.

    Where counts of trials are wanted, a probability beside the trials will do, and where counts of sweeps are, the
    switching field of each; the field may be given by components.
    """
    columns = columns_of(kind)
    conditions = {item.name for item in fields(Measurement)}
    found: dict[str, Slot] = {}
    for item in sorted(fields(kind), key=lambda item: item.name in conditions):
        if not item.init:
            continue
        column = columns.get(item.name)
        quantity = column.quantity if column else FIELD if item.name == "field" else _OF_A_RECORD.get(item.name)
        found[item.name] = Slot(item.name, quantity, column.meaning if column else MEANINGS.get(item.name, ""))
    found |= {name: Slot(name, FIELD, f"its component along {name[-1]}") for name in COMPONENTS}
    if {"switched", "trials"} <= set(found):
        found["probability"] = Slot("probability", _SHARE, "share that switched, instead of switched")
    if hasattr(kind, "of_switching_fields"):
        found["switching_field"] = Slot("switching_field", FIELD, "of each sweep, instead of counts and dwell")
        found["start"] = Slot("start", FIELD, "where the sweeps begin, beside switching_field")
        found["rate"] = Slot("rate", Quantity("T/s", 0.0, 1e12), "of the sweeps, beside switching_field")
        found["along"] = Slot("along", None, MEANINGS["along"])
    return found


MEANINGS = {
    "field": "applied, along x, y and z",
    "label": "name in reports",
    "along": 'direction of the sweep, "x", "y", "z" or three numbers',
    "forward": 'where predictions come from, "exact" or "simulation"',
    "initial": '"antiparallel" or "parallel", before the pulse or the sweep',
    "state": '"parallel", "antiparallel" or "mean"',
    "quantity": 'what was recorded: "voltage", "resistance", ...',
    "parallel": 'which level is the parallel state, "low" or "high"',
    "bandwidth": "of the amplifier",
    "aperture": "time over which a sample is the mean",
    "quantisation": "step of the converter",
}


def slots_of_record(slots: dict[str, Slot], quantity: Any) -> dict[str, Slot]:
    """Return the slots of a trace, with the unit of its values where numbers are in it."""
    unit = next((unit for unit, name in QUANTITIES.items() if name == quantity), "")
    return slots | {
        name: replace(slots[name], quantity=Quantity(unit, 0.0, 1e12)) for name in _OF_THE_VALUES if name in slots
    }


def is_trace(kind: type[Measurement]) -> bool:
    """Return whether a kind is a record in time rather than a table of points."""
    return {"values", "sample_interval"} <= {item.name for item in fields(kind)}
