"""Samples and their parts: training, validation and test; arrays of any origin."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.core.checks import as_count
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.quantity import check_range
from mtjphys.core.streams import Use, generator


class Samples(NamedTuple):
    """Inputs (n_samples, n_inputs), and targets: class numbers (n_samples,) or values (n_samples, n_outputs)."""

    inputs: NDArray[Any]
    targets: NDArray[Any]


class Data(NamedTuple):
    """Three parts of a data set: learn from the first, choose with the second, report the third."""

    train: Samples
    validation: Samples
    test: Samples


def checked(inputs: ArrayLike, targets: ArrayLike) -> Samples:
    """Return samples that fit each other and are finite: class numbers as integers, values as columns."""
    x, y = np.asarray(inputs), np.asarray(targets)
    if x.ndim != 2 or y.ndim not in (1, 2) or len(y) != len(x):
        raise DataError(
            f"inputs of shape {x.shape} and targets of shape {y.shape}: expected (n_samples, n_inputs) and "
            "(n_samples,), or (n_samples, n_outputs) for a regression"
        )
    for name, array in (("inputs", x), ("targets", y)):
        if array.dtype.kind not in "biuf":
            raise DataError(f"{name} of type {array.dtype} are not real numbers: give integers or floats")
        # float32 is what the networks compute with.
        strange = array.size - np.count_nonzero(np.abs(array) <= np.finfo(np.float32).max)
        if strange:
            raise DataError(f"{strange} {name} are NaN or infinite, or beyond the range of float32: remove them")
    if y.dtype.kind == "f" or y.ndim == 2:
        return Samples(x, (y[:, None] if y.ndim == 1 else y).astype(np.float32))
    if y.size and y.min() < 0:
        raise DataError(f"class number {y.min()}: classes are counted from 0")
    return Samples(x, y.astype(np.int64))


def validation_part(
    targets: NDArray[Any], validation_samples: int, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Choose at random which training samples are set aside for validation.

    Class numbers: sorted by class, in random order within each, every (n / validation_samples)-th
    is taken, so that each class is there in its proportion to within one sample. Values: a random set.

    Parameters
    ----------
    targets : array of shape (n_samples,) or (n_samples, n_outputs)
        Class numbers or values.
    validation_samples : int
        How many to set aside, 0 to n_samples - 1.
    seed : int
        Seed of the choice.

    Returns
    -------
    tuple of ndarray
        Ascending numbers of the training samples and of the validation samples.

    Raises
    ------
    ParameterError
        If nothing would be left to train on.
    """
    n = len(targets)
    check_range(
        "validation_samples",
        as_count("validation_samples", validation_samples, 0),
        "samples",
        0,
        n - 1,
        f"there are {n} training samples: leave some to train on",
    )
    order = generator(seed, 0, Use.VALIDATION).permutation(n)
    if targets.ndim == 1:
        order = order[np.argsort(targets[order], kind="stable")]
    chosen = np.zeros(n, bool)
    chosen[order[(2 * np.arange(validation_samples) + 1) * n // (2 * max(validation_samples, 1))]] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def split(
    inputs: ArrayLike,
    targets: ArrayLike,
    *,
    validation_fraction: float = 0.1,
    test_fraction: float = 0.2,
    seed: int = 0,
) -> Data:
    """Split samples at random, each class in the same proportion, and normalise the inputs.

    ``x <- (x - mean) / std`` with the mean and the standard deviation of all training inputs
    together, as is usual for images; validation and test data are transformed with the same two
    numbers. Targets are left as they are.

    Parameters
    ----------
    inputs : array of shape (n_samples, n_inputs)
        Samples in rows, finite.
    targets : array of int, shape (n_samples,), or of float
        Class numbers, from 0; or, for a regression, values, (n_samples,) or (n_samples, n_outputs).
    validation_fraction, test_fraction : float
        Parts of the data that are set aside.
    seed : int
        Seed of the split.

    Returns
    -------
    Data
        Training, validation and test samples; inputs in float32, targets as class numbers (n,) or
        as values (n, n_outputs) in float32.

    Raises
    ------
    ParameterError
        If the fractions leave nothing to train on.
    DataError
        If the samples are not finite, do not vary, do not match the targets, or are too few for a part.

    Examples
    --------
    >>> data = split(np.arange(40.0).reshape(20, 2), np.repeat([0, 1], 10))
    >>> len(data.train.targets), len(data.validation.targets), len(data.test.targets)
    (14, 2, 4)
    """
    x, y = checked(inputs, targets)
    values = x.astype(np.float64, copy=False)
    check_range("validation_fraction", validation_fraction, "(of all samples)", 0.0, 0.9)
    check_range("test_fraction", test_fraction, "(of all samples)", 0.0, 0.9)
    if validation_fraction + test_fraction > 0.95:
        raise ParameterError(
            f"validation_fraction={validation_fraction} and test_fraction={test_fraction} leave "
            "less than 5 % to train on: make them smaller"
        )
    stream = generator(seed, 0, Use.SPLIT)
    parts: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
    labels = y if y.ndim == 1 else np.zeros(len(y), np.int64)
    for label in np.unique(labels):
        members = stream.permutation(np.flatnonzero(labels == label))
        n_test = round(test_fraction * members.size)
        n_validation = round(validation_fraction * members.size)
        pieces = np.split(members, [n_test, n_test + n_validation])
        for part, piece in zip(parts, pieces, strict=True):
            part.append(piece)
    if not any(piece.size for piece in parts[2]):
        raise DataError(f"{len(y)} samples leave none to train on: give more")
    test, validation, train = (stream.permutation(np.concatenate(part)) for part in parts)
    for name, fraction, chosen in (("test", test_fraction, test), ("validation", validation_fraction, validation)):
        if fraction and not chosen.size:
            raise DataError(
                f"{name}_fraction={fraction:g} takes none of {len(y)} samples, as it is at most half a sample of every "
                "class: give more samples, a larger fraction, or 0"
            )
    mean, deviation = values[train].mean(), values[train].std()
    if deviation == 0:
        raise DataError(f"all training inputs are {mean:g}: there is nothing to learn from")
    scaled = ((values - mean) / deviation).astype(np.float32)
    return Data(*(Samples(scaled[part], y[part]) for part in (train, validation, test)))


def from_arrays(
    train: tuple[ArrayLike, ArrayLike],
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    test: tuple[ArrayLike, ArrayLike] | None = None,
) -> Data:
    """Return data made of any arrays, split and normalised already.

    Parameters
    ----------
    train, validation, test : tuple of two arrays
        Inputs (n_samples, n_inputs), and targets: class numbers (n_samples,), integers from 0, or
        values for a regression, floats of shape (n_samples,) or (n_samples, n_outputs). A part that is
        not given is empty.

    Returns
    -------
    Data
        Inputs in float32, targets as class numbers (n,) or as values (n, n_outputs) in float32.

    Raises
    ------
    DataError
        If inputs and targets, or the parts, do not match, or are not finite.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 20).reshape(20, 1)
    >>> data = from_arrays((x, x**2), validation=(x[::5], x[::5] ** 2))
    >>> data.train.targets.shape, data.validation.inputs.shape, data.test.inputs.shape
    ((20, 1), (4, 1), (0, 1))
    """
    first = checked(*train)
    if not len(first.inputs):
        raise DataError("there are no training samples: give some")
    parts = []
    for name, part in (("train", first), ("validation", validation), ("test", test)):
        x, y = (first.inputs[:0], first.targets[:0]) if part is None else checked(*part)
        if x.shape[1] != first.inputs.shape[1] or y.shape[1:] != first.targets.shape[1:]:
            raise DataError(
                f"{name} inputs of shape {x.shape} and targets of shape {y.shape} do not match those to train with, "
                f"{first.inputs.shape} and {first.targets.shape}: give the same columns, and class numbers or values "
                "in all parts"
            )
        parts.append(Samples(x.astype(np.float32, copy=False), y))
    return Data(*parts)
