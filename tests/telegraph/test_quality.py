"""Whether so many levels describe a signal, and which are not told apart."""

import numpy as np
import pytest
from chains import quiet

from mtjphys import telegraph
from mtjphys.telegraph.parts import Quality


def test_levels_that_are_taken_for_each_other():
    mixed = np.array([[0.0, 0.3, 0.0], [0.1, 0.0, 0.02], [0.0, 0.04, 0.0]])
    quality = Quality(1.5, 100.0, 0.01, 3, confusion=mixed)
    assert quality.confused == [(0, 1)]
    assert not quality.distinct
    told_apart = Quality(1.5, 100.0, 0.01, 3, confusion=0.5 * mixed)
    assert told_apart.distinct
    assert not told_apart.two_level
    assert Quality(1.5, 100.0, 0.01, 2, confusion=mixed[:2, :2] * 0.5).two_level
    assert not Quality(1.5, 100.0, 0.01, 2).two_level  # thresholds tell apart what is apart
    assert not Quality(3.0, 100.0, 0.01, 2, further_level=11.0).two_level


def test_confusion_is_that_of_the_samples():
    """Long stays are told apart by their length: fewer samples are taken for others than the histogram has it."""
    truth = telegraph.sample(50.0, 50.0, 1e-3, 20_000, noise=0.0, seed=2).values.astype(int)
    result = quiet(telegraph.sample(50.0, 50.0, 1e-3, 20_000, noise=0.5, seed=2))
    wrong = np.mean(result.states[0] != truth)
    assert result.quality.confusion[0, 1] == pytest.approx(2 * wrong, rel=0.5)
    assert result.quality.confusion.max() < 0.1
