"""Numbers of a junction that a description writes with their units: ``saturation_magnetisation = "1200 emu/cm3"``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import Parameters
from mtjphys.core.quantity import Quantity
from mtjphys.core.text import number_of
from mtjphys.junction import MTJ


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
    return {
        part: {name: number_in_si(where, f"{part}.{name}", value) for name, value in content.items()}
        if isinstance(content, Mapping)
        else content
        for part, content in table.items()
    }


def ranges_in_si(where: str, ranges: Any) -> Any:
    """Return the ranges of a fit, ``{name = [low, high]}``, with texts of numbers in SI."""
    if not isinstance(ranges, Mapping):
        return ranges
    return {name: number_in_si(where, name, ends) for name, ends in ranges.items()}


def number_in_si(where: str, name: str, value: Any) -> Any:
    """Return a value of a junction, or the texts of a list, in SI."""
    quantity = quantities().get(name)
    if isinstance(value, list):
        return [number_in_si(where, name, item) for item in value]
    if quantity is None or not isinstance(value, str):
        return value
    unit = "" if quantity.unit.startswith("(") else quantity.unit
    try:
        return number_of(value, unit)
    except ParameterError as error:
        raise ParameterError(f"{where}: {name}: {error}") from None
