"""Scales: back and forth, and what cannot be scaled."""

import numpy as np
import pytest

from mtjphys.core.errors import DataError
from mtjphys.datasets.use.moments import Moments
from mtjphys.datasets.use.normalisation import Normalisation, Scale


def test_labels_come_back():
    scale = Scale(np.array([1.0, -2.0]), np.array([3.0, 0.5]))
    both = Normalisation(scale, scale)
    values = np.arange(6.0).reshape(3, 2)
    np.testing.assert_allclose(both.labels_in_units(both.normalised_labels(values)), values, atol=1e-15)
    traces = np.stack([values.T, values.T + 1.0])  # two windows of two channels and three samples
    np.testing.assert_allclose(both.normalised_inputs(traces)[1, 1], (values[:, 1] + 1.0 + 2.0) / 0.5)


def test_a_label_that_never_changes_is_refused():
    moments = Moments(1)
    moments.add(np.full((4, 1), 0.02))
    with pytest.raises(DataError, match=r"damping is 0\.02 everywhere in the split train"):
        Scale.of(moments, ["damping"], "train")
