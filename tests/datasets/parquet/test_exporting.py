"""Exported files hold what the store holds, whole or not at all."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

import mtjphys as mp
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.datasets.parquet import exporting, files
from mtjphys.simulation.names import PART

pytest.importorskip("pyarrow")


def assert_same(table, found):
    """Compare rows with the lanes of a store that were made."""
    lanes = np.argwhere(found.status.values == 1)
    table = table.sort_values(["device", "bias", "replica"], ignore_index=True)
    np.testing.assert_array_equal(table[["device", "bias", "replica"]], lanes)
    np.testing.assert_array_equal(np.stack(table.resistance), found.resistance.values[tuple(lanes.T)])
    np.testing.assert_array_equal(np.stack(table.m_y), found.m.values[(*lanes.T, slice(None), 1)])
    np.testing.assert_array_equal(table["free_layer.damping"], found["free_layer.damping"].values[lanes[:, 0]])
    np.testing.assert_array_equal(table.applied_voltage, found.applied_voltage.values[lanes[:, 1]])
    expected = found.exact_critical_voltage.values[lanes[:, 0], 1]
    np.testing.assert_array_equal(table.exact_critical_voltage_antiparallel, expected)
    np.testing.assert_array_equal(table.split, found.split.values[lanes[:, 0]])


def test_parquet_holds_every_lane_in_files_of_bounded_size(spread, tmp_path, monkeypatch):
    import pandas as pd
    import pyarrow.parquet as pq

    monkeypatch.setattr(files, "FILE_BYTES", 100_000)
    folder = mp.datasets.export(spread, tmp_path / "out")
    assert_same(pd.read_parquet(folder), mp.datasets.open(spread))
    names = sorted(file.name for file in folder.iterdir())
    assert names[0].startswith("test-00000-of-0000") and len(names) > 4
    schema = pq.read_schema(folder / names[0])
    assert schema.metadata[b"title"] == b"spread"
    field = schema.field("resistance").metadata
    assert (field[b"units"], field[b"interval"], field[b"axis"]) == (b"ohm", b"1e-10", b"time")
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


def test_hugging_face_and_mlcroissant_read_the_folder_offline(spread, tmp_path):
    """In a process of its own: both keep caches and settings that other tests should not see."""
    if not all(importlib.util.find_spec(name) for name in ("datasets", "mlcroissant")):
        pytest.skip("datasets and mlcroissant are not installed; make test-readers has them")
    folder = mp.datasets.export(spread, tmp_path / "out", format="huggingface")
    text = f"""
import pandas, datasets, mlcroissant
found = datasets.load_dataset({str(folder)!r})
pandas.concat([found[split].to_pandas() for split in ("train", "test")]).to_pickle({str(tmp_path / "table.pkl")!r})
described = mlcroissant.Dataset({str(folder / "croissant.json")!r})
assert not described.metadata.ctx.issues.errors, described.metadata.ctx.issues.report()
rows = list(described.records("lanes"))
assert len(rows) == sum(found[split].num_rows for split in found) and len(rows[0]["lanes/m_x"]) == 200
"""
    offline = {"HF_HOME": str(tmp_path / "cache"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    subprocess.run([sys.executable, "-c", text], check=True, env=os.environ | offline, capture_output=True)
    import pandas as pd

    assert_same(pd.read_pickle(tmp_path / "table.pkl"), mp.datasets.open(spread))


def test_a_file_is_exported_as_a_store_is(spread, spread_file, tmp_path):
    import pandas as pd

    store, file = (pd.read_parquet(mp.datasets.export(path, tmp_path / path.name)) for path in (spread, spread_file))
    assert set(file.columns) == set(store.columns)
    pd.testing.assert_frame_equal(file[store.columns], store)


def test_what_fails_leaves_nothing(spread, tmp_path, monkeypatch):
    def full(*anything):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "rows", full)
    with pytest.raises(DataError, match="out: cannot be written"):
        mp.datasets.export(spread, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_every_folder_is_on_the_disk_before_the_name_is(spread, tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(exporting, "sync_folder", synced.append)
    mp.datasets.export(spread, tmp_path / "out", format="huggingface")
    part = tmp_path / ("out" + PART)
    assert set(synced[:-1]) == {part, part / "data"} and synced[-1] == tmp_path


def test_mistakes_are_named(spread, tmp_path, monkeypatch):
    with pytest.raises(ParameterError, match="exists already"):
        mp.datasets.export(spread, tmp_path)
    with pytest.raises(ParameterError, match="format"):
        mp.datasets.export(spread, tmp_path / "out", format="csv")
    with pytest.raises(ParameterError, match="create it first"):
        mp.datasets.export(spread, tmp_path / "no" / "out")
    found = mp.datasets.open(spread).load()
    found.status[0, 0, 0] = -1
    monkeypatch.setattr(exporting, "open_dataset", lambda path: found)
    with pytest.raises(DataError, match="1 of 240 lanes are not made yet"):
        mp.datasets.export(spread, tmp_path / "out")
