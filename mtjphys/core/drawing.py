"""What all figures share: where they draw, and quantities in units of their own size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mtjphys.core.text import scale_of, symbols

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def axes_for(ax: Axes | None, size: tuple[float, float] = (3.4, 2.6)) -> Axes:
    """Return `ax`, or the axes of a new figure of `size` inches where there is none."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=size, layout="constrained")[1]


def scaled(largest: float, unit: str) -> tuple[float, str]:
    """Return the factor and the written unit that bring `largest` between 1 and 1000.

    >>> scaled(2.5e4, "ohm")
    (0.001, 'k\N{GREEK CAPITAL LETTER OMEGA}')
    """
    factor, name = scale_of(largest, unit)
    return factor, symbols(name)
