"""A part of the demo: how much is computed, and what it hands to the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure


SEED = 1


class Scale(NamedTuple):
    """How much is computed."""

    measured_lanes: int
    measured_time: float  # s of device time a lane
    fast_lanes: int
    fast_time: float  # s
    epochs: int


FULL = Scale(64, 1.0e-3, 512, 4e-6, 20)
QUICK = Scale(8, 0.125e-3, 64, 0.25e-6, 2)


class Section(NamedTuple):
    """One part of the report."""

    title: str
    text: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    figure: Figure
    name: str
    numbers: dict[str, Any]


def panels(rows: int, columns: int, size: tuple[float, float], **options: Any) -> tuple[Figure, Any]:
    """Return a figure and its axes, lettered."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(rows, columns, **options)
    for letter, ax in zip("abcdefgh", np.ravel(axes), strict=False):
        ax.set_title(f"({letter})", loc="left", fontsize="medium", fontweight="bold")
        ax.spines[["top", "right"]].set_visible(False)
    return figure, axes
