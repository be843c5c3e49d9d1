"""Datasets are made, gone on with, and hold what `mtjphys.simulate` makes."""

import numpy as np
import pytest
from small_datasets import SMALL, files_of

import mtjphys as mp
from mtjphys.core.errors import MtjphysWarning

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
