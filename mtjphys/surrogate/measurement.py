"""Two states of measured dwell times."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from mtjphys.core.checks import as_numbers
from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import check_range
from mtjphys.kernels import surrogate as kernels
from mtjphys.kernels.conduction import conductance
from mtjphys.kernels.surrogate import ANTIPARALLEL, PARALLEL
from mtjphys.surrogate.fluctuations import DEVIATES
from mtjphys.surrogate.tables import grid
from mtjphys.surrogate.two_state import TwoState, with_rates


def from_measurement(
    voltages: ArrayLike,
    dwell_parallel: ArrayLike,
    dwell_antiparallel: ArrayLike,
    *,
    resistance_parallel: float,
    resistance_antiparallel: float,
    half_voltage: float | None = None,
    fields: ArrayLike = ((0.0, 0.0, 0.0),),
    temperatures: ArrayLike = (300.0,),
    series_resistance: float = 0.0,
    relative_errors: ArrayLike = 0.0,
    fluctuation: tuple[float, float] = (0.0, 0.0),
    memory_time: float = 0.0,
    origin: str = "measured dwell times",
) -> TwoState:
    """Return the two-state surrogate of measured dwell times.

    Parameters
    ----------
    voltages : array_like (v,)
        Of the source in V, rising.
    dwell_parallel, dwell_antiparallel : array_like
        Mean dwell times in s, of shape (v, f, t) or as many numbers in this order.
    resistance_parallel, resistance_antiparallel : float
        Of the two levels at low bias, ohm.
    half_voltage : float, optional
        V at which the magnetoresistance has halved.
    fields : array_like (f, 3)
        In T, points of a straight line.
    temperatures : array_like (t,)
        In K.
    series_resistance : float
        ohm, of the circuit of the measurement.
    relative_errors : array_like
        Relative standard errors of the dwell times.
    fluctuation : (float, float)
        Standard deviation of the resistance in the parallel and in the antiparallel state, ohm.
    memory_time : float
        Correlation time of these fluctuations in s; 0 is white noise.
    origin : str
        Where the numbers come from.

    Returns
    -------
    TwoState

    Raises
    ------
    ParameterError
        If a number is missing or not positive, there are not as many as the grid has points, or the fluctuation is
        negative or as large as its level.

    Examples
    --------
    >>> import mtjphys as mp
    >>> device = mp.surrogate.from_measurement(
    ...     [0.0], [0.441e-3], [0.391e-3], resistance_parallel=5670.0, resistance_antiparallel=9230.0)
    >>> round(device.rates().parallel)
    2268
    """
    axes, shape = grid(voltages, fields, temperatures)
    dwell = np.empty((2, *shape))
    for state, name, values in (
        (PARALLEL, "dwell_parallel", dwell_parallel),
        (ANTIPARALLEL, "dwell_antiparallel", dwell_antiparallel),
    ):
        given = as_numbers(name, values, "s")
        if given.size != math.prod(shape) or not (np.isfinite(given).all() and np.all(given > 0.0)):
            raise ParameterError(
                f"{name}={given.tolist()} s should be {math.prod(shape)} positive numbers: one for each of {shape[0]} "
                f"voltages, {shape[1]} fields and {shape[2]} temperatures"
            )
        dwell[state] = given.reshape(shape)
    check_range("resistance_parallel", resistance_parallel, "ohm", 0.0, 1e12, open_low=True)
    hint = "the antiparallel resistance is the higher one"
    check_range(
        "resistance_antiparallel", resistance_antiparallel, "ohm", resistance_parallel, 1e12, hint, open_low=True
    )
    spreads = as_numbers("fluctuation", fluctuation, "ohm")
    if spreads.shape != (2,) or not np.all((spreads >= 0.0) & np.isfinite(spreads)):
        raise ParameterError(
            f"fluctuation={fluctuation!r} ohm should be two numbers of at least 0: parallel, antiparallel"
        )
    tmr = resistance_antiparallel / resistance_parallel - 1.0
    levels = kernels.Levels(1.0 / resistance_parallel, tmr, 0.0, 1.0, 0.0)
    slope = 0.5 * float(conductance(levels, 1.0, 0.0) - conductance(levels, -1.0, 0.0))
    cosines = np.empty((2, *shape, DEVIATES.size))
    for state, cosine, spread in ((PARALLEL, 1.0, spreads[0]), (ANTIPARALLEL, -1.0, spreads[1])):
        # dG = -G^2 dR, and G is linear in m.p.
        per_ohm = float(conductance(levels, cosine, 0.0)) ** 2 / slope
        cosines[state] = cosine - per_ohm * spread * DEVIATES
    errors = as_numbers("relative_errors", relative_errors, "shares of the dwell times")
    return with_rates(
        axes,
        1.0 / dwell,
        cosines,
        np.full((2, *shape), check_range("memory_time", memory_time, "s", 0.0, 1e6)),
        resistance_parallel=float(resistance_parallel),
        tunnel_magnetoresistance=tmr,
        half_voltage=half_voltage,
        series_resistance=float(series_resistance),
        node_error=float(errors.max()),
        origin=origin,
    )
