"""One description for many devices."""

import numpy as np
import pytest

from mtjphys.calibration.files import devices_in, read, read_laboratory, stands_for_devices
from mtjphys.core.errors import DataError, ParameterError

COLUMN = """
[[measurement]]
kind = "dwell_times"
file = "dwell.csv"
columns = {device = "die", voltage = "V", parallel = "tau_P", antiparallel = "tau_AP"}
parallel_count = 10
antiparallel_count = 10
"""
FILES = """
[[measurement]]
kind = "switching_probability"
file = "{device}/pulses_{voltage:mV}mV_{device}.csv"
columns = {duration = "t", switched = "k", trials = "n"}
"""


@pytest.fixture
def folder(tmp_path):
    rows = ["die,V (mV),tau_P (us),tau_AP (us)", "A 1,0,1,2", "B,0,3,4", "A 1,5,2,1", "B,5,4,3", "B,10,5,2"]
    (tmp_path / "dwell.csv").write_text("\n".join(rows) + "\n")
    for device, number in (("A 1", 3), ("C", 4)):
        (tmp_path / device).mkdir()
        for voltage in (500, 600):
            name = f"pulses_{voltage}mV_{device}.csv"
            lines = [f"{k},{k},100" for k in range(1, number)]
            (tmp_path / device / name).write_text("\n".join(["t (ns),k,n", *lines]) + "\n")
    (tmp_path / "LAB.toml").write_text(COLUMN + FILES)
    return tmp_path


def test_devices_are_found_in_columns_and_in_names(folder):
    assert stands_for_devices(folder / "LAB.toml")
    assert devices_in(folder / "LAB.toml") == ["A 1", "B", "C"]


def test_a_device_has_its_rows_and_its_files(folder):
    times, *pulses = read_laboratory(folder / "LAB.toml", "A 1").measurements
    np.testing.assert_allclose(times.voltage, [0.0, 5e-3])
    np.testing.assert_allclose(times.parallel, [1e-6, 2e-6])
    assert [float(pulse.voltage[0]) for pulse in pulses] == [0.5, 0.6]
    assert [pulse.points for pulse in pulses] == [2, 2]


def test_a_device_need_not_have_been_measured_in_every_way(folder):
    (only,) = read_laboratory(folder / "LAB.toml", "B").measurements
    np.testing.assert_allclose(only.antiparallel, [4e-6, 3e-6, 2e-6])
    assert [one.kind for one in read_laboratory(folder / "LAB.toml", "C").measurements] == ["switching_probability"] * 2
    with pytest.raises(DataError, match="holds no measurement of device 'D'"):
        read_laboratory(folder / "LAB.toml", "D")


def test_a_wrong_row_has_its_line_in_the_whole_file(folder):
    (folder / "dwell.csv").write_text("die,V,tau_P,tau_AP\nA,0,1e-6,2e-6\nB,0,1e-6,2e-6\nB,1e-3,-1e-6,2e-6\n")
    with pytest.raises((DataError, ParameterError), match=r"parallel.*line 4"):
        read_laboratory(folder / "LAB.toml", "B")


@pytest.mark.parametrize("suffix", ["parquet", "mat"])
def test_numbers_name_devices_too(folder, suffix):
    columns = {"die": [7.0, 8.0, 7.0], "V": [0.0, 0.0, 1e-3], "tau_P": [1e-6, 2e-6, 3e-6], "tau_AP": [1e-6] * 3}
    if suffix == "parquet":
        pandas = pytest.importorskip("pandas")
        pytest.importorskip("pyarrow")
        pandas.DataFrame(columns).to_parquet(folder / "dwell.parquet")
    else:
        from scipy.io import savemat

        savemat(folder / "dwell.mat", columns)
    (folder / "ONE.toml").write_text(COLUMN.replace("dwell.csv", f"dwell.{suffix}"))
    assert devices_in(folder / "ONE.toml") == ["7", "8"]
    (times,) = read_laboratory(folder / "ONE.toml", "7").measurements
    np.testing.assert_allclose(times.parallel, [1e-6, 3e-6])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (COLUMN.replace('"die"', '"dice"'), "no column 'dice' of devices; did you mean die"),
        (COLUMN.replace('"die"', "0"), "columns.device=0 is not a header"),
        (
            '[[measurement]]\nkind = "telegraph_trace"\nfile = "dwell.csv"\nvoltage = 0\ncolumns = {device = "die"}\n',
            "a trace has a file for each device",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence(folder, text, sentence):
    (folder / "ONE.toml").write_text(text)
    with pytest.raises((ParameterError, DataError), match=sentence):
        read_laboratory(folder / "ONE.toml", "B")


def test_one_laboratory_is_not_read_of_many_devices(folder):
    with pytest.raises(ParameterError, match=r"measurement 1.*: stands for several devices.*calibrate_devices"):
        read(folder / "LAB.toml")


def test_a_description_of_one_device_stands_for_none(folder):
    (folder / "ONE.toml").write_text(COLUMN.replace('device = "die", ', ""))
    assert not stands_for_devices(folder / "ONE.toml")
    with pytest.raises(ParameterError, match="stands for no device"):
        devices_in(folder / "ONE.toml")
