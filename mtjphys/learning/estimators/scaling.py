"""Tables brought to mean 0 and standard deviation 1, in single precision."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError


def scale_of(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return mean and standard deviation of every column; a constant column has scale 1."""
    with np.errstate(over="ignore", invalid="ignore"):  # `single` refuses what comes of it
        mean, scale = values.mean(axis=0), values.std(axis=0)
    # Rounding leaves a constant column a deviation of a few eps times its value.
    constant = scale <= 1e-12 * np.abs(values).max(axis=0)
    return mean, np.where(constant, 1.0, scale)


def single(name: str, values: NDArray[Any], mean: Any = 0.0, scale: Any = 1.0) -> NDArray[np.float32]:
    """Return ``(values - mean) / scale`` in single precision, finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.ascontiguousarray((values - mean) / scale, dtype=np.float32)
    if not (np.isfinite(scaled).all() and np.isfinite(scale).all()):
        raise DataError(f"{name} holds values up to {np.abs(values).max():.3g}, beyond single precision: rescale it")
    return scaled
