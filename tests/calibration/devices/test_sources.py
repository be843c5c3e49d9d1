"""Where the devices are."""

from pathlib import Path

import numpy as np
import pytest
from laboratories import dwell_times, perpendicular

from mtjphys.calibration.devices.sources import find_devices
from mtjphys.core.errors import DataError, ParameterError

LAB = """
[[measurement]]
kind = "occupation"
antiparallel = 0.4
effective_samples = 100
voltage = 0.0
"""
TIMES = """
[[measurement]]
kind = "dwell_times"
file = "tau_{device}.csv"
columns = {voltage = "V", parallel = "tau_P", antiparallel = "tau_AP"}
parallel_count = 10
antiparallel_count = 10
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text)
    return path


def test_a_mapping_of_measurements_and_descriptions(tmp_path):
    table = dwell_times(perpendicular(), 0)
    path = write(tmp_path / "LAB.toml", LAB)
    one, other = find_devices({"A": table, "B": str(path)})
    assert (one.name, one.read().measurements) == ("A", [table])
    assert other.read().measurements[0].kind == "occupation"
    assert np.isnan(one.x)


def test_a_folder_of_descriptions(tmp_path):
    for name in ("b/LAB.toml", "a.toml", "c/LAB.toml"):
        write(tmp_path / name, LAB)
    write(tmp_path / "start.toml", perpendicular().to_toml())  # not of a device
    assert [device.name for device in find_devices(tmp_path)] == ["a", "b", "c"]
    write(tmp_path / "b.toml", LAB)
    with pytest.raises(ParameterError, match="'b' as well; keep one of them"):
        find_devices(tmp_path)


def test_a_wafer_map(tmp_path):
    write(tmp_path / "TIMES.toml", TIMES)
    write(tmp_path / "tau_07.csv", "V (mV),tau_P (us),tau_AP (us)\n0,1,2\n10,2,1\n")
    path = write(tmp_path / "map.csv", "device, x, y, lot, laboratory\n# the left half\n07, 1.5, -2, 3, TIMES.toml\n")
    (device,) = find_devices(path)
    assert (device.name, device.x, device.y) == ("07", 1.5, -2.0)
    np.testing.assert_allclose(device.read().measurements[0].parallel, [1e-6, 2e-6])


def test_a_description_that_stands_for_several(tmp_path):
    path = write(tmp_path / "LAB.toml", TIMES)
    for name in ("B", "A"):
        write(tmp_path / f"tau_{name}.csv", "V (mV),tau_P (us),tau_AP (us)\n0,1,2\n10,2,1\n")
    assert [device.name for device in find_devices(str(path))] == ["A", "B"]


@pytest.mark.parametrize(
    ("text", "kind", "sentence"),
    [
        ("device,labor\nA,LAB.toml\n", ParameterError, "no column 'laboratory', .*; did you mean labor"),
        ("device,x\nA,1\n", ParameterError, "has no column 'laboratory'"),
        ("device,laboratory\nA,LAB.toml\nA,LAB.toml\n", DataError, "'A' stands there twice"),
        ("device,laboratory\nA,LAB.toml\nB,\n", DataError, "row 2 has no laboratory"),
        ("device,x,y,laboratory\nA,left,1,LAB.toml\n", DataError, "'x' holds words"),
        ("device,laboratory\n", ParameterError, "holds no device"),
        ("", ParameterError, "cannot be read as a wafer map"),
    ],
)
def test_a_map_that_is_wrong_is_one_sentence(tmp_path, text, kind, sentence):
    with pytest.raises(kind, match=sentence):
        find_devices(write(tmp_path / "map.csv", text))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (3, "laboratories=3 is no mapping"),
        ({}, "holds no device"),
        ({1: []}, "1 is no name of a device"),
        ({"A": []}, r"laboratories\['A'\]=\[\] is not Measurement"),
        ("nowhere.csv", "nowhere.csv: cannot be read"),
        ("nowhere.toml", "nowhere.toml: no such file"),
    ],
)
def test_what_is_no_devices_is_one_sentence(given, sentence):
    with pytest.raises(ParameterError, match=sentence):
        find_devices(given)


def test_an_empty_folder_is_one_sentence(tmp_path):
    with pytest.raises(ParameterError, match=r"holds no description of a device, NAME.toml or NAME/LAB.toml"):
        find_devices(tmp_path)
