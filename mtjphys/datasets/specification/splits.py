"""Named splits by device, so that no window of a device that is trained on is ever tested on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import ParameterError
from mtjphys.core.streams import Use, generator

USUAL = {"train": 0.8, "validation": 0.1, "test": 0.1}


def splits_of(table: Any, devices: int) -> dict[str, float]:
    """Return the shares of the splits, checked; none may stay empty but those of the usual shares.

    Parameters
    ----------
    table : mapping or None
        ``[splits]``: a share for each name, which add up to 1.
    devices : int
        How many there are.
    """
    if table is None:
        return dict(USUAL)
    if not isinstance(table, Mapping) or not table:
        raise ParameterError(f"{table!r} is no table of shares; write train = 0.8 and so on")
    for name, share in table.items():
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0.0 < share <= 1.0:
            raise ParameterError(f"{name}={share!r} is no share of the devices in (0, 1]; write {name} = 0.1")
        if not name.replace("_", "").isalnum():
            raise ParameterError(f"{name!r} is no name of a split; write it with letters, digits and _")
    if len(table) > 100:
        raise ParameterError(f"{len(table)} splits are more than 100; give fewer")
    total = sum(table.values())
    if abs(total - 1.0) > 1e-9:
        raise ParameterError(f"the shares of {', '.join(table)} add up to {total:g}, not to 1; change one of them")
    shares = {name: float(share) for name, share in table.items()}
    if shares == USUAL:  # of few devices some stay empty
        return shares
    counts = np.diff(ends(shares, devices), prepend=0)
    for name, count in zip(shares, counts, strict=True):
        if count == 0:
            raise ParameterError(
                f"{name}={shares[name]:g} of {devices} devices is none; make more devices or drop that split"
            )
    return shares


def ends(shares: Mapping[str, float], devices: int) -> NDArray[np.int64]:
    """Return where each split ends in the shuffled order."""
    return np.rint(np.cumsum(list(shares.values())) * devices).astype(np.int64)


def split_of(shares: Mapping[str, float], devices: int, seed: int) -> NDArray[np.int8]:
    """Return the place of the split of each device among the names."""
    order = generator(seed, 0, Use.DATASET_SPLIT).permutation(devices)
    found = np.empty(devices, dtype=np.int8)
    found[order] = np.searchsorted(ends(shares, devices), np.arange(devices), side="right")
    return found
