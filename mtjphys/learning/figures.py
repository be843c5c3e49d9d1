"""Figures of learning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mtjphys.errors import ParameterError

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

# Okabe and Ito's colours, told apart by colour-blind readers; the markers do the rest in grey.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#000000", "#CC79A7", "#E69F00")
MARKERS = ("o", "s", "^", "D", "v", "P")


def learning_curves(
    histories: Mapping[str, xarray.Dataset],
    quantity: str = "validation_accuracy",
    ax: Axes | None = None,
) -> Axes:
    """Draw one quantity of several trainings against the epoch.

    Parameters
    ----------
    histories : mapping of str to Dataset
        Learning curves of `Training.run`, by the name that the legend shows.
    quantity : str
        A variable of the histories; accuracies are drawn in per cent.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
        The axes drawn on.

    Raises
    ------
    ParameterError
        If a history does not hold the quantity.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    if ax is None:
        ax = plt.subplots(figsize=(4.2, 3.2), layout="constrained")[1]
    accuracy = "accuracy" in quantity
    for k, (label, history) in enumerate(histories.items()):
        if quantity not in history:
            raise ParameterError(
                f"quantity={quantity!r} is not in the history of {label}: "
                f"choose one of {sorted(map(str, history.data_vars))}"
            )
        style: dict[str, Any] = {
            "color": COLOURS[k % len(COLOURS)],
            "marker": MARKERS[k % len(MARKERS)],
            "markersize": 4,
            "markevery": max(1, history.sizes["epoch"] // 10),
            "linewidth": 1.4,
        }
        values = history[quantity].values * (100 if accuracy else 1)
        ax.plot(history["epoch"].values, values, label=label, **style)
    part = "Training" if quantity.startswith("train") else "Validation"
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("Epoch")
    ax.set_ylabel(f"{part} accuracy (%)" if accuracy else f"{part} loss")
    ax.legend(frameon=False, fontsize="small")
    ax.grid(alpha=0.25, linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
