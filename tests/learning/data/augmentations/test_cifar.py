"""The augmentation of CIFAR."""

import numpy as np

from mtjphys.learning import data as datasets
from mtjphys.learning.data import cifar


def test_the_margin_of_cifar_is_black(tmp_path):
    images = np.ones((64, 3072), np.float32)
    result = datasets.cifar_augmentation()(images, np.random.default_rng(1)).reshape(64, 3, 1024)
    for channel, (mean, deviation) in enumerate(zip(cifar.MEAN, cifar.DEVIATION, strict=True)):
        np.testing.assert_allclose(np.unique(result[:, channel]), [-mean / deviation, 1], rtol=1e-6)
