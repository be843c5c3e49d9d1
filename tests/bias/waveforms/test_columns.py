"""Waveforms from CSV files."""

import pytest
from waveform_checks import check_refused

from mtjphys.bias.waveforms import Piecewise, Sampled, as_waveform
from mtjphys.core.errors import DataError


def test_csv_reading(tmp_path):
    path = tmp_path / "pulse.csv"
    path.write_text("# scope\ntime (s),spare,V\n0.0,9,0.1\n1e-9,9,0.2\n\n2e-9,9,0.3\n")
    wave = Sampled.from_csv(path, value="V", time="time (s)")
    assert wave.values == (0.1, 0.2, 0.3) and wave.interval == 1e-9
    assert Sampled.from_csv(path, value=2, interval=5e-9).interval == 5e-9
    line = Piecewise.from_csv(path, value="V")
    assert line(0.5e-9) == pytest.approx(0.15)
    assert as_waveform({"kind": "sampled", "path": str(path), "value": "V"}) == wave


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no rows of numbers"),
        ("t,V\n", "no rows of numbers"),
        ("0,1\n1,abc\n", "line 2 has 'abc'"),
        ("0,1\n1,nan\n", "line 2 has 'nan'"),
        ("0,1\n1\n", "line 2 has 1 columns"),
        ("0,1\n1,2\n5,3\n", "not equally spaced"),
        ("1,1\n0,2\n", "not equally spaced"),
        ("0,1\n", "one row"),
    ],
)
def test_bad_csv_is_one_sentence(tmp_path, text, message):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    check_refused(DataError, message, lambda: Sampled.from_csv(path))
    check_refused(DataError, "cannot be read", lambda: Sampled.from_csv(tmp_path / "missing.csv"))
