"""The demo at a fraction of its size: everything is written, and its numbers are those of the physics."""

import json
import re

import pytest

from mtjphys.cli import demo
from mtjphys.core.errors import ParameterError


def test_demo_writes_report_figures_and_numbers(tmp_path, capsys):
    demo.demo(tmp_path / "out", quick=True)
    names = ("measured_junction", "fast_junction", "learned_digits")
    files = {"report.html", "numbers.json", *(f"{name}.png" for name in names)}
    assert {path.name for path in (tmp_path / "out").iterdir()} == files
    said = capsys.readouterr().out
    assert all(str(tmp_path / "out" / name) in said for name in files)

    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert len(re.findall("data:image/png;base64,", report)) == 3
    assert "nan" not in re.sub("base64,[^']*", "", report).lower().split()

    numbers = json.loads((tmp_path / "out" / "numbers.json").read_text(encoding="utf-8"))
    low, high = numbers["measured_junction"]["levels_V"]
    assert low == pytest.approx(36.2e-3, rel=0.01)
    assert high == pytest.approx(48.0e-3, rel=0.01)
    # Fixed seed; at 5 sigma each of the four would fail by chance once in two million seeds.
    for name in ("<mx²>", "<my²>", "<mz²>", "mean resistance"):
        ours, error, exact = numbers["fast_junction"][name]
        assert error < 0.02 * exact
        assert abs(ours - exact) < 5 * error
    for kind in ("junction", "chain", "gaussian", "bp"):
        assert numbers["learned_digits"][kind]["test_accuracy"] > 0.5


def test_demo_refuses_a_file_as_folder(tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    with pytest.raises(ParameterError, match=r"is a file; give the name of a folder"):
        demo.demo(path)
