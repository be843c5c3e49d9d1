"""Shards tile the dataset."""

import numpy as np
import pytest

import mtjphys as mp
from mtjphys.core.errors import DataError
from mtjphys.datasets.use.shards import shards


def test_shards_tile_the_dataset(spread):
    found = mp.datasets.open(spread)
    every = list(shards(found, ["resistance", "exact_critical_voltage"]))
    assert [one.first["device"] for one in every] == [0, 8, 16, 24, 32]
    joined = np.concatenate([one.values.resistance.values for one in every])
    np.testing.assert_array_equal(joined, found.resistance.values)
    later = every[0]._replace(first={"device": 8, "bias": 1, "replica": 0})
    assert later.is_first(found.resistance)
    assert not later.is_first(found.exact_critical_voltage)


def test_a_damaged_shard_is_named(spread):
    found = mp.datasets.open(spread)

    class Damaged:
        attrs, sizes = found.attrs, found.sizes

        def __getitem__(self, names):
            return self

        def isel(self, box, missing_dims):
            raise ValueError("checksum")

    with pytest.raises(DataError, match=r"begins with device 0, bias 0, replica 0 cannot be read \(checksum\)"):
        next(shards(Damaged(), ["resistance"]))
