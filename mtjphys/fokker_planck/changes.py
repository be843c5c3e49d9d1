"""A junction with one of its parameters a little lower and a little higher."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.junction.spin import macrospin, resolve
from mtjphys.macrospin.spin import Macrospin, Modulation

if TYPE_CHECKING:
    from mtjphys.junction import MTJ

Array = npt.NDArray[np.float64]


class Change(NamedTuple):
    """A junction on both sides of a parameter's value."""

    below: Macrospin
    above: Macrospin
    step: float  # of the parameter, from one to the other

    def of(self, number: Callable[[Macrospin], Any]) -> Any:
        """Return the derivative of something that a macrospin has."""
        return (number(self.above) - number(self.below)) / self.step

    def about(self, axis: Array) -> Change:
        """Return what of it is symmetric about an axis."""
        return Change(_averaged(self.below, axis), _averaged(self.above, axis), self.step)


class Shift(NamedTuple):
    """A junction with a parameter a little lower and a little higher."""

    below: MTJ
    above: MTJ
    step: float

    def under(self, bias: Bias) -> Change:
        """Return what it is under a constant bias."""
        return Change(resolve(self.below, bias), resolve(self.above, bias), self.step)


def shift_of(junction: MTJ, bias: Bias, name: str, size: float) -> Shift:
    """Return the junction with a parameter lower and higher by the share `size` of its value.

    Where that is 0, so that what acts on m under a constant bias changes by that share; at the end of the legal range
    to one side, by little.
    """
    value, changed = _parameter(junction, name)
    step = size * abs(value) if value else _scale(lambda new: macrospin(changed(new), bias), size)
    try:
        return Shift(changed(value - step), changed(value + step), 2 * step)
    except ParameterError:
        return Shift(junction, changed(value + 1e-3 * step), 1e-3 * step)


def _scale(at: Callable[[float], Macrospin], size: float) -> float:
    """Return the size of a parameter that changes what acts on m by a share, from 0."""
    spin = at(0.0)
    points = np.concatenate((np.eye(3), -np.eye(3), np.ones((1, 3)) / np.sqrt(3)))
    drift, step = spin.drift(points), 1e-3
    for _ in range(40):
        other = at(step)
        moved = float(np.abs(other.drift(points) - drift).max() / np.abs(drift).max())
        moved = max(moved, abs(other.diffusion / spin.diffusion - 1))
        if moved == 0.0 or 0.1 * size <= moved <= 10 * size:
            break
        step *= float(np.clip(size / moved, 1e-6, 1e6))
    return step


def _averaged(spin: Macrospin, axis: Array) -> Macrospin:
    """Return what of a macrospin is symmetric about an axis: the rest has no effect to first order."""

    def vector(value: Any) -> Array:
        return np.asarray((np.asarray(value) @ axis) * axis)

    def matrix(value: Any) -> Array:
        along = axis @ np.asarray(value) @ axis
        across = (np.trace(value) - along) / 2
        return np.asarray(across * np.eye(3) + (along - across) * np.outer(axis, axis))

    parts = tuple(
        Modulation(item.profile, vector(item.field), matrix(item.matrix), vector(item.damping_like))
        for item in spin.modulations
    )
    return replace(
        spin,
        field=vector(spin.field),
        matrix=matrix(spin.matrix),
        damping_like=vector(spin.damping_like),
        modulations=parts,
    )


def _parameter(junction: MTJ, name: str) -> tuple[float, Callable[[float], MTJ]]:
    """Return a parameter's value, and what returns the junction with another one."""
    path, _, component = name.rpartition(".")
    if component not in ("x", "y", "z"):
        path, component = name, ""
    found: Any = junction
    for part in path.split("."):
        found = getattr(found, part, None)
    if component and isinstance(found, tuple) and len(found) == 3:
        index = "xyz".index(component)
        vector = found

        def with_component(value: float) -> MTJ:
            return _changed(junction, path, (*vector[:index], value, *vector[index + 1 :]))

        return float(vector[index]), with_component
    if not component and isinstance(found, tuple) and len(found) == 2:
        density, axis = found
        return float(density), lambda value: _changed(junction, path, (value, axis))
    if component or isinstance(found, bool) or not isinstance(found, int | float):
        raise ParameterError(
            f"{name} is {found!r} in this junction and has no number to be changed; give the path of one, such as "
            '"free_layer.damping" or "reference.stray_field.z"'
        )
    return float(found), lambda value: _changed(junction, path, value)


@lru_cache(maxsize=1024)
def _changed(junction: MTJ, path: str, value: Any) -> MTJ:
    """Return a junction with another value, the same for every bias."""
    return junction.with_parameters({path: value})
