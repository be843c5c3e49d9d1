"""Numbers with units as people read them."""

import pytest

from mtjphys.core.text import human, scale_of, symbols


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
