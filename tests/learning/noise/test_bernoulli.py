"""Single coins."""

import numpy as np

from mtjphys.learning import BernoulliNoise


def test_certain_coins():
    assert np.all(BernoulliNoise(0.0, 0.01).volts(50, 3) == 0.0)
    assert np.all(BernoulliNoise(1.0, 0.01).volts(50, 3) == np.float32(0.01))
