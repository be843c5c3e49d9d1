"""Data from a file of arrays."""

from __future__ import annotations

import zlib
from pathlib import Path
from tokenize import TokenError
from typing import Annotated
from zipfile import BadZipFile

import numpy as np

from mtjphys.core.declared import Natural
from mtjphys.core.errors import DataError
from mtjphys.core.quantity import Quantity
from mtjphys.learning.data.named import DATASETS
from mtjphys.learning.data.samples import Data, from_arrays, split

Fraction = Annotated[float, Quantity("(of all samples)", 0.0, 0.9)]

# What numpy raises for the many ways in which a file can be broken.
UNREADABLE = (
    OSError,
    ValueError,
    EOFError,
    TypeError,
    AttributeError,
    RuntimeError,  # encrypted, as a changed bit may say
    BadZipFile,
    TokenError,
    zlib.error,
)


@DATASETS.register("file")
def from_file(
    file: str | Path, *, validation_fraction: Fraction = 0.1, test_fraction: Fraction = 0.2, seed: Natural = 0
) -> Data:
    """Read data from a file that `numpy.savez` wrote.

    Parameters
    ----------
    file : path
        An npz file with the arrays ``inputs`` and ``targets``, which are split and normalised as by
        `split`; or with ``train_inputs`` and ``train_targets``, and the same with ``validation`` and
        ``test`` if there are any, which are taken as they are, as by `from_arrays`.
    validation_fraction, test_fraction : float
        Parts to set aside where the file has no parts.
    seed : int
        Seed of that split.

    Returns
    -------
    Data
        As of `split` or `from_arrays`.

    Raises
    ------
    DataError
        If the file is missing or broken, or lacks an array.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(f"{folder}/x.npz", inputs=np.eye(20), targets=np.arange(20) % 2)
    ...     data = from_file(f"{folder}/x.npz")
    >>> data.train.inputs.shape
    (14, 20)
    """
    try:
        with Path(file).open("rb") as handle, np.load(handle, allow_pickle=False) as content:
            arrays = dict(content)
    except FileNotFoundError:
        raise DataError(f"{file}: no such file") from None
    except UNREADABLE as error:
        raise DataError(f"{file}: not an npz file of numbers, or a truncated one ({error})") from None
    whole = {"inputs", "targets"}
    parts = [name for name in Data._fields if f"{name}_inputs" in arrays]
    named = {f"{name}_{array}" for name in parts for array in whole}
    try:
        if set(arrays) == whole:
            return split(**arrays, validation_fraction=validation_fraction, test_fraction=test_fraction, seed=seed)
        if "train" in parts and set(arrays) == named:
            return from_arrays(**{name: (arrays[f"{name}_inputs"], arrays[f"{name}_targets"]) for name in parts})
    except DataError as error:
        raise DataError(f"{file}: {error}") from None
    raise DataError(
        f"{file}: holds the arrays {sorted(arrays)}, expected inputs and targets, or train_inputs and train_targets, "
        "and the same for validation and test"
    )
