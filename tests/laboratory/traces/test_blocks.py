"""Blocks: the same numbers as the whole file, and faults found where they lie, across blocks too."""

import itertools

import numpy as np
import pytest

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.laboratory import traces

VALUES = np.sin(np.arange(1000.0)) * 5e-3 + 0.04
TIME = np.arange(1000) * 25e-6


def write(folder, form, values=VALUES, time=TIME):
    path = folder / f"record.{form}"
    if form == "npy":
        np.save(path, values)
    elif form == "parquet":
        pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pyarrow.table({"time (ms)": 1e3 * time, "V (mV)": 1e3 * values}), path, row_group_size=130)
    else:
        lines = [f"{t!r},{v!r}" for t, v in zip((1e3 * time).tolist(), (1e3 * values).tolist(), strict=True)]
        path.write_text("\n".join(["# lab book 7", "time (ms),V (mV)", *lines, ""]))
    return path


def options(form):
    return {"sample_interval": 25e-6} if form == "npy" else {}


@pytest.mark.parametrize(("form", "rows"), [*itertools.product(["csv", "parquet", "npy"], [2, 128, 1000, 2000])])
def test_blocks_hold_the_whole_record_in_order(tmp_path, form, rows):
    path = write(tmp_path, form)
    blocks = list(traces.blocks(path, rows=rows, **options(form)))
    whole = traces.read_trace(path, **options(form))
    assert len(blocks) == -(-1000 // rows)
    assert [block.values.size for block in blocks[:-1]] == [rows] * (len(blocks) - 1)
    np.testing.assert_array_equal(np.concatenate([block.values for block in blocks]), whole.values)
    np.testing.assert_allclose(whole.values, VALUES, rtol=1e-15)
    assert blocks[-1].sample_interval == whole.sample_interval
    for block in blocks:
        assert block.sample_interval == pytest.approx(25e-6, rel=1e-9)
        assert (block.unit, block.name, block.origin) == (whole.unit, whole.name, str(path))


def test_times_are_not_read_where_the_interval_is_given(tmp_path):
    uneven = TIME**2
    for form in ("csv", "parquet"):
        path = write(tmp_path, form, time=uneven)
        assert {block.sample_interval for block in traces.blocks(path, sample_interval=2.0, rows=300)} == {2.0}
        with pytest.raises(DataError, match="advances by"):
            list(traces.blocks(path, rows=300))


@pytest.mark.parametrize("lost", [1, 299, 300, 301, 998])
def test_a_lost_sample_is_named_in_any_block_and_between_two(tmp_path, lost):
    values, time = np.delete(VALUES, lost), np.delete(TIME, lost)
    line = f"line {lost + 3}: "  # two lines ahead of the data, and lines count from 1
    for form, where in (("csv", line), ("parquet", f"sample {lost}: ")):
        path = write(tmp_path, form, values, time)
        with pytest.raises(DataError, match=where + ".*advances by 5e-05 s where 2.5e-05 s is usual"):
            list(traces.blocks(path, rows=300))


def test_a_bad_value_is_named_when_its_block_is_read(tmp_path):
    values = VALUES.copy()
    values[777] = np.inf
    for form, where in (("csv", "line 780: found"), ("parquet", "sample 777 is inf"), ("npy", "sample 777 is inf")):
        blocks = traces.blocks(write(tmp_path, form, values), rows=128, **options(form))
        for _ in range(6):
            next(blocks)
        with pytest.raises(DataError, match=where):
            next(blocks)


def test_text_that_breaks_off_or_is_none_is_named_deep_in_the_file(tmp_path):
    whole = write(tmp_path, "csv").read_bytes()
    lines = whole.splitlines(keepends=True)
    cases = {
        "line 802: found 1 of 2 columns": whole[: whole.index(lines[801]) + 5],
        "line 702: found '\N{LATIN SMALL LETTER Y WITH DIAERESIS}": whole.replace(lines[701], b"\xff" + lines[701]),
        "line 602: found 3 of 2 columns": whole.replace(lines[601], b"1," + lines[601]),
        "line 502: found 'x'": whole.replace(lines[501], b"x,1\n"),
    }
    for message, content in cases.items():
        path = tmp_path / "bad.csv"
        path.write_bytes(content)
        blocks = traces.blocks(path, rows=100)
        assert next(blocks).values.size == 100
        with pytest.raises(DataError, match=message):
            list(blocks)


def test_comments_and_blank_lines_between_the_numbers(tmp_path):
    path = tmp_path / "notes.txt"
    lines = [f"{t!r}\t{v!r}" for t, v in zip(TIME.tolist(), VALUES.tolist(), strict=True)]
    for k, note in ((10, "# stopped for coffee"), (20, "  # and again"), (30, " \t "), (40, ""), (50, "\t# end")):
        lines.insert(k, note)
    lines[60] += "  # the door was slammed"
    path.write_text("\n".join([*lines, "# that is all"]))
    np.testing.assert_array_equal(np.concatenate([block.values for block in traces.blocks(path, rows=100)]), VALUES)
    path.write_text(path.read_text().replace(lines[500], lines[500] + "\tx"))
    with pytest.raises(DataError, match="line 501: found 3 of 2 columns"):
        list(traces.blocks(path, rows=100))


def test_a_column_that_is_not_asked_for_may_hold_nan(tmp_path):
    path = tmp_path / "t.csv"
    rows = [f"nan,{t!r},{v!r}" for t, v in zip(TIME.tolist(), VALUES.tolist(), strict=True)]
    path.write_text("\n".join(["lamp,time,V", *rows]))
    np.testing.assert_array_equal(traces.read_trace(path, column="V").values, VALUES)
    with pytest.raises(DataError, match=r"line 2: found 'nan,.*expected finite numbers"):
        traces.read_trace(path, column="lamp")


def test_what_the_header_tells_is_told_at_once(tmp_path):
    write(tmp_path, "npy")
    for call, message in (
        (lambda: traces.blocks(tmp_path / "none.csv"), "no such file"),
        (lambda: traces.blocks(tmp_path / "record.npy"), "an array has no time; pass the sampling interval in s"),
        (lambda: traces.blocks(write(tmp_path, "csv"), "I"), "no column 'I'; the columns are"),
        (lambda: traces.blocks(write(tmp_path, "parquet"), sample_interval=0.0), "sample_interval=0.0 s is outside"),
    ):
        with pytest.raises(DataError, match=message):
            call()
    with pytest.raises(ParameterError, match="rows=1 is not a whole number of at least 2"):
        traces.blocks(write(tmp_path, "csv"), rows=1)
    (tmp_path / "run.nc").write_bytes(b"CDF")
    with pytest.raises(DataError, match=r"not read in blocks; write the lane that you want to an \.npy file"):
        traces.blocks(tmp_path / "run.nc")
    np.save(tmp_path / "empty.npy", np.empty(0))
    with pytest.raises(DataError, match="holds 0 samples"):
        list(traces.blocks(tmp_path / "empty.npy", sample_interval=1.0))


def test_files_that_say_their_length_say_it_ahead(tmp_path):
    assert [traces.sample_count(write(tmp_path, form)) for form in ("csv", "parquet", "npy")] == [None, 1000, 1000]
