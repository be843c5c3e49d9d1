"""Coordinates of words, which a store keeps as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr


def in_words(found: xr.Dataset) -> xr.Dataset:
    """Return a dataset whose coordinates of flags are the words that they stand for."""
    words = {}
    for name, coordinate in found.coords.items():
        if "flag_meanings" in coordinate.attrs:
            meanings = np.array(coordinate.attrs["flag_meanings"].split())
            attributes = {"long_name": coordinate.attrs["long_name"]}
            words[name] = (coordinate.dims, meanings[coordinate.values], attributes)
    return found.assign_coords(words)
