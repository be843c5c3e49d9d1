"""The folder of a fit."""

import pandas as pd
import pytest
from laboratories import FREE, fitted

import mtjphys as mp
from mtjphys.calibration.fitting.report import parameter_table
from mtjphys.core.errors import ParameterError


def test_it_holds_junction_table_figure_and_page(tmp_path) -> None:
    fit = fitted()
    page = fit.report(tmp_path / "found")
    assert sorted(file.name for file in page.parent.iterdir()) == [
        "figure.png",
        "junction.toml",
        "parameters.csv",
        "report.html",
    ]
    assert mp.MTJ.from_toml(page.parent / "junction.toml") == fit.junction
    table = pd.read_csv(
        page.parent / "parameters.csv", keep_default_na=False, na_values={"range_low": "", "range_high": ""}
    )
    assert table.name.tolist() == fit.parameters
    assert table.low_95[0] == pytest.approx(fit.interval(FREE[0])[0])
    text = page.read_text(encoding="utf-8")
    assert fit.goodness.sentence in text
    assert fit.unseen[0].words in text
    assert text.count("data:image/png") == 3
    for heading in ("What such junctions would have shown", "How sure each number is", "What to measure next"):
        assert heading in text
    pd.testing.assert_frame_equal(table, parameter_table(fit), check_exact=False)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ParameterError, match="cannot be made"):
        fitted().report(tmp_path / "file" / "below")
