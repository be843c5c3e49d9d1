"""A store is read with and without mtjphys."""

import numpy as np
import pytest
import xarray as xr
from small_datasets import SMALL

import mtjphys as mp
from mtjphys.core.errors import DataError

zarr = pytest.importorskip("zarr")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return mp.datasets.make(SMALL, tmp_path_factory.mktemp("sets") / "small.zarr", threads=1)


def test_what_distinguishes_devices_and_biases_selects_them(small):
    with mp.datasets.open(small) as found:
        assert found.sel(applied_voltage=0.1).resistance.dims == ("device", "replica", "time")
        assert found.sel(state="antiparallel").stays.shape == (6, 2, 2)
        one = found["free_layer.damping"].values[3]
        assert found.sel({"free_layer.damping": one}).resistance.shape == (2, 2, 20)
        assert found.sel(split="train").sizes["device"] == 5
        assert found.resistance.attrs["units"] == "ohm" and found.time.attrs["units"] == "s"
        specification = mp.datasets.Specification.from_toml(found.attrs["specification"])
        assert specification.digest == found.attrs["specification_sha256"]


@pytest.mark.filterwarnings("ignore:Consolidated metadata")
def test_plain_xarray_and_zarr_read_it(small):
    with xr.open_dataset(small, engine="zarr") as plain, mp.datasets.open(small) as ours:
        np.testing.assert_array_equal(plain.resistance.values, ours.resistance.values)
        words = np.array(plain.split.attrs["flag_meanings"].split())
        np.testing.assert_array_equal(words[plain.split.values], ours.split.values)
        assert plain["free_layer.damping"].dims == ("device",)
    group = zarr.open_group(small, mode="r", use_consolidated=False)
    assert group["resistance"].metadata.dimension_names == ("device", "bias", "replica", "time")
    assert group["resistance"].shards == (2, 2, 2, 20)
    assert "tasks" in group


def test_what_is_not_made_yet_says_so(small, tmp_path):
    import shutil

    part = tmp_path / "part.zarr"
    shutil.copytree(small, part)
    for file in [*part.glob("*/c/1/0/0"), *part.glob("*/c/1/0/0/0"), part / "tasks" / "00000001.json"]:
        if file.is_file():
            file.unlink()
    with mp.datasets.open(part) as found:
        assert (found.status == -1).any(("bias", "replica")).values.tolist() == [False, False, True, True, False, False]
        assert np.isnan(found.resistance[2:4]).all() and (found.stays[2:4] == -1).all()
    assert mp.datasets.verify(part).missing == (1,)


def test_what_is_no_dataset_is_one_sentence(tmp_path):
    with pytest.raises(DataError, match=r"none.zarr: no such dataset"):
        mp.datasets.open(tmp_path / "none.zarr")
    with pytest.raises(DataError, match="holds no dataset that mtjphys has made"):
        mp.datasets.open(tmp_path)
