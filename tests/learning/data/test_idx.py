"""IDX files, and what is broken in them."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from picture_files import IMAGES, LABELS, TEST_IMAGES, TEST_LABELS, idx_bytes, small_mnist, write_mnist

from mtjphys import learning
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.learning import data as datasets

MNIST = Path(__file__).parents[4] / "shared" / "data" / "mnist"


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("below", ["", "mnist"])
def test_idx_files_come_back_normalised(tmp_path, compressed, below):
    arrays = small_mnist()
    write_mnist(tmp_path / below, compressed=compressed)
    data = learning.mnist(tmp_path, validation_samples=0)
    for part, images, labels in ((data.train, IMAGES, LABELS), (data.test, TEST_IMAGES, TEST_LABELS)):
        assert part.inputs.dtype == np.float32
        expected = (arrays[images].reshape(len(arrays[images]), 784) / 255 - 0.1307) / 0.3081
        np.testing.assert_allclose(part.inputs, expected, rtol=0, atol=1e-6)
        np.testing.assert_array_equal(part.targets, arrays[labels])
    assert data.validation.inputs.shape == (0, 784)


def test_the_folder_of_the_data_set_comes_before_the_one_around_it(tmp_path):
    write_mnist(tmp_path, small_mnist(seed=1))
    write_mnist(tmp_path / "mnist", small_mnist(seed=2))
    data = learning.mnist(tmp_path, validation_samples=0)
    np.testing.assert_array_equal(data.train.targets, small_mnist(seed=2)[LABELS])


def test_fashion_mnist_has_constants_of_its_own_and_is_not_mistaken_for_mnist(tmp_path):
    write_mnist(tmp_path / "mnist")
    with pytest.warns(MtjphysWarning, match=r"fashion_mnist: .* mean -0\.4"):
        data = learning.fashion_mnist(tmp_path / "mnist", validation_samples=0)
    pixels = small_mnist()[IMAGES].reshape(-1, 784)
    np.testing.assert_allclose(data.train.inputs, (pixels / 255 - 0.2860) / 0.3530, rtol=0, atol=1e-6)
    with pytest.raises(DataError, match="'fashion_mnist'"):
        learning.fashion_mnist(tmp_path)


def test_nothing_left_to_train_on_is_refused(tmp_path):
    write_mnist(tmp_path)
    with pytest.raises(ParameterError, match=r"validation_samples=40 .*\[0, 39\].* there are 40 training samples"):
        learning.mnist(tmp_path, validation_samples=40)
    with pytest.raises(ParameterError, match=r"validation_samples=0.1 is not a whole number"):
        learning.mnist(tmp_path, validation_samples=0.1)


def broken(content, change):
    return {
        "magic": b"\x00\x00\x0d\x03" + content[4:],
        "short": content[:-1],
        "long": content + b"\x00",
        "header": content[:10],
        "rows": content[:8] + np.array([20, 28], ">u4").tobytes() + content[16:],
    }[change]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("magic", "begins with the magic number 0x00000d03, expected 0x00000803"),
        ("short", "has 31375 bytes, expected 31376 for 40 items of shape"),
        ("long", "has 31377 bytes, expected 31376"),
        ("header", "truncated in its header of 16 bytes, it has 10"),
        ("rows", r"items of shape \(20, 28\), expected \(28, 28\)"),
    ],
)
@pytest.mark.parametrize("compressed", [True, False])
def test_broken_idx_files_are_refused_with_their_name(tmp_path, change, message, compressed):
    write_mnist(tmp_path, compressed=compressed)
    path = tmp_path / (IMAGES if compressed else IMAGES.removesuffix(".gz"))
    content = broken(idx_bytes(small_mnist()[IMAGES]), change)
    path.write_bytes(gzip.compress(content) if compressed else content)
    with pytest.raises(DataError, match=f"{path.name}: .*{message}"):
        learning.mnist(tmp_path)


@pytest.mark.parametrize("damage", ["truncated", "flipped", "not gzip"])
def test_broken_compression_is_refused_with_the_name(tmp_path, damage):
    write_mnist(tmp_path)
    content = bytearray((tmp_path / IMAGES).read_bytes())
    if damage == "truncated":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        content[len(content) // 2] ^= 255
    else:
        content = b"<html>not found</html>"
    (tmp_path / IMAGES).write_bytes(content)
    with pytest.raises(DataError, match=rf"{IMAGES}: .*broken or truncated"):
        learning.mnist(tmp_path)


def test_labels_that_do_not_fit_are_refused(tmp_path):
    arrays = small_mnist()
    write_mnist(tmp_path, arrays | {LABELS: arrays[LABELS][:-1]})
    with pytest.raises(DataError, match=rf"{LABELS}: has 39 labels for the 40 images"):
        learning.mnist(tmp_path)
    write_mnist(tmp_path, arrays | {TEST_LABELS: arrays[TEST_LABELS] + 1})
    with pytest.raises(DataError, match=rf"{TEST_LABELS}: holds the label 10, expected 0 to 9"):
        learning.mnist(tmp_path)
    with pytest.raises(DataError, match="magic number 0x00000803, expected 0x00000801"):
        datasets.read_idx(tmp_path / IMAGES)


@pytest.mark.skipif(not MNIST.is_dir(), reason="the files of MNIST, 11 MB, are not part of the project")
def test_the_real_mnist():
    data = learning.mnist(MNIST)
    assert [part.inputs.shape for part in data] == [(55000, 784), (5000, 784), (10000, 784)]
    counts = np.bincount(data.train.targets) + np.bincount(data.validation.targets)
    # Published counts of the digits 0 to 9.
    assert counts.tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert data.test.targets[:5].tolist() == [7, 2, 1, 0, 4]
    inputs = data.train.inputs
    assert abs(inputs.mean()) < 2e-3
    assert abs(inputs[::10].std() - 1) < 2e-3
    np.testing.assert_allclose([inputs.min(), inputs.max()], [-0.1307 / 0.3081, 0.8693 / 0.3081], rtol=1e-6)
