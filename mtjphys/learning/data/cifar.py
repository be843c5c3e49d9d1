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

from mtjphys.core.errors import DataError
from mtjphys.learning.data.download import DATA_VARIABLE, Remote, locate
from mtjphys.learning.data.images import image_data
from mtjphys.learning.data.samples import Data

SIDE, CHANNELS = 32, 3
MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)
_MIRRORS = ("https://www.cs.toronto.edu/~kriz/",)
PIXELS = CHANNELS * SIDE**2


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
        return len(self.classes) + PIXELS


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
TRAIN_TO_TEST = 5  # 50 000 to train with, 10 000 to test with, in both


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
            f"labels, {PIXELS} for the pixels of an image): the file is truncated or broken, get it again"
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
    candidates = [folder / name for folder in (root / dataset, root) for name in names]
    candidates += [root] if root.resolve().name == layout.pickles else []
    return next((path for path in candidates if path.exists()), None)


def read_cifar(dataset: str, data_dir: str | Path | None, validation_samples: int, seed: int) -> Data:
    """Return the data of a set, normalised; files are looked for, or downloaded."""
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
        expected = n_test * TRAIN_TO_TEST // len(layout.train)
        if len(files[name]) != expected:
            raise DataError(
                f"{path}: {name} has {len(files[name])} images where {layout.test} has {n_test}, expected {expected}: "
                "one of them is truncated, get it again"
            )
    test = _joined([files.pop(layout.test)], len(layout.classes))
    train = _joined([files.pop(name) for name in layout.train], len(layout.classes))
    return image_data(dataset, train, test, MEAN, DEVIATION, validation_samples=validation_samples, seed=seed)
