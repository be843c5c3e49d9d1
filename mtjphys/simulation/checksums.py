"""Checksums of what HDF5 does not check in a file: its attributes, and what belongs to the variables.

Samples, statistics and the state of the lanes carry Fletcher-32 sums, and HDF5's own structures theirs; both are
checked by HDF5 as it reads. Texts and lists of dimensions are not. Damage that anybody finds is named in one sentence.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from mtjphys.core.errors import DataError

CHECKSUM, COVERED, VARIABLES = "checksum", "checksum_covers", "checksum_of_variables"


def _plain(value: Any) -> Any:
    """Return an attribute in one form, whichever package read it."""
    array = np.atleast_1d(np.asarray(value))
    if array.dtype.kind in "OSU":
        return [item.decode() if isinstance(item, bytes) else str(item) for item in array.ravel().tolist()]
    return [array.dtype.str, array.tobytes().hex()]


def _sha256(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def variables_checksum(file: Any) -> str:
    """Return the checksum of the names, dimensions, types and attributes of the variables in a h5netcdf file."""
    groups = {"": file, **{f"{name}/": group for name, group in file.groups.items()}}
    return _sha256(
        {
            prefix + name: [
                list(variable.dimensions),
                np.dtype(variable.dtype).str,
                {key: _plain(value) for key, value in variable.attrs.items()},
            ]
            for prefix, group in groups.items()
            for name, variable in group.variables.items()
        }
    )


def attributes_checksum(attributes: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    """Return the checksum of the attributes that are covered.

    Parameters
    ----------
    attributes : mapping
        Of the file; those named in one of them are covered.
    state : mapping
        Attributes of the group that holds the state of the lanes.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    covered = sorted([*str(attributes[COVERED]).split(), COVERED, VARIABLES])
    return _sha256(
        [
            {name: _plain(attributes[name]) for name in covered},
            {name: _plain(value) for name, value in state.items()},
        ]
    )


def verify(file: Any) -> None:
    """Raise if the attributes or variables of a h5netcdf file are not those that were written."""
    attributes = dict(file.attrs)
    if CHECKSUM not in attributes:
        raise DataError("it has no checksum, so simulate did not write it")
    expected = attributes_checksum(attributes, dict(file.groups["checkpoint"].attrs))
    if str(attributes[CHECKSUM]) != expected or str(attributes[VARIABLES]) != variables_checksum(file):
        raise DataError("its attributes do not match their checksum")


@contextmanager
def naming_damage(path: str | Path, what: str) -> Iterator[None]:
    """Turn whatever reading damaged bytes raises into a DataError of one sentence.

    HDF5 and the packages above it raise nearly every kind of error when bytes are not what they expect.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the packages, about the same bytes
            yield
    except MemoryError:
        raise
    except Exception as error:
        why = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DataError(
            f"{path}: {what} ({why}); the file is damaged or not from simulate: take a copy of it, or run it again"
        ) from None
