"""Bias: channels, step averages, chunk invariance, TOML, unit mistakes."""

import itertools
import warnings

import numpy as np
import pytest

from mtjphys.bias import CHANNELS, Bias
from mtjphys.bias.waveforms import Constant, PulseTrain, Ramp, Sampled, Sine, Step, along
from mtjphys.core.errors import MtjphysWarning, ParameterError

BUSY = Bias(
    voltage=PulseTrain(amplitude=0.8, width=1e-9, period=3.3e-9, rise_time=0.1e-9),
    field=(Sine(amplitude=0.01, frequency=2.3e9), 0.02, Ramp(final=0.1, duration=5e-9)),
    temperature=Step(final=350.0, initial=300.0, time=4e-9),
    series_resistance=1e3,
    spin_orbit_current=Sampled(values=[0.0, 1e-4, 2e-4], interval=2.7e-9),
)


def test_defaults():
    bias = Bias()
    assert bias.is_constant and bias.source == "voltage"
    assert CHANNELS == (
        "source",
        "field_x",
        "field_y",
        "field_z",
        "temperature",
        "spin_orbit_current",
    )
    assert bias.table(0, 3, 1e-12)[:, 1].tolist() == [0.0, 0.0, 0.0, 0.0, 300.0, 0.0, 0.0]
    assert bias.bounds().tolist() == [[0, 0]] * 4 + [[300, 300], [0, 0]]


def test_every_channel_lands_in_its_row():
    bias = Bias(current=1e-5, field=(0.1, 0.2, np.float64(0.3)), temperature=77, spin_orbit_current=1e-4)
    assert bias.source == "current"
    assert bias.table(5, 1, 1e-12)[:, 0].tolist() == [1e-5, 0.1, 0.2, 0.3, 77.0, 1e-4, 0.0]


def test_table_is_the_mean_of_each_channel():
    dt = 0.13e-9
    table = BUSY.table(0, 60, dt)
    fine = BUSY.table(0, 60 * 64, dt / 64).reshape(7, 60, 64)
    np.testing.assert_allclose(table[:6], fine[:6].mean(axis=2), rtol=1e-10, atol=1e-12)
    # The variance of the means and the mean of the variances.
    np.testing.assert_allclose(table[6], fine[0].var(axis=1) + fine[6].mean(axis=1), rtol=1e-10, atol=1e-12)
    assert table[6].max() > 0.01
    table = table[:6]
    low, high = BUSY.bounds().T[:, :, None]
    assert np.all(table >= low - 1e-15) and np.all(table <= high + 1e-13)
    assert not BUSY.is_constant


@pytest.mark.parametrize("first", [0, 10**9, 3 * 10**11])
def test_any_chunking_gives_the_same_bits(first):
    dt = 1.7e-12
    whole = BUSY.table(first, 1000, dt)
    for cuts in ([1], [7, 8, 500], [333, 667], [999]):
        edges = [0, *cuts, 1000]
        parts = [BUSY.table(first + a, b - a, dt) for a, b in itertools.pairwise(edges)]
        assert np.array_equal(np.concatenate(parts, axis=1), whole)
    assert np.array_equal(BUSY.table(first, 0, dt), np.empty((7, 0)))


def test_toml_round_trip(tmp_path):
    for bias in (Bias(), BUSY, Bias(current=Sine(amplitude=1e-5, frequency=1e6), temperature=0)):
        text = bias.to_toml()
        assert Bias.from_toml(text) == bias
        assert Bias.from_toml(text).to_toml() == text
        path = tmp_path / "bias.toml"
        path.write_text(text)
        assert Bias.from_toml(path) == bias == Bias.from_toml(str(path))
        assert Bias(**bias.to_mapping()) == bias


def test_constant_waveform_stays_one_and_equals_its_number_in_the_table():
    bias = Bias(voltage=Constant(value=0.1))
    assert Bias.from_toml(bias.to_toml()) == bias
    assert np.array_equal(bias.table(0, 3, 1e-9), Bias(voltage=0.1).table(0, 3, 1e-9))


def test_breakpoints_are_merged():
    bias = Bias(voltage=Step(final=0.1, time=2e-9), field=along((1, 0, 0), Step(final=1.0)))
    assert bias.breakpoints(0.0, 1e-8).tolist() == [0.0, 2e-9]


def test_room_temperature_in_celsius_warns_and_cryogenic_does_not():
    with pytest.warns(MtjphysWarning, match="if this is in degC"):
        Bias(temperature=25.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Bias(temperature=0.0)
        Bias(temperature=4.2)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"voltage": 100.0}, "multiply by 1e-3"),
        ({"voltage": 100.0, "series_resistance": 1e4}, r"outside \[-50, 50\] V"),
        ({"voltage": Sine(amplitude=300.0, frequency=1e6)}, "voltage=-300.0 V"),
        ({"voltage": "0.1 V"}, "voltage: '0.1 V' is neither"),
        ({"voltage": np.nan}, "voltage: nan is not finite"),
        ({"voltage": None}, "voltage: None is neither"),
        ({"voltage": True}, "voltage: True is neither"),
        ({"voltage": 0.1, "current": 1e-5}, "give one of the two"),
        ({"current": 1e-5, "series_resistance": 1e3}, "changes nothing"),
        ({"current": 50.0}, "multiply by 1e-6"),
        ({"field": 0.1}, "three components"),
        ({"field": (0.1, 0.2)}, "three components"),
        ({"field": (50.0, 0.0, 0.0)}, "Oe by 1e-4"),
        ({"field": (0.0, 0.0, np.inf)}, "field_z: inf is not finite"),
        ({"field": {"x": 0.1, "w": 0.1}}, "field.w: unknown component"),
        ({"temperature": -10.0}, "add 273.15"),
        ({"temperature": Ramp(final=-1.0, initial=300.0, duration=1.0)}, "temperature=-1.0 K"),
        ({"temperature": 1e4}, "temperature=10000.0 K"),
        ({"series_resistance": -5.0}, "not negative"),
        ({"series_resistance": "10k"}, "series_resistance"),
        ({"spin_orbit_current": 100.0}, "spin_orbit_current=100.0 A"),
        ({"feild": (0, 0, 0)}, "feild: unknown parameter"),
        ({"voltage": {"kind": "pulse"}}, "voltage: kind='pulse' is unknown; did you mean pulse_train"),
    ],
)
def test_bad_input_is_one_sentence(arguments, message):
    with pytest.raises(ParameterError, match=message) as caught:
        Bias(**arguments)
    assert "\n" not in str(caught.value)


def test_bad_calls():
    with pytest.raises(ParameterError, match="count from 0"):
        Bias().table(-1, 3, 1e-12)
    with pytest.raises(ParameterError, match="not above 0 s"):
        Bias().table(0, 3, 0.0)
    with pytest.raises(ParameterError, match="not valid TOML"):
        Bias.from_toml("voltage = = 1\n")
    with pytest.raises(ParameterError, match="no such file"):
        Bias.from_toml("missing.toml")
