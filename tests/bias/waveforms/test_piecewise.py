"""Straight lines between points."""

from fractions import Fraction

import pytest
from waveform_checks import check_refused, check_waveform

from mtjphys.bias.waveforms import Piecewise
from mtjphys.core.errors import ParameterError


def test_it_keeps_what_every_waveform_keeps():
    check_waveform(Piecewise(times=(0.5, 0.6, 1.9, 3.0), values=(0.0, 0.7, -0.4, 0.3)))


def test_a_picosecond_at_one_second():
    expected = Fraction(3, 2) + Fraction(1e-12) / 2
    mean = Piecewise(times=(0.5, 1.5), values=(1.0, 2.0)).average(1.0, 1e-12)
    assert mean == pytest.approx(float(expected), rel=1e-13)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"times": [0, 1, 1], "values": [0, 1, 2]}, r"times\[2\]=1 s does not come"),
        ({"times": [0], "values": [1]}, "at least two"),
        ({"times": [0, 1], "values": [1]}, "as many values as times"),
        ({"times": [0, 1e10], "values": [1, 1]}, r"times\[-1\]=10000000000.0 s is outside"),
    ],
)
def test_bad_input(options, message):
    check_refused(ParameterError, message, lambda: Piecewise(**options))
