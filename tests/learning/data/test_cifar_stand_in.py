"""Files that stand in for CIFAR."""

import numpy as np
import pytest

from mtjphys.core.errors import ParameterError
from mtjphys.learning import data as datasets
from mtjphys.learning.data import cifar


@pytest.mark.parametrize("dataset", ["cifar10", "cifar100"])
def test_the_stand_in_reads_like_cifar_and_can_be_learned(tmp_path, dataset):
    folder = datasets.write_cifar_stand_in(tmp_path, dataset, test_samples=200, seed=3)
    data = datasets.load(dataset, data_dir=folder, validation_samples=100)
    n_classes = cifar.LAYOUTS[dataset].classes[-1]
    assert [len(part.targets) for part in data] == [900, 100, 200]
    assert np.bincount(data.test.targets).tolist() == [200 // n_classes] * n_classes
    centres = np.stack([data.train.inputs[data.train.targets == k].mean(axis=0) for k in range(n_classes)])
    distances = ((data.test.inputs[:, None] - centres) ** 2).sum(axis=2)
    assert (distances.argmin(axis=1) == data.test.targets).mean() > 0.95
    with pytest.raises(ParameterError, match="test_samples=7 samples is outside"):
        datasets.write_cifar_stand_in(tmp_path, dataset, test_samples=7)
    with pytest.raises(ParameterError, match="not a multiple"):
        datasets.write_cifar_stand_in(tmp_path, dataset, test_samples=201)
    with pytest.raises(ParameterError, match="dataset='cifar' is unknown"):
        datasets.write_cifar_stand_in(tmp_path, "cifar")
