"""Checksums of what HDF5 does not check in a file: attributes, what belongs to the variables, and zeros.

HDF5 checks its own structures as it reads, and what carries Fletcher-32 sums, as samples, statistics and the state of
the lanes do. Two things escape it. What lies on its global heaps has no sums, and may send HDF5 round for ever: nothing
is read from there before it is checked; it holds the lists of dimensions, and texts are kept away from it. And zeros
where a disk has lost its content pass as data and sum at once: statistics and state have a checksum of their own,
samples that cannot be zero are looked at. Damage that anybody finds is named in one sentence.
"""

from __future__ import annotations

import hashlib
import json
import struct
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mtjphys.core.errors import DataError

if TYPE_CHECKING:
    import h5py

CHECKSUM, COVERED = "checksum", "checksum_covers"
VARIABLES, ARRAYS = "checksum_of_variables", "checksum_of_arrays"
HEAPS = "checksum_of_heaps"
CHECKSUMS = (CHECKSUM, COVERED, VARIABLES, ARRAYS, HEAPS)
CHECKPOINT = "checkpoint"
HEAP = struct.Struct("<4sB3xQ")
"""How a global heap begins: signature, version, bytes."""

NEVER_ZERO = ("resistance", "temperature", "m")
"""Of the samples; of vectors the three components together."""

OF_HDF5 = ("DIMENSION_LIST", "REFERENCE_LIST")
"""Attributes by which variables find their dimensions; the names that they lead to are covered."""


def plain(value: Any) -> Any:
    """Return an attribute as a text, a number or an array."""
    array = np.asarray(value)
    if array.dtype.kind in "OSU":
        texts = [item.decode() if isinstance(item, bytes) else str(item) for item in array.ravel().tolist()]
        return texts[0] if len(texts) == 1 else texts
    return array.item() if array.size == 1 else array


def attributes_of(group: Any) -> dict[str, Any]:
    """Return the attributes of a h5py file or group."""
    return {name: plain(value) for name, value in group.attrs.items()}


def write_text(group: Any, name: str, text: str) -> None:
    """Write an attribute of a h5py file, group or dataset that takes no place on the heap."""
    import h5py

    content = text.encode()
    # At least two bytes: one is a character to h5netcdf, not a text.
    kind = h5py.string_dtype("utf-8", max(2, len(content)))
    group.attrs.create(name, np.array(content, dtype=kind))


def heaps_checksum(content: bytes) -> str:
    """Return the places and checksums of the global heaps in a file without samples."""
    heaps, start = [], 0
    while (start := content.find(b"GCOL", start)) >= 0:
        _, version, size = HEAP.unpack_from(content, start)
        if version == 1:
            heaps.append([start, size, hashlib.sha256(content[start : start + size]).hexdigest()])
        start += 4
    return json.dumps(heaps)


def _verify_heaps(file: h5py.File) -> None:
    with Path(file.filename).open("rb") as content:
        for start, size, digest in json.loads(plain(file.attrs[HEAPS])):
            content.seek(start)
            if hashlib.sha256(content.read(size)).hexdigest() != digest:
                raise DataError("its lists of dimensions do not match their checksum")


def _sha256(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=np.ndarray.tolist).encode()).hexdigest()


def _datasets(file: h5py.File) -> dict[str, h5py.Dataset]:
    groups = {"": file, f"{CHECKPOINT}/": file[CHECKPOINT]}
    return {prefix + name: group[name] for prefix, group in groups.items() for name in group if name != CHECKPOINT}


def variables_checksum(file: h5py.File) -> str:
    """Return the checksum of the names, dimensions, types and attributes of the variables in a file."""
    content = {}
    for name, dataset in _datasets(file).items():
        dimensions = [dimension[0].name for dimension in dataset.dims] if "DIMENSION_LIST" in dataset.attrs else []
        attributes = {key: plain(dataset.attrs[key]) for key in dataset.attrs if key not in OF_HDF5}
        content[name] = [dimensions, dataset.dtype.str, attributes]
    return _sha256(content)


def arrays_checksum(arrays: Mapping[str, Any]) -> str:
    """Return the checksum of the arrays that are written as a whole, by name."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {values.dtype.str} {values.shape};".encode())
        digest.update(values.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def attributes_checksum(file: h5py.File) -> str:
    """Return the checksum of the attributes that are covered: those named in one of them, and the lanes' counters."""
    attributes = attributes_of(file)
    covered = sorted([*attributes[COVERED].split(), *CHECKSUMS[1:]])
    return _sha256([{name: attributes[name] for name in covered}, attributes_of(file[CHECKPOINT])])


def verify(file: h5py.File) -> None:
    """Raise unless attributes, variables, and the arrays that are written as a whole are those that were written."""
    if not set(CHECKSUMS) <= set(file.attrs):
        raise DataError("it has no checksums, so simulate did not write it")
    _verify_heaps(file)
    attributes = attributes_of(file)
    if attributes[CHECKSUM] != attributes_checksum(file) or attributes[VARIABLES] != variables_checksum(file):
        raise DataError("its attributes do not match their checksum")
    whole = {
        name: dataset[...]
        for name, dataset in _datasets(file).items()
        if dataset.fletcher32 and None not in dataset.maxshape
    }
    if attributes[ARRAYS] != arrays_checksum(whole):
        raise DataError("its statistics or state do not match their checksum")


def check_zeros(name: str, values: Any) -> None:
    """Raise if samples are zero that cannot be."""
    if name not in NEVER_ZERO or (name == "m" and np.shape(values)[-1:] != (3,)):
        return
    if not np.all(np.any(values, axis=-1) if name == "m" else values):
        raise DataError("some of it is zero")


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
        if isinstance(error, DataError) and str(error).startswith(f"{path}: "):
            raise
        why = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DataError(
            f"{path}: {what} ({why}); the file is damaged or not from simulate: take a copy of it, or run it again"
        ) from None
