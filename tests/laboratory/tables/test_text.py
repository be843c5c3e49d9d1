"""Text tables: what is odd but readable is read, what is wrong is named."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mtjphys.core.errors import DataError
from mtjphys.laboratory.tables import find_column, open_table, read_columns
from mtjphys.laboratory.traces import blocks, read_trace


def table(tmp_path, text):
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return open_table(path)


def read(tmp_path, text, *names):
    held = table(tmp_path, text)
    return [column.tolist() for column in read_columns(held, [find_column(held, name) for name in names])]


@pytest.mark.parametrize(
    "text",
    [
        "t (ns);p\n0,5;1\n1,5;2\n",
        "t (ns)\tp\n0,5\t1\n1,5\t2\n",
        "t (ns)   p\n0,5   1\n1,5   2\n",
        't (ns),p\n"0,5",1\n"1,5",2\n',
        "t;p\nns;\n0,5;1\n1,5;2\n",
        "t [ns], p \n 0.5 , 1 \n\n 1.5 , 2 \n",
        "# made in May\nt_ns,p\n0.5,1 # first\n1.5,2\n% the end\n",
        "t / ns,p,comment\n0.5,1,good\n1.5,2,\n",
        "date,t (ns),p\n2024-02-01 10:00:00,0.5,1\n2024-02-01 10:01:00,1.5,2\n",
        "sep=;\nt (ns);p\n0,5;1\n1,5;2\n",
        "Operator: Meier\nGain: 10, 20\n\nt, ns;p\n0.5;1\n1.5;2\n",
        '# v\tf\n# "t (ns)"\t"p"\n# 2\t2\n0.5\t1\n1.5\t2\n',
        "t,p\nns,-\nrun 3,pad 4\n0.5,1\n1.5,2\n",
        "t (ns),p\r0.5,1\r1.5,2\r",
    ],
)
def test_odd_but_readable(tmp_path, text):
    assert read(tmp_path, text, "t", "p") == [[5e-10, 1.5e-9], [1.0, 2.0]]


def test_one_column_with_decimal_commas(tmp_path):
    assert read(tmp_path, "V (mV)\n40,25\n38,5\n41,75\n", "V") == [[0.04025, 0.0385, 0.04175]]
    assert read(tmp_path, "0,0412\n0,0385\n-0,002\n", 0) == [[0.0412, 0.0385, -0.002]]
    assert read(tmp_path, "n,k\n1,4\n2,17\n", "n", "k") == [[1.0, 2.0], [4.0, 17.0]]
    assert read(tmp_path, "gain: 10\nn,k\n1,4\n2,17\n", "n", "k") == [[1.0, 2.0], [4.0, 17.0]]


def test_few_numbers_among_words(tmp_path):
    rows = "".join(f"2024-01-01,10:0{k}:00,lab,Meier,{k}\n" for k in range(4))
    assert read(tmp_path, "date,time,room,who,V (mV)\n" + rows, "V") == [[0.0, 0.001, 0.002, 0.003]]


def test_typographic_signs(tmp_path):
    assert read(tmp_path, "T,V\n1,\N{MINUS SIGN}2\n\N{MINUS SIGN}3e\N{MINUS SIGN}1,4\n", "T", "V") == [
        [1.0, -0.3],
        [-2.0, 4.0],
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a;b\n0,5;1.5\n0,7;2.5\n", r"line 2: found '.*' beside '.*'; expected one decimal sign"),
        ("a;b\n0,5;1,5\n0,7;2,5\n0.9;3,5\n", "line 4: found '0.9'; expected decimal commas, as above"),
        ("a,b\n0,5,1,5\n0,7,2,5\n", "decimal commas between commas cannot be told apart"),
        ("a,b\n1,2\n3,4\na,b\n5,6\n", "line 4: the header comes again; expected one table"),
        ("a,b\n1,9.9E37\n2,3\n", "line 2: found '1,9.9E37', where 9.9E37 stands for an overflow"),
        ("a,b\n1,x\n2,3\n4,5\n", "line 2: found 'x'; expected a number"),
        ("a,b\n1,2\n3\n4,5\n", "line 3: found 1 of 2 columns"),
        ("1\n2,3,1\n4,5,1\n", "line 1: found 1 of 3 columns"),
        ("dear colleague\nno numbers\n", "holds no numbers"),
        ("t,V\n1 ns,2 mV\n3 ns,4 mV\n", "holds no numbers; line 2 is '1 ns,2 mV'; .* units in its header alone"),
        ('{"t": [1,2,3]}\n', "holds no numbers"),
        ("from, 5, to, the, end\nfrom, 7, to, the, end\n", "holds no numbers"),
        (3 * "at 5 in the morning\n", "holds no numbers"),
        ("t;p\n1.000,5;2\n3.000,5;4\n", "line 2: found '1.000,5'; expected numbers without marks for thousands"),
        ("a,b\n1,2\n3,4\n\nx,y,z\n1,2,3\n4,5,6\n7,8,9\n", "line 2: found 2 of 3 columns; .* two tables in one file"),
        ("a,b\n1,2\n3,--\n5,6\n", "line 3: found '--'"),
    ],
)
def test_wrong_tables_are_named(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        held = table(tmp_path, text)
        read_columns(held, held.columns)


def test_columns_are_found_by_name_or_number(tmp_path):
    held = table(tmp_path, "t (ns),Comment,V,V\n1,a,2,3\n4,b,5,6\n")
    assert find_column(held, "T").header == "t (ns)"
    assert find_column(held, 2).place == 2
    for key, message in (
        ("tt", r"no column 'tt'; the columns are 't \(ns\)', 'V', 'V'"),
        ("V", "2 columns are called 'V'; choose by number, column=2 or 3"),
        (1, "column=1 does not hold numbers"),
        (4, r"column=4 is outside \[0, 3\]"),
        ("Comment", "column 'Comment' holds words, such as 'a'"),
    ):
        with pytest.raises(DataError, match=message):
            find_column(held, key)


TIME = np.arange(200) * 1e-6
VALUE = np.sin(np.arange(200.0)) + 2.0


@pytest.mark.parametrize(
    ("time", "value", "message"),
    [
        (VALUE, TIME, "time goes back in .* of the steps; .* exchange the two columns"),
        (np.r_[TIME[:100], TIME[:100]], VALUE, "line 102: time goes back by 9.9e-05 s; .* each sweep into a file"),
        (np.r_[TIME[:100], TIME[99:199]], VALUE, "line 102: time advances by 0 s"),
        (TIME[::-1], VALUE, "time does not increase"),
    ],
)
def test_wrong_times(tmp_path, time, value, message):
    path = tmp_path / "trace.csv"
    np.savetxt(path, np.c_[time, value], delimiter=",", header="time,V", comments="")
    with pytest.raises(DataError, match=message):
        read_trace(path)


@pytest.mark.parametrize(("interval", "form"), [(2.5e-5, "%.4g"), (2.5e-5, "%.4f"), (4e-7, "%.6f"), (1.5e-5, "%.4g")])
def test_times_of_few_digits_are_even(tmp_path, interval, form):
    """0.02543 s is followed by 0.02545 and 0.02548 where a sample is taken every 25 us; a lost sample is still told."""
    path = tmp_path / "trace.csv"
    time, value = interval * np.arange(20_000), np.sin(np.arange(20_000.0))
    np.savetxt(path, np.c_[time, value], fmt=[form, "%.6f"], delimiter=",", header="time,V", comments="")
    for rows in (20_000, 777):
        steps = [block.sample_interval for block in blocks(path, rows=rows)]
        assert steps[-1] == pytest.approx(interval, rel=1e-3)
    if (interval, form) == (2.5e-5, "%.4g"):  # more than two of the last digit, so that none is taken for another
        np.savetxt(path, np.delete(np.c_[time, value], 3_000, 0), fmt=form, delimiter=",", header="time,V", comments="")
        with pytest.raises(DataError, match="line 3002: time advances by"):
            read_trace(path)


def test_two_channels_without_a_time_are_no_trace(tmp_path):
    path = tmp_path / "trace.csv"
    np.savetxt(path, np.c_[VALUE, VALUE], delimiter=",", header="CH1 (V),CH2 (V)", comments="")
    with pytest.raises(DataError, match="cannot tell which column holds the trace; choose one of 'CH1"):
        read_trace(path)
    assert read_trace(path, "CH2", sample_interval=1e-6).values[1] == VALUE[1]


NUMBERS = st.floats(-1e6, 1e6).map(lambda x: float(f"{x:.4g}"))


@settings(max_examples=80)
@given(
    st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(NUMBERS, min_size=n, max_size=n), min_size=2, max_size=12)),
    st.sampled_from([(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ","), (" ", "."), ("  ", ",")]),
    st.sampled_from(["names", "units", "row of units", "quoted", "commented"]),
    st.sampled_from(["", "Operator: A. Meier\n", "Sample,A3\nGain,10\n\n", "# 2024-02-24\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_table_in_any_dialect_comes_back(tmp_path_factory, rows, dialect, style, preamble, encoding, end):
    separator, decimal = dialect
    # below "Gain,10", or where nothing stands above, "0,5" may be two columns
    assume(decimal == "." or len(rows[0]) > 1 or not (preamble or style == "commented"))
    names = [f"col{'abcd'[k]}" for k in range(len(rows[0]))]
    quote = '"' if style == "quoted" else ""
    unit = " (\N{MICRO SIGN}V)" if style == "units" else ""
    header = separator.join(f"{quote}{name}{unit}{quote}" for name in names)
    lines = [preamble.replace("\n", end) + ("# " if style == "commented" else "") + header]
    if style == "row of units":
        lines.append(separator.join(["\N{MICRO SIGN}V"] * len(names)))
    lines += [separator.join(f"{quote}{value!r}{quote}".replace(".", decimal) for value in row) for row in rows]
    path = tmp_path_factory.mktemp("any") / "table.csv"
    path.write_bytes((end.join(lines) + end).encode(encoding))
    held = open_table(path)
    scale = 1e6 if style in ("units", "row of units") else 1.0
    assert [column.name for column in held.columns] == names
    assert [column.unit for column in held.columns] == (["V"] * len(names) if scale > 1.0 else [""] * len(names))
    np.testing.assert_allclose(scale * np.transpose(read_columns(held, held.columns)), rows, rtol=1e-14, atol=1e-300)


@pytest.mark.parametrize("count", [100, 102, 150, 1000])
def test_one_odd_step_is_told_wherever_it_is(tmp_path, count):
    for where in (1, count // 3, count // 2, count - 2):
        for change in (-1.0, 1.0):  # a repeated and a lost sample
            time = np.arange(count) + change * (np.arange(count) >= where)
            np.savetxt(tmp_path / "a.csv", np.c_[time, np.arange(count) % 7], delimiter=",", header="t,V", comments="")
            with pytest.raises(DataError, match=f"line {where + 2}: t advances by {change + 1:g} s where 1 s is usual"):
                read_trace(tmp_path / "a.csv")
