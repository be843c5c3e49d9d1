"""Exports of instruments are read as they come, by the tables and by the traces."""

import numpy as np
import pytest
from instrument_files import INTERVAL, NO_UNIT, STYLES, VOLTS

from mtjphys.laboratory.traces import blocks, read_trace


@pytest.mark.parametrize("style", STYLES)
def test_a_trace_of_every_style(tmp_path, style):
    path = tmp_path / "trace.csv"
    path.write_bytes(STYLES[style].encode())
    trace = read_trace(path)
    np.testing.assert_allclose(trace.values, VOLTS, atol=2e-6)
    assert trace.sample_interval == pytest.approx(INTERVAL, rel=1e-6)
    assert trace.unit == ("" if style in NO_UNIT else "V")
    assert [block.values.size for block in blocks(path, rows=50)] == [50, 50, 20]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"])
def test_every_encoding(tmp_path, encoding):
    path = tmp_path / "trace.csv"
    path.write_bytes(STYLES["german"].encode(encoding))
    trace = read_trace(path)
    np.testing.assert_allclose(trace.values, VOLTS, atol=2e-6)
    assert (trace.name, trace.unit) == ("Spannung", "V")
