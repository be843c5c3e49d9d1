"""Tables of MATLAB, HDF5, netCDF and parquet files."""

import h5py
import numpy as np
import pytest
import xarray
from scipy.io import savemat

from mtjphys.core.errors import DataError
from mtjphys.laboratory.tables import find_column, open_table, read_columns

TIME, SWITCHED = np.array([0.5, 1.0, 1.5]), np.array([1, 20, 99])


def columns(path, *names):
    table = open_table(path)
    return [column.tolist() for column in read_columns(table, [find_column(table, n) for n in names])]


def hdf5(path, truncated=False):
    with h5py.File(path, "w") as file:
        file["t_ns"] = TIME[None, :]
        file["scan/k"] = SWITCHED
        file["scan/field"] = np.array([10.0, 20.0, 30.0])
        file["scan/field"].attrs["units"] = "mT"
        file["note"] = 4.0


def test_matlab(tmp_path):
    path = tmp_path / "a.mat"
    savemat(path, {"t_ns": TIME[:, None], "scan": {"k": SWITCHED}, "gain": 10.0, "both": np.c_[TIME, SWITCHED]})
    assert columns(path, "t", "scan.k", "both(:,2)") == [[5e-10, 1e-9, 1.5e-9], [1, 20, 99], [1, 20, 99]]
    hdf5(path)
    assert columns(path, "t", "scan.k", "scan.field") == [[5e-10, 1e-9, 1.5e-9], [1, 20, 99], [0.01, 0.02, 0.03]]


@pytest.mark.parametrize("engine", ["scipy", "h5netcdf"])
def test_netcdf_grids_become_rows(tmp_path, engine):
    data = xarray.Dataset(
        {"switched": (("voltage", "t"), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])},
        {"voltage": ("voltage", [400.0, 500.0], {"units": "mV"}), "t": ("t", TIME, {"units": "ns"})},
    )
    data.to_netcdf(tmp_path / "a.nc", engine=engine)
    voltage, t, switched = columns(tmp_path / "a.nc", "voltage", "t", "switched")
    assert voltage == [0.4, 0.4, 0.4, 0.5, 0.5, 0.5]
    assert t == [5e-10, 1e-9, 1.5e-9] * 2
    assert switched == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("suffix", ["mat", "h5", "nc"])
def test_truncated_files(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    if suffix == "mat":
        savemat(path, {"t": np.arange(1000.0)}, do_compression=True)
    else:
        hdf5(path)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(DataError, match=f"a.{suffix}: not a readable .* file .*; it may be truncated"):
        open_table(path)


def test_files_without_columns(tmp_path):
    savemat(tmp_path / "a.mat", {"name": "pad 4"})
    with pytest.raises(DataError, match="holds no columns of numbers"):
        open_table(tmp_path / "a.mat")
