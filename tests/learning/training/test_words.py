"""How parts and durations are put in words."""

import types

from small_trainings import blobs, make

import mtjphys as mp
from mtjphys import learning
from mtjphys.learning.training import loop
from mtjphys.learning.training.words import duration


def test_a_part_is_described_without_its_address(tmp_path):
    class Augment:  # no repr of its own
        def __call__(self, inputs, stream):
            return inputs

    one, other = make(augment=Augment()), make(augment=Augment())
    one.run(1, progress=False, checkpoint=tmp_path / "a.npz")
    other.load(tmp_path / "a.npz")
    assert other.updates == one.updates


def test_a_junction_for_each_unit_fits_into_an_attribute(tmp_path):
    noise = learning.JunctionNoise([mp.presets.schnitzspan_2023()] * 100, mp.Bias(voltage=0.1), 1e-9)
    network = learning.Network([4, 97, 3])
    training = learning.Training(network, learning.ANP(), blobs(), learning.Adam(), epochs=1, noise=noise)
    assert len(training.history.attrs["noise"]) < 2000
    training.history.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")


def test_the_duration_is_announced_once(monkeypatch):
    said, training = [], make(epochs=20)
    clock = types.SimpleNamespace(monotonic=lambda: 2.0 * training.updates)  # an update takes 2 s
    monkeypatch.setattr(loop, "time", clock)
    training.run(progress=False, announce=said.append)
    assert said == ["about 2 min for 60 updates"]
    assert [duration(t) for t in (0.1, 100, 150, 600, 3000, 8000, 360000)] == [
        "1 s", "100 s", "2.5 min", "10 min", "50 min", "2.2 h", "100 h",
    ]  # fmt: skip
