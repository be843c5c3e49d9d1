"""Readout: divider by hand, measured response, noise, sampling, quantisation, ring buffer."""

import doctest
import tomllib
import warnings

import numpy as np
import pytest
import xarray as xr
from scipy import signal as scipy_signal

from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.laboratory import readout
from mtjphys.laboratory.readout import Instrument, RingBuffer, measure

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


def test_doctest():
    assert doctest.testmod(readout).failed == 0


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


@pytest.mark.parametrize("settings", [{"filter": "one-pole"}, {"filter": "bessel", "order": 2}, {"filter": "bessel"}])
def test_response_is_3_db_down_at_the_bandwidth(settings):
    bandwidth, n = 5e6, 100_000
    t = np.arange(n) * INTERVAL
    for frequency in (bandwidth / 50, bandwidth, 4 * bandwidth):
        tone = np.sin(2 * np.pi * frequency * t)
        out = volts(tone, bandwidth=bandwidth, **settings).signal.values[n // 2 :]
        gain = abs(2 * np.mean(out * np.exp(-2j * np.pi * frequency * t[n // 2 :])))
        if frequency == bandwidth:
            # The hold of one sample takes pi^2 (f dt)^2 / 6 off the one-pole, 4e-5 here.
            assert gain == pytest.approx(np.sqrt(0.5), rel=2e-4)
        elif frequency < bandwidth:
            assert gain == pytest.approx(1.0, abs=3e-4)
        else:
            assert gain < 0.26


def test_one_pole_is_exact_for_a_held_input():
    bandwidth = 30e6
    rate = 2 * np.pi * bandwidth * INTERVAL
    step = np.concatenate((np.full(10, 0.2), np.full(90, 0.7)))
    out = volts(step, bandwidth=bandwidth, gain=2.0).signal.values
    n = np.arange(100)
    expected = 0.4 + np.where(n < 10, 0.0, -np.expm1(-rate * (n - 10)))
    np.testing.assert_allclose(out, expected, atol=1e-13)
    random = np.random.default_rng(3).normal(size=300)
    naive = [random[0]]
    for held in random[:-1]:
        naive.append(held + (naive[-1] - held) * np.exp(-rate))
    np.testing.assert_allclose(volts(random, bandwidth=bandwidth).signal, naive, atol=1e-13)


def test_bessel_step_settles_with_little_overshoot_and_starts_settled():
    step = np.concatenate((np.full(10, 0.2), np.full(2000, 0.7)))
    out = volts(step, bandwidth=5e6, filter="bessel", order=4).signal.values
    assert np.array_equal(out[:10], np.full(10, 0.2))
    assert out[-1] == pytest.approx(0.7, abs=1e-12)
    assert 0.7 < out.max() < 0.7 + 0.5 * 0.012  # the fourth-order Bessel overshoots by 0.8 %
    # Rise time 10-90 % of a low-pass without overshoot: 0.35/bandwidth.
    rise = np.count_nonzero((out > 0.25) & (out < 0.65)) * INTERVAL
    assert rise == pytest.approx(0.35 / 5e6, rel=0.03)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"bandwidth": 20e6},
        {"bandwidth": 20e6, "filter": "bessel", "order": 4},
        {"bandwidth": 200e6, "filter": "bessel", "order": 7},
    ],
)
def test_noise_has_its_rms_from_the_first_sample_on(settings):
    lanes, n = 4000, 20
    noise = volts(np.full((lanes, n), 0.3), noise_rms=2e-3, seed=5, **settings).signal.values - 0.3
    # Each column has 4000 independent samples: the relative error of a variance is sqrt(2/4000) =
    # 0.0224, and five such cover the largest of 20 columns with a false alarm of 1e-5.
    variance = (noise**2).mean(axis=0)
    np.testing.assert_allclose(variance, 4e-6, rtol=5 * 0.0224)
    assert abs(noise[:, 0].mean()) < 5 * 2e-3 / np.sqrt(lanes)


@pytest.mark.parametrize("order", [1, 3, 8])
@pytest.mark.parametrize("bandwidth", [0.3, 0.03, 0.002])
def test_bessel_noise_gain_is_the_energy_of_the_impulse_response(order, bandwidth):
    instrument = Instrument(bandwidth=bandwidth, filter="bessel", order=order)
    impulse = np.zeros(20_000)
    impulse[0] = 1.0
    out = scipy_signal.sosfilt(readout.amplifier(instrument, 1.0), impulse)
    assert readout.bessel_noise_gain(instrument, 1.0) == pytest.approx(np.sum(out**2), rel=1e-6)


def test_filtered_noise_has_the_density_of_the_filter():
    bandwidth, n = 20e6, 1_000_000
    noise = volts(np.zeros(n), bandwidth=bandwidth, noise_rms=1e-3, seed=2).signal.values
    frequency, density = scipy_signal.welch(noise, 1 / INTERVAL, nperseg=4096)
    expected = 1e-6 / (np.pi / 2 * bandwidth) / (1 + (frequency / bandwidth) ** 2)
    band = (frequency > 1e6) & (frequency < 40e6)
    # 160 bins of about 488 averages each: relative error 1/sqrt(78000) = 0.0036; five of those.
    assert np.mean(density[band] / expected[band]) == pytest.approx(1.0, abs=0.018)


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


def test_sampling():
    ramp = np.arange(1001.0)
    tenth = volts(ramp, sample_rate=1e8)
    assert tenth.signal.values.tolist() == ramp[::10].tolist()
    np.testing.assert_allclose(tenth.time, np.arange(101) * 1e-8, rtol=1e-12)
    assert tenth.attrs["readout_sampling"] == "one sample in 10"
    between = volts(ramp, sample_rate=0.4e9)
    np.testing.assert_allclose(between.signal, np.arange(401) * 2.5, rtol=1e-12)
    np.testing.assert_allclose(np.diff(between.time), 2.5e-9, rtol=1e-9)
    assert between.attrs["readout_sampling"] == "linear interpolation"
    with pytest.raises(ParameterError, match="above the 1e\\+09 Hz"):
        volts(ramp, sample_rate=2e9)
    with pytest.warns(MtjphysWarning, match="alias"):
        volts(ramp, sample_rate=1e8, bandwidth=0.6e8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        volts(ramp, sample_rate=1e8, bandwidth=0.5e8)


def test_quantisation_error_is_at_most_half_a_step():
    values = np.random.default_rng(0).uniform(-0.09, 0.09, 5000)
    step = 0.2 / 2**10
    out = volts(values, bits=10, full_scale=0.1).signal.values
    error = np.abs(out - values)
    assert error.max() <= step / 2 * (1 + 1e-9) and error.max() > 0.49 * step
    np.testing.assert_allclose(np.round(out / step), out / step, atol=1e-9)  # zero is a code
    assert np.unique(out).size > 900
    unipolar = volts([0.0, 3.3 * 511 / 1024, 3.2], bits=10, full_scale=(0.0, 3.3)).signal.values
    np.testing.assert_allclose(unipolar, [0.0, 3.3 * 511 / 1024, 3.3 * 993 / 1024])


def test_clipping_warns_with_its_count():
    with pytest.warns(MtjphysWarning, match="3 of 5 samples were clipped"):
        record = volts([-0.2, 0.0, 0.05, 0.1, 7.0], bits=8, full_scale=0.1)
    top = 0.1 - 0.2 / 256
    np.testing.assert_allclose(record.signal, [-0.1, 0.0, 0.05, top, top], atol=1e-12)
    assert record.attrs["readout_clipped_samples"] == 3


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


def test_ring_buffer_holds_the_newest_and_shuffles_every_call():
    buffer = RingBuffer(seed=1)
    for chunk in np.arange(1000.0).reshape(-1, 8):
        buffer.push(chunk)
    assert len(buffer) == buffer.size == 200
    first, second = buffer.draw(200), buffer.draw(200)
    assert sorted(first) == sorted(second) == list(range(800, 1000))
    assert np.count_nonzero(first == second) < 15  # Poisson of mean 1: chance below 1e-12
    buffer.push(5000.0)
    assert 5000.0 in buffer.draw(200) and 800.0 not in buffer.draw(200)
    assert np.unique(buffer.draw(50)).size == 50


def test_ring_buffer_draws_each_value_equally_often():
    buffer = RingBuffer(size=20, seed=3)
    buffer.push(np.arange(20.0))
    counts = np.bincount(np.concatenate([buffer.draw(5) for _ in range(4000)]).astype(int))
    # Each value is drawn 1000 +- 27 times; 5 sigma, false alarm 1e-5 over 20 values.
    assert np.abs(counts - 1000).max() < 5 * 27.4


def test_ring_buffer_is_reproducible_and_refuses():
    a, b, c = RingBuffer(seed=4), RingBuffer(seed=4), RingBuffer(seed=4, lane=1)
    for buffer in (a, b, c):
        buffer.push(np.arange(200.0))
    drawn = a.draw(200)
    assert np.array_equal(drawn, b.draw(200)) and not np.array_equal(drawn, c.draw(200))
    for call, message in (
        (lambda: RingBuffer(size=0), "at least 1"),
        (lambda: RingBuffer(size=2.5), "size=2.5"),
        (lambda: RingBuffer().draw(1), "holds 0"),
        (lambda: a.draw(201), "n=201"),
        (lambda: a.draw(-1), "n=-1"),
        (lambda: a.push([np.nan]), "not finite"),
        (lambda: a.push("x"), "not all numbers"),
    ):
        with pytest.raises((ParameterError, DataError), match=message):
            call()
