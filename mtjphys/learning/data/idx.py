"""MNIST and Fashion-MNIST: 28 x 28 pixels, 10 classes, in IDX files."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError
from mtjphys.learning.data.download import Remote, locate
from mtjphys.learning.data.images import image_data
from mtjphys.learning.data.samples import Data

_N_CLASSES = 10
_SHAPE = (28, 28)
_UNSIGNED_BYTES = 8  # type code in the third byte of an IDX file


class ImageSet(NamedTuple):
    """How a data set is distributed, and how it is normalised."""

    name: str
    files: tuple[Remote, Remote, Remote, Remote]  # images and labels to train with, to test with
    mean: float
    deviation: float


NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def image_set(name: str, hashes: tuple[str, ...], mirrors: tuple[str, ...], mean: float, deviation: float) -> ImageSet:
    """Return a data set of four files of the usual names, by their SHA-256 hashes."""
    a, b, c, d = (Remote(file, sha256, mirrors) for file, sha256 in zip(NAMES, hashes, strict=True))
    return ImageSet(name, (a, b, c, d), mean, deviation)


def read_idx(path: str | Path, shape: tuple[int, ...] = ()) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, as it is or compressed with gzip (``.gz``).

    Parameters
    ----------
    path : path
        The file.
    shape : tuple of int
        Expected shape of one item: (28, 28) for the images of MNIST, () for labels.

    Returns
    -------
    ndarray of uint8
        Of shape (n_items, *shape).

    Raises
    ------
    DataError
        If the file is missing, broken or truncated, or holds something else.

    References
    ----------
    Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits: file formats.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read, or is broken or truncated ({error}): get it again") from None
    n_dimensions = 1 + len(shape)
    magic = bytes((0, 0, _UNSIGNED_BYTES, n_dimensions))
    start = len(magic) + 4 * n_dimensions
    if content[:4] != magic:
        raise DataError(
            f"{path}: begins with the magic number 0x{content[:4].hex()}, expected 0x{magic.hex()} (IDX, unsigned "
            f"bytes, {n_dimensions} dimensions): this is another kind of file"
        )
    if len(content) < start:
        raise DataError(f"{path}: is truncated in its header of {start} bytes, it has {len(content)}: get it again")
    n_items, *of_item = np.frombuffer(content, ">u4", n_dimensions, 4).tolist()
    if tuple(of_item) != shape:
        raise DataError(f"{path}: holds items of shape {tuple(of_item)}, expected {shape}")
    expected = start + n_items * math.prod(shape)
    if len(content) != expected:
        raise DataError(
            f"{path}: has {len(content)} bytes, expected {expected} for {n_items} items of shape {shape}: the file "
            "is truncated or broken, get it again"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(n_items, *shape)


def _pair(images: Path, labels: Path) -> tuple[NDArray[np.uint8], NDArray[Any]]:
    """Read images, a row each, and their class numbers."""
    pixels, targets = read_idx(images, _SHAPE), read_idx(labels)
    if len(pixels) != len(targets) or not len(pixels):
        raise DataError(f"{labels}: has {len(targets)} labels for the {len(pixels)} images of {images.name}")
    if targets.max() >= _N_CLASSES:
        raise DataError(f"{labels}: holds the label {targets.max()}, expected 0 to {_N_CLASSES - 1}")
    return pixels.reshape(len(pixels), -1), targets.astype(np.int64)


def read_images(images: ImageSet, data_dir: str | Path | None, validation_samples: int, seed: int) -> Data:
    """Return the data of a set, normalised; files are looked for, or downloaded."""
    paths = [locate(images.name, file, data_dir, (file.name.removesuffix(".gz"),)) for file in images.files]
    return image_data(
        images.name,
        _pair(*paths[:2]),
        _pair(*paths[2:]),
        (images.mean,),
        (images.deviation,),
        validation_samples=validation_samples,
        seed=seed,
    )
