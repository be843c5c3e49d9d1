"""Readout: divider by hand, streams, what is kept with a record, and what is refused."""

import tomllib

import numpy as np
import pytest
import xarray as xr

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.laboratory.readout import Instrument, measure

INTERVAL = 1e-9


def volts(values, **arguments):
    return measure(values, sample_interval=INTERVAL, units="V", **arguments)


def run_dataset(n_replicas=3, n=200, seed=0):
    resistance = np.random.default_rng(seed).uniform(5e3, 9e3, (2, 1, n_replicas, n))
    dims = ("device", "bias", "replica", "time")
    return xr.Dataset(
        {
            "resistance": (dims, resistance, {"units": "ohm"}),
            "voltage": (dims, 0.2 * resistance / (resistance + 1e4), {"units": "V"}),
        },
        coords={"time": ("time", 1e-6 + np.arange(n) * INTERVAL, {"units": "s"})},
        attrs={"seed": 7},
    )


def test_divider_by_hand():
    record = measure([[5.67e3, 9.23e3]], sample_interval=25e-6, source_voltage=0.1, series_resistance=10e3)
    # 0.1 V * 5.67/15.67 = 36.184 mV and 0.1 V * 9.23/19.23 = 47.998 mV
    np.testing.assert_allclose(record.signal[0], [0.0361838, 0.0479979], atol=1e-7)
    assert record.signal.dims == ("replica", "time") and record.signal.attrs["units"] == "V"
    assert record.time.values.tolist() == [0.0, 25e-6]
    current = measure(
        [5.67e3, 9.23e3],
        sample_interval=1.0,
        signal="current",
        source_voltage=0.1,
        series_resistance=10e3,
        gain=1e4,
    )
    np.testing.assert_allclose(current.signal, 1e4 * np.array([0.1 / 15670, 0.1 / 19230]))


def test_a_run_is_read_with_its_own_voltage():
    run = run_dataset()
    record = measure(run)
    assert np.array_equal(record.signal, run.voltage) and record.signal.dims == run.voltage.dims
    assert np.array_equal(record.time, run.time) and record.attrs["seed"] == 7
    np.testing.assert_allclose(measure(run, signal="current").signal, 0.2 / (run.resistance + 1e4), rtol=1e-12)
    ohms = measure(run, signal="resistance")
    assert np.array_equal(ohms.signal, run.resistance) and ohms.signal.attrs["units"] == "ohm"
    other = measure(run, source_voltage=0.05, series_resistance=2e3)
    expected = 0.05 * run.resistance / (run.resistance + 2e3)
    np.testing.assert_allclose(other.signal, expected, rtol=1e-12)
    assert np.array_equal(measure(run.transpose("time", ...)).signal, run.voltage)


def test_noise_is_keyed_by_seed_and_lane():
    run = run_dataset()
    settings = {"noise_rms": 1e-3, "bandwidth": 1e8, "bits": 12, "full_scale": 0.3}
    record = measure(run, seed=3, **settings)
    assert np.array_equal(record.signal, measure(run, seed=3, **settings).signal)
    assert np.mean(record.signal == measure(run, seed=4, **settings).signal) < 0.2
    noise = measure(run * 0 + 1, noise_rms=1.0, seed=3).signal.values.reshape(6, -1) - 1
    correlation = np.corrcoef(noise) - np.eye(6)
    assert np.abs(correlation).max() < 5 / np.sqrt(noise.shape[1])  # false alarm 1e-5
    lane = xr.DataArray(np.arange(6).reshape(2, 1, 3), dims=("device", "bias", "replica"))
    alone = run.assign_coords(lane=lane).isel(device=1, bias=0, replica=2)
    one = measure(alone, seed=3, **settings)
    assert np.array_equal(one.signal, record.signal.isel(device=1, bias=0, replica=2))


def test_noise_shares_no_stream_with_the_junction():
    junction = np.random.default_rng(np.random.SeedSequence(1, spawn_key=(0,)))
    noise = volts(np.zeros(10), noise_rms=1.0, seed=1).signal.values
    assert not np.any(np.isclose(noise, junction.standard_normal(10)))


def test_settings_are_kept_and_round_trip():
    instrument = Instrument(bandwidth=1e7, noise_rms=1e-3, bits=8, full_scale=(0, 1), gain=2)
    record = measure(run_dataset(), instrument, seed=9)
    again = Instrument(**tomllib.loads(record.attrs["readout"]))
    assert again == instrument and record.attrs["readout_seed"] == 9
    assert np.array_equal(measure(run_dataset(), again, seed=9).signal, record.signal)
    # netCDF attributes hold only these
    assert all(isinstance(value, (str, int, float)) for value in record.attrs.values())


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"signal": "power"}, "signal='power'"),
        ({"bandwidth": -1.0}, "bandwidth=-1.0 Hz"),
        ({"bandwith": 1e6}, "bandwith: unknown parameter"),
        ({"filter": "butterworth"}, "filter='butterworth'"),
        ({"bandwidth": 0.6e9, "filter": "bessel"}, "not below half"),
        ({"bandwidth": 1e3, "filter": "bessel"}, "rounding spoils"),
        ({"bandwidth": 1e6, "filter": "bessel", "order": 0}, "order=0"),
        ({"noise_rms": -1e-3}, "not negative"),
        ({"noise_rms": np.nan}, "noise_rms=nan"),
        ({"sample_rate": 0.0}, "sample_rate=0.0 Hz"),
        ({"bits": 8}, "give both or none"),
        ({"full_scale": 1.0}, "give both or none"),
        ({"bits": 0, "full_scale": 1.0}, "bits=0 is outside"),
        ({"bits": 8, "full_scale": -1.0}, "no range"),
        ({"bits": 8, "full_scale": (1.0, 0.0)}, "no range"),
        ({"gain": 0.0}, "leaves no signal"),
        ({"series_resistance": 1e3}, "needs a source_voltage"),
        ({"source_voltage": 100.0}, "in mV"),
        ({"seed": -1}, "seed=-1"),
        ({"seed": 0.5}, "seed=0.5"),
        ({"instrument": Instrument(), "gain": 2.0}, "both given"),
    ],
)
def test_bad_settings_are_one_sentence(settings, message):
    with pytest.raises(ParameterError, match=message) as caught:
        volts(np.zeros(10), **settings)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: measure([1.0, 2.0]), "give sample_interval"),
        (lambda: measure([1e3, 2e3], sample_interval=1e-9), "give source_voltage"),
        (lambda: measure([1e3, 2e3], sample_interval="1ns"), "not a number"),
        (lambda: measure([1e3, 2e3], sample_interval=0.0), "sample_interval=0.0 s"),
        (lambda: volts([1.0, np.nan, 2.0]), "1 of 3 samples are not finite"),
        (lambda: volts([1.0]), "at least two"),
        (lambda: volts([]), "at least two"),
        (lambda: volts(["a", "b"]), "not a number"),
        (lambda: volts(np.zeros((2, 2, 2))), "shape"),
        (lambda: volts([1.0, 2.0], signal="resistance"), "no resistance"),
        (lambda: volts([1.0, 2.0], signal="current"), "give source_voltage"),
        (lambda: volts([1.0, 2.0], source_voltage=0.1), "a divider needs the resistance"),
        (lambda: measure([0.0, 1.0], sample_interval=1.0, source_voltage=0.1), "not above 0 ohm"),
        (lambda: measure([1.0, 2.0], sample_interval=1.0, units="mV"), "units='mV'"),
        (lambda: measure(run_dataset(), sample_interval=1.0), "leave sample_interval out"),
        (lambda: measure(run_dataset(), units="V"), "names its own units"),
        (lambda: measure(xr.Dataset({"m": ("time", [1.0, 2.0])})), "neither resistance nor"),
        (lambda: measure(run_dataset().mean("time")), "no dimension time"),
        (lambda: measure(run_dataset().isel(time=[0, 1, 5])), "not equally spaced"),
    ],
)
def test_bad_input_is_one_sentence(call, message):
    with pytest.raises((DataError, ParameterError), match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
