"""Iterative node perturbation."""

import naive_learning as naive
import numpy as np
from naive_learning import N_UNITS, Replay, make
from rule_checks import check_rule

from mtjphys.learning import INP, CrossEntropy


def test_inp_leaves_the_readings_of_the_source_alone():
    network, inputs, targets = make(decorrelated=False)
    noise = naive.table(3 * len(inputs), N_UNITS)
    kept = noise.copy()
    INP()(network, inputs, targets, CrossEntropy(), Replay(noise))
    np.testing.assert_array_equal(noise, kept)


def test_it_is_a_rule_and_in_files(tmp_path):
    check_rule(lambda: INP(), {"name": "INP"}, tmp_path)
