"""Measured points of the validation suite: every table gives its source and reads as numbers."""

import doctest
from pathlib import Path

import numpy as np
import pytest

from mtjphys.cli.demo.measured_junction import MEASURED
from validation import measurements

TABLES = sorted([*Path(measurements.__file__).parent.glob("cases/*/*.csv"), MEASURED])


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_table_names_its_source(path):
    comment = "".join(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#"))
    assert "et al." in comment or "Fig. 2 of the same paper" in comment


def test_points_are_those_of_the_rows_asked_for():
    pulses = next(path for path in TABLES if path.stem == "rehm2023_pulse_switching")
    durations, measured = measurements.points(pulses, "x", "y", quantity="p_switch_vs_pulse_duration", T_K="300")
    assert durations.size == 28
    assert measured[np.argmin(np.abs(durations - 1e-9))] == 0.5022


def test_rows_that_are_not_there_are_an_error():
    table = next(path for path in TABLES if path.stem == "koenders2025_fig2_dwell_times")
    with pytest.raises(ValueError, match=r"koenders2025_fig2_dwell_times.csv has no row with \{'bias': 'Bias4'\}"):
        measurements.points(table, "p_high", "tau_c_ms", bias="Bias4")


def test_doctests():
    assert doctest.testmod(measurements).failed == 0
