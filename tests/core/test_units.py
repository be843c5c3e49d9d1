"""Conversions to SI."""

import doctest

import numpy as np
import pytest
from scipy.constants import mu_0

from mtjphys.core import units


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
