"""The figure of an energy landscape: wells, passes, and the barriers between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.constants import Boltzmann

from mtjphys.bias import Bias
from mtjphys.core.checks import as_choice
from mtjphys.core.drawing import axes_for
from mtjphys.core.errors import ParameterError
from mtjphys.core.palette import BLACK, ORANGE
from mtjphys.experiments.sphere import APART, angles, from_angles, from_disc, hemispheres, ring
from mtjphys.junction import JunctionLike, as_mtj
from mtjphys.macrospin import energy
from mtjphys.macrospin.energy import Landscape, StationaryPoint
from mtjphys.macrospin.search import axis_of
from mtjphys.telegraph.intervals import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VIEWS = ("angles", "hemispheres")
_GRID = 241  # points along an edge of a map


def plot_landscape(
    junction: JunctionLike,
    bias: Bias | None = None,
    ax: Axes | None = None,
    view: Literal["angles", "hemispheres"] = "angles",
    highest: float | None = None,
) -> Axes:
    r"""Draw the energy over the directions of m, in :math:`k_BT` above the deepest well, with its wells and passes.

    The energy is that of `MTJ.landscape`: fields, anisotropies and field-like torques; a damping-like torque has none.
    Circles mark the wells, P the one nearest to the reference direction, crosses the passes with their height; where
    the energy is symmetric about an axis these are circles of points, drawn as dashed lines.

    Parameters
    ----------
    junction : MTJ, str or Path
        The junction, the name of a preset, or the path of a TOML file.
    bias : Bias, optional
        Constant, with a temperature above 0 K; default 0 V, no field, 300 K.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    view : {"angles", "hemispheres"}
        Angle from the film normal over azimuth from x, or equal-area maps of the hemispheres about p and -p.
    highest : float, optional
        End of the colours in :math:`k_BT`; default twice the highest pass, or the whole energy where that is less.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ParameterError
        If there is no energy, or no temperature to compare it with.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from mtjphys import experiments, presets
    >>> ax = experiments.plot_landscape(presets.koenders_2025())
    >>> sorted({text.get_text() for text in ax.texts})
    ['14', 'AP', 'P']
    """
    from matplotlib.patheffects import withStroke
    from matplotlib.ticker import MaxNLocator

    as_choice("view", view, VIEWS)
    given = Bias() if bias is None else bias
    junction = as_mtj(junction)
    landscape = junction.landscape(given)
    thermal = Boltzmann * float(given.channels[4].bounds()[0])
    if not thermal > 0.0:
        raise ParameterError("temperature=0.0 K has no kB T to give the energy in; give a temperature above 0 K")
    ax = axes_for(ax, (4.4, 2.8))
    p = np.asarray(junction.reference_direction)
    wells, passes = energy.wells(landscape), energy.saddles(landscape)
    maps = _maps(view, p)
    heights = [energy.energy(landscape, m) / thermal for _, _, m in maps]
    lowest = wells[0].energy / thermal if wells else min(float(np.nanmin(one)) for one in heights)
    whole = max(float(np.nanmax(one)) for one in heights) - lowest
    top = whole if not passes else min(whole, 2.0 * (max(point.energy for point in passes) / thermal - lowest))
    top = max(top if highest is None else highest, 1e-9)
    levels = np.linspace(0.0, top, 25)
    drawn: Any = None
    for (x, y, _), height in zip(maps, heights, strict=True):
        # Contours end at the colours; what is above has the last one.
        drawn = ax.contourf(x, y, height - lowest, levels, cmap="cividis", extend="max" if whole > top else "neither")
        ax.contour(x, y, height - lowest, levels[::2], colors="white", linewidths=0.3, alpha=0.5)

    def placed(m: Floats) -> tuple[Floats, Floats]:
        return angles(m) if view == "angles" else hemispheres(m, p)

    nearest = max(wells, key=lambda well: float(well.direction @ p)) if wells else None
    style: dict[str, Any] = {
        "fontsize": "small",
        "fontweight": "bold",
        "textcoords": "offset points",
        "annotation_clip": False,
        "path_effects": [withStroke(linewidth=2.0, foreground="white")],
        "zorder": 6,
    }
    for point in [*wells, *passes]:
        is_well = point.is_well
        if point.ring_radius:
            x, y = placed(_circle(landscape, point))
            broken = np.hypot(np.diff(x), np.diff(y)) > (60.0 if view == "angles" else 0.5)
            x, y = (np.insert(one, np.flatnonzero(broken) + 1, np.nan) for one in (x, y))
            ax.plot(x, y, ls="--", lw=1.2, color="white" if is_well else ORANGE)
            x, y = x[:1], y[:1]
        else:
            x, y = (np.atleast_1d(one) for one in placed(point.direction))
            mark = {"marker": "o", "mfc": "white"} if is_well else {"marker": "x", "mew": 1.8}
            ax.plot(x, y, ls="none", ms=6, color=BLACK if is_well else ORANGE, clip_on=False, zorder=5, **mark)
        text = f"{point.energy / thermal - lowest:.3g}"
        if is_well:
            text = "P" if point is nearest else "AP"
        at_right = x[0] > (150.0 if view == "angles" else APART + 0.8)
        at_top = view == "angles" and y[0] < 15.0
        offset = (-6 if at_right else 6, -6 if at_top or not is_well else 6)
        aligned: dict[str, Any] = {"ha": "right" if at_right else "left", "va": "bottom" if offset[1] > 0 else "top"}
        ax.annotate(text, (x[0], y[0]), offset, color=BLACK if is_well else ORANGE, **style, **aligned)
    _dress(ax, view)
    ticks = [tick for tick in MaxNLocator(6).tick_values(0.0, top) if tick <= top]
    ax.figure.colorbar(drawn, ax=ax, label="Energy ($k_BT$)", ticks=ticks)
    return ax


def _maps(view: str, p: Floats) -> list[tuple[Floats, Floats, Floats]]:
    """Return coordinates on the map and directions of the grids that it consists of."""
    if view == "angles":
        azimuth, polar = np.meshgrid(np.linspace(-180.0, 180.0, _GRID), np.linspace(0.0, 180.0, _GRID))
        return [(azimuth, polar, from_angles(azimuth, polar))]
    radius, turn = np.meshgrid(np.linspace(0.0, 1.0, _GRID), np.linspace(0.0, 2.0 * np.pi, _GRID))
    x, y = radius * np.cos(turn), radius * np.sin(turn)
    return [(x + shift, y, from_disc(x, y, side, p)) for side, shift in ((1.0, 0.0), (-1.0, APART))]


def _circle(landscape: Landscape, point: StationaryPoint) -> Floats:
    """Return the circle of equivalent points that a stationary point stands for."""
    axes = [*np.linalg.eigh(landscape.matrix)[1].T, landscape.field]
    if landscape.terms:
        axes = [axis_of(landscape)]
    circles = [ring(point.direction, one / np.linalg.norm(one)) for one in axes if one is not None and np.any(one)]
    # The axis is that about which the energy does not change, and which the point is not on.
    spread = [np.ptp(energy.energy(landscape, one)) + (np.ptp(one) < 1e-6) for one in circles]
    return circles[int(np.argmin(spread))]


def _dress(ax: Axes, view: str) -> None:
    if view == "angles":
        ax.set(xlabel="Azimuth (degrees)", ylabel="Angle from the normal (degrees)", ylim=(180, 0))
        ax.set(xticks=range(-180, 181, 90), yticks=range(0, 181, 45))
    else:
        outline(ax)


def outline(ax: Axes) -> None:
    """Draw the rims of the two hemispheres and say which is which.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where `mtjphys.experiments.sphere.hemispheres` were drawn.
    """
    turn = np.linspace(0.0, 2.0 * np.pi, 361)
    for shift, text in ((0.0, "about p"), (APART, "about -p")):
        ax.plot(shift + np.cos(turn), np.sin(turn), color=BLACK, lw=0.8)
        ax.text(shift, -1.06, text, ha="center", va="top", fontsize="small")
    ax.set(aspect="equal", xlim=(-1.05, APART + 1.05), ylim=(-1.25, 1.05))
    ax.set_axis_off()
