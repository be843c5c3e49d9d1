"""The table's text, numbers and figure."""

import json

import matplotlib
import numpy as np
from degraded_noise import CASES, train

from mtjphys import learning
from mtjphys.learning import (
    Effects,
)

matplotlib.use("Agg")


def test_text_numbers_and_figure_are_written(tmp_path):
    table = learning.effects_table(train, CASES, seeds=[1, 2], base=Effects(drift=1e-9), progress=False)
    table.write(tmp_path / "new")
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["effects.json", "effects.png", "effects.txt"]
    text = (tmp_path / "new" / "effects.txt").read_text()
    assert text == f"{table}\n"
    assert f"{100 * table.rows[2].accuracy:.1f} +- {100 * table.rows[2].accuracy_deviation:.1f}" in text.splitlines()[3]
    assert "0.001 V rms" in text
    written = json.loads((tmp_path / "new" / "effects.json").read_text())
    assert written["base"] == {"drift": 1e-9}
    assert written["rows"][0]["magnitude"] is None
    assert written["rows"][3]["accuracy"] == table.rows[3].accuracy
    axes = [ax for ax in table.figure().axes if ax.get_visible()]
    assert [ax.get_xlabel() for ax in axes] == ["Stuck devices (of units)", "Read noise (V rms)"]


def test_one_seed_has_no_deviation(tmp_path):
    table = learning.effects_table(train, CASES, seeds=[1], progress=False)
    for row in table.rows:
        assert np.isnan([row.accuracy_deviation, row.loss_deviation, row.change_error]).all()
        assert np.isfinite([row.accuracy, row.loss, row.change]).all()
    lines = str(table).splitlines()
    assert not any("+-" in line or "nan" in line for line in lines)
    assert lines[2].split()[-3:] == [
        f"{100 * table.rows[1].accuracy:.1f}",
        f"{100 * table.rows[1].change:+.1f}",
        f"{table.rows[1].loss:.3f}",
    ]
    table.write(tmp_path)
    assert json.loads((tmp_path / "effects.json").read_text())["rows"][1]["accuracy_deviation"] is None
    axes = table.figure().axes[0]
    assert not axes.patches  # no band
    np.testing.assert_allclose(axes.lines[0].get_ydata(), 100 * table.rows[0].accuracy)
