"""Whatever goes wrong, what is done is kept and the same call goes on to the same bytes."""

import errno
import os
import signal
import threading

import numpy as np
import pytest
from killing import killed
from small_datasets import BIAS, DEVICES, ENGINE, HEAD, KEEP, SMALL, STORE, files_of

import mtjphys as mp
from mtjphys.core import files
from mtjphys.core.errors import DataError, SimulationError
from mtjphys.datasets.engines.llg import LLG
from mtjphys.datasets.execution import task
from mtjphys.datasets.store.store import Store

pytest.importorskip("zarr")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return files_of(mp.datasets.make(SMALL, tmp_path_factory.mktemp("sets") / "whole.zarr", threads=1))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, and killed by a signal")
def test_a_killed_process_goes_on_to_the_same_bytes(tmp_path):
    # Thirty times: at random moments, and in the midst of what it writes.
    assert killed("dataset", tmp_path, 15, seed=11)["hits"] == {"moment": 15, "operation": 15}


def test_what_a_killed_process_has_left_is_removed_though_nothing_is_left_to_do(tmp_path, whole):
    path = mp.datasets.make(SMALL, tmp_path / "set.zarr", threads=1)
    (path / "resistance/c/0/0/0/0.unfinished-host-1-2").write_bytes(b"half")
    (path / "tasks/lock").touch()
    mp.datasets.make(SMALL, path)
    assert files_of(path) == whole


def test_a_full_disk_is_one_sentence_and_costs_the_tasks_in_hand(tmp_path, monkeypatch, whole):
    path = tmp_path / "set.zarr"
    write = files.Path.write_bytes
    room = [sum(map(len, whole.values())) // 2]

    def until_full(file, content):
        room[0] -= len(content)
        if room[0] < 0:
            write(file, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
        return write(file, content)

    monkeypatch.setattr(files.Path, "write_bytes", until_full)
    fills = 0
    while True:
        try:
            mp.datasets.make(SMALL, path, threads=2)
            break
        except DataError as error:
            assert str(error).startswith(f"{path}: the disk is full; what is done is kept")
            fills += 1
            room[0] = 3_000 * (fills + 1)
    assert fills > 1
    assert files_of(path) == whole


def test_a_second_process_is_refused(tmp_path):
    path = tmp_path / "set.zarr"
    mp.datasets.make(SMALL, path)
    with Store.opened(path).alone():
        for work in (lambda: mp.datasets.make(SMALL, path), lambda: mp.datasets.repair(path)):
            with pytest.raises(DataError, match="another process is making it; wait until that has ended"):
                work()
    mp.datasets.repair(path)
    assert not (path / "tasks" / "lock").exists()


def test_what_is_in_the_way_is_one_sentence(tmp_path):
    (tmp_path / "file.zarr").write_text("no")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "else.txt").write_text("no")
    for name, says in (
        ("file.zarr", "is a file"),
        ("folder", "is a folder of something else"),
        ("absent/set.zarr", "does not exist; create it first"),
    ):
        with pytest.raises(DataError, match=says):
            mp.datasets.make(SMALL, tmp_path / name)


def test_a_device_that_fails_is_recorded_and_the_rest_goes_on(tmp_path, monkeypatch, whole):
    simulators = LLG.simulators

    def failing(self, junctions, biases, replicas, seed, first_lane, *rest):
        lanes = range(first_lane, first_lane + 4 * len(junctions))
        if 13 in lanes:  # of device 3
            raise SimulationError("lane 13 is no longer finite")
        return simulators(self, junctions, biases, replicas, seed, first_lane, *rest)

    monkeypatch.setattr(LLG, "simulators", failing)
    path = mp.datasets.make(SMALL, tmp_path / "set.zarr", threads=1)
    report = mp.datasets.verify(path)
    assert report.is_whole
    assert report.failed == {3: "lane 13 is no longer finite"}
    assert "failed: device 3: lane 13 is no longer finite" in str(report)
    with mp.datasets.open(path) as found:
        assert found.status.values[:, 0, 0].tolist() == [1, 1, 1, 0, 1, 1]
        assert np.isnan(found.resistance[3]).all() and (found.stays[3] == -1).all()
        others = [0, 1, 2, 4, 5]
        assert np.isfinite(found.resistance[others]).all() and (found.stays[others] >= 0).all()
    changed = {name for name, content in files_of(path).items() if content != whole[name]}
    assert all("/c/1/" in name or name == "tasks/00000001.json" for name in changed)


def test_a_device_that_is_not_possible_is_recorded(tmp_path):
    wide = DEVICES.replace('"uniform", low = 0.02, high = 0.03', '"normal", mean = 0.02, standard_deviation = 0.03')
    path = mp.datasets.make(HEAD + wide + BIAS + ENGINE + KEEP + STORE, tmp_path / "set.zarr", threads=1)
    report = mp.datasets.verify(path)
    with mp.datasets.open(path) as found:
        impossible = np.flatnonzero(found["free_layer.damping"] < 0.0).tolist()
        assert impossible and sorted(report.failed) == impossible
        assert (found.status[impossible] == 0).all() and (found.status == 1).any()
    assert all("is outside [0, 1]" in reason for reason in report.failed.values())


def test_a_lack_of_memory_is_no_failure_of_a_device(tmp_path, monkeypatch):
    monkeypatch.setattr(task, "available_memory", lambda: 10.0)
    with pytest.raises(MemoryError, match="a task needs"):
        mp.datasets.make(SMALL, tmp_path / "set.zarr")
    monkeypatch.undo()
    assert mp.datasets.verify(mp.datasets.make(SMALL, tmp_path / "set.zarr")).is_whole


def test_an_interrupt_ends_after_the_tasks_in_hand(tmp_path, monkeypatch, whole):
    path = tmp_path / "set.zarr"
    write = Store.write

    def interrupting(self, *arguments):
        write(self, *arguments)
        if not asked.is_set():
            asked.set()
            os.kill(os.getpid(), signal.SIGINT)

    asked = threading.Event()
    monkeypatch.setattr(Store, "write", interrupting)
    with pytest.raises(KeyboardInterrupt, match=r"interrupted after \d of 3 shards of .*; the same call goes on"):
        mp.datasets.make(SMALL, path, threads=1)
    assert 0 < len(mp.datasets.verify(path).missing) < 3
    mp.datasets.make(SMALL, path, threads=1)
    assert files_of(path) == whole
