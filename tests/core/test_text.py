"""Numbers with units as people read them."""

import pytest

from mtjphys.core.errors import ParameterError
from mtjphys.core.text import human, number_of, scale_of, symbols


def test_human():
    assert human(-0.0123, "V") == "-12.3 mV"
    assert human(999.96e-6, "A") == "1 mA"  # rounded before the prefix is chosen
    assert human(999.94e-6, "A") == "999.9 uA"
    assert human(1e-3, "T") == "1 mT"
    assert human(5e-3, "1/s") == "5e-12 1/ns"
    assert human(0.0, "V") == "0 V"


@pytest.mark.parametrize(
    ("largest", "expected"), [(2.5e-3, "mV"), (0.9994, "mV"), (1.0, "V"), (5e4, "kV"), (3e-7, "nV"), (4e-6, "uV")]
)
def test_scale_of(largest, expected):
    factor, unit = scale_of(largest, "V")
    assert unit == expected
    assert 1.0 <= largest * factor < 1000.0


def test_scale_of_nothing():
    assert scale_of(0.0, "V") == (1.0, "V")
    assert scale_of(5e-3, "") == (1.0, "")


def test_symbols():
    assert [symbols(unit) for unit in ("us", "Mohm", "mV", "")] == [
        "\N{MICRO SIGN}s",
        "M\N{GREEK CAPITAL LETTER OMEGA}",
        "mV",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("10us", "s", 1e-5),
        ("-50 mV", "V", -0.05),
        (".5e-3", "T", 5e-4),
        ("2.5e1mT", "T", 0.025),
        ("20Oe", "T", 2e-3),
        ("10kOhm", "ohm", 1e4),
        ("300K", "K", 300.0),
        ("1 \N{MICRO SIGN}A", "A", 1e-6),
    ],
)
def test_numbers_with_units(text, unit, value):
    assert number_of(text, unit) == value


WRONG = [("10 m", "s"), ("10 MV", "s"), ("", "s"), ("ten s", "s"), ("1 2", "V"), ("1 Oe", "s")]


@pytest.mark.parametrize(("text", "unit"), WRONG)
def test_other_units_are_refused(text, unit):
    with pytest.raises(ParameterError, match=f"is not a number in {unit}; write it like"):
        number_of(text, unit)


def test_powers_of_lengths_have_a_scale_of_their_own():
    assert scale_of(2e-24, "m3") == (1e27, "nm3")
    assert scale_of(2e-3, "V") == (1e3, "mV")
