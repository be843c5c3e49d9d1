"""The sine, whose phase is exact at late times."""

from fractions import Fraction

import numpy as np
import pytest
from waveform_checks import check_refused, check_waveform

from mtjphys.bias.waveforms import Sine
from mtjphys.core.errors import ParameterError


def test_it_keeps_what_every_waveform_keeps():
    check_waveform(Sine(amplitude=0.3, frequency=0.7, phase=0.4, offset=0.1))


def test_a_picosecond_at_one_second():
    wave, dt = Sine(amplitude=1.0, frequency=3.7, phase=0.2), 1e-12
    # It is linear over a picosecond.
    expected = wave(1.0) + np.cos(2 * np.pi * 3.7 + 0.2) * 2 * np.pi * 3.7 * dt / 2
    assert wave.average(1.0, dt) == pytest.approx(float(expected), rel=1e-13)


def test_gigahertz_sine_at_one_second_keeps_its_phase():
    t = 1.0 + 2.0**-30 * np.arange(1, 5)  # times that floats hold exactly
    sine = Sine(amplitude=1.0, frequency=1.234567e9)
    exact = [float(Fraction(1.234567e9) * Fraction(x) % 1) for x in t]
    np.testing.assert_allclose(sine(t), np.sin(2 * np.pi * np.array(exact)), atol=1e-14)


def test_sine_averages_to_its_offset_over_whole_periods():
    sine = Sine(amplitude=1.0, frequency=1e9, phase=1.0, offset=0.25)
    assert sine.average(3e-9, 1e-9) == pytest.approx(0.25, abs=1e-15)
    assert sine.average(0.0, 0.5e-9) == pytest.approx(0.25 + np.cos(1.0) * 2 / np.pi, abs=1e-14)


def test_bad_input():
    check_refused(ParameterError, "frequency=0.0 Hz", lambda: Sine(amplitude=1.0, frequency=0.0))
