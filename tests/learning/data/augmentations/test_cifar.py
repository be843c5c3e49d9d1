"""The augmentation of CIFAR."""

import numpy as np
import pytest

from mtjphys import learning
from mtjphys.learning import data as datasets
from mtjphys.learning.data import cifar
from mtjphys.learning.tables import Context


def test_the_margin_of_cifar_is_black():
    images = np.ones((64, 3072), np.float32)
    result = datasets.cifar_augmentation()(images, np.random.default_rng(1)).reshape(64, 3, 1024)
    for channel, (mean, deviation) in enumerate(zip(cifar.MEAN, cifar.DEVIATION, strict=True)):
        np.testing.assert_allclose(np.unique(result[:, channel]), [-mean / deviation, 1], rtol=1e-6)


@pytest.mark.parametrize(("given", "padding"), [("cifar", 4), ({"name": "cifar", "padding": 2}, 2)])
def test_the_margin_is_that_of_the_paper_or_of_the_file(given, padding):
    table = {"epochs": 1, "augment": given}
    training = learning.Experiment(data={"name": "cifar10"}, rule={"name": "BP"}, training=table)
    assert training.training.augment.build(Context("augment")) == datasets.cifar_augmentation(padding)
    assert datasets.cifar_augmentation(padding).padding == padding
