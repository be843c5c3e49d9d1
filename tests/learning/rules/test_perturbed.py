"""What both rules that perturb the parameters do."""

import numpy as np
import pytest

from mtjphys.learning import (
    CrossEntropy,
    GaussianNoise,
    Network,
    OrnsteinUhlenbeck,
    WeightPerturbation,
)


@pytest.mark.parametrize("rule", [WeightPerturbation(), OrnsteinUhlenbeck(0.5, 0.1)], ids=["WP", "OU"])
def test_one_reading_a_parameter_and_pass_in_single_precision(rule):
    class Counted(GaussianNoise):
        readings = 0

        def volts(self, n_samples, n_units):
            assert n_units == 23
            self.readings += n_samples
            return super().volts(n_samples, n_units)

    network, noise = Network([4, 3, 2], decorrelated=True), Counted(0.1, seed=1)
    x, y = np.ones((5, 4), np.float32), np.zeros(5, int)
    estimate = rule(network, x, y, CrossEntropy(), noise)
    assert noise.readings == (2 if isinstance(rule, WeightPerturbation) else 1)
    assert {a.dtype for a in [*estimate.gradients, estimate.loss, *estimate.first.inputs]} == {np.dtype(np.float32)}
