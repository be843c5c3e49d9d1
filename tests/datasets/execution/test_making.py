"""Datasets are made, gone on with, and hold what `mtjphys.simulate` makes."""

import numpy as np
import pytest
from small_datasets import SMALL, files_of

import mtjphys as mp
from mtjphys.core.errors import MtjphysWarning
from mtjphys.datasets.engines.llg import LLG

pytest.importorskip("zarr")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return mp.datasets.make(SMALL, tmp_path_factory.mktemp("sets") / "small.zarr", threads=1)


def test_lanes_are_those_of_a_simulation(small):
    with mp.datasets.open(small) as found:
        assert dict(found.resistance.sizes) == {"device": 6, "bias": 2, "replica": 2, "time": 20}
        assert (found.status == 1).all()
        damping = found["free_layer.damping"].values
        assert ((damping > 0.02) & (damping < 0.03)).all() and np.unique(damping).size == 6
        junctions = [mp.presets.rehm_2023().with_parameters({"free_layer.damping": float(a)}) for a in damping]
        run = mp.simulate(
            junctions,
            [mp.Bias(), mp.Bias(voltage=0.1)],
            duration=2e-9,
            sample_interval=1e-10,
            step=2e-12,
            replicas=2,
            seed=5,
            initial="random",
            thresholds=(-0.5, 0.5),
        )
        np.testing.assert_array_equal(found.resistance.values, run.resistance.values.astype(np.float32))
        np.testing.assert_array_equal(found.stays.values, run.transitions_into.values[..., ::-1])


def test_any_number_of_threads_gives_the_same_bytes(small, tmp_path):
    again = mp.datasets.make(SMALL, tmp_path / "again.zarr", threads=3)
    assert files_of(again) == files_of(small)


def test_many_warnings_of_the_tasks_are_told_in_few(tmp_path):
    clipped = SMALL.replace("[keep.dwell_times]", "[keep.record]\nbits = 8\nfull_scale = 1e-3\ngain = 1.0")
    clipped = clipped.replace("per_shard = 2", "per_shard = 1").replace("gain = 1.0", "noise_rms = 1e-3")
    with pytest.warns(MtjphysWarning) as caught:
        mp.datasets.make(clipped, tmp_path / "set.zarr", threads=2)
    assert len(caught) == 4
    assert "samples were clipped" in str(caught[0].message)
    assert str(caught[3].message).endswith("6 warnings, of which these were some")


def test_bits_do_not_hang_on_the_size_of_a_shard(tmp_path):
    """Devices need different steps here; the one that is taken is kept, and that of a simulation of all."""
    text = SMALL.replace("step = 2e-12\n", "").replace("low = 0.02, high = 0.03", "low = 0.01, high = 0.9")
    found = []
    for size in (1, 2, 6):
        sized = text.replace("per_shard = 2", f"per_shard = {size}")
        found.append(mp.datasets.open(mp.datasets.make(sized, tmp_path / f"{size}.zarr", threads=1)).load())
    for name in found[0].data_vars:
        for one in found[1:]:
            np.testing.assert_array_equal(one[name].values, found[0][name].values)
    junctions = [
        mp.presets.rehm_2023().with_parameters({"free_layer.damping": float(a)})
        for a in found[0]["free_layer.damping"].values
    ]
    settings = {"duration": 2e-9, "sample_interval": 1e-10, "replicas": 2, "seed": 5, "initial": "random"}
    run = mp.simulate(junctions, [mp.Bias(), mp.Bias(voltage=0.1)], **settings)
    assert f"step = {run.step!r}" in found[0].specification
    np.testing.assert_array_equal(found[0].resistance.values, run.resistance.values.astype(np.float32))
    assert len({mp.simulate(one, **settings).step for one in junctions}) > 1


def test_labels_of_theory_alone_are_not_simulated(tmp_path, monkeypatch):
    text = SMALL.replace("[keep.traces]\n[keep.dwell_times]", '[keep.exact]\nquantities = ["resistance"]')
    made = mp.datasets.Specification.from_toml(text)
    monkeypatch.setattr(LLG, "simulators", None)
    with mp.datasets.open(mp.datasets.make(made, tmp_path / "set.zarr", threads=1)) as found:
        assert (found.status == 1).all() and np.isfinite(found.exact_resistance).all()
        assert set(found.data_vars) == {"status", "exact_resistance"}
