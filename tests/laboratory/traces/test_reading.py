"""Reading traces: what is accepted, and one clear sentence for everything that is not."""

import numpy as np
import pytest

from mtjphys.core.errors import DataError
from mtjphys.laboratory.traces import Trace, read_trace

VALUES = np.sin(np.arange(200.0)) * 5e-3 + 0.04
TIME = np.arange(200) * 25e-6


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def rows(separator=",", header="", count=200, time=True):
    lines = [header] if header else []
    for t, v in zip(TIME[:count], VALUES[:count], strict=True):
        lines.append(f"{float(t)!r}{separator}{float(v)!r}" if time else repr(float(v)))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("separator", [",", ";", "\t", " ", "  ", ", "])
@pytest.mark.parametrize("header", ["", "time{}V", "# comment\n\ntime{}V"])
def test_text_two_columns(tmp_path, separator, header):
    path = write(tmp_path / "trace.csv", rows(separator, header.format(separator)))
    trace = read_trace(path)
    np.testing.assert_array_equal(trace.values, VALUES)
    assert trace.sample_interval == pytest.approx(25e-6, rel=1e-12)
    assert trace.origin == str(path)


@pytest.mark.parametrize("header", ["", "V", "voltage (V)", "#V"])
def test_text_one_column(tmp_path, header):
    trace = read_trace(write(tmp_path / "t.txt", rows(header=header, time=False)), sample_interval=1e-3)
    np.testing.assert_array_equal(trace.values, VALUES)
    assert trace.sample_interval == 1e-3
    assert trace.duration == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("header", "time_factor", "value_factor", "unit"),
    [
        ("time (ms),V (mV)", 1e-3, 1e-3, "V"),
        ("t [us],R [kohm]", 1e-6, 1e3, "ohm"),
        ("time_s,signal", 1, 1, ""),
        ("V_mV,time_ms", 1e-3, 1e-3, "V"),
    ],
)
def test_units_in_the_header(tmp_path, header, time_factor, value_factor, unit):
    swapped = header.startswith("V")
    lines = [f"{v!r},{t!r}" if swapped else f"{t!r},{v!r}" for t, v in zip(TIME.tolist(), VALUES.tolist(), strict=True)]
    trace = read_trace(write(tmp_path / "t.csv", "\n".join([header, *lines])))
    np.testing.assert_allclose(trace.values, VALUES * value_factor, rtol=1e-15)
    assert trace.sample_interval == pytest.approx(25e-6 * time_factor)
    assert trace.unit == unit


def test_units_in_a_header_with_spaces(tmp_path):
    trace = read_trace(write(tmp_path / "t.txt", rows(" ", "time (ms)  V (mV)")))
    assert (trace.sample_interval, trace.unit) == (pytest.approx(25e-9), "V")


def test_columns_by_name_and_number(tmp_path):
    lines = ["a,time,b"] + [f"1,{t!r},{v!r}" for t, v in zip(TIME.tolist(), VALUES.tolist(), strict=True)]
    path = write(tmp_path / "t.csv", "\n".join(lines))
    for column in ("b", 2):
        np.testing.assert_array_equal(read_trace(path, column=column).values, VALUES)
    assert read_trace(path, column="b", sample_interval=1.0).sample_interval == 1.0
    with pytest.raises(DataError, match="cannot tell which column"):
        read_trace(path)


def test_array_and_npy(tmp_path):
    np.save(tmp_path / "t.npy", VALUES.astype(np.float32))
    trace = read_trace(tmp_path / "t.npy", sample_interval=2e-9)
    assert trace.values.dtype == np.float64
    assert read_trace(trace) is trace
    assert read_trace(list(VALUES), sample_interval=1).values.size == 200


def test_parquet_of_the_public_recordings(tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    path = tmp_path / "t.parquet"
    pandas.DataFrame({"timestep": TIME, "V": VALUES}).to_parquet(path)
    trace = read_trace(path)
    np.testing.assert_array_equal(trace.values, VALUES)
    assert (trace.sample_interval, trace.unit, trace.name) == (pytest.approx(25e-6), "V", "V")
    pandas.DataFrame({"timestep": np.arange(200), "V": VALUES}).to_parquet(path)
    assert read_trace(path, sample_interval=5e-6).sample_interval == 5e-6
    with pytest.raises(DataError, match=r"'timestep' counts samples .* pass the sampling interval"):
        read_trace(path)
    with pytest.raises(DataError, match="no column 'current'; the columns are 'timestep', 'V'"):
        read_trace(path, column="current")
    values = VALUES.copy()
    values[17] = np.nan
    pandas.DataFrame({"V": values}).to_parquet(path)
    with pytest.raises(DataError, match=r"17|missing values"):
        read_trace(path, sample_interval=1e-6)
    pandas.DataFrame({"V": VALUES}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match="not a readable parquet file"):
        read_trace(path, sample_interval=1e-6)


BAD_TEXT = {
    "empty": ("", "the file is empty"),
    "only a comment": ("# nothing\n", "holds no numbers"),
    "only a header": ("time,V\n", "holds no numbers"),
    "prose": ("Dear colleague,\nthe trace is attached\n", "holds no numbers"),
    "word": (
        rows().replace(repr(float(VALUES[50])), "overflow"),
        "line 51: found 'overflow'; expected a number",
    ),
    "truncated row": (rows()[:-22].rstrip(), "line 200: found 1 of 2 columns"),
    "missing field": (rows().replace(f"{TIME[9]},", "", 1), "line 10: found 1 of 2 columns"),
    "extra field": (rows() + "1,2,3\n", "line 201: found 3 of 2 columns"),
    "header too wide": (rows(header="time,V,I"), "line 2: 2 columns where the header names 3"),
    "three columns": ("1,2,3\n" * 200, "has 3 columns and no header; choose one with column=0..2"),
    "nan": (
        rows().replace(repr(float(VALUES[3])), "nan"),
        "line 4: found .*nan'; expected finite numbers",
    ),
    "inf": (
        rows().replace(repr(float(VALUES[3])), "-inf"),
        "line 4: found .*-inf'; expected finite",
    ),
    "lost sample": (
        "".join(rows().splitlines(keepends=True)[:100] + rows().splitlines(keepends=True)[101:]),
        "line 101: time advances by 5e-05 s where 2.5e-05 s is usual",
    ),
    "time backwards": ("\n".join(reversed(rows().splitlines())), "time does not increase"),
    "short": (rows(count=40), "holds 40 samples; expected at least 100"),
    "constant": ("\n".join(f"{t},0.5" for t in TIME), "every sample is 0.5"),
    "no time": (rows(time=False), "one column and no time; pass the sampling interval in s"),
}


@pytest.mark.parametrize("case", BAD_TEXT)
def test_bad_text(tmp_path, case):
    text, message = BAD_TEXT[case]
    path = write(tmp_path / "bad.csv", text)
    with pytest.raises(DataError, match=message) as caught:
        read_trace(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_line_numbers_count_comments_and_header(tmp_path):
    text = "# lab book 7\n\ntime,V\n" + rows().replace(repr(float(VALUES[0])), "x1")
    with pytest.raises(DataError, match="line 4: found 'x1'"):
        read_trace(write(tmp_path / "bad.csv", text))


def test_bad_files_and_arrays(tmp_path):
    (tmp_path / "bad.npy").write_bytes(b"\x93NUMPY broken")
    (tmp_path / "bad.csv").write_bytes(bytes(range(128, 256)) * 10)
    np.save(tmp_path / "matrix.npy", np.ones((3, 300)))
    cases = [
        (tmp_path / "none.csv", {}, "no such file"),
        (tmp_path, {}, "is a folder"),
        (tmp_path / "bad.npy", {"sample_interval": 1.0}, "not a readable .npy array"),
        (tmp_path / "bad.csv", {}, "not a text file"),
        (tmp_path / "matrix.npy", {"sample_interval": 1.0}, r"has shape \(3, 300\)"),
        (VALUES, {}, "pass the sampling interval in s"),
        (VALUES, {"sample_interval": 0.0}, "sample_interval=0.0 s is outside"),
        (VALUES, {"sample_interval": "fast"}, "sample_interval='fast' is not a number"),
        (VALUES * 1j, {"sample_interval": 1.0}, "holds complex128 elements"),
        (["a"] * 200, {"sample_interval": 1.0}, "expected real numbers"),
        (np.where(np.arange(200) == 7, np.nan, VALUES), {"sample_interval": 1.0}, "sample 7 is nan"),
        (np.where(np.arange(200) == 7, np.inf, VALUES), {"sample_interval": 1.0}, "sample 7 is inf"),
        (np.array([]), {"sample_interval": 1.0}, "holds 0 samples"),
        (np.ones(500), {"sample_interval": 1.0}, "every sample is 1"),
    ]
    for record, options, message in cases:
        with pytest.raises(DataError, match=message) as caught:
            read_trace(record, **options)
        assert "\n" not in str(caught.value)


def test_trace_is_plain_data():
    trace = Trace(VALUES, 1e-3)
    assert (trace.unit, trace.name, trace.origin) == ("", "signal", "array")
