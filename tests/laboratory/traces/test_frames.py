"""Traces in pandas, and gaps in traces."""

import numpy as np
import pandas
import pytest

from mtjphys.core.errors import DataError
from mtjphys.laboratory.traces import read_replicas, read_trace

VALUES = np.sin(np.arange(200.0)) * 5.0 + 40.0
TIME = np.arange(200) * 25e-6
DAY = pandas.Timestamp("2026-01-01")


@pytest.mark.parametrize(
    ("frame", "options"),
    [
        (pandas.Series(VALUES, index=TIME, name="V (mV)"), {}),
        (pandas.Series(VALUES, index=pandas.to_timedelta(TIME, unit="s"), name="V (mV)"), {}),
        (pandas.Series(VALUES, index=DAY + pandas.to_timedelta(TIME, unit="s"), name="V_mV"), {}),
        (pandas.Series(VALUES, name="V (mV)"), {"sample_interval": 25e-6}),
        (pandas.DataFrame({"time (ms)": 1e3 * TIME, "V (mV)": VALUES}), {}),
        (pandas.DataFrame({"V (mV)": VALUES, "T (K)": 300.0 + VALUES}, index=TIME), {"column": "V"}),
        (pandas.DataFrame({"V (mV)": VALUES.astype("float32")}, index=TIME), {}),
    ],
)  # fmt: skip
def test_a_frame_is_a_trace(frame, options):
    for trace in (read_trace(frame, **options), read_replicas(frame, **options)):
        np.testing.assert_allclose(trace.values.ravel(), 1e-3 * VALUES, rtol=1e-6)
        assert (trace.sample_interval, trace.unit, trace.name) == (pytest.approx(25e-6), "V", "V")


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pandas.Series(VALUES), "Series: one column and no time"),
        (pandas.Series(VALUES, index=np.delete(np.arange(201.0), 7)), "Series: sample 7: time .s. advances by 2 s"),
        (pandas.Series(["a"] * 200, name="V"), "Series: holds no columns of numbers"),
        (pandas.DataFrame({"a": VALUES, "b": VALUES, "c": VALUES}), "DataFrame: cannot tell which column"),
        (pandas.Series([np.nan, *VALUES[1:]], index=TIME), "Series: sample 0 is nan"),
    ],
)
def test_frames_that_are_none(frame, message):
    with pytest.raises(DataError, match=message):
        read_trace(frame)


def test_gaps_are_kept_where_they_are_asked_for(tmp_path):
    values = VALUES.copy()
    values[[0, 50, 51]] = np.nan
    np.save(tmp_path / "t.npy", values)
    np.savetxt(tmp_path / "t.csv", np.c_[TIME, values], delimiter=",")
    pandas.DataFrame({"timestep": TIME, "V": values}).to_parquet(tmp_path / "t.parquet")
    for record, options in (
        (values, {"sample_interval": 25e-6}),
        (tmp_path / "t.npy", {"sample_interval": 25e-6}),
        (tmp_path / "t.csv", {}),
        (tmp_path / "t.parquet", {}),
        (pandas.Series(values, index=TIME), {}),
    ):
        np.testing.assert_array_equal(read_replicas(record, gaps=True, **options).values[0], values)
        with pytest.raises(DataError, match=r"nan|missing values"):
            read_replicas(record, **options)
    with pytest.raises(DataError, match="sample 3 is inf"):
        read_trace(np.where(np.arange(200) == 3, np.inf, values), sample_interval=1.0, gaps=True)
    with pytest.raises(DataError, match="holds 60 samples"):
        read_trace(np.where(np.arange(200) < 60, VALUES, np.nan), sample_interval=1.0, gaps=True)
