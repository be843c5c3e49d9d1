"""Figures of learning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mtjphys.core.errors import ParameterError
from mtjphys.core.palette import COLOURS, MARKERS

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

AXES = {
    "epoch": "Epoch",
    "updates": "Updates",
    "readings": "Readings of the junctions",
    "device_time": "Time of the junctions (s)",
    "energy": "Energy of the junctions (J)",
}


def _label(quantity: str) -> str:
    """Return the label of a variable of a history."""
    part = quantity.partition("_")[0].capitalize().replace("Train", "Training")
    quiet = ", noise off" if quantity.endswith("_quiet") else ""
    if "accuracy" in quantity:
        return f"{part} accuracy{quiet} (%)"
    if quantity.endswith("_loss"):
        return f"{part} loss"
    if quantity == "gradient_cosine":
        return "Cosine with the true gradient"
    return AXES.get(quantity, quantity)


def _abscissa(history: xarray.Dataset, against: str, label: str) -> Any:
    if against == "updates":
        return history["epoch"].values * int(history.attrs["updates_per_epoch"])
    if against not in AXES or against not in history:
        choices = [name for name in AXES if name in history or name == "updates"]
        raise ParameterError(f"against={against!r} is not in the history of {label}: choose one of {choices}")
    return history[against].values


def _curve(ax: Axes, k: int, x: Any, y: Any, label: str) -> None:
    """Draw the k-th curve of some axes."""
    ax.plot(
        x,
        y,
        label=label,
        color=COLOURS[k % len(COLOURS)],
        marker=MARKERS[k % len(MARKERS)],
        linestyle="-" if k < len(COLOURS) else "--",
        linewidth=1.4,
        markersize=4,
        markevery=max(1, len(x) // 10),
    )


def _finish(ax: Axes) -> None:
    """Give axes with curves their legend, grid and frame."""
    from matplotlib.ticker import MaxNLocator

    if ax.get_xlabel() == AXES["epoch"]:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(frameon=False, fontsize="small")
    ax.grid(alpha=0.25, linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)


def learning_curves(
    histories: Mapping[str, xarray.Dataset],
    quantity: str = "validation_accuracy",
    ax: Axes | None = None,
    *,
    against: str = "epoch",
) -> Axes:
    """Draw one quantity of several trainings against the epoch, or against what it has cost.

    Parameters
    ----------
    histories : mapping of str to Dataset
        Learning curves of `Training.run`, by the name that the legend shows.
    quantity : str
        A variable of the histories; accuracies are drawn in per cent.
    ax : Axes, optional
        Where to draw; a new figure if not given.
    against : str
        ``"epoch"``, ``"updates"``, or, for noise of physical devices, ``"readings"``,
        ``"device_time"`` or ``"energy"``.

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

    if ax is None:
        ax = plt.subplots(figsize=(4.2, 3.2), layout="constrained")[1]
    for k, (label, history) in enumerate(histories.items()):
        if quantity not in history:
            raise ParameterError(
                f"quantity={quantity!r} is not in the history of {label}: "
                f"choose one of {sorted(map(str, history.data_vars))}"
            )
        values = history[quantity].values * (100 if "accuracy" in quantity else 1)
        _curve(ax, k, _abscissa(history, against, label), values, label)
    ax.set_xlabel(AXES[against])
    ax.set_ylabel(_label(quantity))
    _finish(ax)
    return ax


def learning_figure(history: xarray.Dataset) -> Figure:
    """Draw the losses and, with classes, the accuracies of one training against the epoch.

    Above the curves is what the junctions have drawn by then, if the noise came from junctions.

    Parameters
    ----------
    history : Dataset
        Learning curves of `Training.run`.

    Returns
    -------
    Figure
        One or two panels.

    Raises
    ------
    ParameterError
        If no epoch is done yet.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter

    if not history.sizes["epoch"]:
        raise ParameterError("the history has no epoch yet: train for one at least")
    panels = {
        "Loss": {"Training": "train_loss", "Validation": "validation_loss"},
        "Accuracy (%)": {
            "Training": "train_accuracy",
            "Validation": "validation_accuracy",
            "Validation, noise off": "validation_accuracy_quiet",
            "Test": "test_accuracy",
        },
    }
    drawn = {}
    for title, quantities in panels.items():
        present = {label: history[name].values for label, name in quantities.items() if name in history}
        drawn[title] = {label: values for label, values in present.items() if np.isfinite(values).any()}
    quiet = drawn["Accuracy (%)"].pop("Validation, noise off", None)
    if quiet is not None and not np.array_equal(quiet, drawn["Accuracy (%)"]["Validation"]):
        drawn["Accuracy (%)"]["Validation, noise off"] = quiet
    drawn = {title: curves for title, curves in drawn.items() if curves}
    epochs = history["epoch"].values
    spent = float(history["energy"].values[-1] / epochs[-1]) if "energy" in history else 0.0
    figure = Figure(figsize=(3.6 * len(drawn) + 0.4, 3.5 if spent > 0 else 3.0), layout="constrained")
    for ax, (title, curves) in zip(np.ravel(figure.subplots(1, len(drawn))), drawn.items(), strict=True):
        for k, (label, values) in enumerate(curves.items()):
            _curve(ax, k, epochs, values * (1 if title == "Loss" else 100), label)
        ax.set_xlabel("Epoch")
        ax.set_ylabel(title)
        _finish(ax)
        if spent > 0:
            top = ax.secondary_xaxis("top", functions=(lambda x: x * spent, lambda x: x / spent))
            top.xaxis.set_major_formatter(EngFormatter("J"))
            top.set_xlabel("Energy of the junctions")
    return figure
