"""Checks that all closed forms share, and the constant that is their default."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import physical_constants

from mtjphys.core.checks import as_numbers
from mtjphys.core.errors import MtjphysWarning, ParameterError
from mtjphys.core.quantity import check_range

Floats = NDArray[np.float64]

GYROMAGNETIC_RATIO: float = physical_constants["electron gyromag. ratio"][0]
"""Of the free electron, rad/(s T)."""


def numbers(
    name: str, value: ArrayLike, unit: str, low: float = 0.0, high: float = math.inf, *, open_low: bool = False
) -> Floats:
    """Return `value` as an array of finite numbers in ``[low, high]``, or raise with the first that is not."""
    array = as_numbers(name, value, unit)
    for number in (array.min(), array.max()) if array.size else ():
        check_range(name, float(number), unit, low, high, open_low=open_low)
    return array


def positive(name: str, value: ArrayLike, unit: str) -> Floats:
    """Return `value` as an array of finite numbers above zero, or raise with the first that is not."""
    return numbers(name, value, unit, open_low=True)


def one(name: str, value: ArrayLike, unit: str) -> float:
    """Return a single finite number, or raise one sentence."""
    array = numbers(name, value, unit, -math.inf)
    if array.ndim:
        raise ParameterError(f"{name}={value!r} is not one number; give it in {unit}")
    return float(array)


def stiffness_pair(stiffness_fields: Any) -> tuple[Floats, Floats]:
    """Return two stiffness fields in T, or raise one sentence."""
    if not isinstance(stiffness_fields, tuple | list | np.ndarray) or len(stiffness_fields) != 2:
        raise ParameterError(f"stiffness_fields={stiffness_fields!r} are not two fields (B_1, B_2) in T")
    first, second = (positive("stiffness_fields", field, "T") for field in stiffness_fields)
    return first, second


def warn_outside(name: str, value: ArrayLike, low: float, high: float, consequence: str) -> None:
    """Warn, in the name of the calling function's caller, when a value lies outside ``[low, high]``."""
    array = np.asarray(value, dtype=float)
    if not array.size:
        return
    worst = array.min() if array.min() < low else array.max()
    if not low <= worst <= high:
        span = f"at least {low:g}" if worst < low else f"at most {high:g}"
        warnings.warn(
            f"{name}={worst:.4g} is outside the range of this formula, {span}: {consequence}",
            MtjphysWarning,
            stacklevel=3,
        )


def diffusion_rate(anisotropy_field: ArrayLike, damping: ArrayLike, gyromagnetic_ratio: float) -> Floats:
    """Return ``1/tau_D = alpha gamma B_k/(1 + alpha^2)``, 1/s."""
    field = positive("anisotropy_field", anisotropy_field, "T")
    alpha = positive("damping", damping, "(dimensionless)")
    return np.asarray(alpha * positive("gyromagnetic_ratio", gyromagnetic_ratio, "rad/(s T)") * field / (1 + alpha**2))
