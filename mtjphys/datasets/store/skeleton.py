"""A store before its first task: metadata and coordinates, as the bytes of its files."""

from __future__ import annotations

import math
import warnings
from importlib.util import find_spec
from typing import Any

import numpy as np

from mtjphys import __version__
from mtjphys.core.errors import ParameterError
from mtjphys.datasets.description import CARD, CROISSANT, as_json, card, croissant, facts_of
from mtjphys.datasets.products import LANES, Variable, flagged
from mtjphys.datasets.specification import Specification
from mtjphys.datasets.specification.splits import split_of
from mtjphys.datasets.store.layout import Tasks, chunking, tasks_of
from mtjphys.datasets.store.words import in_words
from mtjphys.simulation.varied import APPLIED_UNITS, applied, bias_coordinates

SCHEMA = 1
"""Version of the format."""

TASKS = "tasks"
"""The folder of what belongs to the making of the store, a group without arrays."""

STATUS = Variable(
    LANES,
    "int8",
    {"units": "1", "long_name": "1: made, 0: failed, for a reason that its task has kept, -1: not made yet"},
)

MOST_APPLIED = 2**22
"""Numbers of waveforms that are kept beside the samples; they follow from the specification in any case."""

Arrays = dict[str, tuple[tuple[str, ...], Any, dict[str, Any]]]


def variables_of(specification: Specification) -> dict[str, Variable]:
    """Return all arrays that the tasks make, by name."""
    frame = specification.frame
    found = {"status": STATUS}
    for product in specification.products:
        for name, variable in product.variables(frame).items():
            if name in found:
                raise ParameterError(f"two products make an array {name}; leave one of them out")
            found[name] = variable
    return found


def coordinates_of(specification: Specification) -> Arrays:
    """Return all coordinates: dimensions, values and attributes by name."""
    devices, seed = specification.devices, specification.seed
    flags = split_of(specification.splits, devices.total, seed)
    found: Arrays = {"split": (("device",), flags, flagged(specification.splits, "named split, by device"))}
    for name, column in devices.columns(devices.drawn(seed)).items():
        found[name] = (("device",), column.values, {"units": column.units or "1"})
    for name, one in bias_coordinates(specification.biases).items():
        found[name] = (("bias",), one.values, one.attributes)
    frame = specification.frame
    for product in specification.products:
        for name, (values, attributes) in product.coordinates(frame).items():
            found[name] = ((name,), np.asarray(values), attributes)
    if "time" in found and len(specification.biases) * frame.times.size <= MOST_APPLIED:
        average = bool(getattr(specification.engine, "average", False))
        for name, rows in applied(specification.biases, frame.times, frame.sample_interval, average).items():
            found[name] = (("bias", "time"), rows, {"units": APPLIED_UNITS[name]})
    return found


def sizes_of(specification: Specification) -> dict[str, int]:
    """Return the sizes of all dimensions."""
    sizes = dict(zip(LANES, specification.shape, strict=True))
    frame = specification.frame
    for product in specification.products:
        sizes |= {name: len(values) for name, (values, _) in product.coordinates(frame).items()}
    return sizes


def attributes_of(specification: Specification, tasks: Tasks, coordinates: Arrays) -> dict[str, Any]:
    """Return the attributes of the store: all that is needed to make it again."""
    auxiliary = [name for name, (dimensions, _, _) in coordinates.items() if dimensions != (name,)]
    return {
        "title": specification.name,
        "summary": specification.description,
        "mtjphys_schema": SCHEMA,
        "mtjphys_version": __version__,
        "specification": specification.to_toml(),
        "specification_sha256": specification.digest,
        "seed": specification.seed,
        "shard": list(tasks.shard),
        "tasks": tasks.total,
        "lane": "number of the random stream: (device * biases + bias) * replicas + replica",
        "coordinates": " ".join(auxiliary),
    }


def compressors(specification: Specification) -> list[Any]:
    """Return the codecs of a chunk; its checksum is of what stands on the disk."""
    from zarr.codecs import BloscCodec, Crc32cCodec

    kept = specification.store
    if kept.compression == "none":
        return [Crc32cCodec()]
    return [BloscCodec(cname=kept.compression, clevel=kept.level, shuffle="shuffle"), Crc32cCodec()]


def check_installed() -> None:
    """Raise one sentence where zarr is not installed."""
    if find_spec("zarr") is None:
        raise ParameterError("datasets need zarr, which is not installed; pip install 'mtjphys[data]'")


def skeleton(specification: Specification) -> dict[str, bytes]:
    """Return the files of a store before its first task, by their names in it.

    The same specification gives the same bytes.
    """
    import zarr
    from zarr.storage import MemoryStore

    tasks, coordinates = tasks_of(specification), coordinates_of(specification)
    sizes = sizes_of(specification)
    held: dict[str, Any] = {}
    store = MemoryStore(held)
    root = zarr.open_group(store, mode="w", zarr_format=3)
    root.attrs.update(attributes_of(specification, tasks, coordinates))
    for name, (dimensions, values, attributes) in coordinates.items():
        array = np.asarray(values)
        root.create_array(
            name,
            data=array,
            chunks=tuple(max(1, n) for n in array.shape),
            compressors=compressors(specification),
            dimension_names=dimensions,
            attributes=attributes,
            fill_value=math.nan if array.dtype.kind == "f" else None,
        )
    for name, variable in variables_of(specification).items():
        shapes = chunking(variable, sizes, tasks)
        root.create_array(
            name,
            shape=shapes.shape,
            shards=shapes.shard,
            chunks=shapes.chunk,
            dtype=variable.dtype,
            compressors=compressors(specification),
            dimension_names=variable.dimensions,
            attributes=variable.attributes,
            fill_value=math.nan if variable.dtype.startswith("float") else -1,
        )
    root.create_group(TASKS, attributes={"long_name": "records of the tasks that have made the arrays"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a later version of the format will know consolidated metadata
        zarr.consolidate_metadata(store)
    files = {name: content.to_bytes() for name, content in held.items()}
    return files | described(store)


def described(store: Any) -> dict[str, bytes]:
    """Return the data card and the metadata for machines of a store that has its metadata."""
    import xarray as xr

    with xr.open_dataset(store, engine="zarr", chunks=None, consolidated=True) as found:
        facts = facts_of(in_words(found))
    tables = croissant(facts, "*/c/**", "application/vnd+zarr")
    reading = 'import xarray\n\nfound = xarray.open_zarr("set.zarr")  # or mtjphys.datasets.open("set.zarr")'
    return {CARD: card(facts, {}, reading).encode(), CROISSANT: as_json(tables).encode()}
