"""Single coins."""

import numpy as np
from noise_checks import check_source

from mtjphys.learning import BernoulliNoise


def test_certain_coins():
    assert np.all(BernoulliNoise(0.0, 0.01).volts(50, 3) == 0.0)
    assert np.all(BernoulliNoise(1.0, 0.01).volts(50, 3) == np.float32(0.01))


def test_it_is_a_source_that_files_call_bernoulli():
    check_source(lambda: BernoulliNoise(0.7, 0.01, seed=4), {"kind": "bernoulli", "p": 0.7, "amplitude": 0.01})
