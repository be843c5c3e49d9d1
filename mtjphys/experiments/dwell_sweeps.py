"""Mean dwell times over voltage or field: exact, simulated, or of a surrogate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from mtjphys import fokker_planck
from mtjphys.bias import Bias
from mtjphys.core.checks import as_choice
from mtjphys.core.drawing import axes_for, scaled
from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.core.palette import BLUE, ORANGE
from mtjphys.experiments.applied import SWEPT, bias_at, checked_bias, checked_junction, field_direction
from mtjphys.experiments.counters import dwell_times
from mtjphys.junction import JunctionLike
from mtjphys.simulation import STATES, simulate
from mtjphys.surrogate import TwoState

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

OVER = {"voltage": "applied_voltage", "field": "applied_field"}
COLOURS = {"parallel": BLUE, "antiparallel": ORANGE}
SHORT = {"parallel": "P", "antiparallel": "AP"}


def dwell_time_sweep(
    junction: JunctionLike | TwoState,
    values: ArrayLike,
    *,
    over: Literal["voltage", "field"] = "voltage",
    method: Literal["exact", "simulated", "surrogate"] | None = None,
    direction: Sequence[float] | None = None,
    bias: Bias | None = None,
    thresholds: tuple[float, float] | None = None,
    duration: float | None = None,
    replicas: int = 16,
    seed: int | None = 0,
    confidence: float = 0.95,
    threads: int | None = None,
    progress: bool = False,
) -> xr.Dataset:
    """Return the mean dwell times of both states over the source's voltage or the field.

    Parameters
    ----------
    junction : MTJ, str, Path or surrogate.TwoState
        The junction, the name of a preset, or the path of a TOML file; or its surrogate.
    values : array_like
        Voltages of the source in V, or fields along `direction` in T.
    over : {"voltage", "field"}
        What they are.
    method : {"exact", "simulated", "surrogate"}, optional
        "exact" asks `fokker_planck.dwell_times`; "simulated" counts stays in `mtjphys.simulate`; "surrogate" takes the
        rates of a `TwoState`. Default "exact", of a surrogate its rates.
    direction : sequence of three floats, optional
        Of the field; default that of the reference layer, or of the surrogate's line of fields.
    bias : Bias, optional
        What is applied besides, constant; its field is added to the swept one. Default 0 V, 300 K.
    thresholds : tuple of two floats, optional
        Thresholds (low, high) of m.p, with which the states are read. Without, the exact times are those of two states
        that relax like the junction; simulated ones take (-0.5, 0.5).
    duration : float, optional
        Time to simulate at each value in s, after a tenth of it to settle; needed for "simulated" alone.
    replicas : int
        Lanes to simulate at each value.
    seed : int or None
        Non-negative, of the simulation; None draws one. It is the attribute ``seed`` of the result.
    confidence : float
        Of the intervals of simulated times.
    threads : int, optional
        Default: the cores this process may use.
    progress : bool
        Show a progress bar.

    Returns
    -------
    xarray.Dataset
        ``dwell_time`` (s) over (``applied_voltage`` in V or ``applied_field`` in T, state), of the simulation also what
        `mtjphys.dwell_times` says besides. NaN where there is no second state, with the reason in the attribute
        ``note``.

    Raises
    ------
    ParameterError
        If an argument is illegal.

    Examples
    --------
    >>> from mtjphys import experiments, presets
    >>> sweep = experiments.dwell_time_sweep(presets.funatsu_2022(), [-0.02, 0.0, 0.02])
    >>> (1e3 * sweep.dwell_time.sel(applied_voltage=0.0)).values.round(3).tolist()
    [1.003, 1.003]
    >>> bool(sweep.dwell_time.sel(applied_voltage=0.02, state="parallel") > 1e-3)
    True
    """
    import xarray as xr

    name = OVER[as_choice("over", over, OVER)]
    junction = checked_junction(junction)
    given = checked_bias(bias, name)
    two_state = isinstance(junction, TwoState)
    if method is None:
        method = "surrogate" if two_state else "exact"
    as_choice("method", method, ("exact", "simulated", "surrogate"))
    if two_state != (method == "surrogate"):
        kind = "a TwoState" if two_state else "an MTJ"
        raise ParameterError(
            f"method={method!r} is nothing for {kind}; give an MTJ to solve or simulate, else its surrogate"
        )
    points = np.atleast_1d(np.asarray(values, dtype=float))
    if points.ndim != 1 or not points.size or not np.isfinite(points).all():
        raise ParameterError(f"values={values!r} are not a list of finite numbers; give them in {SWEPT[name]}")
    unit = field_direction(junction, direction)
    biases = [bias_at(given, name, float(value), unit) for value in points]
    notes: list[str] = []
    if method == "simulated":
        if duration is None:
            raise ParameterError("duration is missing; give the time in s to simulate at each value")
        run = simulate(
            junction,
            biases,
            duration=duration,
            sample_interval=duration,
            settle=0.1 * duration,
            replicas=replicas,
            seed=seed,
            initial="random",
            record=(),
            thresholds=(-0.5, 0.5) if thresholds is None else thresholds,
            threads=threads,
            progress=progress,
        )
        times = dwell_times(run, confidence=confidence, exact=False).isel(device=0)
        variables = {key: ((name, "state"), times[key].values, times[key].attrs) for key in times.data_vars}
    else:
        found = np.full((points.size, len(STATES)), np.nan)
        for k, here in enumerate(biases):
            try:
                if isinstance(junction, TwoState):
                    found[k] = 1.0 / np.array(junction.rates(here))
                else:
                    found[k] = fokker_planck.dwell_times(junction, here, thresholds)[:2]
            except (ParameterError, SimulationError) as error:
                notes.append(f"{points[k]:g} {SWEPT[name]}: {error}")
        variables = {"dwell_time": ((name, "state"), found, {"units": "s"})}
    attributes: dict[str, Any] = {
        "junction": junction.to_toml(),
        "bias": given.to_toml(),
        "method": method,
        "direction": unit.tolist(),
    }
    if method == "simulated":
        attributes |= {"seed": run.attrs["seed"], "replicas": replicas, "duration": duration, "duration_units": "s"}
    if notes:
        attributes["note"] = "; ".join(notes)
    return xr.Dataset(variables, {name: (name, points, {"units": SWEPT[name]}), "state": list(STATES)}, attributes)


def plot_dwell_time_sweep(sweep: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Draw the dwell times of both states: exact ones as lines, simulated ones as points, a surrogate's dashed.

    Parameters
    ----------
    sweep : xarray.Dataset
        Of `dwell_time_sweep`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default. A second sweep can be drawn over the first.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes_for(ax)
    name = next(iter(key for key in SWEPT if key in sweep.dims))
    method = sweep.attrs["method"]
    values = sweep[name].values
    factor, unit = scaled(float(np.abs(values).max()), SWEPT[name])
    for state in STATES:
        of_state = sweep.sel(state=state)
        label, colour = f"{SHORT[state]}, {method}", COLOURS[state]
        time = of_state.dwell_time.values
        if method == "simulated":
            seen = np.isfinite(time) & np.isfinite(of_state.dwell_time_high.values)
            low, high = (of_state[f"dwell_time_{end}"].values[seen] for end in ("low", "high"))
            ax.errorbar(
                values[seen] * factor, time[seen], [time[seen] - low, high - time[seen]], fmt="o", ms=3, mfc="none",
                mew=0.8, lw=0.8, color=colour, label=label,
            )  # fmt: skip
        else:
            ax.plot(values * factor, time, color=colour, lw=1.1, ls="--" if method == "surrogate" else "-", label=label)
    ax.set(yscale="log", xlabel=f"{name.replace('_', ' ').capitalize()} ({unit})", ylabel="Mean dwell time (s)")
    ax.legend(frameon=False, fontsize="small", handlelength=1.4)
    return ax
