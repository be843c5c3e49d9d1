"""The jump."""

import pytest
from waveform_checks import check_refused, check_waveform

from mtjphys.bias.waveforms import Step
from mtjphys.core.errors import ParameterError


def test_it_keeps_what_every_waveform_keeps():
    check_waveform(Step(final=0.2, initial=-0.1, time=1.3))


def test_a_picosecond_at_one_second():
    assert Step(final=0.3, time=0.7).average(1.0, 1e-12) == pytest.approx(0.3, rel=1e-13)


def test_bad_input():
    check_refused(ParameterError, "tiem: unknown parameter", lambda: Step(final=1.0, tiem=0.0))
    check_refused(ParameterError, "time=1[0.]+ s is outside", lambda: Step(final=1.0, time=1e10))
