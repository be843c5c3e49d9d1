"""Where the junctions of a loop switched: the distribution, and the one that the exact rates give."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Literal

import numpy as np

from mtjphys import fokker_planck
from mtjphys.bias import Bias
from mtjphys.core.checks import as_choice
from mtjphys.core.drawing import axes_for, scaled
from mtjphys.core.errors import MtjphysWarning, ParameterError
from mtjphys.core.palette import BLACK
from mtjphys.experiments.applied import bias_at
from mtjphys.experiments.loops import BRANCHES, COLOURS, swept_name
from mtjphys.fokker_planck.axial import barrier_top
from mtjphys.junction import MTJ
from mtjphys.junction.spin import macrospin
from mtjphys.macrospin.energy import barrier
from mtjphys.macrospin.spin import Macrospin
from mtjphys.surrogate import TwoState
from mtjphys.telegraph.intervals import Floats
from mtjphys.theory import escape_rates

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def switching_points(loop: xr.Dataset, *, threshold: float = 0.0) -> xr.Dataset:
    """Return where each replica of a loop switched: the first value at the end of which it is in the other state.

    Parameters
    ----------
    loop : xarray.Dataset
        Of `resistance_field_loop` or `resistance_voltage_loop`.
    threshold : float
        m.p that divides the states.

    Returns
    -------
    xarray.Dataset
        ``switching_point`` (replica, branch), in T or V, NaN where a branch stays in the state that it begins in; over
        branch ``mean_point``, ``standard_deviation`` and ``switched``, the number of replicas that did; ``coercivity``,
        half the distance of the two means, and ``offset``, their middle, in T or V.

    Examples
    --------
    >>> import numpy as np
    >>> from mtjphys import experiments, presets
    >>> device, fields = presets.koenders_2025(), np.linspace(-0.015, 0.015, 31)
    >>> loop = experiments.resistance_field_loop(device, fields, dwell=5e-9, replicas=8, seed=1)
    >>> points = experiments.switching_points(loop)
    >>> bool(points.mean_point.sel(branch="down") < 0.0 < points.mean_point.sel(branch="up"))
    True
    """
    import xarray as xr

    name = swept_name(loop)
    unit = {"units": loop[name].attrs["units"]}
    points = np.full((loop.sizes["replica"], len(BRANCHES)), np.nan)
    for k, branch in enumerate(BRANCHES):
        along = loop.sel(branch=branch).sortby("time")
        values = along[name].values
        parallel = along.projection.transpose("replica", name).values > threshold
        first = parallel[:, 0]
        switched = parallel != first[:, None]
        crossed = switched.any(axis=1)
        points[crossed, k] = values[np.argmax(switched[crossed], axis=1)]
    number = np.isfinite(points).sum(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a branch on which none switched
        mean = np.nanmean(points, axis=0)
        spread = np.where(number > 1, np.nanstd(points, axis=0, ddof=1), np.nan)
    return xr.Dataset(
        {
            "switching_point": (("replica", "branch"), points, unit),
            "mean_point": ("branch", mean, unit),
            "standard_deviation": ("branch", spread, unit),
            "switched": ("branch", number, {"units": "1"}),
            "coercivity": ((), 0.5 * float(mean[0] - mean[1]), unit),
            "offset": ((), 0.5 * float(mean[0] + mean[1]), unit),
        },
        {"branch": list(BRANCHES)},
        {"swept": name, "threshold": threshold},
    )


def switching_law(loop: xr.Dataset, *, method: Literal["exact", "asymptotic"] = "exact") -> xr.Dataset:
    r"""Return the distribution of switching points that the escape rates of the loop's junction give.

    While the field is held at its k-th value a junction leaves its state with the rate :math:`\Gamma_k`, so that

    .. math:: S_k = \exp\Big(-\sum_{j\le k}\Gamma_j t_{dwell}\Big),\qquad P_k = S_{k-1} - S_k

    is the probability to be still there, and that of switching at this value: Kurkijaervi's law for the very rates and
    steps; `theory.swept_survival` is its closed form. Where pulses are followed by readings, the rate of these is
    added. It holds where the way back is as good as closed, and where a dwell is long beside the time that m takes to
    settle in a well; what switches beyond the last well is due at once, while in truth it takes the time to turn over.

    Parameters
    ----------
    loop : xarray.Dataset
        Of `resistance_field_loop` or `resistance_voltage_loop`; junction, bias and dwell are in its attributes.
    method : {"exact", "asymptotic"}
        Rates of `fokker_planck.dwell_times`, up to some seconds for each value without axial symmetry, or those of
        `theory.escape_rates`, at once, within some per cent. Of a surrogate, its own.

    Returns
    -------
    xarray.Dataset
        Over branch and what was swept: ``rate`` of leaving the state in which the branch begins (1/s; infinite beyond
        its end, 0 before the other state exists), ``survival`` and ``probability``.

    Raises
    ------
    ParameterError
        If there are nowhere two states, or the asymptotic rates do not hold.

    References
    ----------
    J. Kurkijaervi, Phys. Rev. B 6, 832 (1972); A. Garg, Phys. Rev. B 51, 15592 (1995).

    Examples
    --------
    >>> import numpy as np
    >>> from mtjphys import experiments, presets
    >>> device, fields = presets.koenders_2025(), np.linspace(-0.015, 0.015, 31)
    >>> loop = experiments.resistance_field_loop(device, fields, dwell=5e-9, replicas=8, seed=1)
    >>> law = experiments.switching_law(loop, method="asymptotic")
    >>> median = law.applied_field[int((law.survival.sel(branch="up") > 0.5).sum())]
    >>> print(f"{1e3 * median:.0f} mT")
    7 mT
    """
    import xarray as xr

    as_choice("method", method, ("exact", "asymptotic"))
    name = swept_name(loop)
    values, dwell = loop[name].values, float(loop.attrs["dwell"])
    order = np.argsort(values)
    leaving = _rates(loop, values[order], method)
    # After each pulse the junction is read for as long, and may be left then.
    read = loop.attrs.get("read_voltage")
    read_rates = np.zeros(2) if read is None else np.nan_to_num(_rates(loop, np.array([read]), method)[:, 0])
    both = np.isfinite(leaving).all(axis=0)
    if not both.any():
        raise ParameterError(f"the junction has two states at none of the {values.size} values of the loop; widen it")
    ends = leaving[:, both]
    # The state of the low end is the one that is left ever faster as the value rises.
    low = int(np.argmax(ends[:, -1] / ends[:, 0])) if both.sum() > 1 else int(np.argmin(ends[:, 0]))
    first, last = np.flatnonzero(both)[[0, -1]]
    rate = np.zeros((len(BRANCHES), values.size))
    survival = np.ones_like(rate)
    for k, state in enumerate((low, 1 - low)):
        along = leaving[state].copy()
        before, beyond = (slice(0, first), slice(last + 1, None))
        along[before], along[beyond] = (0.0, math.inf) if k == 0 else (math.inf, 0.0)
        rate[k] = along
        along = along + read_rates[state]
        way = along if k == 0 else along[::-1]
        left = np.exp(-np.cumsum(way * dwell))
        survival[k] = left if k == 0 else left[::-1]
    earlier = np.stack([np.append(1.0, survival[0, :-1]), np.append(survival[1, 1:], 1.0)])
    dimensions = ("branch", name)
    result = xr.Dataset(
        {
            "rate": (dimensions, rate, {"units": "1/s"}),
            "survival": (dimensions, survival, {"units": "1"}),
            "probability": (dimensions, earlier - survival, {"units": "1"}),
        },
        {name: (name, values[order], dict(loop[name].attrs)), "branch": list(BRANCHES)},
        {"method": method, "dwell": dwell, "dwell_units": "s"},
    )
    return result.sel({name: values})


def _rates(loop: xr.Dataset, values: Floats, method: str) -> Floats:
    """Return the rates of leaving P and AP at values, (2, values); NaN where there are no two states."""
    bias = Bias.from_toml(loop.attrs["bias"])
    name, two_state = swept_name(loop), loop.attrs["simulator"] == "two_state"
    junction = TwoState.from_toml(loop.attrs["junction"]) if two_state else MTJ.from_toml(loop.attrs["junction"])
    found = np.full((2, values.size), np.nan)
    for k, value in enumerate(map(float, values)):
        here = bias_at(bias, name, value, loop.attrs.get("direction", (0.0, 0.0, 0.0)))
        if isinstance(junction, TwoState):
            found[:, k] = junction.rates(here)
            continue
        spin = macrospin(junction, here)
        if not is_bistable(spin):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MtjphysWarning)  # of a low barrier: then it is left at once
            if method == "exact":
                times = fokker_planck.dwell_times(spin)
                found[:, k] = 1.0 / times.parallel, 1.0 / times.antiparallel
                continue
            try:
                escape = escape_rates(spin)
                found[:, k] = escape.parallel, escape.antiparallel
            except ParameterError:  # of less than 1 kT: left at once; but a torque without a closed form is told
                if spin.modulations or (spin.axis is None and np.any(spin.damping_like)):
                    raise
    return found


def is_bistable(spin: Macrospin) -> bool:
    """Return whether there are two wells, where an energy or axial symmetry tells; elsewhere the rates have to."""
    if spin.axis is not None:
        return barrier_top(spin.axial_potential) is not None
    return not spin.reversible or barrier(spin.landscape, spin.reference) is not None


def plot_switching_points(points: xr.Dataset, law: xr.Dataset | None = None, ax: Axes | None = None) -> Axes:
    """Draw the distribution of the switching points: the fraction of replicas that have switched.

    Parameters
    ----------
    points : xarray.Dataset
        Of `switching_points`.
    law : xarray.Dataset, optional
        Of `switching_law`, drawn as lines.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes_for(ax)
    name = points.attrs["swept"]
    found = points.switching_point.values
    largest = float(np.nanmax(np.abs(found))) if np.isfinite(found).any() else 0.0
    factor, unit = scaled(largest, points.switching_point.attrs["units"])
    for branch in BRANCHES:
        one = np.sort(points.switching_point.sel(branch=branch).values)
        number = one.size
        one = one[np.isfinite(one)]
        if not one.size:
            continue
        at, counts = np.unique(one, return_counts=True)
        share = np.cumsum(counts) / number
        if branch == "down":  # what falls has switched from this value downwards
            share = np.cumsum(counts[::-1])[::-1] / number
        label = f"{branch}, {factor * one.mean():.3g} {unit}"
        ax.plot(at * factor, share, "o", ms=3, mfc="none", mew=0.8, color=COLOURS[branch], label=label)
    if law is not None:
        for branch in BRANCHES:
            gone = 1.0 - law.survival.sel(branch=branch)
            text = "exact rates" if law.attrs["method"] == "exact" else "asymptotic rates"
            ax.plot(law[name] * factor, gone, color=BLACK, lw=0.9, label=text if branch == "up" else None)
        moved = law[name].values[(law.probability.values > 1e-4).any(axis=0)] * factor
        ax.set_xlim(moved.min() - 0.15 * np.ptp(moved), moved.max() + 0.15 * np.ptp(moved))
    ax.set(xlabel=f"{name.replace('_', ' ').capitalize()} ({unit})", ylabel="Fraction switched", ylim=(-0.03, 1.03))
    ax.legend(frameon=False, fontsize="small", handlelength=1.2)
    return ax
