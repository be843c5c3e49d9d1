"""Data for training, validation and test; normalised with the training data only."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.errors import DataError, MtjphysError, ParameterError
from mtjphys.parameters import check_range


class Samples(NamedTuple):
    """Inputs (n_samples, n_inputs) and targets: class numbers (n_samples,) or values."""

    inputs: NDArray[Any]
    targets: NDArray[Any]


class Data(NamedTuple):
    """Three parts of a data set: learn from the first, choose with the second, report the third."""

    train: Samples
    validation: Samples
    test: Samples


def split(
    inputs: NDArray[Any],
    targets: NDArray[Any],
    *,
    validation_fraction: float = 0.1,
    test_fraction: float = 0.2,
    seed: int = 0,
) -> Data:
    """Split classified samples at random, each class in the same proportion, and normalise them.

    ``x <- (x - mean) / std`` with the mean and the standard deviation of all training inputs
    together, as is usual for images; validation and test data are transformed with the same two
    numbers.

    Parameters
    ----------
    inputs : array of shape (n_samples, n_inputs)
        Samples in rows, finite.
    targets : array of int, shape (n_samples,)
        Class numbers, from 0.
    validation_fraction, test_fraction : float
        Parts of the data that are set aside.
    seed : int
        Seed of the split.

    Returns
    -------
    Data
        Training, validation and test samples, inputs in float32.

    Raises
    ------
    ParameterError
        If the fractions leave nothing to train on.
    DataError
        If the samples are not finite, do not vary, or do not match the targets.

    Examples
    --------
    >>> data = split(np.arange(40.0).reshape(20, 2), np.repeat([0, 1], 10))
    >>> len(data.train.targets), len(data.validation.targets), len(data.test.targets)
    (14, 2, 4)
    """
    inputs, targets = np.asarray(inputs, np.float64), np.asarray(targets)
    if inputs.ndim != 2 or targets.shape != inputs.shape[:1]:
        raise DataError(
            f"inputs of shape {inputs.shape} and targets of shape {targets.shape}: "
            "expected (n_samples, n_inputs) and (n_samples,)"
        )
    if not np.isfinite(inputs).all():
        raise DataError(f"{(~np.isfinite(inputs)).sum()} inputs are NaN or infinite: remove them")
    if not np.issubdtype(targets.dtype, np.integer):
        raise DataError(f"targets of type {targets.dtype} are not class numbers: give integers")
    check_range("validation_fraction", validation_fraction, "(of all samples)", 0.0, 0.9)
    check_range("test_fraction", test_fraction, "(of all samples)", 0.0, 0.9)
    if validation_fraction + test_fraction > 0.95:
        raise ParameterError(
            f"validation_fraction={validation_fraction} and test_fraction={test_fraction} leave "
            "less than 5 % to train on: make them smaller"
        )
    stream = np.random.default_rng(seed)
    parts: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
    for label in np.unique(targets):
        members = stream.permutation(np.flatnonzero(targets == label))
        n_test = round(test_fraction * members.size)
        n_validation = round(validation_fraction * members.size)
        pieces = np.split(members, [n_test, n_test + n_validation])
        for part, piece in zip(parts, pieces, strict=True):
            part.append(piece)
    test, validation, train = (stream.permutation(np.concatenate(part)) for part in parts)
    mean, deviation = inputs[train].mean(), inputs[train].std()
    if deviation == 0:
        raise DataError(f"all training inputs are {mean:g}: there is nothing to learn from")
    scaled = ((inputs - mean) / deviation).astype(np.float32)
    return Data(*(Samples(scaled[part], targets[part]) for part in (train, validation, test)))


def digits(*, seed: int = 0) -> Data:
    """Return the 1797 handwritten digits (8 x 8 pixels, 10 classes) that come with scikit-learn.

    Parameters
    ----------
    seed : int
        Seed of the split into 70 % training, 10 % validation and 20 % test data.

    Returns
    -------
    Data
        Normalised inputs (n, 64) and class numbers (n,).

    Raises
    ------
    MtjphysError
        If scikit-learn is not installed.

    References
    ----------
    E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning
    Repository (1998).

    Examples
    --------
    >>> data = digits()
    >>> data.train.inputs.shape[1]
    64
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise MtjphysError(
            'the handwritten digits come with scikit-learn: install it with `pip install "mtjphys[learn]"`'
        ) from None
    inputs, targets = load_digits(return_X_y=True)
    return split(inputs, targets, seed=seed)
