"""Small files in the formats of MNIST and CIFAR."""

import gzip
import tarfile
from importlib import import_module

import numpy as np

from mtjphys import learning
from mtjphys.learning.data import cifar, idx

IMAGES, LABELS, TEST_IMAGES, TEST_LABELS = idx.NAMES


MNIST_SET = import_module("mtjphys.learning.data.sets.mnist")


FASHION_SET = import_module("mtjphys.learning.data.sets.fashion_mnist")


def idx_bytes(array):
    header = bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes()
    return header + array.astype(np.uint8).tobytes()


def small_mnist(n_train=40, n_test=10, seed=0):
    """Return the four arrays, with about MNIST's mean."""
    stream = np.random.default_rng(seed)
    arrays = []
    for n in (n_train, n_test):
        ink = stream.random((n, 28, 28)) < 0.26
        arrays += [ink * stream.integers(0, 256, ink.shape), stream.permutation(np.arange(n) % 10)]
    return dict(zip(idx.NAMES, arrays, strict=True))


def write_mnist(folder, arrays=None, *, compressed=True):
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in (small_mnist() if arrays is None else arrays).items():
        content = idx_bytes(array)
        path = folder / (name if compressed else name.removesuffix(".gz"))
        path.write_bytes(gzip.compress(content) if compressed else content)
    return folder


LOADERS = {"cifar10": learning.data.cifar10, "cifar100": learning.data.cifar100}


def write_cifar(folder, dataset, n_test=10, seed=0):
    """Write random records, labels and all; return them by file."""
    layout, stream = cifar.LAYOUTS[dataset], np.random.default_rng(seed)
    target = folder / layout.folder
    target.mkdir(parents=True)
    written = {}
    for name in (layout.test, *layout.train):
        n = n_test if name == layout.test else 5 * n_test // len(layout.train)
        labels = np.column_stack([stream.integers(0, n_classes, n) for n_classes in layout.classes])
        written[name] = np.hstack([labels, stream.integers(0, 241, (n, 3072))]).astype(np.uint8)
        (target / name).write_bytes(written[name].tobytes())
    return written


def pack(folder, dataset):
    """Pack the files in another order than that of their names, as an archive may."""
    layout = cifar.LAYOUTS[dataset]
    with tarfile.open(folder / layout.archive.name, "w:gz") as archive:
        for path in sorted((folder / layout.folder).iterdir(), reverse=True):
            archive.add(path, f"{layout.folder}/{path.name}")
            path.unlink()
    (folder / layout.folder).rmdir()
    return folder / layout.archive.name
