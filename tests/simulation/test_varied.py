"""Results say what they are: coordinates of what was varied, and the waveforms beside the samples."""

import math

import numpy as np
import pytest
import xarray as xr

import mtjphys as mp
from mtjphys.core.parameters import split_toml
from mtjphys.simulation.varied import bias_coordinates, device_coordinates

JUNCTION = mp.presets.schnitzspan_2023()
OPTIONS = {"duration": 1e-9, "sample_interval": 1e-10, "seed": 1, "step": 2e-12}


@pytest.fixture(params=["memory", "file", "plain xarray"])
def simulate(request, tmp_path):
    """Simulate to memory, to a file, and to a file that is opened without us."""

    def run(*arguments):
        if request.param == "memory":
            return mp.simulate(*arguments, **OPTIONS)
        result = mp.simulate(*arguments, output=tmp_path / "run.nc", **OPTIONS)
        if request.param == "file":
            return result
        result.close()
        return xr.load_dataset(tmp_path / "run.nc")

    return run


def test_devices_and_biases_carry_what_was_varied(simulate):
    devices = [JUNCTION.with_parameters({"free_layer.thickness": t}) for t in (2.5e-9, 3.5e-9)]
    biases = [mp.Bias(voltage=v, temperature=t, field=(0, b, 0)) for v, t, b in ((0, 300, 1e-3), (0.1, 350, 1e-3))]
    with simulate(devices, biases) as run:
        assert set(run.coords) - {"component"} == {
            "time",
            "lane",
            "free_layer.thickness",
            "applied_voltage",
            "applied_temperature",
        }
        assert run.lane.dims == ("device", "bias", "replica")
        np.testing.assert_array_equal(run["free_layer.thickness"], [2.5e-9, 3.5e-9])
        np.testing.assert_array_equal(run.applied_voltage, [0.0, 0.1])
        np.testing.assert_array_equal(run.applied_temperature, [300.0, 350.0])
        units = [
            run[name].attrs["units"] for name in ("free_layer.thickness", "applied_voltage", "applied_temperature")
        ]
        assert units == ["m", "V", "K"]
        assert "[[junction]]\n" in run.attrs["junctions"]
        assert [mp.MTJ.from_toml(text) for text in split_toml("junction", run.attrs["junctions"])] == devices


@pytest.mark.parametrize("to_file", [False, True])
def test_what_was_varied_selects(tmp_path, to_file):
    biases = [mp.Bias(voltage=v, temperature=t) for v in (0.0, 0.1) for t in (280.0, 300.0)]
    output = {"output": tmp_path / "run.nc"} if to_file else {}
    with mp.simulate(JUNCTION, biases, **OPTIONS, **output) as run:
        one = run.sel(applied_voltage=0.1).sel(applied_temperature=280.0)
        np.testing.assert_array_equal(one.m, run.m.isel(bias=2))
        assert run.sel(applied_voltage=0.1).sizes["bias"] == 2


def test_waveforms_are_beside_the_samples(simulate):
    wave = mp.Sine(amplitude=0.05, frequency=1e9, offset=0.01)
    step = mp.Step(time=0.55e-9, initial=0.0, final=2e-3)
    with simulate(JUNCTION, [mp.Bias(voltage=wave), mp.Bias(voltage=0.2, field=(step, 0, 0))]) as run:
        time = run.time.values
        assert run.applied_voltage.dims == run.applied_field_x.dims == ("bias", "time")
        np.testing.assert_allclose(run.applied_voltage[0], 0.01 + 0.05 * np.sin(2e9 * math.pi * time), atol=1e-15)
        np.testing.assert_array_equal(run.applied_voltage[1], 0.2)
        np.testing.assert_array_equal(run.applied_field_x, [0 * time, 2e-3 * (time > 0.55e-9)])
        np.testing.assert_allclose(run.voltage[0, 0, 0], run.applied_voltage[0], rtol=1e-12)
        assert "applied_field_y" not in run.coords


def test_a_sample_at_a_jump_has_what_was_there_before():
    """Steps of the waveform end with samples; their times differ by rounding."""
    held = mp.waveforms.Sampled(values=[0.01 * k for k in range(1, 11)], interval=1e-10)
    run = mp.simulate(JUNCTION, mp.Bias(voltage=held), **OPTIONS)
    np.testing.assert_allclose(run.applied_voltage[0], 0.01 * np.arange(1, 11), rtol=1e-12)
    np.testing.assert_allclose(run.voltage[0, 0, 0], 0.01 * np.arange(1, 11), rtol=1e-12)


def test_means_have_the_mean_of_the_waveform():
    wave = mp.Sine(amplitude=0.05, frequency=1e9)
    run = mp.simulate(JUNCTION, mp.Bias(voltage=wave), average=True, **OPTIONS)
    time = run.time.values
    mean = 0.05 * (np.cos(2e9 * math.pi * (time - 1e-10)) - np.cos(2e9 * math.pi * time)) / (2e9 * math.pi * 1e-10)
    np.testing.assert_allclose(run.applied_voltage[0], mean, atol=1e-12)
    np.testing.assert_allclose(run.voltage[0, 0, 0], mean, atol=1e-12)


def test_a_resumed_run_has_the_waveform_of_all_its_samples(tmp_path):
    bias = mp.Bias(voltage=mp.Sine(amplitude=0.05, frequency=1e9))
    mp.simulate(JUNCTION, bias, output=tmp_path / "run.nc", **OPTIONS).close()
    with mp.resume(tmp_path / "run.nc", duration=2e-9) as run:
        np.testing.assert_allclose(run.applied_voltage[0], 0.05 * np.sin(2e9 * math.pi * run.time), atol=1e-15)


def test_numbers_of_waveforms_vary_by_name():
    coordinates = bias_coordinates([mp.Bias(voltage=mp.Sine(amplitude=a, frequency=1e9)) for a in (0.05, 0.1)])
    assert list(coordinates) == ["applied_voltage.amplitude"]
    np.testing.assert_array_equal(coordinates["applied_voltage.amplitude"].values, [0.05, 0.1])
    current = bias_coordinates([mp.Bias(), mp.Bias(current=1e-6)])
    np.testing.assert_array_equal(current["applied_current"].values, [math.nan, 1e-6])


def test_axes_and_parts_that_some_devices_lack():
    coordinates = device_coordinates(
        [
            JUNCTION,
            JUNCTION.with_parameters({"free_layer.uniaxial_anisotropy": (2e3, (0.0, 1.0, 0.0)), "heating": None}),
        ]
    )
    assert {name: one.units for name, one in coordinates.items()} == {
        "free_layer.uniaxial_anisotropy": "J/m3",
        "free_layer.uniaxial_anisotropy_axis_x": "1",
        "free_layer.uniaxial_anisotropy_axis_y": "1",
        "heating.thermal_resistance": "K/W",
        "heating.time_constant": "s",
    }
    np.testing.assert_array_equal(coordinates["heating.time_constant"].values, [1e-9, math.nan])
    assert device_coordinates([JUNCTION, JUNCTION]) == {}
