"""Fashion-MNIST: pieces of clothing."""

from __future__ import annotations

from pathlib import Path

from mtjphys.core.declared import Natural
from mtjphys.learning.data.idx import image_set, read_images
from mtjphys.learning.data.named import DATASETS
from mtjphys.learning.data.samples import Data

IMAGES = image_set(
    "fashion_mnist",
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
)


@DATASETS.register("fashion_mnist")
def fashion_mnist(data_dir: str | Path | None = None, validation_samples: Natural = 5000, seed: Natural = 0) -> Data:
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
    return read_images(IMAGES, data_dir, validation_samples, seed)
