"""What a dataset costs is said beforehand."""

import os
from itertools import count

import pytest
from small_datasets import SMALL

import mtjphys as mp
from mtjphys.core.errors import SimulationError
from mtjphys.datasets import Specification
from mtjphys.datasets.execution import estimating

pytest.importorskip("zarr")

KEPT = '[keep.record]\nbandwidth = 1e9\nsample_rate = 2e9\n[keep.spectra]\nquantity = "signal"\nsegment = 8\n'


def test_size_and_sample_are_those_of_the_dataset(tmp_path):
    text = SMALL.replace("duration = 2e-9", "duration = 2e-8") + KEPT
    cost = mp.datasets.estimate(text, threads=1)
    path = mp.datasets.make(text, tmp_path / "set.zarr", threads=1)
    with mp.datasets.open(path) as found:
        assert cost.shape == (6, 2, 2)
        assert cost.bytes_in_memory == sum(array.nbytes for array in found.data_vars.values())
        assert cost.sample["resistance"].startswith(f"{found.resistance.values[0, 0, 0, 0]:.4g}, ")
        assert cost.sample["free_layer.damping"].startswith("0.02")
    shards = sum(file.stat().st_size for file in path.glob("resistance/c/**/*") if file.is_file())
    assert 0.3 * cost.bytes_on_disk < shards < 3.0 * cost.bytes_on_disk
    assert 0.0 < cost.seconds < 60.0
    rows = dict(cost.rows())
    assert rows["lanes"] == "24: 6 devices, 2 biases, 2 replicas"
    assert rows["shards"] == "3 of 2 x 2 x 2 of these"


def test_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mp.datasets.estimate(Specification.from_toml(SMALL))
    assert os.listdir(tmp_path) == []


def test_the_cost_grows_with_the_lanes(monkeypatch):
    monkeypatch.setattr(estimating.time, "perf_counter", count().__next__)  # everything takes a second
    one = mp.datasets.estimate(SMALL, threads=1)
    many = mp.datasets.estimate(SMALL.replace("count = 6", "count = 6000"), threads=1)
    assert many.bytes_on_disk == pytest.approx(1000 * one.bytes_on_disk, rel=0.01)
    assert many.seconds == pytest.approx(1000 * one.seconds, rel=0.01)


def test_the_trial_of_exact_switching_lasts_until_the_pulses_are_over(monkeypatch):
    monkeypatch.setattr(estimating, "LANE_STEPS", 1)
    pulse = '[bias]\nvoltage = {kind = "pulse_train", amplitude = 0.5, start = 3e-10, width = 1e-9}\n'
    text = SMALL.replace("[bias.grid]\nvoltage = [0.0, 0.1]\n", pulse) + "[keep.switching]\nexact = true\n"
    text = text.replace("[engine]\n", '[engine]\ninitial = "antiparallel"\n')
    assert mp.datasets.estimate(text, threads=1).seconds > 0.0


def test_a_shard_of_impossible_devices_has_no_trial():
    wide = SMALL.replace('"uniform", low = 0.02, high = 0.03', '"normal", mean = 0.02, standard_deviation = 0.05')
    wide = wide.replace("per_shard = 2", "per_shard = 1").replace("seed = 5", "seed = 2")
    with pytest.raises(SimulationError, match="none of the first 1 devices is possible: MTJ: FreeLayer: damping=-"):
        mp.datasets.estimate(wide)
