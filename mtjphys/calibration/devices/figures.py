"""Figures of many devices: the wafer's map, and each number over the devices with what the population makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mtjphys.core.drawing import scaled
from mtjphys.core.palette import BLUE, GREY, LIGHT, ORANGE

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE = 260.0  # of a marker, points^2, where there is room for it


def plot_map(table: xr.Dataset, number: str, axes: Axes) -> None:
    """Draw a number where each device is: with the population where there is one, a combination by its own data.

    Devices that failed are crosses.
    """
    if number in table.parameter:
        unit = str(table.unit.sel(parameter=number).values)
        values = table["shared" if "shared" in table else "estimate"].sel(parameter=number).values
    else:
        unit = str(table.combination_unit.sel(combination=number).values)
        values = table.combined.sel(combination=number).values
    x, y, known = table.x.values, table.y.values, np.isfinite(values)
    factor, shown = scaled(float(np.abs(values[known]).max()), unit)
    size = min(_SIZE, 8e3 / max(len(x), 1))
    points = axes.scatter(x[known], y[known], size, factor * values[known], cmap="viridis", marker="s")
    axes.scatter(x[~known], y[~known], size, color=GREY, marker="x")
    bar = axes.figure.colorbar(points, ax=axes)
    bar.set_label(f"{_words(number)} ({shown})" if shown else _words(number))
    axes.set(xlabel="x", ylabel="y", aspect="equal")


def plot_devices(table: xr.Dataset, population: xr.Dataset | None, number: str, axes: Axes) -> None:
    """Draw a number of all devices in order: by its own data (grey), with the population (blue), and the population."""
    own, unit = table.sel(parameter=number), str(table.unit.sel(parameter=number).values)
    order = np.argsort(own["shared" if "shared" in table else "estimate"].values)
    order = order[np.isfinite(own.estimate.values[order])]
    factor, shown = scaled(float(np.abs(own.estimate.values[order]).max()), unit)
    place = np.arange(order.size)
    sets = [("", "own data", GREY, -0.15)]
    sets += [("shared", "with the population", BLUE, 0.15)] if "shared" in table else []
    for prefix, label, colour, shift in sets:
        value = factor * own[prefix or "estimate"].values[order]
        low, high = (factor * own[f"{prefix}_{end}".lstrip("_")].values[order] for end in ("low", "high"))
        bars = np.maximum([value - low, high - value], 0.0)
        axes.errorbar(place + shift, value, bars, fmt="o", ms=3, lw=0.8, color=colour, label=label)
    if population is not None:
        one = population.sel(parameter=number)
        middle, spread = float(one["median"]), float(one.spread)
        lower, upper = (
            (middle * np.exp(-_score(spread)), middle * np.exp(_score(spread)))
            if one.law == "log-normal"
            else (middle - spread, middle + spread)
        )
        axes.axhspan(factor * lower, factor * upper, color=LIGHT, zorder=0)
        axes.axhline(factor * middle, color=ORANGE, lw=1, label="median and spread")
    axes.set_xticks(place, table.device.values[order], rotation=90, fontsize="x-small")
    if order.size > 40:
        axes.set_xticks([])
    axes.set(xlabel="device", ylabel=f"{_words(number)} ({shown})" if shown else _words(number))
    axes.legend(frameon=False, fontsize="x-small", loc="upper left")


def _score(relative: float) -> float:
    return float(np.sqrt(np.log1p(relative**2)))


def _words(number: str) -> str:
    return number.split(".", 1)[-1].replace("_", " ").replace(".", " ")


def figure(table: xr.Dataset, population: xr.Dataset | None) -> Figure:
    """Return one figure: a row for each number, its map where devices have places, and its values."""
    import matplotlib.pyplot as plt

    mapped = bool(np.isfinite(table.x.values).any() and np.isfinite(table.y.values).any())
    numbers = [str(name) for name in table.parameter.values]
    extra = [str(name) for name in table.combination.values] if mapped else []
    rows = len(numbers) + -(-len(extra) // 2)
    drawn, axes = plt.subplots(rows, 1 + mapped, figsize=(8.6, 3.2 * rows), layout="constrained", squeeze=False)
    for k, number in enumerate(numbers):
        if mapped:
            plot_map(table, number, axes[k, 0])
        plot_devices(table, population, number, axes[k, -1])
    places = axes[len(numbers) :].ravel()
    for place, number in zip(places, extra, strict=False):
        plot_map(table, number, place)
    for unused in places[len(extra) :]:
        unused.remove()
    return drawn
