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


class _Set(NamedTuple):
    """How a data set is distributed, and how it is normalised."""

    files: tuple[Remote, Remote, Remote, Remote]  # images and labels to train with, to test with
    mean: float
    deviation: float


_NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def _set(hashes: tuple[str, ...], mirrors: tuple[str, ...], mean: float, deviation: float) -> _Set:
    a, b, c, d = (Remote(name, sha256, mirrors) for name, sha256 in zip(_NAMES, hashes, strict=True))
    return _Set((a, b, c, d), mean, deviation)


_SETS = {
    "mnist": _set(
        (
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
        ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
        0.1307,
        0.3081,
    ),
    "fashion_mnist": _set(
        (
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
        (
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        0.2860,
        0.3530,
    ),
}


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
    n_items, *found = np.frombuffer(content, ">u4", n_dimensions, 4).tolist()
    if tuple(found) != shape:
        raise DataError(f"{path}: holds items of shape {tuple(found)}, expected {shape}")
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


def _load(name: str, data_dir: str | Path | None, validation_samples: int, seed: int) -> Data:
    files, mean, deviation = _SETS[name]
    paths = [locate(name, file, data_dir, (file.name.removesuffix(".gz"),)) for file in files]
    return image_data(
        name,
        _pair(*paths[:2]),
        _pair(*paths[2:]),
        (mean,),
        (deviation,),
        validation_samples=validation_samples,
        seed=seed,
    )


def mnist(data_dir: str | Path | None = None, validation_samples: int = 5000, seed: int = 0) -> Data:
    """Return the handwritten digits of MNIST: 60 000 to train with, 10 000 to test with.

    ``x = (pixel/255 - 0.1307)/0.3081``, the mean and the standard deviation of the training pixels.

    Parameters
    ----------
    data_dir : path, optional
        Folder with the four IDX files, compressed (``.gz``) or not, or with a folder ``mnist`` of
        them. By default that of the environment variable MTJPHYS_DATA, else the user's cache, to
        which they are downloaded once (12 MB) and checked. Files of a named folder are checked for
        their form, not against the published hashes.
    validation_samples : int
        How many training samples are set aside for validation, each class in its proportion.
    seed : int
        Seed of that choice.

    Returns
    -------
    Data
        Inputs in float32 of shape (n, 784) and class numbers (n,). The test data are as published.

    Raises
    ------
    DataError
        If a file is missing, broken or truncated, or could not be downloaded.
    ParameterError
        If the validation samples leave nothing to train on.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Proc. IEEE 86, 2278 (1998).

    Examples
    --------
    >>> data = mnist("data")  # doctest: +SKIP
    >>> data.train.inputs.shape, data.validation.inputs.shape  # doctest: +SKIP
    ((55000, 784), (5000, 784))
    """
    return _load("mnist", data_dir, validation_samples, seed)


def fashion_mnist(data_dir: str | Path | None = None, validation_samples: int = 5000, seed: int = 0) -> Data:
    """Return the pieces of clothing of Fashion-MNIST: 60 000 to train with, 10 000 to test with.

    ``x = (pixel/255 - 0.2860)/0.3530``, the mean and the standard deviation of the training pixels.

    Parameters
    ----------
    data_dir : path, optional
        Folder with the four IDX files, compressed (``.gz``) or not, or with a folder
        ``fashion_mnist`` of them; as of `mnist` (30 MB).
    validation_samples : int
        How many training samples are set aside for validation, each class in its proportion.
    seed : int
        Seed of that choice.

    Returns
    -------
    Data
        Inputs in float32 of shape (n, 784) and class numbers (n,). The test data are as published.

    Raises
    ------
    DataError
        If a file is missing, broken or truncated, or could not be downloaded.
    ParameterError
        If the validation samples leave nothing to train on.

    References
    ----------
    H. Xiao, K. Rasul, R. Vollgraf, arXiv:1708.07747 (2017).

    Examples
    --------
    >>> fashion_mnist("data").test.inputs.shape  # doctest: +SKIP
    (10000, 784)
    """
    return _load("fashion_mnist", data_dir, validation_samples, seed)
