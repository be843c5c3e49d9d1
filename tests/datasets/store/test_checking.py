"""Damage is found and named, whatever it hit, and mended to the same bytes."""

import json
import warnings

import numpy as np
import pytest
from small_datasets import SMALL, files_of, flip

import mtjphys as mp
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.core.sealing import sealed

zarr = pytest.importorskip("zarr")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return mp.datasets.make(SMALL, tmp_path_factory.mktemp("sets") / "small.zarr", threads=1)


@pytest.fixture
def small(whole, tmp_path):
    for name, content in files_of(whole).items():
        file = tmp_path / "small.zarr" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return tmp_path / "small.zarr"


def test_what_was_written_is_whole(small):
    report = mp.datasets.verify(small)
    assert report.is_whole and report.tasks == 3
    assert str(report) == f"{small}: 3 of 3 shards are made"


def test_a_bit_in_any_file_is_found_and_named(small, whole):
    stream = np.random.default_rng(1)
    expected = files_of(whole)
    files = sorted(name for name, content in expected.items() if content)
    assert len(files) > 30
    for name in files:
        place = int(stream.integers(len(expected[name])))
        flip(small / name, place)
        assert [one.file for one in mp.datasets.verify(small, threads=1).damaged] == [name]
        flip(small / name, place)
    assert mp.datasets.verify(small).is_whole


@pytest.mark.parametrize("change", ["flipped", "cut", "gone"])
def test_much_damage_is_mended_at_once(small, whole, change):
    names = ["resistance/c/0/0/0/0", "stays/c/1/0/0/0", "tasks/00000002.json", "split/c/0", "time/zarr.json"]
    for name in names:
        if change == "flipped":
            flip(small / name, 3)
        elif change == "cut":
            (small / name).write_bytes((small / name).read_bytes()[:-5])
        else:
            (small / name).unlink()
    report = mp.datasets.repair(small)
    assert {one.file for one in report.damaged} | {f"tasks/{task:08d}.json" for task in report.missing} == set(names)
    assert files_of(small) == files_of(whole)


def test_only_what_is_damaged_is_made_again(small):
    flip(small / "resistance/c/1/0/0/0", 200)
    times = {file: file.stat().st_mtime_ns for file in small.rglob("0000000*.json")}
    mp.datasets.repair(small)
    changed = [file.name for file, time in times.items() if file.stat().st_mtime_ns != time]
    assert changed == ["00000001.json"]


def test_a_store_with_damaged_metadata_does_not_go_on(small):
    (small / "tasks" / "00000001.json").unlink()
    flip(small / "resistance/zarr.json", 300)
    with pytest.raises(DataError, match=r"resistance/zarr.json does not match its checksum; mtjphys dataset verify"):
        mp.datasets.make(SMALL, small)


def test_plain_zarr_notices_a_flipped_bit_of_a_trace(small):
    flip(small / "resistance/c/1/0/0/0", 200)
    with pytest.raises(ValueError, match="checksum"):
        zarr.open_group(small, mode="r")["resistance"][:]


def test_without_any_word_of_what_it_was_a_store_is_lost(small):
    flip(small / "tasks/specification.json", 300)
    (small / "zarr.json").write_text("{")
    with pytest.raises(DataError, match="holds no dataset that mtjphys has made"):
        mp.datasets.verify(small)


def test_another_specification_is_refused(small):
    with pytest.raises(ParameterError, match="holds the dataset of another specification"):
        mp.datasets.make(SMALL.replace("seed = 5", "seed = 6"), small)
    (small / "tasks/specification.json").unlink()  # what is done is still of the old one
    with pytest.raises(ParameterError, match="holds the dataset of another specification"):
        mp.datasets.make(SMALL.replace("seed = 5", "seed = 6"), small)


def test_another_version_is_told_and_a_newer_format_refused(small):
    file = small / "tasks" / "specification.json"
    content = json.loads(file.read_text())["content"]
    file.write_bytes(sealed(content | {"mtjphys_version": "0.0.1"}))
    with pytest.warns(MtjphysWarning, match=r"begun by mtjphys 0.0.1"):
        mp.datasets.make(SMALL, small)
    file.write_bytes(sealed(content | {"schema": 2}))
    with warnings.catch_warnings(), pytest.raises(DataError, match="has version 2 of the format"):
        mp.datasets.verify(small)
