"""Figures of a fit: each measurement beside the junction, residuals, correlations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mtjphys.core.drawing import scaled
from mtjphys.core.palette import BLACK, COLOURS, GREY, LIGHT, MARKERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mtjphys.calibration.fitting.checks import Check
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


def profiles(fit: Knowledge) -> Figure:
    """Return a figure of the profile likelihood of every number, with its 68 and 95 % levels."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator
    from scipy.stats import chi2

    names = fit.parameters
    columns = min(4, max(len(names), 1))
    rows = max(-(-len(names) // columns), 1)
    drawn, axes = plt.subplots(rows, columns, figsize=(3.1 * columns, 2.5 * rows), layout="constrained", squeeze=False)
    for name, panel in zip(names, axes.ravel(), strict=False):
        values, excess = fit.profile_curve(name)
        factor, unit = scaled(float(np.abs(values).max()), fit.unit(name))
        for level in (0.68, 0.95):
            panel.axhline(chi2.ppf(level, 1), color=GREY, lw=0.8, ls="--")
            panel.axvspan(*(factor * end for end in fit.interval(name, level)), color=LIGHT, alpha=0.6, lw=0)
        panel.plot(factor * values, excess, color=COLOURS[0])
        panel.plot(factor * fit.estimate(name), 0.0, MARKERS[0], color=COLOURS[0], ms=4)
        panel.xaxis.set_major_locator(MaxNLocator(4))
        panel.set(xlim=(factor * values[0], factor * values[-1]), ylim=(-0.3, 9.0))
        words = name.split(".", 1)[-1].replace("_", " ").replace(".", " ")
        panel.set_xlabel(f"{words} ({unit})" if unit else words, fontsize="small")
    for panel in axes[:, 0]:
        panel.set_ylabel("excess of the deviance")
    for unused in axes.ravel()[len(names) :]:
        unused.remove()
    return drawn


def predictive(found: list[Check]) -> Figure:
    """Return a figure of the posterior-predictive checks, a column a kind of measurement."""
    import matplotlib.pyplot as plt

    count = len(found)
    drawn, axes = plt.subplots(2, count, figsize=(3.6 * count, 4.6), layout="constrained", squeeze=False)
    for check, points, histogram in zip(found, *axes, strict=True):
        place = np.arange(1, check.standing.size + 1)
        out = np.abs(check.standing) > 3.0
        points.axhspan(-2.0, 2.0, color=LIGHT, lw=0)
        points.axhline(0.0, color=GREY, lw=0.8)
        points.plot(place[~out], check.standing[~out], MARKERS[0], color=COLOURS[0], ms=4)
        points.plot(place[out], check.standing[out], MARKERS[1], color=COLOURS[1], ms=5)
        points.set(title=check.kind.replace("_", " "), xlabel="point")
        both = np.concatenate((check.made_up, check.measured))
        bins = np.linspace(both.min(), both.max(), 31)
        histogram.hist(check.made_up, bins, color=GREY, label="made up")
        histogram.hist(check.measured, bins, color=COLOURS[0], histtype="step", lw=1.5, label="measured")
        histogram.set(title=check.words, xlabel="deviance")
        histogram.legend(frameon=False, fontsize="small")
    axes[0, 0].set_ylabel("measured less\nmade up (s.d.)")
    axes[1, 0].set_ylabel("junctions")
    return drawn


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


__all__ = ["figure", "plot_correlation", "plot_measurement", "plot_residuals", "predictive", "profiles", "swept"]
