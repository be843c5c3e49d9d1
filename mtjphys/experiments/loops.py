"""Hysteresis loops: resistance against field and against voltage, swept there and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from mtjphys.bias import Bias
from mtjphys.bias.waveforms import Sampled
from mtjphys.core.checks import as_count, as_seconds
from mtjphys.core.drawing import axes_for, scaled
from mtjphys.core.errors import ParameterError
from mtjphys.core.palette import BLUE, ORANGE
from mtjphys.experiments.applied import SWEPT, checked_bias, checked_junction, constant_field, field_direction
from mtjphys.junction import MTJ, JunctionLike
from mtjphys.macrospin import energy
from mtjphys.simulation import simulate
from mtjphys.surrogate import TwoState
from mtjphys.telegraph.intervals import Floats

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

BRANCHES = ("up", "down")
COLOURS = {"up": BLUE, "down": ORANGE}


def resistance_field_loop(
    junction: JunctionLike | TwoState,
    fields: ArrayLike,
    *,
    dwell: float,
    direction: Sequence[float] | None = None,
    bias: Bias | None = None,
    replicas: int = 1,
    seed: int | None = 0,
    readings: int = 10,
    initial: str | ArrayLike | None = None,
    step: float | None = None,
    threads: int | None = None,
    progress: bool = False,
) -> xr.Dataset:
    r"""Measure an R-H loop: step the field from the first to the last value and back, and read the resistance.

    At each value the field is held for `dwell` and the resistance averaged over that time, as with a source meter. The
    sweep rate is the distance of two values over `dwell`. With the default direction p, the reference layer's,
    positive fields favour the parallel state.

    Parameters
    ----------
    junction : MTJ or surrogate.TwoState
        The junction; a surrogate, whose tables hold all the fields, sweeps as slowly as a laboratory.
    fields : array_like
        Field along `direction` in T, rising or falling.
    dwell : float
        Time at each value in s.
    direction : sequence of three floats, optional
        Of the swept field; default that of the reference layer, or of the surrogate's line of fields.
    bias : Bias, optional
        What is applied besides, constant; its field is added to the swept one. Default 0 V, 300 K.
    replicas : int
        Loops, each with a stream of its own.
    seed : int or None
        Non-negative; None draws one. It is the attribute ``seed`` of the result.
    readings : int
        Momentary readings at each value, at equal distances, of which the resistance is the mean.
    initial : str or array_like, optional
        As of `mtjphys.simulate`; default the deepest well at the first field, of a surrogate a random state.
    step : float, optional
        Integration step in s; default chosen.
    threads : int, optional
        Default: the cores this process may use.
    progress : bool
        Show a progress bar.

    Returns
    -------
    xarray.Dataset
        Over (replica, branch, applied_field): ``resistance`` (ohm) and ``voltage`` across the junction (V), means over
        the dwell; ``projection``, m.p at its end (1). Coordinates ``applied_field`` (T); ``branch``, "up" with rising
        field and "down"; ``time`` (branch, applied_field), at the end of the dwell (s). Attributes: the junction and
        the bias as TOML, dwell (s), seed, and those of the run.

    Raises
    ------
    ParameterError
        If the fields are not two or more that rise or fall, or another argument is illegal.

    Examples
    --------
    >>> import numpy as np
    >>> from mtjphys import experiments, presets
    >>> loop = experiments.resistance_field_loop(
    ...     presets.schnitzspan_2023(), np.linspace(-0.02, 0.02, 21), dwell=2e-9, replicas=4, seed=1
    ... )
    >>> low, high = (float(loop.resistance.sel(applied_field=field).mean()) for field in (0.02, -0.02))
    >>> low < high
    True
    """
    junction = checked_junction(junction)
    given = checked_bias(bias, "applied_field")
    unit, constant = field_direction(junction, direction), constant_field(given)

    def applied(values: Floats) -> dict[str, Any]:
        return {"field": tuple(_held(values * unit[k] + constant[k], dwell) for k in range(3))}

    if initial is None:
        initial = _deepest(junction, given, constant + float(np.ravel(fields)[0]) * unit)
    options: dict[str, Any] = {
        "replicas": replicas,
        "seed": seed,
        "step": step,
        "threads": threads,
        "progress": progress,
    }
    result = _loop(junction, "applied_field", fields, applied, given, dwell, readings, initial=initial, **options)
    result.attrs["direction"] = unit.tolist()
    return result


def resistance_voltage_loop(
    junction: JunctionLike | TwoState,
    voltages: ArrayLike,
    *,
    dwell: float,
    read_voltage: float | None = None,
    bias: Bias | None = None,
    replicas: int = 1,
    seed: int | None = 0,
    readings: int = 10,
    initial: str | ArrayLike | None = None,
    step: float | None = None,
    threads: int | None = None,
    progress: bool = False,
) -> xr.Dataset:
    """Measure an R-V loop: step the source's voltage from the first to the last value and back.

    As `resistance_field_loop`. By default the resistance is read at the voltage itself, so that the tunnel
    magnetoresistance falls with it; with a `read_voltage` each voltage is a pulse of length `dwell`, after which the
    resistance is read at the read voltage for as long. Positive voltage favours the parallel state.

    Parameters
    ----------
    junction : MTJ, str, Path or surrogate.TwoState
        The junction, the name of a preset, or the path of a TOML file; or its surrogate.
    voltages : array_like
        Of the source in V, rising or falling.
    dwell : float
        Time at each value in s.
    read_voltage : float, optional
        Of the source in V, at which to read after each pulse.
    bias : Bias, optional
        What is applied besides, constant, without voltage: field, temperature, series resistance.
    replicas : int
        Loops, each with a stream of its own.
    seed : int or None
        Non-negative; None draws one. It is the attribute ``seed`` of the result.
    readings : int
        Momentary readings at each value, at equal distances, of which the resistance is the mean.
    initial : str or array_like, optional
        As of `mtjphys.simulate`; default the state that the first voltage's torque favours, of a surrogate a random
        one.
    step : float, optional
        Integration step in s; default chosen.
    threads : int, optional
        Default: the cores this process may use.
    progress : bool
        Show a progress bar.

    Returns
    -------
    xarray.Dataset
        As of `resistance_field_loop`, over (replica, branch, applied_voltage); the coordinate ``applied_voltage`` (V).

    Raises
    ------
    ParameterError
        If the voltages are not two or more that rise or fall, `bias` has a voltage or a current, or another argument
        is illegal.

    Examples
    --------
    >>> import numpy as np
    >>> from mtjphys import experiments, presets
    >>> loop = experiments.resistance_voltage_loop(
    ...     presets.schnitzspan_2023(), np.linspace(-0.3, 0.3, 13), dwell=2e-9, replicas=4, seed=1
    ... )
    >>> loop.resistance.dims
    ('replica', 'branch', 'applied_voltage')
    """
    junction = checked_junction(junction)
    given = checked_bias(bias, "applied_voltage")

    def applied(values: Floats) -> dict[str, Any]:
        if read_voltage is not None:
            values = np.column_stack([values, np.full(values.size, float(read_voltage))]).ravel()
        return {"voltage": _held(values, dwell)}

    if initial is None and isinstance(junction, MTJ):
        initial = "parallel" if float(np.ravel(voltages)[0]) * junction.spin_torque_per_volt > 0.0 else "antiparallel"
    initial = "random" if initial is None else initial
    options: dict[str, Any] = {
        "replicas": replicas,
        "seed": seed,
        "step": step,
        "threads": threads,
        "progress": progress,
    }
    parts = 1 if read_voltage is None else 2
    result = _loop(
        junction, "applied_voltage", voltages, applied, given, dwell, readings, parts, initial=initial, **options
    )
    if read_voltage is not None:
        result.attrs |= {"read_voltage": float(read_voltage), "read_voltage_units": "V"}
    return result


def _held(values: Floats, dwell: float) -> Sampled:
    return Sampled(values=tuple(values.tolist()), interval=dwell)


def _deepest(junction: MTJ | TwoState, bias: Bias, field: Floats) -> str | Floats:
    """Return the direction of the deepest well at a field without voltage; a random start without wells."""
    if isinstance(junction, TwoState):
        return "random"
    x, y, z = map(float, field)
    at_rest = Bias(field=(x, y, z), temperature=bias.temperature)
    found = energy.wells(junction.landscape(at_rest))
    return found[0].direction if found else "random"


def _loop(
    junction: MTJ | TwoState,
    name: str,
    values: ArrayLike,
    applied: Callable[[Floats], dict[str, Any]],
    bias: Bias,
    dwell: float,
    readings: int,
    parts: int = 1,
    **options: Any,
) -> xr.Dataset:
    """Run the staircase and put its means where they belong: of each value the last of `parts` dwells."""
    import xarray as xr

    unit = SWEPT[name]
    dwell, readings = as_seconds("dwell", dwell), as_count("readings", readings)
    points = np.asarray(values, dtype=float)
    steps = np.diff(points) if points.ndim == 1 else np.empty(0)
    if not (steps.size and np.isfinite(points).all() and (np.all(steps > 0) or np.all(steps < 0))):
        raise ParameterError(f"{name} values={values!r} do not rise or fall; give two or more that do, in {unit}")
    there_and_back = np.concatenate([points, points[::-1]])
    swept = Bias(**(bias.to_mapping() | applied(there_and_back)))
    two_state = isinstance(junction, TwoState)
    run = simulate(
        junction,
        swept,
        duration=there_and_back.size * parts * dwell,
        sample_interval=dwell / readings,
        record=("projection" if two_state else "m", "resistance", "voltage"),
        **options,
    )
    shape = (run.sizes["replica"], 2, points.size, parts * readings)
    if isinstance(junction, TwoState):
        projection = run.projection.values
    else:
        projection = run.m.values @ np.asarray(junction.reference_direction)
    arrays = {
        "resistance": run.resistance.values.reshape(shape)[..., -readings:].mean(axis=-1),
        "voltage": run.voltage.values.reshape(shape)[..., -readings:].mean(axis=-1),
        "projection": projection.reshape(shape)[..., -1],
        "time": run.time.values.reshape(shape[1:])[..., -1],
    }
    for key, array in arrays.items():  # the way back was made in the opposite order
        arrays[key] = np.stack([array[..., 0, :], array[..., 1, ::-1]], axis=-2)
    units = {"resistance": "ohm", "voltage": "V", "projection": "1"}
    dimensions = ("replica", "branch", name)
    attributes = {"junction": junction.to_toml(), "bias": bias.to_toml(), "dwell": dwell, "dwell_units": "s"}
    kept = ("mtjphys_version", "simulator", "seed", "step", "step_units", "step_reason", "integrator")
    return xr.Dataset(
        {key: (dimensions, arrays[key], {"units": units[key]}) for key in units},
        {
            name: (name, points, {"units": unit}),
            "branch": list(BRANCHES if steps[0] > 0 else BRANCHES[::-1]),
            "time": (("branch", name), arrays["time"], {"units": "s"}),
        },
        attributes | {key: run.attrs[key] for key in kept if key in run.attrs},
    )


def swept_name(loop: xr.Dataset) -> str:
    """Return the name of what was swept: "applied_field" or "applied_voltage"."""
    for name in SWEPT:
        if name in loop.dims:
            return name
    raise ParameterError("this is no loop; give what resistance_field_loop or resistance_voltage_loop returned")


def plot_loop(loop: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Draw a loop: thin lines for the replicas, thick ones for their mean, an arrow in the direction of each branch.

    Parameters
    ----------
    loop : xarray.Dataset
        Of `resistance_field_loop` or `resistance_voltage_loop`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes_for(ax)
    name = swept_name(loop)
    values = loop[name].values
    fv, unit_v = scaled(float(np.abs(values).max()), loop[name].attrs["units"])
    fr, unit_r = scaled(float(loop.resistance.max()), "ohm")
    one = loop.sizes["replica"] == 1
    for branch in BRANCHES:
        resistance = loop.resistance.sel(branch=branch).transpose("replica", name).values * fr
        for line in [] if one else resistance[:20]:
            ax.plot(values * fv, line, color=COLOURS[branch], lw=0.5, alpha=0.25)
        mean = resistance.mean(axis=0)
        arrow = "\N{RIGHTWARDS ARROW}" if branch == "up" else "\N{LEFTWARDS ARROW}"
        ax.plot(values * fv, mean, color=COLOURS[branch], lw=1.4, label=f"{arrow} {branch}")
    ax.set(
        xlabel=f"{name.replace('_', ' ').capitalize()} ({unit_v})",
        ylabel=f"Resistance ({unit_r})",
    )
    ax.margins(x=0)
    ax.legend(frameon=False, fontsize="small", handlelength=1.2)
    return ax
