"""The linear change."""

from fractions import Fraction

import pytest
from waveform_checks import check_refused, check_waveform

from mtjphys.bias.waveforms import Ramp
from mtjphys.core.errors import ParameterError


def test_it_keeps_what_every_waveform_keeps():
    check_waveform(Ramp(final=0.5, initial=-0.5, start=0.4, duration=2.1))


def test_a_picosecond_at_one_second():
    expected = Fraction(3, 2) + Fraction(1e-12) / 2
    mean = Ramp(final=2.0, initial=1.0, start=0.5, duration=1.0).average(1.0, 1e-12)
    assert mean == pytest.approx(float(expected), rel=1e-13)


def test_bad_input():
    check_refused(ParameterError, "use Step", lambda: Ramp(final=1.0, duration=0.0))
    check_refused(ParameterError, "start=-1[0.]+ s is outside", lambda: Ramp(final=1.0, duration=1.0, start=-1e10))
