"""Samples that are held."""

import numpy as np
import pytest
from waveform_checks import check_refused, check_waveform

from mtjphys.bias.waveforms import Sampled
from mtjphys.core.errors import ParameterError


def test_it_keeps_what_every_waveform_keeps():
    check_waveform(Sampled(values=(0.1, -0.4, 0.2, 0.9, 0.0), interval=0.37, start=0.2))


def test_a_picosecond_at_one_second():
    assert Sampled(values=(0.2, 0.3, 0.4), interval=0.4).average(1.0, 1e-12) == pytest.approx(0.4, rel=1e-13)


def test_at_its_own_interval_it_returns_the_samples():
    values = np.random.default_rng(1).normal(size=3001)
    wave = Sampled(values=values, interval=1.3e-12)
    t = np.arange(3001) * 1.3e-12
    assert np.array_equal(wave(t), values)
    np.testing.assert_allclose(wave.average(t, 1.3e-12), values, atol=1e-12)
    assert wave(-1.0) == values[0] and wave(1.0) == values[-1]


def test_late_samples_of_a_long_record_lose_no_precision():
    wave = Sampled(values=1.0 + np.arange(1_000_000) % 2, interval=1e-9)
    t = np.arange(900_000, 900_500) * 1e-9
    np.testing.assert_allclose(wave.average(t, 2e-9), 1.5, rtol=1e-9)
    np.testing.assert_allclose(wave.average(t, 4e-9), 1.5, rtol=1e-9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"values": [], "interval": 1e-9}, "values is empty"),
        ({"values": [0.0, np.nan], "interval": 1e-9}, "values: entry 1 is nan"),
        ({"values": ["a"], "interval": 1e-9}, "not a number"),
        ({"values": np.ones((2, 2)), "interval": 1e-9}, "one dimension"),
        ({"values": [0.0], "interval": 0.0}, "interval=0.0 s is outside"),
        ({"values": [0.0, 1.0], "interval": 1e-12, "start": 1e6}, "lost in rounding"),
    ],
)
def test_bad_input(options, message):
    check_refused(ParameterError, message, lambda: Sampled(**options))
