"""CIFAR-100: photographs of 100 classes."""

from __future__ import annotations

from pathlib import Path

from mtjphys.core.declared import Natural
from mtjphys.learning.data.cifar import read_cifar
from mtjphys.learning.data.named import DATASETS
from mtjphys.learning.data.samples import Data


@DATASETS.register("cifar100")
def cifar100(data_dir: str | Path | None = None, validation_samples: Natural = 5000, seed: Natural = 0) -> Data:
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
    return read_cifar("cifar100", data_dir, validation_samples, seed)
