"""Units as laboratories write them, parsed to SI dimensions: ``Ohm um2``, ``mV`` and ``degC`` convert themselves.

Ambiguous letters mean what they mean in a laboratory of junctions: G is gauss, C is degrees Celsius, m is the metre or
milli, M is mega. A field H in oersted is the flux density that it makes in air, ``1 Oe = 1e-4 T``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

import numpy as np
from scipy.constants import elementary_charge, mu_0, zero_Celsius

from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import known_instead

Number = TypeVar("Number", float, np.ndarray)
Dimensions = tuple[float, float, float, float, float]


@dataclass(frozen=True)
class Unit:
    """A unit: what is written in it is ``written * factor * 10**power + offset`` in SI.

    Parameters
    ----------
    dimensions : tuple
        Exponents of metre, kilogram, second, ampere and kelvin.
    power : int
        Decimal power of its size; kept apart, so that 10 us is 1e-05 s to the last bit.
    factor : float
        The rest of its size.
    offset : float
        Of degrees Celsius, K.

    Examples
    --------
    >>> unit_of("mV").to_si(50.0), unit_of("degC").to_si(25.0)
    (0.05, 298.15)
    """

    dimensions: Dimensions = (0.0, 0.0, 0.0, 0.0, 0.0)
    power: int = 0
    factor: float = 1.0
    offset: float = 0.0

    def to_si(self, values: Number) -> Number:
        """Return values that are given in this unit in SI."""
        scaled = values * 10.0**self.power if self.power >= 0 else values / 10.0**-self.power
        return scaled * self.factor + self.offset

    def times(self, other: Unit, exponent: float = 1.0) -> Unit:
        """Return the product with a power of another unit."""
        power = other.power * exponent
        return Unit(
            tuple(a + exponent * b for a, b in zip(self.dimensions, other.dimensions, strict=True)),  # type: ignore[arg-type]
            self.power + int(power),
            self.factor * other.factor**exponent * 10.0 ** (power - int(power)),
        )


_METRE, _SECOND, _AMPERE, _KELVIN = (
    Unit((1, 0, 0, 0, 0)), Unit((0, 0, 1, 0, 0)), Unit((0, 0, 0, 1, 0)), Unit((0, 0, 0, 0, 1)),
)  # fmt: skip
_VOLT, _OHM, _TESLA = Unit((2, 1, -3, -1, 0)), Unit((2, 1, -3, -2, 0)), Unit((0, 1, -2, -1, 0))
_JOULE, _HERTZ = Unit((2, 1, -2, 0, 0)), Unit((0, 0, -1, 0, 0))
_ONE = Unit()

_PREFIXED = {
    "m": _METRE,
    "s": _SECOND,
    "A": _AMPERE,
    "K": _KELVIN,
    "V": _VOLT,
    "ohm": _OHM,
    "S": Unit((-2, -1, 3, 2, 0)),
    "T": _TESLA,
    "J": _JOULE,
    "W": Unit((2, 1, -3, 0, 0)),
    "Hz": _HERTZ,
    "eV": replace(_JOULE, factor=elementary_charge),
    "Oe": replace(_TESLA, power=-4),
    "G": replace(_TESLA, power=-4),
    "emu": replace(_METRE.times(_METRE).times(_AMPERE), power=-3),
}
"""Units that take a prefix."""

_PREFIXES = {"f": -15, "p": -12, "n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9}
_LONG_PREFIXES = {"pico": "p", "nano": "n", "micro": "u", "milli": "m", "kilo": "k", "mega": "M", "giga": "G"}

_WHOLE = {
    "": _ONE,
    "1": _ONE,
    "%": replace(_ONE, power=-2),
    "C": replace(_KELVIN, offset=zero_Celsius),
    "cc": replace(_METRE.times(_METRE, 2), power=-6),
    "cm": replace(_METRE, power=-2),
    "rtHz": _ONE.times(_HERTZ, 0.5),
    "min": replace(_SECOND, factor=60.0),
    "h": replace(_SECOND, factor=3600.0),
    "erg": replace(_JOULE, power=-7),
    "rad": _ONE,
    "deg": replace(_ONE, factor=math.pi / 180.0),
}
"""Units that take none."""

_WORDS = {
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "volt": "V", "volts": "V", "amp": "A", "amps": "A",
    "ampere": "A", "amperes": "A", "ohms": "ohm", "ohm": "ohm", "kelvin": "K", "tesla": "T", "gauss": "G", "gs": "G",
    "oersted": "Oe", "hertz": "Hz", "hz": "Hz", "siemens": "S", "metre": "m", "meter": "m", "watt": "W", "joule": "J",
    "celsius": "C", "degc": "C", "percent": "%", "counts": "1", "count": "1", "degree": "deg", "degrees": "deg",
}  # fmt: skip
"""Words for units, in any case of letters."""

_SIGNS = str.maketrans(
    {
        "\N{MICRO SIGN}": "u",
        "\N{GREEK SMALL LETTER MU}": "u",
        "\N{GREEK CAPITAL LETTER OMEGA}": "ohm",
        "\N{OHM SIGN}": "ohm",
        "\N{SUPERSCRIPT ONE}": "1",
        "\N{SUPERSCRIPT TWO}": "2",
        "\N{SUPERSCRIPT THREE}": "3",
        "\N{SUPERSCRIPT MINUS}": "-",
        "\N{MINUS SIGN}": "-",
        "\N{MIDDLE DOT}": " ",
        "\N{MULTIPLICATION SIGN}": " ",
        "*": " ",
        "\N{DEGREE CELSIUS}": "celsius",
    }
)
_PHRASES = (
    (re.compile(r"(?:°|\bdeg(?:rees?)?\.?)\s*C\b", re.IGNORECASE), "celsius"),
    (re.compile(r"°"), "deg"),
    (re.compile(r"sqrt\s*\(?Hz\)?|√\(?Hz\)?|Hz\^?(?:0\.5|\(1/2\)|1/2)"), "rtHz"),
    (re.compile(r"\s+(?:DC|AC|rms)$"), ""),
)
_TOKEN = re.compile(r"\s*(?:([A-Za-z%]+)(?:\^?([-+]?\d+))?|([/()])|(1)(?![\d.]))\s*")

_SI_NAMES = (
    "", "s", "V", "A", "ohm", "T", "K", "Hz", "S", "m", "m2", "m3", "A/m", "V2/Hz", "ohm2/Hz", "V/rtHz", "A2/Hz",
    "ohm m2", "J", "W", "J/m2", "J/m3", "A/m2", "J/(V m)", "K/W", "A m2",
)  # fmt: skip


@lru_cache(maxsize=1024)
def unit_of(text: str) -> Unit:
    """Return the unit that a text like ``mV``, ``kOhm``, ``emu/cm3`` or ``fJ/(V m)`` names.

    Raises
    ------
    ParameterError
        If there is no such unit.

    Examples
    --------
    >>> unit_of("kOe").to_si(1.0), unit_of("emu/cc").to_si(1200.0)
    (0.1, 1200000.0)
    >>> unit_of("bananas")
    Traceback (most recent call last):
    mtjphys.core.errors.ParameterError: unit 'bananas' is unknown; write it like mV, ns, kOhm, Oe or emu/cm3
    """
    plain = text.translate(_SIGNS).strip()
    for pattern, instead in _PHRASES:
        plain = pattern.sub(instead, plain)
    tokens, at = [], 0
    while at < len(plain):
        match = _TOKEN.match(plain, at)
        if match is None:
            raise _unknown(text)
        tokens.append(match)
        at = match.end()
    unit, rest = _product(tokens, text)
    if rest or plain.count("(") != plain.count(")"):
        raise _unknown(text)
    return unit


def _product(tokens: list[re.Match[str]], text: str) -> tuple[Unit, list[re.Match[str]]]:
    """Return the product up to a closing bracket, and what stands behind it."""
    unit, sign, first = _ONE, 1, True
    while tokens:
        name, exponent, mark, _ = tokens[0].groups()
        tokens = tokens[1:]
        if mark == ")":
            return unit, tokens
        if mark == "/":
            sign = -1
            continue
        if mark == "(":
            factor, tokens = _product(tokens, text)
        else:
            factor = _with_exponent(name, int(exponent or 1), text) if name else _ONE
        unit = factor if first and sign > 0 else unit.times(factor, sign)
        sign, first = 1, False
    return unit, tokens


def _with_exponent(name: str, exponent: int, text: str) -> Unit:
    unit = _atom(name)
    if unit is not None:
        return unit if exponent == 1 else _ONE.times(unit, exponent)
    for cut in range(1, len(name)):  # "ohmum2" and "Vm" leave the space out
        left, right = _atom(name[:cut]), _atom(name[cut:])
        if left in (_OHM, _VOLT) and right is not None and right.dimensions == _METRE.dimensions:
            return left.times(right, exponent)
    raise _unknown(text)


def _atom(name: str) -> Unit | None:
    """Return the unit of one word, or None."""
    if name in _WHOLE:
        return _WHOLE[name]
    if name in _PREFIXED:
        return _PREFIXED[name]
    word = name.lower() if len(name) > 1 else name
    for long, short in _LONG_PREFIXES.items():
        if word.startswith(long) and word.removeprefix(long) in _WORDS:
            return _atom(short + _WORDS[word.removeprefix(long)])
    if word in _WORDS:
        return _atom(_WORDS[word])
    power = _PREFIXES.get(name[0])
    rest = name[1:]
    if rest not in _PREFIXED:  # "mhz" may be MHz
        rest = _WORDS.get(rest.lower(), "") if len(rest) > 2 else ""
    if power is None or rest not in _PREFIXED:
        return None
    base = _PREFIXED[rest]
    return replace(base, power=base.power + power)


def _unknown(text: str) -> ParameterError:
    close = known_instead(text, (*_PREFIXED, *_WORDS, *(p + u for p in _PREFIXES for u in ("s", "V", "A", "T", "ohm"))))
    advice = close if close.startswith("did you") else "write it like mV, ns, kOhm, Oe or emu/cm3"
    return ParameterError(f"unit {text!r} is unknown; {advice}")


def conversion(text: str, si: str) -> Unit:
    """Return the unit of a text, made to give what is asked for in the SI unit `si`.

    A field in A/m is converted to the flux density in T that it makes in air, and a polarisation in T to a
    magnetisation in A/m, ``B = mu0 H``. `si` may name alternatives, as ``V2/Hz or ohm2/Hz``; one that is no unit
    (``counts``) has no dimension.

    Raises
    ------
    ParameterError
        If there is no such unit, or it is one of something else.

    Examples
    --------
    >>> round(conversion("kA/m", "T").to_si(79.577), 5), conversion("Oe", "T").to_si(20.0)
    (0.1, 0.002)
    >>> conversion("mA", "V")
    Traceback (most recent call last):
    mtjphys.core.errors.ParameterError: unit 'mA' is not one of V, it is one of A; give V or mV
    """
    unit = unit_of(text)
    wanted = [_dimensions(part) for part in si.split(" or ")]
    if unit.dimensions in wanted:
        return unit
    tesla, ampere_per_metre = _TESLA.dimensions, _dimensions("A/m")
    if unit.dimensions == ampere_per_metre and tesla in wanted:
        return replace(unit, dimensions=tesla, factor=unit.factor * mu_0)
    if unit.dimensions == tesla and ampere_per_metre in wanted:
        return replace(unit, dimensions=ampere_per_metre, factor=unit.factor / mu_0)
    name, target = si_name(unit), si_name(Unit(wanted[0]))
    told = f"it is one of {name}" if name else "it is none"
    give = f"give {target}" if target else "leave it out"
    if target in _PREFIXED and target != "K":
        give += f" or m{target}"
    raise ParameterError(f"unit {text!r} is not one of {si or 'a plain number'}, {told}; {give}")


def _dimensions(si: str) -> Dimensions:
    try:
        return unit_of(si).dimensions
    except ParameterError:
        return _ONE.dimensions


@lru_cache(maxsize=1)
def _names() -> dict[Dimensions, str]:
    return {unit_of(name).dimensions: name for name in reversed(_SI_NAMES)}


def si_name(unit: Unit) -> str:
    """Return how the SI unit of a unit is written here.

    >>> si_name(unit_of("mV")), si_name(unit_of("Ohm um^2")), si_name(unit_of("%"))
    ('V', 'ohm m2', '')
    """
    if unit.dimensions in _names():
        return _names()[unit.dimensions]
    parts = zip(("m", "kg", "s", "A", "K"), unit.dimensions, strict=True)
    return " ".join(f"{name}{exponent:g}" if exponent != 1 else name for name, exponent in parts if exponent)


__all__ = ["Unit", "conversion", "si_name", "unit_of"]
