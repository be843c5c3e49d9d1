"""What a dataset costs is said beforehand."""

import os
from itertools import count

import pytest
from small_datasets import SMALL

import mtjphys as mp
from mtjphys.core.errors import SimulationError
from mtjphys.datasets import Specification
from mtjphys.datasets.execution import estimating
from mtjphys.datasets.products.exact import Exact
from mtjphys.datasets.specification.devices import Devices
from mtjphys.datasets.store.layout import tasks_of

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


def test_impossible_devices_have_no_trial(monkeypatch):
    wide = SMALL.replace('"uniform", low = 0.02, high = 0.03', '"normal", mean = 0.02, standard_deviation = 0.05')
    wide = wide.replace("per_shard = 2", "per_shard = 1").replace("seed = 5", "seed = 2")
    assert mp.datasets.estimate(wide, threads=1).seconds > 0.0  # of which the first is not possible
    made = Specification.from_toml(SMALL)
    monkeypatch.setattr(Devices, "build", lambda devices, drawn, first, last: ["no"] * (last - first))
    with pytest.raises(SimulationError, match="none of the 6 devices is possible: no"):
        mp.datasets.estimate(made)


def test_labels_are_priced_as_often_as_they_are_made(monkeypatch):
    """A label of a device is made once for all of its biases and replicas."""
    clock, slow = [0.0], 100.0
    values = Exact.values

    def costly(label, block):
        clock[0] += slow * len(block.junctions)
        return values(label, block)

    monkeypatch.setattr(Exact, "values", costly)
    monkeypatch.setattr(estimating.time, "perf_counter", lambda: clock[0])
    text = SMALL.replace("replicas = 2", "replicas = 10") + '[keep.exact]\nquantities = ["resistance"]\n'
    assert mp.datasets.estimate(text, threads=1).seconds == pytest.approx(6 * slow)


def test_what_threads_cannot_share_takes_as_long_as_in_one(monkeypatch):
    """Amdahl: of work that one thread does at a time, many threads take what one does; of other work their share."""
    for alone, speedup in ((1.0, 1.0), (0.0, 3.0)):
        beside = 1.0 + alone
        times = iter([1.0, 1.0, 1.0, beside, beside])
        monkeypatch.setattr(estimating, "trial", lambda *anything, times=times: (next(times), None))
        made = Specification.from_toml(SMALL)
        assert estimating.trials(made, tasks_of(made), 3)[0] == pytest.approx(1.0 / speedup)
