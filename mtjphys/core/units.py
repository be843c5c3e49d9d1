"""Conversions from what laboratories write down to SI: one small function a unit, and units given as text.

Every function takes a number or an array and returns the same shape in SI.

Examples
--------
>>> import mtjphys.core.units as units
>>> round(units.oersted_to_tesla(250.0), 12)
0.025
>>> units.conversion("Ohm um2", "ohm m2").to_si(15.0)
1.5e-11
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from scipy.constants import mu_0, zero_Celsius

from mtjphys.core.unit_text import Unit, conversion, si_name, unit_of

Number = TypeVar("Number", float, np.ndarray)


def oersted_to_tesla(field: Number) -> Number:
    """Return B in tesla of a field H in oersted, ``B = 1e-4 H``.

    >>> oersted_to_tesla(10.0)
    0.001
    """
    return field / 1e4


def kiloampere_per_metre_to_tesla(field: Number) -> Number:
    """Return B in tesla of a field H in kA/m, ``B = mu0 H``.

    >>> round(kiloampere_per_metre_to_tesla(79.577), 5)
    0.1
    """
    return field * (1e3 * mu_0)


def emu_per_cm3_to_ampere_per_metre(magnetisation: Number) -> Number:
    """Return Ms in A/m of a magnetisation in emu/cm3, ``1 emu/cm3 = 1e3 A/m``.

    >>> emu_per_cm3_to_ampere_per_metre(1200.0)
    1200000.0
    """
    return magnetisation * 1e3


def tesla_to_ampere_per_metre(polarisation: Number) -> Number:
    """Return Ms in A/m of mu0 Ms in tesla, ``Ms = (mu0 Ms)/mu0``.

    >>> round(tesla_to_ampere_per_metre(1.2))
    954930
    """
    return polarisation / mu_0


def nanometre_to_metre(length: Number) -> Number:
    """Return metres of nanometres.

    >>> nanometre_to_metre(1.5)
    1.5e-09
    """
    return length / 1e9


def resistance_area_to_si(product: Number) -> Number:
    """Return a resistance-area product in ohm m2 of one in ohm um2.

    >>> resistance_area_to_si(15.0)
    1.5e-11
    """
    return product / 1e12


def celsius_to_kelvin(temperature: Number) -> Number:
    """Return kelvin of degrees Celsius.

    >>> celsius_to_kelvin(25.0)
    298.15
    """
    return temperature + zero_Celsius


def millijoule_per_m2_to_si(energy: Number) -> Number:
    """Return an interfacial anisotropy in J/m2 of one in mJ/m2.

    >>> round(millijoule_per_m2_to_si(1.3), 9)
    0.0013
    """
    return energy / 1e3


def erg_per_cm2_to_si(energy: Number) -> Number:
    """Return an interfacial anisotropy in J/m2 of one in erg/cm2, ``1 erg/cm2 = 1 mJ/m2``.

    >>> round(erg_per_cm2_to_si(1.3), 9)
    0.0013
    """
    return energy / 1e3


def erg_per_cm3_to_si(energy: Number) -> Number:
    """Return an energy density in J/m3 of one in erg/cm3, ``1 erg/cm3 = 0.1 J/m3``.

    >>> erg_per_cm3_to_si(2e6)
    200000.0
    """
    return energy / 10.0


def femtojoule_per_volt_metre_to_si(efficiency: Number) -> Number:
    """Return a voltage-controlled anisotropy in J/(V m) of one in fJ/(V m).

    >>> femtojoule_per_volt_metre_to_si(60.0)
    6e-14
    """
    return efficiency / 1e15


def megaampere_per_cm2_to_si(density: Number) -> Number:
    """Return a current density in A/m2 of one in MA/cm2, ``1 MA/cm2 = 1e10 A/m2``.

    >>> megaampere_per_cm2_to_si(1.0)
    10000000000.0
    """
    return density * 1e10


__all__ = [
    "Unit",
    "celsius_to_kelvin",
    "conversion",
    "emu_per_cm3_to_ampere_per_metre",
    "erg_per_cm2_to_si",
    "erg_per_cm3_to_si",
    "femtojoule_per_volt_metre_to_si",
    "kiloampere_per_metre_to_tesla",
    "megaampere_per_cm2_to_si",
    "millijoule_per_m2_to_si",
    "nanometre_to_metre",
    "oersted_to_tesla",
    "resistance_area_to_si",
    "si_name",
    "tesla_to_ampere_per_metre",
    "unit_of",
]
__dir__ = __all__.copy
