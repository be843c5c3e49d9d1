"""Equal pulses, one or many."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waveform_checks import check_refused, check_waveform

from mtjphys.bias.waveforms import PulseTrain
from mtjphys.core.errors import ParameterError


@pytest.mark.parametrize(
    "wave",
    [
        PulseTrain(amplitude=0.8, width=0.5),
        PulseTrain(amplitude=0.8, width=0.5, rise_time=0.2, start=0.7, baseline=-0.1),
        PulseTrain(amplitude=-0.8, width=0.5, period=1.1, start=-2.0, baseline=0.2),
        PulseTrain(amplitude=0.8, width=0.3, period=0.5, rise_time=0.2, count=4, start=0.25),
    ],
)
def test_it_keeps_what_every_waveform_keeps(wave):
    check_waveform(wave)


def test_a_picosecond_at_one_second():
    for wave in (
        PulseTrain(amplitude=0.3, width=0.5, period=0.7),
        PulseTrain(amplitude=0.3, width=0.5, start=0.6),
    ):
        assert wave.average(1.0, 1e-12) == pytest.approx(0.3, rel=1e-13)


@settings(max_examples=200, deadline=None)
@given(
    width=st.floats(0.01, 1.0),
    gap=st.floats(0.0, 2.0),
    rise=st.floats(0.0, 1.0),
    count=st.integers(1, 7),
    dt=st.floats(1e-3, 3.0),
    offset=st.floats(-3.0, 0.0),
)
def test_pulse_area_is_exact_whatever_the_step(width, gap, rise, count, dt, offset):
    rise_time = rise * width
    period = width + rise_time + gap
    train = PulseTrain(amplitude=2.0, width=width, period=period, count=count, rise_time=rise_time)
    n_steps = int((count * period + 4.0) / dt) + 2
    t = offset + np.arange(n_steps) * dt
    area = train.average(t, dt).sum() * dt
    assert area == pytest.approx(2.0 * width * count, rel=1e-10)


def test_pulse_edges():
    pulses = PulseTrain(amplitude=1.0, width=0.3, period=0.1 * 7, count=3)
    k = np.arange(5)
    assert pulses(k * (0.1 * 7)).tolist() == [1, 1, 1, 0, 0]
    assert pulses(np.array([-1e-12, 0.299, 0.301, 0.69])).tolist() == [0, 1, 0, 0]
    endless = PulseTrain(amplitude=1.0, width=0.3e-9, period=1.3e-9)
    assert np.all(endless(np.arange(100_000) * 1.3e-9) == 1.0)  # whatever the quotient rounds to
    soft = PulseTrain(amplitude=1.0, width=0.3, rise_time=0.1)
    np.testing.assert_allclose(soft([0.0, 0.05, 0.1, 0.3, 0.35, 0.4]), [0, 0.5, 1, 1, 0.5, 0])


def test_endless_pulses_are_counted_without_being_made():
    endless = PulseTrain(amplitude=1.0, width=0.3e-9, period=1e-9)
    assert endless.bends(0.0, 3e3) == pytest.approx(6e12, rel=1e-9)
    assert endless.knots(0.0, 3e3, most=1000) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0.0}, "width=0.0 s is outside"),
        ({"width": -1e-9}, "width=-1e-09 s is outside"),
        ({"width": 2e-9, "period": 1e-9}, "may not overlap"),
        ({"width": 1e-9, "count": 3}, "need a period"),
        ({"width": 1e-9, "period": 1e-8, "count": 0}, "below 1"),
        ({"width": 1e-9, "rise_time": 2e-9}, "rise_time=2e-09"),
    ],
)
def test_bad_input(options, message):
    check_refused(ParameterError, message, lambda: PulseTrain(amplitude=1.0, **options))
