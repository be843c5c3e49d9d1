"""A dataset piece by piece, as it was written: what reads all of it needs the memory of a shard."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mtjphys.core.errors import DataError
from mtjphys.datasets.products import LANES

if TYPE_CHECKING:
    import xarray as xr


class Shard(NamedTuple):
    """Some devices under some biases, some replicas of each.

    Attributes
    ----------
    first : dict
        Number of the first device, bias and replica, by dimension.
    values : Dataset
        In memory.
    """

    first: dict[str, int]
    values: xr.Dataset

    def is_first(self, variable: xr.DataArray) -> bool:
        """Return whether no earlier shard has had the same numbers of a variable that lacks some dimensions."""
        return all(self.first[name] == 0 or name in variable.dims for name in LANES)


def shards(found: xr.Dataset, names: Sequence[str]) -> Iterator[Shard]:
    """Yield a dataset shard by shard.

    Parameters
    ----------
    found : Dataset
        Of `mtjphys.datasets.open`.
    names : sequence of str
        Variables to read.

    Raises
    ------
    DataError
        If a shard is damaged.
    """
    parts = dict(zip(LANES, np.atleast_1d(found.attrs["shard"]).tolist(), strict=True))
    part = found[list(names)]
    for starts in itertools.product(*(range(0, found.sizes[name], parts[name]) for name in LANES)):
        first = dict(zip(LANES, starts, strict=True))
        box = {name: slice(start, start + parts[name]) for name, start in first.items()}
        try:
            values = part.isel(box, missing_dims="ignore").load()
        except Exception as error:  # of damaged chunks nearly every kind
            where = ", ".join(f"{name} {start}" for name, start in first.items())
            raise DataError(
                f"the shard that begins with {where} cannot be read ({error}); mtjphys dataset verify names the file"
            ) from None
        yield Shard(first, values)
