"""MNIST: handwritten digits."""

from __future__ import annotations

from pathlib import Path

from mtjphys.core.declared import Natural
from mtjphys.learning.data.idx import image_set, read_images
from mtjphys.learning.data.named import DATASETS
from mtjphys.learning.data.samples import Data

IMAGES = image_set(
    "mnist",
    (
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
    ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
    0.1307,
    0.3081,
)


@DATASETS.register("mnist")
def mnist(data_dir: str | Path | None = None, validation_samples: Natural = 5000, seed: Natural = 0) -> Data:
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
    return read_images(IMAGES, data_dir, validation_samples, seed)
