"""The constant."""

import numpy as np
import pytest
from waveform_checks import check_refused, check_waveform

from mtjphys.bias.waveforms import Constant
from mtjphys.core.errors import ParameterError


def test_it_keeps_what_every_waveform_keeps():
    check_waveform(Constant(value=-0.3))
    assert Constant(value=-0.3).is_constant


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Constant(value=np.inf), "finite"),
        (lambda: Constant(value="0.1"), "number"),
        (lambda: Constant(value=1.0)(np.nan), "not finite"),
        (lambda: Constant(value=1.0)("now"), "not a time"),
        (lambda: Constant(value=1.0).average(0.0, 0.0), "not above 0 s"),
    ],
)
def test_bad_input(make, message):
    check_refused(ParameterError, message, make)
