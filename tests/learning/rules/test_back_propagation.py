"""Back-propagation against finite differences."""

import numpy as np
import pytest
from gradients import finite_differences, flat
from naive_learning import make
from rule_checks import check_rule

from mtjphys.learning import BP, DBP, CrossEntropy, LeakyReLU, ReLU, Sigmoid, SquaredError, Tanh


@pytest.mark.parametrize("activation", [LeakyReLU(), ReLU(), Tanh(), Sigmoid()])
@pytest.mark.parametrize("loss", [CrossEntropy(), SquaredError()])
@pytest.mark.parametrize("decorrelated", [False, True])
def test_back_propagation_is_the_finite_difference(loss, decorrelated, activation):
    network, inputs, targets = make(decorrelated=decorrelated, activation=activation)
    estimate = BP()(network, inputs, targets, loss)
    np.testing.assert_allclose(
        flat(estimate.gradients), finite_differences(network, inputs, targets, loss), rtol=0, atol=1e-8
    )


@pytest.mark.parametrize(("rule", "name"), [(BP, "BP"), (DBP, "DBP")])
def test_it_is_a_rule_and_in_files(rule, name, tmp_path):
    check_rule(lambda: rule(), {"name": name}, tmp_path)
