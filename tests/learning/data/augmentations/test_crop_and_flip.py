"""Cut and flipped images against a slow twin."""

import numpy as np
import pytest
from picture_files import LOADERS

from mtjphys import learning
from mtjphys.core.errors import ParameterError
from mtjphys.learning import data as datasets


def crop_and_flip_naively(images, stream, padding, fill):
    n, channels, height, width = images.shape
    top, left = stream.integers(0, 2 * padding + 1, (2, n))
    flipped = stream.random(n) < 0.5
    result = np.empty_like(images)
    for k in range(n):
        for c in range(channels):
            for i in range(height):
                for j in range(width):
                    y, x = i + top[k] - padding, (width - 1 - j if flipped[k] else j) + left[k] - padding
                    inside = 0 <= y < height and 0 <= x < width
                    result[k, c, i, j] = images[k, c, y, x] if inside else fill[c]
    return result


def test_crop_and_flip_is_its_naive_twin():
    images = np.random.default_rng(0).standard_normal((16, 3, 6, 5)).astype(np.float32)
    before = images.copy()
    augment = datasets.CropAndFlip(6, 5, 3, padding=2, fill=(-1.0, -2.0, -3.0))
    pictures = augment(images.reshape(16, -1), np.random.default_rng(7))
    expected = crop_and_flip_naively(images, np.random.default_rng(7), 2, (-1, -2, -3))
    np.testing.assert_array_equal(pictures, expected.reshape(16, -1))
    assert pictures.dtype == np.float32
    np.testing.assert_array_equal(images, before)


def test_every_crop_and_both_directions_are_equally_likely():
    n = 20_000
    images = np.tile(np.arange(1.0, 10.0), (n, 1))  # 3 x 3
    centres = datasets.CropAndFlip(3, 3, 1, padding=1)(images, np.random.default_rng(3)).reshape(n, 3, 3)
    # The nine crops have the nine pixels in their centre; a flip shows in where the 5 is.
    counts = np.bincount(centres[:, 1, 1].astype(int), minlength=10)[1:]
    # 18 counts, each within 5 standard deviations: false alarm below 1e-5.
    assert np.all(np.abs(counts - n / 9) < 5 * np.sqrt(n * 8 / 81))
    left = (centres == 5).any(axis=1)
    shifted = left[~left[:, 1]]
    assert abs(shifted[:, 0].mean() - 0.5) < 5 * 0.5 / np.sqrt(len(shifted))


def test_bad_augmentations_are_refused():
    with pytest.raises(ParameterError, match="padding=-1"):
        datasets.CropAndFlip(3, 3, 1, padding=-1)
    with pytest.raises(ParameterError, match=r"fill=.* has 2 values"):
        datasets.CropAndFlip(3, 3, 3, fill=(0.0, 1.0))
    with pytest.raises(ParameterError, match=r"inputs of shape \(4, 8\)"):
        datasets.CropAndFlip(3, 3, 1)(np.ones((4, 8)), np.random.default_rng(1))


def test_training_takes_the_augmentation(tmp_path):
    data = LOADERS["cifar10"](datasets.write_cifar_stand_in(tmp_path, test_samples=10), validation_samples=10)

    def train(augment):
        network = learning.Network([3072, 8, 10], seed=1)
        training = learning.Training(
            network, learning.BP(), data, learning.Adam(1e-3), epochs=2, batch_size=16, seed=2, augment=augment
        )
        training.run(progress=False)
        return network.weights[0]

    augment = datasets.cifar_augmentation()
    np.testing.assert_array_equal(train(augment), train(augment))
    assert not np.array_equal(train(augment), train(None))
