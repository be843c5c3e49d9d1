"""Simulated results as traces: which lane, which variable."""

import numpy as np
import pytest
import xarray

from mtjphys.core.errors import DataError
from mtjphys.laboratory.traces import Replicas, Trace, read_replicas, read_trace, replicas_of

TIME = np.arange(200) * 25e-6


def lanes():
    rng = np.random.default_rng(4)
    dims = ("device", "bias", "replica", "time")
    shape = (1, 2, 3, 200)
    return xarray.Dataset(
        {
            "resistance": (dims, rng.normal(size=shape), {"units": "ohm"}),
            "voltage": (dims, np.full(shape, 0.1), {"units": "V"}),
            "m": ((*dims, "component"), rng.normal(size=(*shape, 3))),
        },
        coords={"time": TIME},
    )


def test_netcdf_lane_is_chosen(tmp_path):
    data = lanes()
    path = tmp_path / "run.nc"
    data.to_netcdf(path, engine="h5netcdf")
    trace = read_trace(path, bias=1, replica=2)
    np.testing.assert_array_equal(trace.values, data.resistance.values[0, 1, 2])
    assert (trace.name, trace.unit, trace.sample_interval) == ("resistance", "ohm", pytest.approx(25e-6))
    assert replicas_of(data, bias=0).values.shape == (3, 200)
    x = read_trace(data.m.sel(component=1), bias=0, replica=0)
    np.testing.assert_array_equal(x.values, data.m.values[0, 0, 0, :, 1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "holds 2 values of 'bias'; choose one with bias=0..1"),
        ({"bias": 2}, r"bias=2 is outside \[0, 1\]"),
        ({"bias": 0}, "holds 3 replicas; choose one with replica=0..2"),
        ({"bias": 0, "replica": 0, "column": "current"}, "no variable 'current'; it holds"),
        ({"bias": 0, "replica": 0, "column": "m"}, "select a component first"),
        ({"bias": 0, "replica": 0, "column": "voltage"}, "every sample is 0.1"),
        ({"bias": 0, "replica": 0, "sample_interval": -1.0}, r"sample_interval=-1.0 s is outside \(0, inf\) s"),
    ],
)
def test_bad_lanes(options, message):
    with pytest.raises(DataError, match=message):
        read_trace(lanes(), **options)


def test_truncated_netcdf(tmp_path):
    path = tmp_path / "run.nc"
    lanes().to_netcdf(path, engine="h5netcdf")
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(DataError, match="not a readable netCDF-4 file"):
        read_trace(path, bias=0, replica=0)


def test_replicas_of_anything(tmp_path):
    data = lanes()
    data.to_netcdf(tmp_path / "run.nc", engine="h5netcdf")
    expected = data.resistance.values[0, 1]
    for record, options in (
        (data, {"bias": 1}),
        (data.resistance, {"bias": 1}),
        (tmp_path / "run.nc", {"bias": 1}),
        (expected, {"sample_interval": 25e-6}),
        (Replicas(expected, 25e-6), {}),
    ):
        whole = read_replicas(record, **options)
        np.testing.assert_array_equal(whole.values, expected)
        assert whole.sample_interval == pytest.approx(25e-6)
        np.testing.assert_array_equal(read_replicas(record, replica=2, **options).values, expected[2:])
    one = read_replicas(Trace(expected[0], 2.0, "V", "CH1", "scope"))
    assert (one.values.shape, one.sample_interval, one.unit, one.name, one.origin) == (
        (1, 200),
        2.0,
        "V",
        "CH1",
        "scope",
    )
    with pytest.raises(DataError, match="bias=1, replica=None choose a lane of a simulated result; leave them out"):
        read_replicas(Trace(expected[0], 2.0), bias=1)
