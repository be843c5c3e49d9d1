"""A dataset as a table: a lane a row, a trace a list in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.datasets.description import Field
from mtjphys.datasets.products import LANES
from mtjphys.datasets.use.labels import SHORT, parts_of
from mtjphys.datasets.use.shards import Shard

if TYPE_CHECKING:
    import pyarrow as pa
    import xarray as xr


class Column(NamedTuple):
    """A column of the table.

    Attributes
    ----------
    name : str
        Such as "resistance" or "exact_dwell_time_parallel".
    source : str
        Variable or coordinate that it is of.
    axis : str or None
        What runs along the list in every row.
    length : int or None
        Numbers of that list.
    dtype : dtype
        Of the numbers.
    metadata : dict
        Unit, meaning, and of a list its axis.
    """

    name: str
    source: str
    axis: str | None
    length: int | None
    dtype: np.dtype[Any]
    metadata: dict[str, str]

    def arrow(self) -> pa.Field:
        """Return the field of an arrow schema."""
        import pyarrow as pa

        kind = pa.from_numpy_dtype(self.dtype) if self.dtype.kind != "U" else pa.string()
        return pa.field(self.name, kind if self.length is None else pa.list_(kind, self.length), metadata=self.metadata)

    def field(self) -> Field:
        """Return the field of Croissant metadata."""
        kind = {"f": "sc:Float", "U": "sc:Text"}.get(self.dtype.kind, "sc:Integer")
        details = {key: text for key, text in self.metadata.items() if text and (key, text) != ("units", "1")}
        meaning = details.pop("long_name", self.name)
        return Field(self.name, "; ".join([meaning, *(f"{k} {v}" for k, v in details.items())]), kind, self.length)


def columns_of(found: xr.Dataset) -> list[Column]:
    """Return the columns: where a lane is, what distinguishes it, and what was kept of it."""
    columns = [Column(name, name, None, None, np.dtype("int32"), {"long_name": name}) for name in LANES]
    lanes_only = [name for name, one in found.coords.items() if one.dims in (("device",), ("bias",))]
    for name in [*lanes_only, *(name for name in found.data_vars if name != "status")]:
        variable = found[name]
        metadata = {key: str(variable.attrs[key]) for key in ("units", "long_name") if key in variable.attrs}
        axis = next((str(one) for one in variable.dims if one not in (*LANES, *SHORT)), None)
        length = None
        if axis is not None:
            length = variable.sizes[axis]
            values = found[axis].values
            metadata |= {"axis": axis, "first": repr(float(values[0])), "axis_units": found[axis].attrs["units"]}
            if length > 1:
                metadata["interval"] = repr(float((values[-1] - values[0]) / (length - 1)))
        for part, one in parts_of(variable):
            columns.append(Column(part, str(name), axis, length, one.dtype, metadata))
    return columns


def rows(shard: Shard, columns: list[Column], schema: pa.Schema, split: str) -> pa.Table | None:
    """Return the lanes of a shard that are of a split and were made; None if there are none."""
    import pyarrow as pa

    values = shard.values
    lanes = np.argwhere((values.status.values == 1) & (values.split.values == split)[:, None, None])
    if not len(lanes):
        return None
    sources = {column.source for column in columns} - set(LANES)
    parts = {name: part for source in sources for name, part in parts_of(values[source])}
    arrays = []
    for column, field in zip(columns, schema, strict=True):
        if column.source in LANES:
            place = LANES.index(column.source)
            arrays.append(pa.array((lanes[:, place] + shard.first[column.source]).astype(np.int32)))
            continue
        numbers = picked(parts[column.name], lanes)
        if column.length is None:
            arrays.append(pa.array(numbers, type=field.type))
        else:
            flat = pa.array(np.ascontiguousarray(numbers).reshape(-1), type=field.type.value_type)
            arrays.append(pa.FixedSizeListArray.from_arrays(flat, column.length))
    return pa.table(arrays, schema=schema)


def picked(part: xr.DataArray, lanes: NDArray[np.int64]) -> NDArray[Any]:
    """Return the numbers of some lanes, (lanes,) or (lanes, length)."""
    known = [name for name in LANES if name in part.dims]
    rest = [name for name in part.dims if name not in LANES]
    return np.asarray(part.transpose(*known, *rest).values[tuple(lanes[:, LANES.index(name)] for name in known)])
