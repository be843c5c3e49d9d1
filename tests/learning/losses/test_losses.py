"""What holds for every loss."""

import numpy as np
import pytest

from mtjphys.core.errors import ParameterError
from mtjphys.learning import CrossEntropy, SquaredError


def test_losses_of_one_sample():
    outputs = np.array([[1000.0, 0.0], [0.0, 1000.0]])
    targets = np.array([0, 0])
    np.testing.assert_allclose(CrossEntropy()(outputs, targets), [0.0, 1000.0])
    np.testing.assert_allclose(SquaredError()(outputs, targets)[0], 0.5 * 999.0**2)
    with pytest.raises(ParameterError, match=r"class numbers 0 to 2 for 2 outputs"):
        CrossEntropy()(outputs, np.array([0, 2]))


@pytest.mark.parametrize("loss", [CrossEntropy(), SquaredError()])
@pytest.mark.parametrize(
    "targets",
    [np.zeros((2, 3)), np.zeros(2), np.zeros(1, int), np.zeros(3, int), np.zeros(2, bool)],
    ids=["wide", "values for classes", "too few", "too many", "booleans"],
)
def test_targets_of_another_shape_are_refused(loss, targets):
    with pytest.raises(ParameterError, match="give class numbers, integers of shape"):
        loss(np.zeros((2, 2)), targets)
    with pytest.raises(ParameterError, match="give class numbers, integers of shape"):
        loss.gradient(np.zeros((2, 2)), targets)


@pytest.mark.parametrize("loss", [CrossEntropy(), SquaredError()])
def test_class_numbers_are_rows_of_zeros_and_a_one(loss):
    stream = np.random.default_rng(8)
    outputs, classes = 3 * stream.standard_normal((20, 4)), stream.integers(0, 4, 20)
    np.testing.assert_allclose(loss(outputs, classes), loss(outputs, np.eye(4)[classes]), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(
        loss.gradient(outputs, classes), loss.gradient(outputs, np.eye(4)[classes]), rtol=1e-13, atol=1e-15
    )


def test_losses_refuse_what_means_nothing():
    with pytest.raises(ParameterError, match="one output"):
        CrossEntropy()(np.zeros((3, 1)), np.zeros((3, 1)))
    with pytest.raises(ParameterError, match="one output"):
        SquaredError()(np.zeros((3, 1)), np.zeros(3, int))
    assert SquaredError()(np.array([[1, 2]]), np.array([[0, 0]])).tolist() == [2.5]
