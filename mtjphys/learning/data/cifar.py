"""CIFAR-10 and CIFAR-100: 32 x 32 pixels in three colours, in the binary version (never pickle)."""

from __future__ import annotations

import os
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.parameters import check_range
from mtjphys.learning.data.augmentation import CropAndFlip
from mtjphys.learning.data.download import DATA_VARIABLE, Remote, locate
from mtjphys.learning.data.images import image_data
from mtjphys.learning.data.samples import Data

SIDE, CHANNELS = 32, 3
MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)
_MIRRORS = ("https://www.cs.toronto.edu/~kriz/",)
_PIXELS = CHANNELS * SIDE**2


class Layout(NamedTuple):
    """How a data set is distributed: a label for each entry of `classes`, then red, green and blue."""

    archive: Remote
    folder: str
    pickles: str  # folder of the Python version
    train: tuple[str, ...]
    test: str
    classes: tuple[int, ...]  # how many, of each label; the last label is the class

    @property
    def record(self) -> int:
        """Bytes of one image with its labels."""
        return len(self.classes) + _PIXELS


LAYOUTS = {
    "cifar10": Layout(
        Remote("cifar-10-binary.tar.gz", "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd", _MIRRORS),
        "cifar-10-batches-bin",
        "cifar-10-batches-py",
        tuple(f"data_batch_{k}.bin" for k in range(1, 6)),
        "test_batch.bin",
        (10,),
    ),
    "cifar100": Layout(
        Remote("cifar-100-binary.tar.gz", "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec", _MIRRORS),
        "cifar-100-binary",
        "cifar-100-python",
        ("train.bin",),
        "test.bin",
        (20, 100),
    ),
}
_TRAIN_TO_TEST = 5  # 50 000 to train with, 10 000 to test with, in both


def _contents(path: Path, names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Read files of a folder, or of an archive, of which nothing is unpacked to disk."""
    try:
        if path.is_dir():
            for name in names:
                yield name, (path / name).read_bytes()
            return
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                name = member.name.rpartition("/")[2]
                if name in names and (file := archive.extractfile(member)) is not None:
                    yield name, file.read()
    except FileNotFoundError as error:
        raise DataError(f"{error.filename}: no such file; {path} must hold {', '.join(names)}") from None
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise DataError(f"{path}: cannot be read, or is broken or truncated ({error}): get it again") from None


def _records(name: str, content: bytes, layout: Layout) -> NDArray[np.uint8]:
    """Return the images of one file with their labels, one a row."""
    if not content or len(content) % layout.record:
        raise DataError(
            f"{name}: has {len(content)} bytes, expected a multiple of {layout.record} ({len(layout.classes)} for the "
            f"labels, {_PIXELS} for the pixels of an image): the file is truncated or broken, get it again"
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, layout.record)
    for column, classes in enumerate(layout.classes):
        if (largest := records[:, column].max()) >= classes:
            raise DataError(
                f"{name}: holds {largest} in byte {column} of an image, expected a label of 0 to {classes - 1}: the "
                "file is broken, or of another data set"
            )
    return records


def _joined(parts: list[NDArray[np.uint8]], n_labels: int) -> tuple[NDArray[np.uint8], NDArray[Any]]:
    """Return pixels, a row for each image, and class numbers."""
    pixels = np.concatenate([part[:, n_labels:] for part in parts])
    return pixels, np.concatenate([part[:, n_labels - 1] for part in parts]).astype(np.int64)


def _pickled(dataset: str, layout: Layout, data_dir: str | Path | None) -> Path | None:
    """Return what a folder of the user's holds of the Python version, if anything."""
    given = data_dir if data_dir is not None else os.environ.get(DATA_VARIABLE) or None
    if given is None:
        return None
    root = Path(given).expanduser()
    names = (layout.archive.name.replace("binary", "python"), layout.pickles)
    found = [folder / name for folder in (root / dataset, root) for name in names]
    found += [root] if root.resolve().name == layout.pickles else []
    return next((path for path in found if path.exists()), None)


def _load(dataset: str, data_dir: str | Path | None, validation_samples: int, seed: int) -> Data:
    layout = LAYOUTS[dataset]
    try:
        path = locate(dataset, layout.archive, data_dir, (layout.folder, layout.test))
    except DataError:
        pickled = _pickled(dataset, layout, data_dir)
        if pickled is None:
            raise
        raise DataError(
            f"{pickled}: is the Python version, of pickles, which can run any code and are not read here: get the "
            f"binary version, {layout.archive.name}"
        ) from None
    if path.name == layout.test:
        path = path.parent
    names = (*layout.train, layout.test)
    files = {name: _records(f"{path}: {name}", content, layout) for name, content in _contents(path, names)}
    if missing := [name for name in names if name not in files]:
        raise DataError(f"{path}: lacks {', '.join(missing)}: get it again")
    n_test = len(files[layout.test])
    for name in layout.train:
        expected = n_test * _TRAIN_TO_TEST // len(layout.train)
        if len(files[name]) != expected:
            raise DataError(
                f"{path}: {name} has {len(files[name])} images where {layout.test} has {n_test}, expected {expected}: "
                "one of them is truncated, get it again"
            )
    test = _joined([files.pop(layout.test)], len(layout.classes))
    train = _joined([files.pop(name) for name in layout.train], len(layout.classes))
    return image_data(dataset, train, test, MEAN, DEVIATION, validation_samples=validation_samples, seed=seed)


def cifar10(data_dir: str | Path | None = None, validation_samples: int = 5000, seed: int = 0) -> Data:
    """Return the photographs of CIFAR-10: 10 classes, 50 000 to train with, 10 000 to test with.

    ``x = (pixel/255 - mean)/deviation`` channel by channel, with the means (0.4914, 0.4822, 0.4465)
    and the standard deviations (0.2023, 0.1994, 0.2010) that the paper takes.

    Parameters
    ----------
    data_dir : path, optional
        Folder with ``cifar-10-binary.tar.gz``, or with what it unpacks to, or with a folder
        ``cifar10`` of it. By default that of the environment variable MTJPHYS_DATA, else the user's
        cache, to which it is downloaded once (170 MB) and checked. Files of a named folder are
        checked for their form, not against the published hash.
    validation_samples : int
        How many training samples are set aside for validation, each class in its proportion.
    seed : int
        Seed of that choice.

    Returns
    -------
    Data
        Inputs in float32 of shape (n, 3072), red, green, blue, each row by row, and class numbers
        (n,). The test data are as published.

    Raises
    ------
    DataError
        If a file is missing, broken or truncated, or could not be downloaded.
    ParameterError
        If the validation samples leave nothing to train on.

    See Also
    --------
    cifar_augmentation : what the paper does to the training images of every batch.

    References
    ----------
    A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, report, University of
    Toronto (2009).

    Examples
    --------
    >>> cifar10("data").train.inputs.shape  # doctest: +SKIP
    (45000, 3072)
    """
    return _load("cifar10", data_dir, validation_samples, seed)


def cifar100(data_dir: str | Path | None = None, validation_samples: int = 5000, seed: int = 0) -> Data:
    """Return the photographs of CIFAR-100: 100 classes, 50 000 to train with, 10 000 to test with.

    As `cifar10`; the classes are the 100 fine ones.

    Parameters
    ----------
    data_dir : path, optional
        Folder with ``cifar-100-binary.tar.gz``, or with what it unpacks to, or with a folder
        ``cifar100`` of it; as of `cifar10` (169 MB).
    validation_samples : int
        How many training samples are set aside for validation, each class in its proportion.
    seed : int
        Seed of that choice.

    Returns
    -------
    Data
        Inputs in float32 of shape (n, 3072) and class numbers (n,).

    Raises
    ------
    DataError
        If a file is missing, broken or truncated, or could not be downloaded.
    ParameterError
        If the validation samples leave nothing to train on.

    References
    ----------
    A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, report, University of
    Toronto (2009).

    Examples
    --------
    >>> cifar100("data").test.inputs.shape  # doctest: +SKIP
    (10000, 3072)
    """
    return _load("cifar100", data_dir, validation_samples, seed)


def cifar_augmentation() -> CropAndFlip:
    """Return the paper's augmentation: 32 x 32 pixels cut from 40 x 40, and flipped half of the time.

    The margin of 4 pixels is black, as the images are normalised after they are cut.

    Returns
    -------
    CropAndFlip
        For the inputs of `cifar10` and `cifar100`.

    References
    ----------
    K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025).

    Examples
    --------
    >>> inputs = np.zeros((2, 3072), np.float32)
    >>> cifar_augmentation()(inputs, np.random.default_rng(1)).shape
    (2, 3072)
    """
    black = tuple(-mean / deviation for mean, deviation in zip(MEAN, DEVIATION, strict=True))
    return CropAndFlip(SIDE, SIDE, CHANNELS, fill=black)


def write_cifar_stand_in(
    folder: str | Path, dataset: str = "cifar10", *, test_samples: int = 200, noise: float = 40.0, seed: int = 0
) -> Path:
    """Write files in the format of CIFAR that are *not* CIFAR, to try a program without the data.

    Each class is a smooth random picture; a sample is the picture of its class plus white noise. A network
    learns it in a few epochs: what it reaches says nothing about CIFAR.

    Parameters
    ----------
    folder : path
        Where to; the files go to ``cifar-10-batches-bin`` or ``cifar-100-binary`` in it.
    dataset : str
        ``"cifar10"`` or ``"cifar100"``, which has 100 classes in 20 groups.
    test_samples : int
        Images to test with, a multiple of the classes; there are five times as many to train with.
    noise : float
        Standard deviation of the noise in steps of the pixel value, 0 to 255.
    seed : int
        Seed of pictures and noise.

    Returns
    -------
    Path
        `folder`, to be given to `cifar10` or `cifar100` as `data_dir`.

    Raises
    ------
    ParameterError
        If the data set is unknown, or a number is outside its range.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     data = cifar10(write_cifar_stand_in(folder, test_samples=20), validation_samples=10)
    >>> data.train.inputs.shape, data.test.inputs.shape
    ((90, 3072), (20, 3072))
    """
    if dataset not in LAYOUTS:
        raise ParameterError(f"dataset={dataset!r} is unknown: choose from {sorted(LAYOUTS)}")
    layout = LAYOUTS[dataset]
    n_classes = layout.classes[-1]
    check_range("test_samples", test_samples, "samples", n_classes, 10_000)
    if test_samples % n_classes:
        raise ParameterError(f"test_samples={test_samples} is not a multiple of the {n_classes} classes")
    check_range("noise", noise, "(pixel value)", 0.0, 255.0)
    stream = np.random.default_rng(np.random.SeedSequence(seed))
    coarse = stream.uniform(20, 220, (n_classes, CHANNELS, 4, 4))
    pictures = coarse.repeat(SIDE // 4, axis=2).repeat(SIDE // 4, axis=3).reshape(n_classes, _PIXELS)
    target = Path(folder) / layout.folder
    target.mkdir(parents=True, exist_ok=True)
    per_file = test_samples * _TRAIN_TO_TEST // len(layout.train)
    for name, n in ((layout.test, test_samples), *((name, per_file) for name in layout.train)):
        classes = stream.permutation(np.arange(n) % n_classes)
        pixels = pictures[classes] + noise * stream.standard_normal((n, _PIXELS))
        labels = [classes * groups // n_classes for groups in layout.classes]
        records = np.column_stack([*labels, pixels.clip(0, 255)]).astype(np.uint8)
        (target / name).write_bytes(records.tobytes())
    return Path(folder)
