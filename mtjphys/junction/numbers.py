"""Numbers of a junction by their path, such as ``free_layer.damping`` or ``reference.stray_field.z``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mtjphys.junction.mtj import MTJ

COMPONENTS = ("x", "y", "z")


def value_of(junction: MTJ, name: str) -> float | None:
    """Return the number that stands under a path; None where the junction has none.

    >>> from mtjphys.junction import presets
    >>> value_of(presets.rehm_2023(), "free_layer.damping")
    0.016
    """
    value: Any = junction
    for step in name.split("."):
        if isinstance(value, tuple) and step in COMPONENTS:
            value = value[COMPONENTS.index(step)]
        elif value is None or step not in getattr(type(value), "model_fields", ()):
            return None
        else:
            value = getattr(value, step)
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], tuple):  # density and axis
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value)


def with_values(junction: MTJ, values: Mapping[str, float]) -> MTJ:
    """Return a junction with numbers under paths changed."""
    changes: dict[str, Any] = {}
    for name, value in values.items():
        path, _, last = name.rpartition(".")
        if last in COMPONENTS:
            held = changes.get(path, _plain(junction, path))
            changes[path] = tuple(value if axis == last else held[k] for k, axis in enumerate(COMPONENTS))
            continue
        held = _plain(junction, name)
        changes[name] = (value, held[1]) if isinstance(held, tuple) else value
    return junction.with_parameters(changes)


def _plain(junction: MTJ, path: str) -> Any:
    value: Any = junction
    for step in path.split("."):
        value = getattr(value, step)
    return value
