"""Simulated results: replicas pooled, devices and biases apart."""

import math

import numpy as np
import pytest
import xarray

from mtjphys import telegraph
from mtjphys.core.errors import DataError, MtjphysWarning


def replicas(shape=(1, 2, 4), samples=4000):
    rows = np.empty((*shape, samples))
    for place in np.ndindex(*shape):
        rate = 0.03 * (1 + place[1])
        seed = int(np.ravel_multi_index(place, shape))
        rows[place] = telegraph.sample(rate * 1e9, 0.05e9, 1e-9, samples, seed=seed).values
    return xarray.DataArray(
        rows,
        dims=("device", "bias", "replica", "time"),
        coords={"time": 1e-9 * np.arange(samples)},
        attrs={"units": "V"},
        name="voltage",
    )


def test_replicas_are_pooled_and_lanes_kept_apart():
    data = replicas()
    with pytest.raises(DataError, match=r"choose one with bias=0.*or use analyse_lanes"):
        telegraph.analyse(data)
    pooled = telegraph.analyse(data, bias=1)
    single = telegraph.analyse(data, bias=1, replica=2)
    assert pooled.states.shape == (4, 4000)
    assert single.states.shape == (1, 4000)
    # four times the data: half the width, give or take the sampling error of the counts
    width = [math.log(r.rate_up.high / r.rate_up.low) for r in (single, pooled)]
    assert width[0] / width[1] == pytest.approx(2, rel=0.2)
    assert pooled.rate_up.low < 0.06e9 < pooled.rate_up.high
    lanes = telegraph.analyse_lanes(data)
    assert lanes.rate_up.dims == ("device", "bias")
    assert lanes.rate_up.values[0, 1] == pooled.rate_up.value
    assert lanes.rate_up_interval.dims == ("device", "bias", "bound")
    assert lanes.rate_up.attrs["units"] == "1/s"
    same = telegraph.analyse(data.values[0, 1], sample_interval=1e-9)
    assert same.rate_up.value == pytest.approx(pooled.rate_up.value, rel=1e-9)


def test_a_bad_lane_does_not_stop_the_others(tmp_path):
    data = replicas()
    data[0, 0] = 0.5
    path = tmp_path / "run.nc"
    data.to_dataset().to_netcdf(path, engine="h5netcdf")
    with pytest.warns(MtjphysWarning, match="device 0, bias 0: .*every sample is 0.5"):
        lanes = telegraph.analyse_lanes(path)
    assert np.isnan(lanes.rate_up.values[0, 0])
    assert lanes.rate_up.values[0, 1] > 0
    assert telegraph.analyse(path, bias=1).rate_up.value == lanes.rate_up.values[0, 1]
    with pytest.raises(DataError, match="no lane can be analysed"):
        telegraph.analyse_lanes(data[:, :1])


def test_the_resistance_is_observed_by_default():
    """What a lab sees: a readout's signal, else the resistance; a constant one can't be it."""
    switching = replicas((1, 1, 1))
    resistance, voltage = (5000.0 + 4000.0 * switching).rename("resistance"), 0.03 + 0.01 * switching
    run = xarray.Dataset({"voltage": voltage, "resistance": resistance, "current": voltage / resistance})
    assert telegraph.analyse(run).name == "resistance"
    assert telegraph.analyse(run.assign(signal=2.0 * voltage)).name == "signal"
    assert telegraph.analyse(run.assign(resistance=0.0 * resistance + 1.0)).name == "voltage"
    assert telegraph.analyse(run, variable="current").name == "current"


def test_what_differs_between_biases_alone_is_no_signal():
    switching = replicas((1, 2, 2))
    voltage = xarray.zeros_like(switching) + xarray.DataArray([0.1, 0.2], dims="bias")
    run = xarray.Dataset({"voltage": voltage, "current": 1e-6 * switching})
    assert telegraph.analyse(run, bias=0).name == "current"
    assert telegraph.analyse(run.isel(bias=[0]), bias=0).name == "current"
