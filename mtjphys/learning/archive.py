"""Named arrays in one npz file, written whole or not at all."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError
from mtjphys.core.files import replacing


def write_arrays(path: str | Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays to one file, whole or not at all.

    Raises
    ------
    OSError
        If they cannot be written, as on a full disk; the file that was there before stays.
    """
    try:
        with replacing(path) as unfinished, unfinished.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
    except OSError as error:
        if error.filename is None:  # a full disk does not say which file
            error.filename = str(path)
        raise


def read_arrays(path: str | Path, kind: str) -> dict[str, NDArray[Any]]:
    """Read what `write_arrays` wrote; `kind` names in the error what the file should be.

    Raises
    ------
    DataError
        If the file is missing, broken or truncated.
    """
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return dict(arrays)
    except FileNotFoundError:
        raise DataError(f"{path}: no such {kind}") from None
    except (OSError, ValueError, EOFError, TypeError, RuntimeError, BadZipFile, zlib.error) as error:
        raise DataError(f"{path}: not a {kind}, or a truncated one ({error})") from None
