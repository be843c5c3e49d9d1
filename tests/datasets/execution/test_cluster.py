"""A dask cluster makes the same bytes, and loses nothing with a worker."""

import os
import sys

import pytest
from dying_workers import dying
from small_datasets import SMALL, files_of

import mtjphys as mp
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.datasets.execution import cluster, making

pytest.importorskip("zarr")
distributed = pytest.importorskip("distributed")

SINGLE = SMALL.replace("per_shard = 2", "per_shard = 1")


@pytest.mark.skipif(sys.platform == "win32", reason="workers are killed by a signal")
@pytest.mark.filterwarnings("ignore")
def test_a_killed_worker_costs_nothing_and_the_bytes_are_those_of_threads(tmp_path, monkeypatch):
    threads = files_of(mp.datasets.make(SINGLE, tmp_path / "threads.zarr", threads=1))
    # Processes of their own, which import what they need: some ten seconds.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    monkeypatch.setattr(making, "run_task", dying)
    settings = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**settings) as local, distributed.Client(local) as client:
        path = mp.datasets.make(SINGLE, tmp_path / "set.zarr", scheduler=client)
        assert (tmp_path / "killed-2").exists()
        assert files_of(path) == threads
        monkeypatch.undo()
        (path / "resistance/c/1/0/0/0").unlink()
        mp.datasets.repair(path, scheduler=local.scheduler_address)
        assert files_of(path) == threads


def test_shards_that_went_elsewhere_are_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(making, "run_task", lambda path, digest, task: task)
    with pytest.raises(DataError, match="3 shards were made and are not there; let all workers write to the same file"):
        mp.datasets.make(SMALL, tmp_path / "set.zarr")


def test_a_wrong_scheduler_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    with pytest.raises(ParameterError, match="scheduler=7 is neither an address nor a dask Client"):
        mp.datasets.make(SMALL, tmp_path / "set.zarr", scheduler=7)
    with pytest.raises(ParameterError, match=r"scheduler='tcp://127.0.0.1:9' does not answer"):
        mp.datasets.make(SMALL, tmp_path / "set.zarr", scheduler="tcp://127.0.0.1:9")
