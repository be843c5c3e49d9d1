"""Conversions to SI."""

import doctest
import re

import numpy as np
import pytest
from scipy.constants import mu_0

from mtjphys.core import units
from mtjphys.core.errors import ParameterError


@pytest.mark.parametrize(
    ("function", "value", "expected"),
    [
        (units.oersted_to_tesla, 1e4, 1.0),
        (units.kiloampere_per_metre_to_tesla, 1e-3 / mu_0, 1.0),
        (units.emu_per_cm3_to_ampere_per_metre, 1000.0, 1e6),
        (units.tesla_to_ampere_per_metre, 4e-7 * np.pi, 1.0),
        (units.nanometre_to_metre, 1e9, 1.0),
        (units.resistance_area_to_si, 1e12, 1.0),
        (units.celsius_to_kelvin, -273.15, 0.0),
        (units.millijoule_per_m2_to_si, 1e3, 1.0),
        (units.erg_per_cm2_to_si, 1.0, 1e-7 / 1e-4),
        (units.erg_per_cm3_to_si, 1.0, 1e-7 / 1e-6),
        (units.femtojoule_per_volt_metre_to_si, 1e15, 1.0),
        (units.megaampere_per_cm2_to_si, 1.0, 1e6 / 1e-4),
    ],
)
def test_factor(function, value, expected):
    assert function(value) == pytest.approx(expected, rel=1e-9)
    np.testing.assert_allclose(function(np.array([value, value])), expected, rtol=1e-9)


def test_every_function_is_exported_and_has_a_doctest():
    assert sorted(units.__all__) == units.__all__
    for name in units.__all__:
        assert ">>>" in getattr(units, name).__doc__
    assert doctest.testmod(units).failed == 0


@pytest.mark.parametrize(
    ("text", "si", "value"),
    [
        ("Ohm um2", "ohm m2", 1e-12),
        ("\N{GREEK CAPITAL LETTER OMEGA}\N{MICRO SIGN}m\N{SUPERSCRIPT TWO}", "ohm m2", 1e-12),
        ("\N{DEGREE SIGN}C", "K", 274.15),
        ("C", "K", 274.15),
        ("kOe", "T", 0.1),
        ("kA/m", "T", 1e3 * mu_0),
        ("T", "A/m", 1.0 / mu_0),
        ("fJ/(V m)", "J/(V m)", 1e-15),
        ("fJ/Vm", "J/(V m)", 1e-15),
        ("MA/cm2", "A/m2", 1e10),
        ("mV^2/Hz", "V2/Hz or ohm2/Hz", 1e-6),
        ("nV/sqrt(Hz)", "V/rtHz", 1e-9),
        ("Amp DC", "A", 1.0),
        ("millivolts", "V", 1e-3),
        ("min", "s", 60.0),
        ("s^-1", "Hz", 1.0),
        ("%", "", 0.01),
    ],
)
def test_units_as_laboratories_write_them(text, si, value):
    assert units.conversion(text, si).to_si(1.0) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "si", "message"),
    [
        ("mA", "V", "unit 'mA' is not one of V, it is one of A; give V or mV"),
        ("mhz", "Hz", "unit 'mhz' is unknown; did you mean hz"),
        ("sce", "s", "unit 'sce' is unknown; did you mean sec"),
        ("10 ns", "s", "unit '10 ns' is unknown"),
        ("nm", "counts", "it is one of m; leave it out"),
        ("degC/s", "K", "unit 'degC/s' is not one of K"),
        ("V)", "V", "unknown"),
    ],
)
def test_units_of_something_else_are_refused(text, si, message):
    with pytest.raises(ParameterError, match=re.escape(message)):
        units.conversion(text, si)
