"""Samples and their parts."""

import numpy as np
import pytest
from picture_files import write_mnist

from mtjphys import learning
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.learning import data as datasets
from mtjphys.learning.data.samples import validation_part


def test_validation_samples_are_taken_from_the_training_data_only(tmp_path):
    write_mnist(tmp_path)
    whole = learning.mnist(tmp_path, validation_samples=0)
    data = learning.mnist(tmp_path, validation_samples=10, seed=1)
    np.testing.assert_array_equal(np.bincount(data.validation.targets), np.ones(10))
    rows = np.concatenate([data.train.inputs, data.validation.inputs])
    assert {row.tobytes() for row in rows} == {row.tobytes() for row in whole.train.inputs}
    np.testing.assert_array_equal(data.test.inputs, whole.test.inputs)
    again = learning.mnist(tmp_path, validation_samples=10, seed=1)
    np.testing.assert_array_equal(data.validation.inputs, again.validation.inputs)
    other = learning.mnist(tmp_path, validation_samples=10, seed=2)
    assert not np.array_equal(data.validation.inputs, other.validation.inputs)


@pytest.mark.parametrize("n_aside", [0, 1, 7, 50, 99])
def test_every_class_is_set_aside_in_its_proportion(n_aside):
    targets = np.random.default_rng(1).permutation(np.repeat([0, 1, 2], [60, 30, 10]))
    left, aside = validation_part(targets, n_aside, seed=4)
    assert len(aside) == n_aside
    np.testing.assert_array_equal(np.sort(np.concatenate([left, aside])), np.arange(100))
    counts = np.bincount(targets[aside], minlength=3)
    assert np.all(np.abs(counts - np.array([0.6, 0.3, 0.1]) * n_aside) <= 1)


def test_split_is_stratified_disjoint_and_normalised_by_the_training_data():
    stream = np.random.default_rng(2)
    targets = np.repeat([0, 1, 2], [100, 50, 30])
    inputs = np.column_stack([np.arange(180.0), stream.standard_normal(180)])
    data = learning.split(inputs, targets, validation_fraction=0.1, test_fraction=0.2, seed=3)
    assert np.bincount(data.test.targets).tolist() == [20, 10, 6]
    assert np.bincount(data.validation.targets).tolist() == [10, 5, 3]
    values = np.concatenate([part.inputs[:, 0] for part in data])
    assert np.unique(values).size == 180
    assert abs(data.train.inputs.mean()) < 1e-5
    assert abs(data.train.inputs.std() - 1) < 1e-5
    assert abs(data.test.inputs.mean()) > 1e-5
    again = learning.split(inputs, targets, seed=3)
    np.testing.assert_array_equal(data.test.inputs, again.test.inputs)
    other = learning.split(inputs, targets, seed=4)
    assert not np.array_equal(data.test.inputs, other.test.inputs)


def test_split_of_a_regression_keeps_inputs_and_values_together():
    inputs = np.random.default_rng(1).standard_normal((100, 3))
    data = learning.split(inputs, inputs[:, 0], validation_fraction=0.2, test_fraction=0.3)
    assert [part.targets.shape for part in data] == [(50, 1), (20, 1), (30, 1)]
    together = np.concatenate([part.targets for part in data])[:, 0]
    np.testing.assert_array_equal(np.sort(together), np.sort(inputs[:, 0].astype(np.float32)))
    scale = data.train.inputs[0, 0] - data.train.inputs[1, 0]
    scale /= data.train.targets[0, 0] - data.train.targets[1, 0]
    for part in data:
        offset = part.inputs[:, 0] - scale * part.targets[:, 0]
        np.testing.assert_allclose(offset, offset[0], atol=1e-4)


@pytest.mark.parametrize(
    ("inputs", "targets", "changes", "message"),
    [
        (np.zeros((4, 2)), np.zeros(3, int), {}, "shape"),
        (np.full((4, 2), np.nan), np.zeros(4, int), {}, "8 inputs are NaN"),
        (np.full((4, 2), 1e39), np.zeros(4, int), {}, "8 inputs are .* beyond the range of float32"),
        (np.eye(4), np.array([0.0, np.inf, 0.0, 0.0]), {}, "1 targets are NaN or infinite"),
        (np.eye(4), np.array([0, 1, -1, 0]), {}, "class number -1"),
        (np.eye(4), np.array(["a", "b", "a", "b"]), {}, "targets of type <U1"),
        (np.ones((40, 2)), np.zeros(40, int), {}, "nothing to learn"),
        (np.ones((0, 2)), np.zeros(0, int), {}, "0 samples leave none"),
        (np.eye(4), np.zeros(4, int), {"test_fraction": 0.9, "validation_fraction": 0.1}, "5 %"),
        (np.eye(4), np.zeros(4, int), {"test_fraction": -0.1}, r"test_fraction=-0.1"),
        (np.eye(40), np.arange(40) // 5, {}, r"validation_fraction=0.1 takes none of 40 samples"),
        (np.eye(40), np.arange(40) // 2, {"validation_fraction": 0}, r"test_fraction=0.2 takes none of 40 samples"),
    ],
)
def test_bad_data_are_refused(inputs, targets, changes, message):
    with pytest.raises((DataError, ParameterError), match=message):
        learning.split(inputs, targets, **changes)


def test_any_arrays_are_taken_as_they_are():
    x = np.arange(12.0).reshape(6, 2)
    data = datasets.from_arrays((x, np.arange(6) % 3), test=(x[:2], [0, 1]))
    np.testing.assert_array_equal(data.train.inputs, x)
    assert data.train.inputs.dtype == np.float32
    assert data.train.targets.dtype == data.validation.targets.dtype == np.int64
    assert data.validation.inputs.shape == (0, 2)
    assert data.test.targets.tolist() == [0, 1]
    single = x.astype(np.float32)
    assert datasets.from_arrays((single, x)).train.inputs is single
    with pytest.raises(DataError, match="test inputs of shape"):
        datasets.from_arrays((x, x), test=(x[:, :1], x))
    with pytest.raises(DataError, match="class numbers or values in all parts"):
        datasets.from_arrays((x, np.arange(6)), validation=(x, x))
    with pytest.raises(DataError, match="no training samples"):
        datasets.from_arrays((x[:0], x[:0]))
