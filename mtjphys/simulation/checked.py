"""Arrays of a file that say in one sentence when what they read is damaged; imported when a run is opened."""

from __future__ import annotations

from typing import Any

import numpy as np
from xarray import Variable
from xarray.backends import BackendArray, H5NetCDFStore
from xarray.core import indexing

from mtjphys.simulation.checksums import check_zeros, naming_damage


class CheckedArray(BackendArray):
    """A variable of a file, read piece by piece."""

    def __init__(self, store: CheckedStore, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.store = store
        self.name = name
        self.shape = shape
        self.dtype = dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        support = indexing.IndexingSupport.OUTER_1VECTOR
        return indexing.explicit_indexing_adapter(key, self.shape, support, self._read)

    def _read(self, key: tuple[Any, ...]) -> Any:
        with self.store.lock, naming_damage(self.store.path, f"{self.name} cannot be read"):
            values = self.store.ds.variables[self.name][key]
            check_zeros(self.name, values)
            return values


class CheckedStore(H5NetCDFStore):
    """What xarray reads a netCDF file from, with such arrays."""

    __slots__ = ()

    @property
    def path(self) -> str:
        """The name of the file."""
        return str(self._filename)

    def open_store_variable(self, name: str, var: Any) -> Variable:
        """Return a variable of the file."""
        variable = super().open_store_variable(name, var)
        data = indexing.LazilyIndexedArray(CheckedArray(self, name, variable.shape, variable.dtype))
        return Variable(variable.dims, data, variable.attrs, variable.encoding, fastpath=True)
