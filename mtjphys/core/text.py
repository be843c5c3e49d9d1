"""Numbers with units as people read them."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

# A prefix would be raised to the unit's power: these get a unit of their own size instead.
_POWERS = {"m2": ("nm2", 1e18), "m3": ("nm3", 1e27), "1/s": ("1/ns", 1e-9)}


@lru_cache(maxsize=64)
def _formatter(unit: str) -> Any:
    from matplotlib.ticker import EngFormatter

    return EngFormatter(unit)


def human(value: float, unit: str) -> str:
    """Return a value with four digits and a unit of its own size.

    >>> human(2.53e3, "ohm"), human(3.1e-24, "m3"), human(0.0, "T"), human(12.34567, "")
    ('2.53 kohm', '3100 nm3', '0 T', '12.35')
    """
    if unit in _POWERS:
        name, factor = _POWERS[unit]
        return f"{value * factor:.4g} {name}"
    if not unit or "^" in unit:
        return f"{value:.4g} {unit}".rstrip()
    text: str = _formatter(unit).format_data(float(f"{value:.4g}"))
    return text.replace("\N{MICRO SIGN}", "u")


def scale_of(largest: float, unit: str) -> tuple[float, str]:
    """Return the factor and the unit with a prefix that bring `largest` between 1 and 1000.

    >>> scale_of(2.5e-3, "V")
    (1000.0, 'mV')
    """
    if not unit or not largest > 0.0:
        return 1.0, unit
    prefixes: dict[int, str] = type(_formatter(unit)).ENG_PREFIXES
    exponent = min(max(3 * math.floor(math.log10(largest) / 3.0 + 1e-12), min(prefixes)), max(prefixes))
    return 10.0**-exponent, prefixes[exponent].replace("\N{MICRO SIGN}", "u") + unit


def symbols(unit: str) -> str:
    """Return a unit as figures write it.

    >>> symbols("us"), symbols("kohm"), symbols("mV")
    ('\N{MICRO SIGN}s', 'k\N{GREEK CAPITAL LETTER OMEGA}', 'mV')
    """
    text = unit.replace("ohm", "\N{GREEK CAPITAL LETTER OMEGA}")
    return "\N{MICRO SIGN}" + text[1:] if text.startswith("u") else text
