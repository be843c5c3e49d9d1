"""A training that is killed at random moments goes on to the bits of an undisturbed one."""

import os

import pytest
from killing import killed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, and killed by a signal")
def test_a_killed_training_goes_on_with_the_same_bits(tmp_path):
    assert killed("training", tmp_path, 7, seed=11)["hits"] == {"moment": 7, "operation": 7}
