"""Flags become the words that they stand for."""

import numpy as np
import xarray as xr

from mtjphys.datasets.products import flagged
from mtjphys.datasets.store.words import in_words


def test_numbers_become_words_and_other_coordinates_stay():
    flags = ("device", np.array([1, 0, 1], dtype=np.int8), flagged(["train", "test"], "named split"))
    found = in_words(xr.Dataset(coords={"split": flags, "damping": ("device", [0.1, 0.2, 0.3])}))
    assert found.split.values.tolist() == ["test", "train", "test"]
    assert found.split.attrs == {"long_name": "named split"}
    assert found.damping.values.tolist() == [0.1, 0.2, 0.3]
