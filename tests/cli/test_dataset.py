"""``mtjphys dataset``."""

import os

import pytest
from small_datasets import SMALL, files_of, flip

import mtjphys as mp

pytest.importorskip("zarr")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.toml").write_text(SMALL)
    return tmp_path


def test_a_dataset_is_priced_made_verified_and_repaired(folder, call) -> None:
    trial = call("dataset", "make", "spec.toml", "set.zarr", "--dry-run")
    assert trial.code == 0
    assert "24: 6 devices, 2 biases, 2 replicas" in trial.out
    assert all(word in trial.out for word in ("size", "time", "resistance", "free_layer.damping"))
    assert os.listdir(folder) == ["spec.toml"]
    assert "6, of which 0 failed" in call("dataset", "make", "spec.toml", "set.zarr", "--threads", 1, "--quiet").out
    whole = files_of(folder / "set.zarr")
    found = call("dataset", "verify", "set.zarr")
    assert found == (0, "set.zarr: 3 of 3 shards are made\nevery file is as it was written\n", "")
    flip(folder / "set.zarr/resistance/c/1/0/0/0", 100)
    found = call("dataset", "verify", "set.zarr")
    assert found.code == 1
    assert "damaged: resistance/c/1/0/0/0: does not match its checksum" in found.out
    assert "mtjphys dataset verify set.zarr --repair makes these again, and no others" in found.out
    mended = call("dataset", "verify", "set.zarr", "--repair")
    assert mended.code == 0 and "made again: every file is as it was written" in mended.out
    assert files_of(folder / "set.zarr") == whole


def test_mistakes_are_one_sentence(folder, call) -> None:
    missing = call("dataset", "make", "spec.tml", "set.zarr")
    assert missing == (2, "", "mtjphys: error: spec.tml: no such file\n")
    nothing = call("dataset", "verify", "set.zarr")
    assert nothing.code == 2 and "set.zarr: holds no dataset that mtjphys has made" in nothing.err
    (folder / "spec.toml").write_text(SMALL.replace("replicas = 2", "replicas = 0"))
    wrong = call("dataset", "make", "spec.toml", "set.zarr")
    assert wrong.code == 2 and "mtjphys: error: spec.toml: Specification: replicas=0" in wrong.err


def test_failed_devices_are_counted_and_told(folder, call) -> None:
    wide = SMALL.replace('"uniform", low = 0.02, high = 0.03', '"normal", mean = 0.02, standard_deviation = 0.03')
    (folder / "spec.toml").write_text(wide)
    made = call("dataset", "make", "spec.toml", "set.zarr", "--quiet")
    assert made.code == 0 and "mtjphys dataset verify set.zarr says why devices failed" in made.out
    found = call("dataset", "verify", "set.zarr")
    assert found.code == 0 and "failed: device" in found.out


def test_a_dataset_is_shown_and_exported(folder, call) -> None:
    call("dataset", "make", "spec.toml", "set.zarr", "--quiet")
    shown = call("dataset", "info", "set.zarr")
    assert shown.code == 0
    assert "24 of 24 made" in shown.out
    assert "resistance" in shown.out and "kohm, median" in shown.out
    assert (folder / "set_overview.png").stat().st_size > 10_000
    written = call("dataset", "export", "set.zarr", "out", "--format", "huggingface", "--quiet")
    assert written.code == 0
    assert {file.name for file in (folder / "out").iterdir()} == {"README.md", "croissant.json", "data"}
    again = call("dataset", "export", "set.zarr", "out")
    assert again == (2, "", "mtjphys: error: out: exists already; give another name, or remove it first\n")


def test_ready_specifications_are_listed_and_printed(folder, call) -> None:
    listed = call("dataset", "specifications").out
    assert all(name in listed for name in ("telegraph-small", "inplane-nanosecond", "variability-1000"))
    printed = call("dataset", "specifications", "telegraph-small").out
    assert printed == mp.datasets.ready_file("telegraph-small").read_text()
    wrong = call("dataset", "specifications", "telegraf-small")
    assert wrong.code == 2 and "did you mean telegraph-small" in wrong.err


def test_a_netcdf_file_has_its_size(folder, call) -> None:
    out = call("dataset", "make", "spec.toml", "set.nc", "--quiet").out
    assert "0 B" not in out
    assert " kB" in out
