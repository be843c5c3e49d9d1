"""Runs that are killed at random moments and in the middle of a write go on to the bits of an undisturbed one."""

import os

import pytest
from killing import killed

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, and killed by a signal")


@pytest.mark.parametrize(("name", "kills"), [("one lane", 4), ("256 lanes", 4), ("statistics", 4), ("two states", 2)])
def test_a_killed_run_goes_on_with_the_same_bits(tmp_path, name, kills):
    report = killed(name, tmp_path, kills, seed=11)
    assert report["hits"] == {"moment": kills, "operation": kills}
    # The others were hit in the few milliseconds in which a commit is carried out; `resume` did it again.
    assert report["at_once"] >= kills
