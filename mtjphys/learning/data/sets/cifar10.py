"""CIFAR-10: photographs of 10 classes."""

from __future__ import annotations

from pathlib import Path

from mtjphys.core.declared import Natural
from mtjphys.learning.data.cifar import read_cifar
from mtjphys.learning.data.named import DATASETS
from mtjphys.learning.data.samples import Data


@DATASETS.register("cifar10")
def cifar10(data_dir: str | Path | None = None, validation_samples: Natural = 5000, seed: Natural = 0) -> Data:
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
    return read_cifar("cifar10", data_dir, validation_samples, seed)
