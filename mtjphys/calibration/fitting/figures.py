"""Figures of a fit: each measurement beside the junction, residuals, correlations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mtjphys.core.drawing import scaled
from mtjphys.core.palette import BLACK, COLOURS, GREY, LIGHT, MARKERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mtjphys.calibration.fitting.knowledge import Knowledge

_UNITS = {"duration": "s", "frequency": "Hz", "voltage": "V", "current": "A", "temperature": "K"}
_SWEPT = ("duration", "frequency", "voltage", "current", "field_x", "field_y", "field_z", "temperature")
_RATIO = 20.0  # of the ends of an axis, from which it is logarithmic


def plot_measurement(fit: Knowledge, number: int, axes: Axes) -> None:
    """Draw a measurement with its errors, and what the fitted junction says."""
    measurement = fit.measurements[number]
    predicted = fit.problem.parts(fit.maximum.predicted)[number]
    value, low, high = measurement.observed()
    model = measurement.in_units(predicted)
    name, along = swept(measurement)
    factor, unit = scaled(float(np.abs(along).max()) or 1.0, _UNITS.get(name, "T")) if name else (1.0, "")
    size, shown = scaled(float(np.abs(value).max()), measurement.unit.split(" ")[0])
    for k, noun in enumerate(measurement.names()):
        part = slice(k * measurement.points, (k + 1) * measurement.points)
        order = np.argsort(along, kind="stable")
        x = factor * along[order]
        bars = size * np.abs(np.array([value[part] - low[part], high[part] - value[part]]))[:, order]
        axes.errorbar(x, size * value[part][order], bars, fmt=MARKERS[k], color=COLOURS[k], ms=4, lw=1, label=noun)
        axes.plot(x, size * model[part][order], "-" if x.size > 1 else "_", color=COLOURS[k], lw=1, ms=14)
    positive = value[value > 0.0]
    if positive.size == value.size and value.max() > _RATIO * value.min() and measurement.unit:
        axes.set_yscale("log")
    if name in ("duration", "frequency") and along.min() > 0.0 and along.max() > _RATIO * along.min():
        axes.set_xscale("log")
    axes.set_xlabel(f"{name.replace('_', ' ')} ({unit})" if name else "point")
    axes.set_ylabel(f"{measurement.noun} ({shown})" if shown else measurement.noun)
    axes.set_title(measurement.label or measurement.kind.replace("_", " "), fontsize="medium")
    if len(measurement.names()) > 1:
        axes.legend(frameon=False, fontsize="small")


def swept(measurement: Any) -> tuple[str, np.ndarray]:
    """Return the name and the values of what varies most from point to point; empty and the numbers of the points."""
    best, name, along = 1, "", np.arange(measurement.points, dtype=np.float64)
    for candidate in _SWEPT:
        if candidate.startswith("field_"):
            column = measurement.field[:, "xyz".index(candidate[-1])]
        else:
            column = getattr(measurement, candidate, None)
        if column is not None and np.unique(column).size > best:
            best, name, along = np.unique(column).size, candidate, column
    return name, along


def plot_residuals(fit: Knowledge, axes: Axes) -> None:
    """Draw the deviance residuals of all points, measurement by measurement."""
    residuals = fit.problem.residuals(fit.maximum.predicted)
    start = 0
    axes.axhspan(-2.0, 2.0, color=LIGHT, lw=0)
    axes.axhline(0.0, color=GREY, lw=0.8)
    for k, part in enumerate(fit.problem.parts(residuals)):
        place = start + np.arange(part.size)
        label = fit.measurements[k].label or fit.measurements[k].kind.replace("_", " ")
        axes.plot(place, part, MARKERS[k % len(MARKERS)], color=COLOURS[k % len(COLOURS)], ms=4, label=label)
        start += part.size
    axes.set_xlabel("point")
    axes.set_ylabel("residual (standard deviations)")
    axes.legend(frameon=False, fontsize="small")


def plot_correlation(fit: Knowledge, axes: Axes) -> None:
    """Draw the correlation matrix of the free numbers."""
    matrix = fit.correlation.correlation.values
    names = [p.name.split(".", 1)[-1].replace("_", " ").replace(".", " ") for p in fit.free]
    axes.imshow(matrix, vmin=-1.0, vmax=1.0, cmap="RdBu_r")
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right", fontsize="small")
    axes.set_yticks(range(len(names)), names, fontsize="small")
    for (row, column), value in np.ndenumerate(matrix):
        colour = "white" if abs(value) > 0.6 else BLACK
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize="small", color=colour)


def figure(fit: Knowledge) -> Figure:
    """Return one figure of everything: each measurement, residuals, correlations."""
    import matplotlib.pyplot as plt

    count = len(fit.measurements) + 2
    columns = min(3, count)
    rows = -(-count // columns)
    drawn, axes = plt.subplots(rows, columns, figsize=(4.2 * columns, 3.2 * rows), layout="constrained", squeeze=False)
    flat = list(axes.ravel())
    for k in range(len(fit.measurements)):
        plot_measurement(fit, k, flat[k])
    plot_residuals(fit, flat[count - 2])
    if fit.free:
        plot_correlation(fit, flat[count - 1])
    for unused in flat[count:] + ([] if fit.free else flat[count - 1 : count]):
        unused.remove()
    return drawn


__all__ = ["figure", "plot_correlation", "plot_measurement", "plot_residuals", "swept"]
