"""Teachers and their students."""

import numpy as np
import pytest

from mtjphys import learning
from mtjphys.core.errors import ParameterError
from mtjphys.learning import data as datasets


def test_the_student_is_asked_what_the_teacher_answers():
    data = datasets.teacher_student((3, 4, 2), 50, seed=5, validation_samples=7, test_samples=0)
    network = datasets.teacher((3, 4, 2), seed=5)
    hidden = data.train.inputs @ network.weights[0].T + network.biases[0]
    hidden = np.where(hidden > 0, hidden, 0.01 * hidden)
    np.testing.assert_allclose(data.train.targets, hidden @ network.weights[1].T + network.biases[1], rtol=1e-5)
    assert learning.evaluate(network, data.validation, learning.SquaredError()).loss < 1e-12
    assert [part.targets.shape for part in data] == [(50, 2), (7, 2), (0, 2)]
    assert data.train.inputs.dtype == data.train.targets.dtype == np.float32


def test_a_teacher_has_the_activation_and_the_biases_asked_for():
    tanh = learning.Tanh()
    data = datasets.teacher_student((3, 4, 2), 50, seed=5, activation=tanh, bias_deviation=0.0)
    network = datasets.teacher((3, 4, 2), seed=5, bias_deviation=0.0)
    assert not any(biases.any() for biases in network.biases)
    expected = np.tanh(data.train.inputs @ network.weights[0].T) @ network.weights[1].T
    np.testing.assert_allclose(data.train.targets, expected, rtol=1e-4, atol=1e-6)
    biases = datasets.teacher((2, 400, 1), seed=5, bias_deviation=0.3).biases[0]
    assert abs(biases.std() / 0.3 - 1) < 5 / np.sqrt(2 * 400)


def test_teacher_and_student_of_one_seed_differ_and_parts_do_not_depend_on_each_other():
    teacher, student = datasets.teacher((2, 50, 50, 1), seed=5), learning.Network((2, 50, 50, 1), seed=5)
    correlation = np.corrcoef(teacher.weights[1].ravel(), student.weights[1].ravel())[0, 1]
    assert abs(correlation) < 5 / 50  # 5 standard deviations
    # Normal with the variance 2/fan-in: 5 standard deviations of a variance from 2500 weights.
    assert abs(teacher.weights[1].var() * 50 / 2 - 1) < 5 * np.sqrt(2 / 2500)
    few, many = datasets.teacher_student(n_samples=5, seed=1), datasets.teacher_student(n_samples=9, seed=1)
    np.testing.assert_array_equal(few.train.inputs, many.train.inputs[:5])
    np.testing.assert_array_equal(few.test.inputs, many.test.inputs)
    assert not np.array_equal(few.test.inputs[:5], few.validation.inputs[:5])
    assert not np.array_equal(few.test.inputs[:5], few.train.inputs)
    with pytest.raises(ParameterError, match="n_samples=0"):
        datasets.teacher_student(n_samples=0)
