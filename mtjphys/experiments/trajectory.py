"""The figure of a trajectory on the sphere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mtjphys.core.checks import as_count
from mtjphys.core.drawing import axes_for, scaled
from mtjphys.core.errors import ParameterError
from mtjphys.core.palette import BLACK, LIGHT
from mtjphys.core.parameters import split_toml
from mtjphys.experiments.landscape import outline
from mtjphys.experiments.sphere import APART, hemispheres
from mtjphys.junction import MTJ

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def plot_trajectory(
    run: xr.Dataset,
    ax: Axes | None = None,
    device: int = 0,
    bias: int = 0,
    replica: int = 0,
    duration: float | None = None,
) -> Axes:
    """Draw the way of m on the two hemispheres about p and -p, coloured by time; a dot marks the beginning.

    The maps are of equal area (`mtjphys.experiments.sphere.hemispheres`): how dense the points are is how likely.
    They touch where a path within the film crosses the equator; circles are 30 and 60 degrees from p.

    Parameters
    ----------
    run : xarray.Dataset
        Of `mtjphys.simulate` with "m" recorded, sampled finely enough to follow.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    device, bias, replica : int
        Which lane.
    duration : float, optional
        Time shown from the beginning, in s; default the first 5000 samples.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ParameterError
        If m was not recorded.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> import mtjphys as mp
    >>> run = mp.simulate(mp.presets.schnitzspan_2023(), duration=2e-8, sample_interval=2e-11, seed=1)
    >>> [text.get_text() for text in mp.experiments.plot_trajectory(run).texts]
    ['about p', 'about -p']
    """
    from matplotlib.collections import LineCollection

    if "m" not in run:
        raise ParameterError('the run has no m to follow; simulate with record=("m",)')
    where = {"device": device, "bias": bias, "replica": replica}
    for name, value in where.items():
        if as_count(name, value, 0) >= run.sizes[name]:
            raise ParameterError(f"{name}={value} is not among the {run.sizes[name]} of the run; they count from 0")
    time = run.time.values
    number = 5000 if duration is None else int(np.searchsorted(time, duration * (1.0 + 1e-9), side="right"))
    m = run.m.isel(**where).transpose("time", "component").values[:number]
    time = time[: len(m)]
    if len(m) < 2:
        raise ParameterError(f"{len(m)} samples make no trajectory; show more, or sample more often")
    p = np.asarray(MTJ.from_toml(split_toml("junction", run.attrs["junctions"])[device]).reference_direction)
    ax = axes_for(ax, (5.0, 2.6))
    turn = np.linspace(0.0, 2.0 * np.pi, 181)
    for angle in (30.0, 60.0):
        radius = np.sqrt(1.0 - np.cos(np.radians(angle)))
        for shift in (0.0, APART):
            ax.plot(shift + radius * np.cos(turn), radius * np.sin(turn), color=LIGHT, lw=0.6, zorder=0)
    x, y = hemispheres(m, p)
    points = np.stack([x, y], axis=-1)
    segments = np.stack([points[:-1], points[1:]], axis=1)
    same = (m[:-1] @ p >= 0.0) == (m[1:] @ p >= 0.0)  # a step over the equator jumps on the map
    factor, unit = scaled(float(time[-1]), "s")
    lines = LineCollection(list(segments[same]), cmap="viridis", linewidths=0.7, alpha=0.9)
    lines.set_array(0.5 * (time[:-1] + time[1:])[same] * factor)
    ax.add_collection(lines)
    ax.plot(x[0], y[0], "o", ms=4, color=BLACK, zorder=5)
    outline(ax)
    ax.figure.colorbar(lines, ax=ax, label=f"Time ({unit})", shrink=0.8)
    return ax
