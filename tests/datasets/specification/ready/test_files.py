"""The ready specifications are legal, and make what they say: here much smaller ones."""

import numpy as np
import pytest

import mtjphys as mp
from mtjphys.core.parameters import parse_toml, to_toml
from mtjphys.datasets import READY, Specification, ready_file

SHORTER = {
    "telegraph-small": {"duration": 4e-3},
    "inplane-nanosecond": {"duration": 1.5e-7, "settle": 0.0},
    "variability-1000": {"duration": 5e-9, "settle": 0.0},
    "koenders-noise": {"duration": 5e-3},
    "perpendicular-write-error": {},
}


def test_there_are_five():
    assert set(READY) == set(SHORTER)
    assert Specification.from_toml("telegraph-small").shape == (256, 3, 1)


@pytest.mark.parametrize("name", READY)
def test_a_small_one_is_made(name, tmp_path):
    pytest.importorskip("zarr")
    tables = parse_toml(ready_file(name).read_text())
    assert tables["name"] == name
    tables["devices"]["count"] = min(2, tables["devices"]["count"])
    tables["replicas"] = 2
    tables["engine"] |= SHORTER[name]
    tables["splits"] = {"train": 1.0}
    if name == "koenders-noise":  # the barrier of the real one takes ten seconds to solve
        tables["devices"]["junction"] = "funatsu_2022"
        tables["bias"]["voltage"] = 0.01
    if name == "perpendicular-write-error":
        tables["bias"]["grid"] = {"voltage.amplitude": [-0.5, -0.8]}
    found = mp.datasets.open(mp.datasets.make(to_toml(tables), tmp_path / "set.zarr", progress=False))
    assert (found.status == 1).all()
    for variable in found.data_vars.values():
        if not variable.name.startswith(("exact", "dwell")):
            assert np.isfinite(variable).all()
    if name == "koenders-noise":
        noise = mp.learning.RecordedNoise(found.signal.values.ravel(), sample_interval=2.5e-5, order="segments")
        np.testing.assert_array_equal(noise.volts(200, 2), found.signal.values[0, 0].T)
    if name == "perpendicular-write-error":
        low, high = found.exact_switching_probability.values.mean(0)
        assert 0.0 < low < high
