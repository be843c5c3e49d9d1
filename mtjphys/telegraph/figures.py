"""Figures of a telegraph analysis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mtjphys.core.checks import as_choice
from mtjphys.core.drawing import axes_for, scaled
from mtjphys.core.palette import BLACK, BLUE, GREY, ORANGE
from mtjphys.telegraph.spectra import modes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mtjphys.telegraph.results import TelegraphAnalysis

_LOW, _HIGH, _DATA, _MODEL = BLUE, ORANGE, GREY, BLACK
_MARKERS = "osv^D<>p"


def _label(name: str, unit: str) -> str:
    text = name.replace("_", " ")
    if text == "V":
        text = "voltage"
    return f"{text[:1].upper()}{text[1:]} ({unit})" if unit else f"{text[:1].upper()}{text[1:]}"


def _named(analysis: TelegraphAnalysis) -> list[tuple[str, Any]]:
    """Return name and colour of each level, from blue for the lowest to orange for the highest."""
    from matplotlib.colors import to_hex, to_rgb

    count = len(analysis.each)
    names = ["low", "high"] if count == 2 else [f"level {k}" for k in range(count)]
    low, high = np.array(to_rgb(_LOW)), np.array(to_rgb(_HIGH))
    return [(name, to_hex(low + (high - low) * k / (count - 1))) for k, name in enumerate(names)]


def _tint(colour: str, strength: float = 0.45) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    red, green, blue = (1 - strength * (1 - c) for c in to_rgb(colour))
    return red, green, blue


def plot_trace(
    analysis: TelegraphAnalysis,
    ax: Axes | None = None,
    duration: float | None = None,
    replica: int = 0,
) -> Axes:
    """Draw the start of the signal and the idealised trace over it.

    Parameters
    ----------
    analysis : TelegraphAnalysis
        What to draw.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    duration : float, optional
        Length shown in s; about 30 stays by default.
    replica : int
        Which replica.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes_for(ax, (6.8, 2.2))
    mean_stay = float(np.mean([level.dwell.mean.value for level in analysis.each]))
    shown = 30 * mean_stay if duration is None else duration
    n = int(min(max(shown / analysis.sample_interval, 10), analysis.values.shape[1]))
    values, states = analysis.values[replica, :n], analysis.states[replica, :n]
    time = np.arange(n) * analysis.sample_interval
    ft, unit_t = scaled(float(time[-1]), "s")
    fv, unit_v = scaled(max(abs(level) for level in analysis.levels), analysis.unit)
    dots = "." if n < 800 else ""
    ax.plot(time * ft, values * fv, color=_DATA, lw=0.6, marker=dots, ms=2, rasterized=n > 5000)
    for level, (_, colour) in zip(analysis.levels, _named(analysis), strict=True):
        ax.axhline(level * fv, color=colour, lw=0.7, ls=":")
    ax.step(
        time * ft,
        np.where(states < 0, np.nan, np.array(analysis.levels)[states]) * fv,
        where="mid",
        color=_MODEL,
        lw=1.1,
    )
    ax.set(
        xlabel=f"Time ({unit_t})",
        ylabel=_label(analysis.name, unit_v),
        xlim=(0, float(time[-1]) * ft),
    )
    return ax


def plot_histogram(
    analysis: TelegraphAnalysis,
    ax: Axes | None = None,
    orientation: Literal["vertical", "horizontal"] = "vertical",
    bins: int = 120,
) -> Axes:
    """Draw the histogram of the signal with the Gaussians of the levels, weighted by the occupation.

    Thresholds, which assume no Gaussians, are drawn in their place.

    Parameters
    ----------
    analysis : TelegraphAnalysis
        What to draw.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    orientation : {"vertical", "horizontal"}
        Horizontal puts the signal on the y axis, to stand beside `plot_trace`.
    bins : int
        Number of bins.

    Returns
    -------
    matplotlib.axes.Axes
    """
    as_choice("orientation", orientation, ("vertical", "horizontal"))
    ax = axes_for(ax)
    fv, unit = scaled(max(abs(level) for level in analysis.levels), analysis.unit)
    density, edges = np.histogram(analysis.values[np.isfinite(analysis.values)], bins=bins, density=True)
    x = np.linspace(edges[0], edges[-1], 1000)
    upright = orientation == "vertical"
    ax.stairs(density / fv, edges * fv, orientation=orientation, fill=True, color=_tint(_DATA))
    line = ax.axvline if upright else ax.axhline
    for threshold in np.ravel(analysis.thresholds or ()):
        line(float(threshold) * fv, color=_MODEL, lw=0.7, ls=":")
    for level, (name, colour) in zip(() if analysis.thresholds else analysis.each, _named(analysis), strict=False):
        share, noise = level.occupation.value, level.noise.value
        curve = share * np.exp(-0.5 * ((x - level.mean.value) / noise) ** 2) / (noise * math.sqrt(2 * math.pi))
        # narrower than a bin, the curve would only show how coarse the bins are
        if np.isfinite(curve).all() and curve.max() < 5 * density.max():
            ax.plot(
                *((x * fv, curve / fv) if upright else (curve / fv, x * fv)),
                color=colour,
                lw=1.2,
                label=f"{name}, {share:.1%}",
            )
    label, per = _label(analysis.name, unit), f"Density (1/{unit})" if unit else "Density"
    ax.set(xlabel=label if upright else per, ylabel=per if upright else label)
    top = 1.08 * float(density.max()) / fv
    ax.set(**({"ylim": (0, top)} if upright else {"xlim": (0, top)}))
    if ax.get_legend_handles_labels()[0]:
        ax.legend(frameon=False, fontsize="small", handlelength=1.2)
    return ax


def plot_dwell_times(analysis: TelegraphAnalysis, ax: Axes | None = None) -> Axes:
    """Draw the fraction of stays longer than t in each state and the fitted exponentials.

    Parameters
    ----------
    analysis : TelegraphAnalysis
        What to draw.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes_for(ax)
    interval = analysis.sample_interval
    dwells = [level.dwell for level in analysis.each]
    longest = max((float(d.durations.max()) for d in dwells if d.durations.size), default=interval)
    ft, unit = scaled(longest, "s")
    fewest = 0.5
    for k, (dwell, (text, colour), marker) in enumerate(zip(dwells, _named(analysis), _MARKERS, strict=False)):
        if dwell.durations.size == 0:
            continue
        length, counts = np.unique(np.rint(dwell.durations / interval).astype(np.int64), return_counts=True)
        survivors = 1 - (np.cumsum(counts) - counts) / counts.sum()  # P(stay >= length)
        shortest = int(length[0])
        t = (length - shortest) * interval
        keep = np.unique(np.linspace(0, length.size - 1, 60).astype(int))
        value, prefix = scaled(dwell.mean.value, "s")
        ax.plot(
            t[keep] * ft,
            survivors[keep],
            marker,
            ms=3,
            mfc="none",
            mew=0.8,
            color=colour,
            label=f"{text}, {dwell.mean.value * value:.3g} {prefix}",
        )
        law = np.linspace(0, float(t[-1]), 100)
        # of the sampled stays; in continuous time it would ignore flips between samples
        mean = dwell.durations.mean() / interval - (shortest - 1)
        decay = math.log1p(-1 / mean) if mean > 1 else math.log(analysis.transitions.value[k, k])
        ax.plot(law * ft, np.exp(law / interval * decay), color=colour, lw=1)
        fewest = min(fewest, 0.5 / dwell.durations.size)
    ax.set(
        yscale="log",
        xlabel=f"Dwell time t ({unit})",
        ylabel="Fraction longer than t",
        ylim=(fewest, 1.5),
    )
    ax.set_xlim(left=0)
    ax.legend(frameon=False, fontsize="small", handletextpad=0.3)
    return ax


def plot_autocorrelation(analysis: TelegraphAnalysis, ax: Axes | None = None) -> Axes:
    """Draw the autocorrelation beside that of the levels, of two ``exp(-t/tau_c)``, times the telegraph share of C(0).

    Parameters
    ----------
    analysis : TelegraphAnalysis
        What to draw.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes_for(ax)
    curve = analysis.autocorrelation
    ft, unit = scaled(float(curve.lag[-1]), "s")
    weights, decays = modes(analysis.rates.value, np.array(analysis.levels))
    noise = float(np.array(analysis.occupations) @ np.square(analysis.noises))
    variance = float(np.real(weights.sum())) + noise
    few = curve.lag.size < 80
    ax.axhline(0, color="0.7", lw=0.6)
    keep = slice(None) if few else np.unique(np.linspace(0, curve.lag.size - 1, 80).astype(int))
    ax.plot(
        curve.lag[keep] * ft,
        curve.value[keep],
        "o",
        ms=3,
        mfc="none",
        mew=0.8,
        color=_HIGH,
        label="trace",
    )
    fine = np.linspace(0, float(curve.lag[-1]), 300)
    value, prefix = scaled(analysis.tau_c.value, "s")
    ax.plot(
        fine * ft,
        np.real((weights * np.exp(-np.outer(fine, decays))).sum(axis=1)) / variance,
        color=_MODEL,
        lw=1,
        label=rf"levels, $\tau_c$ = {analysis.tau_c.value * value:.3g} {prefix}",
    )
    ax.set(
        xlabel=f"Lag t ({unit})",
        ylabel="Autocorrelation",
        ylim=(min(-0.1, float(curve.value.min()) * 1.1), 1.05),
    )
    ax.set_xlim(left=0)
    ax.legend(frameon=False, fontsize="small", handletextpad=0.4)
    return ax


def plot_spectrum(analysis: TelegraphAnalysis, ax: Axes | None = None, per_decade: int = 20) -> Axes:
    """Draw Welch's spectrum in logarithmic bins beside the Machlup form plus white noise.

    Parameters
    ----------
    analysis : TelegraphAnalysis
        What to draw.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    per_decade : int
        Bins per decade of frequency.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes_for(ax)
    s = analysis.spectrum
    decades = math.log10(s.frequency[-1] / s.frequency[0])
    edges = np.geomspace(s.frequency[0], s.frequency[-1] * 1.0001, max(2, int(decades * per_decade)))
    where = np.digitize(s.frequency, edges)
    number = np.bincount(where)
    full = number > 0
    frequency = np.bincount(where, s.frequency)[full] / number[full]
    density = np.bincount(where, s.density)[full] / number[full]
    ax.loglog(frequency, density, "o", ms=3, mfc="none", mew=0.8, color=_HIGH, label="Welch")
    model = s.sampled + s.white_noise
    ax.loglog(s.frequency, model, color=_MODEL, lw=1, label="sampled Machlup + white")
    ax.loglog(s.frequency, s.machlup, color=_MODEL, lw=0.8, ls="--", label="Machlup")
    corner = 1 / (2 * math.pi * analysis.tau_c.value)
    if s.frequency[0] < corner < s.frequency[-1]:
        ax.axvline(corner, color="0.6", lw=0.7, ls=":")
    floor = max(min(float(density.min()), float(model.min())), 1e-300)
    ax.set(
        xlabel="Frequency (Hz)",
        ylabel=f"Spectral density ({scaled(1.0, analysis.unit)[1]}$^2$/Hz)"
        if analysis.unit
        else "Spectral density (1/Hz)",
        ylim=(floor / 30, 3 * max(float(density.max()), float(s.machlup.max()))),
    )
    ax.legend(frameon=False, fontsize="small", loc="lower left")
    return ax


def figure(analysis: TelegraphAnalysis) -> Figure:
    """Draw trace, histogram, dwell times, autocorrelation and spectrum on one page-wide figure.

    Parameters
    ----------
    analysis : TelegraphAnalysis
        What to draw.

    Returns
    -------
    matplotlib.figure.Figure
        7.0 by 4.4 inches; save it with ``savefig``.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from mtjphys import telegraph
    >>> result = telegraph.analyse(telegraph.sample(1e3, 1e3, 5e-5, 20_000, seed=1))
    >>> len(telegraph.figure(result).axes)
    5
    """
    import matplotlib.pyplot as plt

    style: Any = {
        "font.size": 8,
        "axes.labelsize": 8,
        "xtick.labelsize": 7,
        "ytick.labelsize": 7,
        "legend.fontsize": 7,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.7,
    }
    with plt.rc_context(style):
        page = plt.figure(figsize=(7.0, 4.4), layout="constrained")
        grid = page.add_gridspec(2, 6, height_ratios=(1, 1.15))
        trace = plot_trace(analysis, page.add_subplot(grid[0, :4]))
        histogram = plot_histogram(analysis, page.add_subplot(grid[0, 4:], sharey=trace), "horizontal")
        histogram.set_ylabel("")
        histogram.tick_params(labelleft=False)
        below = [page.add_subplot(grid[1, 2 * k : 2 * k + 2]) for k in range(3)]
        plot_dwell_times(analysis, below[0])
        plot_autocorrelation(analysis, below[1])
        plot_spectrum(analysis, below[2])
        for letter, ax in zip("abcde", (trace, histogram, *below), strict=True):
            ax.set_title(f"({letter})", loc="left", fontsize=8, fontweight="bold", pad=3)
    return page
