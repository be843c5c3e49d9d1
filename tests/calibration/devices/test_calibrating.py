"""Many devices, each calibrated by itself."""

import signal
import threading
from typing import Any

import numpy as np
import pytest
import xarray as xr
from laboratories import FREE, dwell_times, perpendicular

from mtjphys import calibration as cal
from mtjphys.calibration.devices import calibrating
from mtjphys.calibration.devices.sources import find_devices
from mtjphys.core.errors import DataError, MtjphysError, ParameterError

DENSITY, STRAY, TORQUE = FREE
TRUTH = {"A": 4.9e4, "B": 5.0e4, "C": 5.1e4}
START = perpendicular(5.2e4)


def wafer() -> dict[str, Any]:
    """Return three devices, and one whose file is not there."""
    found: dict[str, Any] = {name: dwell_times(perpendicular(density), 3) for name, density in TRUTH.items()}
    return found | {"lost": "nowhere/LAB.toml"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Return devices that were calibrated, and their folder."""
    folder = tmp_path_factory.mktemp("wafer")
    return cal.calibrate_devices(wafer(), START, [DENSITY], starts=1, folder=folder), folder


def no_fit(*arguments: Any, **options: Any) -> None:
    raise AssertionError("a device was calibrated that was kept")


def test_each_device_is_what_calibrate_makes_of_it(kept):
    found, _ = kept
    fit = cal.calibrate(wafer()["B"], START, [DENSITY], starts=1)
    one = found.table.sel(device="B", parameter=DENSITY)
    assert (float(one.estimate), float(one.low), float(one.high)) == (fit.estimate(DENSITY), *fit.interval(DENSITY))
    assert one.verdict == "identified"
    assert float(one.p_value) == fit.goodness.p_value
    estimates = found.table.estimate.values[:3, 0]
    np.testing.assert_allclose(estimates, list(TRUTH.values()), rtol=0.01)


def test_a_device_that_fails_does_not_stop_the_others(kept):
    found, _ = kept
    assert list(found.records) == ["A", "B", "C"]
    assert found.failures == {"lost": "nowhere/LAB.toml: no such file"}
    assert found.table.failure.sel(device="lost") == "nowhere/LAB.toml: no such file"


def test_what_is_kept_is_not_calibrated_again(kept, monkeypatch):
    found, folder = kept
    assert sorted(file.name for file in (folder / "devices").iterdir()) == ["A.json", "B.json", "C.json"]
    monkeypatch.setattr(calibrating, "calibrate", no_fit)
    again = cal.calibrate_devices(wafer(), START, [DENSITY], starts=1, folder=folder)
    xr.testing.assert_identical(again.table, found.table)
    xr.testing.assert_identical(again.population, found.population)


@pytest.mark.parametrize(
    "change", [{"seed": 1}, {"start": perpendicular(5.3e4)}, {"free": [DENSITY, STRAY]}, {"forward": "simulation"}]
)
def test_another_fit_is_made_anew(kept, monkeypatch, change):
    _, folder = kept
    monkeypatch.setattr(calibrating, "calibrate", no_fit)
    given = {"start": START, "free": [DENSITY], "starts": 1} | change
    with pytest.raises(DataError, match=r"none of 4 devices could be calibrated; A: AssertionError\('a device was"):
        cal.calibrate_devices(wafer(), folder=folder, **given)


def test_what_is_free_is_what_the_data_of_any_device_tell(monkeypatch):
    rest = cal.DwellTimes(parallel=1e-5, antiparallel=1e-5, parallel_count=300, antiparallel_count=300)
    asked: dict[str, list[str]] = {}

    def heard(measurements: Any, start: Any, free: list[str], **options: Any) -> None:
        asked[measurements[0].label] = free
        raise DataError("enough")

    monkeypatch.setattr(calibrating, "calibrate", heard)
    with pytest.raises(DataError, match="none of 2 devices"):
        cal.calibrate_devices({"at rest": rest, "driven": dwell_times(perpendicular(), 1)}, START)
    assert asked == {"": [DENSITY, TORQUE, STRAY], "telegraph": [DENSITY, TORQUE, STRAY]}


def test_descriptions_say_how(tmp_path, monkeypatch):
    (tmp_path / "start.toml").write_text(START.to_toml())
    (tmp_path / "LAB.toml").write_text(
        f"""
[[measurement]]
kind = "occupation"
file = "{{device}}.csv"
columns = {{antiparallel = "P", effective_samples = "n"}}
voltage = 0

[junction]
file = "start.toml"

[fit]
free = ["{STRAY}"]
starts = 2
seed = 7
"""
    )
    (tmp_path / "die 1.csv").write_text("P,n\n0.4,100\n0.5,100\n")
    heard = []

    def fit(measurements: Any, start: Any, **options: Any) -> None:
        heard.append((start, options))
        raise DataError("enough")

    monkeypatch.setattr(calibrating, "calibrate", fit)
    with pytest.raises(DataError, match="die 1: enough"):
        cal.calibrate_devices(tmp_path / "LAB.toml", starts=1)
    assert heard == [(START, {"free": [STRAY], "starts": 1, "seed": 7, "checkpoint": None})]


def test_what_files_are_flagged_for_is_told(tmp_path, monkeypatch):
    (tmp_path / "LAB.toml").write_text(
        """
[[measurement]]
kind = "occupation"
file = "{device}.csv"
columns = {antiparallel = "P", voltage = "V"}
effective_samples = 1000
"""
    )
    (tmp_path / "A.csv").write_text("V (mV),P\n0,0.41\n0,0.41\n10,0.5\n")
    (tmp_path / "B.csv").write_text("V (mV),P\n0,0.41\n5,0.42\n10,0.5\n")
    made = cal.calibrate(dwell_times(perpendicular(), 0), START, [DENSITY], starts=1)
    monkeypatch.setattr(calibrating, "calibrate", lambda *arguments, **options: made)
    found = cal.calibrate_devices(tmp_path / "LAB.toml", START, [DENSITY])
    assert found.table.remark.sel(device="B") == ""
    assert "line 3 repeats line 2" in str(found.table.remark.sel(device="A").values)


def test_at_ctrl_c_the_devices_in_hand_are_kept(tmp_path, monkeypatch):
    given = {name: dwell_times(perpendicular(), k) for k, name in enumerate("ABCDEF")}
    made = cal.calibrate(given["A"], START, [DENSITY], starts=1)
    started = threading.Event()

    def fit(*arguments: Any, **options: Any) -> Any:
        if not started.is_set():
            started.set()
            signal.raise_signal(signal.SIGINT)
        return made

    monkeypatch.setattr(calibrating, "calibrate", fit)
    with pytest.raises(KeyboardInterrupt, match=r"interrupted after \d of 6 devices; the same .* goes on from") as stop:
        cal.calibrate_devices(given, START, [DENSITY], starts=1, folder=tmp_path, threads=1)
    done = int(str(stop.value).split()[2])
    assert 1 <= done < 6
    assert len(list((tmp_path / "devices").glob("*.json"))) == done
    assert len(cal.calibrate_devices(given, START, [DENSITY], starts=1, folder=tmp_path).records) == 6


def test_on_a_cluster_it_is_the_same(kept):
    distributed = pytest.importorskip("distributed")
    found, _ = kept
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        again = cal.calibrate_devices(wafer(), START, [DENSITY], starts=1, scheduler=client)
    assert found.table.drop_vars("failure").identical(again.table.drop_vars("failure"))
    assert "nowhere/LAB.toml: no such file" in again.failures["lost"]


def test_a_cluster_needs_dask(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(MtjphysError, match=r"scheduler= needs dask: pip install 'mtjphys\[cluster\]'"):
        cal.calibrate_devices(wafer(), START, [DENSITY], scheduler="tcp://127.0.0.1:1")


@pytest.mark.parametrize(
    ("given", "kind", "sentence"),
    [
        ({"free": "free_layer.damping"}, ParameterError, "is not a list of names"),
        ({"free": []}, ParameterError, r"free=\[\] is not a list of names"),
        ({"threads": 0}, ParameterError, "threads=0"),
        ({"start": 3}, ParameterError, "junction=3 is not an MTJ"),
        ({"start": None}, DataError, r"none of 4 devices could be calibrated; A: \[junction\] is missing"),
        ({"free": ["free_layer.dampening"]}, DataError, "A: free parameter 'free_layer.dampening': the junction"),
        ({"folder": __file__}, ParameterError, "cannot be made"),
    ],
)
def test_bad_input_is_one_sentence(given, kind, sentence):
    arguments = {"laboratories": wafer(), "start": START, "free": [DENSITY], "starts": 1} | given
    with pytest.raises(kind, match=sentence):
        cal.calibrate_devices(**arguments)


def test_devices_are_found_before_anything_is_done():
    assert [device.name for device in find_devices(wafer())] == ["A", "B", "C", "lost"]
