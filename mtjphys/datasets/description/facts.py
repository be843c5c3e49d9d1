"""What is to be said of a dataset, from its coordinates and attributes alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mtjphys.core.parameters import parse_toml
from mtjphys.datasets.products import LANES

if TYPE_CHECKING:
    import xarray as xr


class Split(NamedTuple):
    """A split: its devices, their lanes, and how many more have failed."""

    name: str
    devices: int
    lanes: int
    failed: int


class Array(NamedTuple):
    """An array of the dataset."""

    name: str
    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: str
    units: str
    meaning: str


class Range(NamedTuple):
    """What differs from device to device, or from bias to bias, and between which values."""

    name: str
    units: str
    low: float
    high: float


class Facts(NamedTuple):
    """What a data card and metadata are made of."""

    name: str
    description: str
    creator: str
    license: str
    version: str  # of mtjphys
    specification: str
    digest: str
    engine: str
    splits: tuple[Split, ...]
    arrays: tuple[Array, ...]
    devices: tuple[Range, ...]
    biases: tuple[Range, ...]


def facts_of(found: xr.Dataset) -> Facts:
    """Return the facts of an open dataset, begun or finished; of its variables the status alone is read."""
    tables = parse_toml(found.attrs["specification"])
    status, split = found.status.values, found.split.values
    splits = []
    for name in tables["splits"]:
        inside = status[split == name]
        splits.append(Split(name, len(inside), int((inside != 0).sum()), int((inside == 0).sum())))
    axes = {name: one for name, one in found.coords.items() if one.dims == (name,) and one.dtype.kind == "f"}
    arrays = [
        Array(
            str(name),
            tuple(str(one) for one in variable.dims),
            variable.shape,
            str(variable.dtype),
            variable.attrs.get("units", "1"),
            variable.attrs.get("long_name", ""),
        )
        for name, variable in {**found.data_vars, **axes}.items()
    ]
    ranges: dict[str, list[Range]] = {name: [] for name in LANES}
    for name, coordinate in found.coords.items():
        if coordinate.dtype.kind == "f" and coordinate.dims in (("device",), ("bias",)):
            units = coordinate.attrs.get("units", "1")
            low, high = float(np.nanmin(coordinate)), float(np.nanmax(coordinate))
            ranges[str(coordinate.dims[0])].append(Range(str(name), units, low, high))
    return Facts(
        name=tables["name"],
        description=tables["description"],
        creator=tables["creator"],
        license=tables["license"],
        version=found.attrs["mtjphys_version"],
        specification=found.attrs["specification"],
        digest=found.attrs["specification_sha256"],
        engine=tables["engine"]["kind"],
        splits=tuple(splits),
        arrays=tuple(arrays),
        devices=tuple(ranges["device"]),
        biases=tuple(ranges["bias"]),
    )
