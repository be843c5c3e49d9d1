"""Verdicts can fail, and every case says what the report needs."""

import math
from pathlib import Path

import pytest

from validation import suite
from validation.suite import Case, Row, Verdict


def row(ours: float = 1.0, error: float = 0.001, *, contrast: bool = False, limit: str = "") -> Row:
    return Row("number", ours, error, 1.0, 0.01, "source", contrast, limit=limit)


def window(ours: float, error: float = 0.0, expected: float = 3.5, limit: str = "") -> Row:
    return Row("number", ours, error, expected, 0.0, "source", within=1.5, limit=limit)


@pytest.mark.parametrize(
    ("judged", "expected"),
    [
        (row(1.0099), "pass"),
        (row(0.9901), "pass"),
        (row(1.0101), "FAIL"),
        (row(0.98), "FAIL"),
        (row(1.0, 0.00201), "INCONCLUSIVE"),
        (row(1.5, 0.00201), "INCONCLUSIVE"),
        (row(1.0, math.nan), "INCONCLUSIVE"),
        (row(math.nan), "FAIL"),
        (row(1.0, 0.0), "pass"),
        (row(2.0, contrast=True), "contrast"),
        (row(2.0, limit="why"), "limit"),
        (row(1.0, limit="why"), "FAIL"),
        (row(2.0, 0.00201, limit="why"), "INCONCLUSIVE"),
        (row(math.nan, limit="why"), "FAIL"),
        (window(2.0), "pass"),
        (window(5.01), "FAIL"),
        (window(3.5, 0.301), "INCONCLUSIVE"),
        (window(-1.4, 0.1, expected=0.0), "pass"),
        (window(5.01, limit="why"), "limit"),
        (window(4.99, limit="why"), "FAIL"),
    ],
)
def test_a_number_passes_only_within_a_tolerance_that_means_something(judged, expected):
    assert judged.verdict == expected


def test_a_row_has_one_tolerance_and_one_way_of_being_judged():
    with pytest.raises(ValueError, match="within"):
        Row("number", 1.0, 0.0, 1.0, 0.01, "source", within=1.0)
    with pytest.raises(ValueError, match="limit"):
        row(contrast=True, limit="why")


def test_deviations_are_absolute_where_a_fraction_says_nothing():
    assert (row(1.012).deviation_text, row(1.012).allowed_text) == ("+1.20 %", "1 %")
    assert (window(5.0).deviation_text, window(5.0).allowed_text) == ("+1.5", "1.5")
    assert window(-0.3, expected=0.0).deviation_text == "-0.3"
    assert row(2.0, contrast=True).allowed_text == ""


def test_a_case_passes_only_if_every_judged_number_does():
    verdict = Verdict(Case("made_up"))
    assert not verdict.passed  # nothing was judged
    verdict.rows = [row(2.0, contrast=True)]
    assert not verdict.passed
    verdict.rows += [row()]
    assert verdict.passed
    verdict.rows += [row(2.0, limit="why")]
    assert verdict.passed
    verdict.rows += [row(1.02)]
    assert not verdict.passed


def test_every_case_is_complete():
    folders = (Path(suite.__file__).parent / "cases").iterdir()
    assert suite.names() == sorted(path.name for path in folders if path.name != "__pycache__")
    for name in suite.names():
        found, module = suite.load(name)
        assert found.title and found.text and found.caption
        assert "\n" not in found.title
        assert callable(module.run) and callable(module.figure)


def test_digits_show_two_of_the_error():
    assert suite.digits(0.626123, 0.00037) == "0.62612 +- 0.00037"
    assert suite.digits(300.123, 1.4) == "300.1 +- 1.4"
    assert suite.digits(0.5, 0.0) == "0.5"


def test_a_case_says_itself_that_it_takes_long():
    assert suite.takes_long("step_size") and not suite.takes_long("peers")
