"""The figure of a dataset: some traces, and how everything is distributed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mtjphys.core.drawing import scaled
from mtjphys.core.palette import BLUE, COLOURS, GREY
from mtjphys.datasets.inspection.summaries import Summary
from mtjphys.datasets.store.reading import open_dataset
from mtjphys.datasets.use.windows import TIMES

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS, ACROSS = 12, 4
"""Histograms at most, and in a row."""

TRACES, SAMPLES = 3, 2000
"""Lanes that are drawn, and samples of each at most."""


def overview(path: str | Path, summaries: Mapping[str, Summary]) -> Figure:
    """Return a figure of a dataset: the beginning of some traces of different devices, and histograms.

    Parameters
    ----------
    path : str or Path
        Dataset that `mtjphys.datasets.make` has made.
    summaries : mapping
        Of `statistics`; the first twelve that are not the same everywhere are drawn.

    Returns
    -------
    matplotlib.figure.Figure
        Not shown, and not saved.
    """
    from matplotlib.figure import Figure

    with open_dataset(path) as found:
        trace = next((name for name in ("signal", "resistance", "voltage", "m") if name in found.data_vars), None)
        made = np.argwhere(found.status.values == 1)
        spread = {name: summary for name, summary in summaries.items() if summary.low < summary.high}
        chosen = list(spread.items())[:PANELS]
        drawn = trace is not None and len(made) > 0
        heights = [2.6] * drawn + [1.3] * -(-len(chosen) // ACROSS)
        figure = Figure(figsize=(8.0, sum(heights)), layout="constrained")
        grid = figure.add_gridspec(len(heights), ACROSS, height_ratios=heights)
        if trace is not None and drawn:
            lanes = made[np.unique(np.linspace(0, len(made) - 1, TRACES).astype(int))]
            rows = grid[0, :].subgridspec(len(lanes), 1)
            draw_traces([figure.add_subplot(rows[k]) for k in range(len(lanes))], found[trace], lanes)
        for k, (name, summary) in enumerate(chosen):
            draw_histogram(figure.add_subplot(grid[drawn + k // ACROSS, k % ACROSS]), name, summary)
    return figure


def draw_traces(panels: Sequence[Axes], variable: xr.DataArray, lanes: np.ndarray) -> None:
    """Draw the beginning of some lanes, each given as device, bias and replica."""
    time = next(name for name in TIMES if name in variable.dims)
    picked = variable.isel({time: slice(0, SAMPLES)})
    if "component" in picked.dims:
        picked = picked.isel(component=2)
    traces = [picked.isel(device=d, bias=b, replica=r).values for d, b, r in lanes]
    seconds = picked[time].values
    faster, unit = scaled(float(seconds[-1]), "s")
    units = str(variable.attrs["units"])
    factor, written = (1.0, "") if units == "1" else scaled(max(float(np.abs(one).max()) for one in traces), units)
    for panel, (device, bias, _), trace, colour in zip(panels, lanes, traces, COLOURS, strict=False):
        panel.plot(faster * seconds, factor * trace, color=colour, linewidth=0.6)
        panel.set_title(f"device {device}, bias {bias}", loc="right", fontsize="x-small", pad=2.0)
        panel.set_xlim(0.0, faster * seconds[-1])
        panel.tick_params(labelsize="x-small", labelbottom=panel is panels[-1])
    name = "m_z" if variable.name == "m" else str(variable.name)
    panels[len(panels) // 2].set_ylabel(f"{name} ({written})" if written else name, fontsize="small")
    panels[-1].set_xlabel(f"time ({unit})", fontsize="small")


def draw_histogram(panel: Axes, name: str, summary: Summary) -> None:
    """Draw a histogram with its median, in fewer bins where there are few numbers."""
    from matplotlib.ticker import NullFormatter

    factor, written = 1.0, "" if summary.units == "1" else summary.units
    if written and not summary.logarithmic:
        factor, written = scaled(max(abs(summary.low), abs(summary.high)), written)
    counts, edges = summary.counts, factor * summary.edges
    while len(counts) > max(8.0, 4.0 * summary.present ** (1 / 3)):
        odd = len(counts) % 2
        counts = np.pad(counts, (0, odd)).reshape(-1, 2).sum(axis=1)
        edges = np.append(edges, edges[-1])[: len(edges) + odd][::2]
    panel.stairs(counts, edges, fill=True, color=BLUE)
    panel.axvline(factor * summary.median, color=GREY, linestyle="--", linewidth=1.0)
    if summary.logarithmic:
        panel.set_xscale("log")
        panel.xaxis.set_minor_formatter(NullFormatter())
    panel.set_title(f"{name} ({written})" if written else name, fontsize="xx-small")
    panel.set_yticks([])
    panel.tick_params(labelsize="x-small")
    panel.xaxis.get_offset_text().set_fontsize("xx-small")
