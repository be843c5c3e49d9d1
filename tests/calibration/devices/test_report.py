"""The folder of many devices."""

import pandas as pd
import pytest
from laboratories import FREE
from wafers import wafer

import mtjphys as mp
from mtjphys.calibration.devices.report import device_table
from mtjphys.core.errors import ParameterError


def test_it_holds_tables_variability_figure_and_page(tmp_path):
    found = wafer()
    page = found.report(tmp_path / "found")
    names = ["devices.csv", "figure.png", "report.html", "variability.toml"]
    assert sorted(file.name for file in page.parent.iterdir()) == names
    assert mp.Variability.from_toml(page.parent / "variability.toml") == found.variability
    table = pd.read_csv(page.parent / "devices.csv", keep_default_na=False, na_values={f"{FREE[0]} shared": ""})
    assert table.device.tolist() == found.table.device.values.tolist()
    assert table[f"{FREE[0]} shared"][3] == pytest.approx(float(found.table.shared[3, 0]))
    assert list(table) == list(device_table(found.table))
    text = page.read_text(encoding="utf-8")
    assert "16 of 17 devices calibrated" in text
    assert "dwell.csv: no such file" in text
    assert "flagged: drifts" in text
    assert "data:image/png" in text
    assert "log-normal" in text
    assert "<td>heat</td><td>15</td><td>3</td>" in text
    assert table["heat unseen"].tolist()[:2] == ["", "3.0"]


def test_without_a_population(tmp_path):
    page = wafer(2, failed=0).report(tmp_path)
    assert not (tmp_path / "variability.toml").exists()
    assert "log-normal" not in page.read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ParameterError, match="cannot be made"):
        wafer(2).report(tmp_path / "file" / "below")
