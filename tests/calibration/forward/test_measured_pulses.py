"""Pulses of a measured curve that drive towards the state that they start from."""

import pytest

import mtjphys as mp
from mtjphys.calibration.forward.exact import logit_switching
from mtjphys.core.errors import MtjphysWarning


def test_the_end_of_a_curve_that_does_not_switch_is_not_warned_of():
    junction, pulse = mp.presets.rehm_2023(), mp.Bias(voltage=0.3)
    with pytest.warns(MtjphysWarning, match="towards the state that it starts from"):
        mp.fokker_planck.switching_probability(junction, pulse, [1e-9])
    assert logit_switching(junction, pulse, [1e-9], "parallel")[0] < -50.0  # a warning is an error
