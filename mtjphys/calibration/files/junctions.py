"""Numbers of a junction that a description writes with their units: ``saturation_magnetisation = "1200 emu/cm3"``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from mtjphys.calibration.measurements.unknown_conditions import UNKNOWNS
from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import Parameters, known_instead
from mtjphys.core.quantity import Quantity
from mtjphys.core.text import number_of
from mtjphys.junction import MTJ

_STARTS = ("preset", "file")
"""What a description may say beside the parts of a junction: which one to begin with."""


@cache
def quantities() -> dict[str, Quantity]:
    """Return the quantity of every number of a junction, by its dotted name."""
    found: dict[str, Quantity] = {}
    for part, held in MTJ.model_fields.items():
        for kind in (held.annotation, *get_args(held.annotation)):
            if isinstance(kind, type) and issubclass(kind, Parameters):
                for name, item in kind.model_fields.items():
                    found |= {f"{part}.{name}": rule for rule in item.metadata if isinstance(rule, Quantity)}
    return found


def junction_in_si(where: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table of a junction with its texts of numbers in SI; what has no quantity stays as it is.

    Parameters
    ----------
    where : str
        Beginning of what is said if a text is no number.
    table : mapping
        ``[junction]``, or part of one.

    Returns
    -------
    dict
        The same tables.

    Raises
    ------
    ParameterError
        If a text is not a number in a unit of its quantity.

    Examples
    --------
    >>> junction_in_si("LAB.toml", {"barrier": {"resistance_area_product": "15 Ohm um2"}})
    {'barrier': {'resistance_area_product': 1.5e-11}}
    """
    parts = {name.partition(".")[0] for name in quantities()}
    for part, content in table.items():
        if part not in (known := (*MTJ.model_fields, *_STARTS)):
            raise ParameterError(f"{where}: junction.{part}: unknown; {known_instead(part, known)}")
        if (part in parts) != isinstance(content, Mapping):
            what = "no table; write [junction.{}] above its lines" if part in parts else "a table; give a text"
            raise ParameterError(f"{where}: junction.{part}={content!r} is {what.format(part)}")
    return {
        part: {name: number_in_si(where, f"{part}.{name}", value) for name, value in content.items()}
        if part in parts
        else content
        for part, content in table.items()
    }


def ranges_in_si(where: str, ranges: Any) -> dict[str, Any]:
    """Return the ranges of a fit, ``{name = [low, high]}``, with texts of numbers in SI."""
    if not isinstance(ranges, Mapping):
        raise ParameterError(
            f'{where}: fit.ranges={ranges!r} is no table; write ranges = {{"free_layer.damping" = [1, 2]}}'
        )
    return {name: number_in_si(where, name, ends) for name, ends in ranges.items()}


def number_in_si(where: str, name: str, value: Any) -> Any:
    """Return a value of a junction, or the texts of a list, in SI."""
    quantity = quantities().get(name)
    condition = UNKNOWNS.get(name.partition("[")[0])
    if isinstance(value, list):
        return [number_in_si(where, name, item) for item in value]
    if (quantity is None and condition is None) or not isinstance(value, str):
        return value
    unit = condition.unit if condition else quantity.unit if quantity else ""
    if unit.startswith("("):
        unit = ""
    try:
        return number_of(value, unit)
    except ParameterError as error:
        raise ParameterError(f"{where}: {name}: {error}") from None
