"""Iterative node perturbation."""

import naive_learning as naive
import numpy as np
import pytest
from naive_learning import N_UNITS, Replay, make
from rule_checks import check_rule

from mtjphys.learning import DINP, INP, CrossEntropy


def test_inp_leaves_the_readings_of_the_source_alone():
    network, inputs, targets = make(decorrelated=False)
    noise = naive.table(3 * len(inputs), N_UNITS)
    kept = noise.copy()
    INP()(network, inputs, targets, CrossEntropy(), Replay(noise))
    np.testing.assert_array_equal(noise, kept)


@pytest.mark.parametrize(("rule", "name"), [(INP, "INP"), (DINP, "DINP")])
def test_it_is_a_rule_and_in_files(rule, name, tmp_path):
    check_rule(lambda: rule(), {"name": name}, tmp_path)
