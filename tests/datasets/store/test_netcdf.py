"""A small dataset is one netCDF file."""

import numpy as np
import pytest
import xarray as xr
from small_datasets import SMALL, flip

import mtjphys as mp
from mtjphys.core.errors import DataError, ParameterError

pytest.importorskip("zarr")


@pytest.fixture
def small(tmp_path):
    return mp.datasets.make(SMALL, tmp_path / "small.nc", threads=1)


def test_the_file_holds_what_the_store_does(small, tmp_path):
    assert [file.name for file in tmp_path.iterdir()] == ["small.nc"]
    store = mp.datasets.make(SMALL, tmp_path / "small.zarr", threads=1)
    with mp.datasets.open(small) as one, mp.datasets.open(store) as other:
        assert set(one.variables) == set(other.variables)
        for name in other.variables:
            np.testing.assert_array_equal(one[name].values, other[name].values)
        assert one.sel(split="train").sizes == other.sel(split="train").sizes
        assert one.attrs["specification"] == other.attrs["specification"]
    with xr.open_dataset(small, engine="h5netcdf") as plain:
        assert plain.resistance.attrs["units"] == "ohm"


def test_damage_is_found_and_mended(small):
    content = small.read_bytes()
    assert mp.datasets.verify(small).is_whole
    with mp.datasets.open(small) as found:
        first = found.time.values[:2].tobytes()
    flip(small, content.index(first) + 3)
    report = mp.datasets.verify(small)
    assert [one.file for one in report.damaged] == ["time"]
    mp.datasets.repair(small, threads=1)
    assert mp.datasets.verify(small).is_whole
    assert [file.name for file in small.parent.iterdir()] == ["small.nc"]


def test_another_specification_a_large_set_and_a_wrong_file_are_refused(small, tmp_path):
    assert mp.datasets.make(SMALL, small) == small  # nothing is left to do
    with pytest.raises(ParameterError, match="holds the dataset of another specification"):
        mp.datasets.make(SMALL.replace("seed = 5", "seed = 6"), small)
    large = SMALL.replace("replicas = 2", "replicas = 2_000_000").replace("devices_per_shard = 2", "")
    with pytest.raises(ParameterError, match=r"large.nc: .* GiB are more than the 1 GiB of one netCDF file"):
        mp.datasets.make(large, tmp_path / "large.nc")
    small.write_bytes(b"no")
    with pytest.raises(DataError, match="cannot be read as a dataset"):
        mp.datasets.open(small)


@pytest.mark.parametrize("name", ["specification", "specification_sha256", "failed", "notes"])
def test_a_file_that_says_too_little_of_itself_is_one_sentence(tmp_path, name):
    attributes = {"specification": "", "specification_sha256": "", "failed": "{}", "notes": "[]"}
    del attributes[name]
    file = tmp_path / "other.nc"
    xr.Dataset({"x": ("time", [1.0])}, attrs=attributes).to_netcdf(file, engine="h5netcdf")
    for work in (mp.datasets.verify, mp.datasets.open, mp.datasets.repair):
        with pytest.raises(DataError, match=f"other.nc: has no attribute {name}, and is no dataset"):
            work(file)
