"""Numbers with units as people read them."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any

from mtjphys.core.errors import ParameterError
from mtjphys.core.unit_text import conversion

# A prefix would be raised to the unit's power: these get a unit of their own size instead.
_POWERS = {"m2": ("nm2", 1e18), "m3": ("nm3", 1e27), "1/s": ("1/ns", 1e-9)}


@lru_cache(maxsize=64)
def _formatter(unit: str) -> Any:
    from matplotlib.ticker import EngFormatter

    return EngFormatter(unit)


def human(value: float, unit: str) -> str:
    """Return a value with four digits and a unit of its own size.

    >>> human(2.53e3, "ohm"), human(3.1e-24, "m3"), human(0.0, "T"), human(12.34567, ""), human(math.inf, "T")
    ('2.53 kohm', '3100 nm3', '0 T', '12.35', 'inf T')
    """
    if unit in _POWERS:
        name, factor = _POWERS[unit]
        return f"{value * factor:.4g} {name}"
    if not unit or "^" in unit or not math.isfinite(value):
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
    if unit in _POWERS:
        name, factor = _POWERS[unit]
        return factor, name
    prefixes: dict[int, str] = type(_formatter(unit)).ENG_PREFIXES
    exponent = min(max(3 * math.floor(math.log10(largest) / 3.0 + 1e-12), min(prefixes)), max(prefixes))
    return 10.0**-exponent, prefixes[exponent].replace("\N{MICRO SIGN}", "u") + unit


_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf))\s*(.*?)\s*")


def number_of(text: str, unit: str) -> float:
    """Return the number, in `unit`, that a text like ``10us`` or ``-50 mV`` gives; without a unit it is in `unit`.

    Raises
    ------
    ParameterError
        If it is no number, or its unit is another.

    Examples
    --------
    >>> number_of("10us", "s"), number_of("-50 mV", "V"), number_of("20 Oe", "T"), number_of("1e-3", "T")
    (1e-05, -0.05, 0.002, 0.001)
    >>> number_of("15 Ohm um2", "ohm m2"), number_of("27 degC", "K")
    (1.5e-11, 300.15)
    """
    match = _NUMBER.fullmatch(text)
    if match and not match[2]:
        return float(match[1])
    reason = ""
    if match:
        try:
            # Read with its exponent, so that 10us is 1e-05 to the last bit.
            return conversion(match[2], unit).to_si(float(match[1]))
        except ParameterError as error:
            reason = f" ({error})"
    prefixed = unit if " " in unit or "/" in unit else f"m{unit}"
    raise ParameterError(f"{text!r} is not a number in {unit}; write it like 0.01 or 10 {prefixed}{reason}")


def symbols(unit: str) -> str:
    """Return a unit as figures write it.

    >>> symbols("us"), symbols("kohm"), symbols("mV")
    ('\N{MICRO SIGN}s', 'k\N{GREEK CAPITAL LETTER OMEGA}', 'mV')
    """
    text = unit.replace("ohm", "\N{GREEK CAPITAL LETTER OMEGA}")
    return "\N{MICRO SIGN}" + text[1:] if text.startswith("u") else text
