"""Advance one lane with noise that is given: one path at several steps, or in another solver."""

from typing import Any, NamedTuple

import numpy as np
from numba.extending import overload
from numpy.typing import NDArray

from mtjphys.kernels import loop
from mtjphys.kernels.compiling import INLINED, compiled
from mtjphys.kernels.loop import Ensemble, Settings, march
from mtjphys.kernels.memory import HELD, MX, STATE_ROWS, TEMPERATURE, VOLTAGE
from mtjphys.kernels.parameters import LaneParameters, flattened
from mtjphys.kernels.tiles import Given


class Path(NamedTuple):
    """The observer of one lane that keeps every step."""

    m: Any  # float64 (steps, 3)
    voltage: Any  # float64 (steps,)
    temperature: Any  # float64 (steps,)


@overload(loop.opening, jit_options=INLINED)
def _opening(observer, pattern, i, ensemble, settings):  # type: ignore[no-untyped-def]
    if observer.instance_class is not Path:
        return None
    return lambda observer, pattern, i, ensemble, settings: 0


@overload(loop.bias_column, jit_options=INLINED)
def _bias_column(observer, ensemble, lane, step, settings):  # type: ignore[no-untyped-def]
    if observer.instance_class is not Path:
        return None
    return lambda observer, ensemble, lane, step, settings: step


@overload(loop.due, jit_options=INLINED)
def _due(observer, pattern, i, plain, step, alarm, now):  # type: ignore[no-untyped-def]
    if observer.instance_class is not Path:
        return None
    return lambda observer, pattern, i, plain, step, alarm, now: True


@overload(loop.observe, jit_options=INLINED)
def _observe(observer, pattern, i, ensemble, settings, circuit, plain, p, c, u, a, b, scratch, step, alarm, now):  # type: ignore[no-untyped-def]
    if observer.instance_class is not Path:
        return None

    def keep(observer, pattern, i, ensemble, settings, circuit, plain, p, c, u, a, b, scratch, step, alarm, now):  # type: ignore[no-untyped-def]
        mx, my, mz, voltage, temperature = now
        observer.m[step - 1, 0] = mx
        observer.m[step - 1, 1] = my
        observer.m[step - 1, 2] = mz
        observer.voltage[step - 1] = voltage
        observer.temperature[step - 1] = temperature
        return now, alarm

    return keep


@compiled()
def _run(ensemble, settings, noise, path):  # type: ignore[no-untyped-def]
    march(ensemble.state[MX, 0], 0, ensemble, settings, settings.circuit, False, noise, path)


def replay(
    p: LaneParameters,
    m: NDArray[np.float64],
    voltage: float,
    normals: NDArray[np.float64],
    bias: NDArray[np.float64],
    dt: float,
    *,
    scheme: int,
    circuit: int,
    hot: bool = False,
    hold: int = 1,
    source_weight: float = 1.0,
    junction_weight: float = 0.0,
    renormalise: bool = True,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the path of junction `p` (Stratonovich) under standard normal numbers, as an ensemble makes it.

    Parameters
    ----------
    p : LaneParameters
        The junction.
    m : ndarray
        Magnetisation at the start, shape (3,).
    voltage : float
        V across the junction at the start.
    normals : ndarray
        Shape (steps, 3); the thermal angles of a step in units of their standard deviation.
    bias : ndarray
        Shape (7, 1) or (7, steps): source (V or A), field (T), temperature (K), spin-orbit current (A), variance of the
        source within the step.
    dt : float
        s.
    scheme : int
        `MIDPOINT` or `HEUN`.
    circuit : int
        `STIFF`, `DIVIDED` or `FIXED`.
    hot : bool
        Whether the temperature may change.
    hold : int
        Steps for which a hot junction's coefficients are held.
    source_weight, junction_weight : float
        a and b of the circuit equation ``a V + b V G = source``; b in ohm, or 1.
    renormalise : bool
        Divide m by its length after each Heun step.

    Returns
    -------
    tuple
        m of shape (steps + 1, 3), junction voltage (V) and temperature (K) of shape (steps + 1,).
    """
    steps = len(normals)
    state = np.zeros((STATE_ROWS, 1))
    state[MX : MX + 3, 0] = m
    state[VOLTAGE, 0], state[TEMPERATURE, 0], state[HELD, 0] = voltage, bias[4, 0], bias[4, 0]
    ensemble = Ensemble(
        parameters=np.array(flattened(p))[:, None],
        example=p,
        random=np.zeros((4, 1), np.uint64),
        state=state,
        source_weight=np.full((1, 1), float(source_weight)),
        junction_weight=np.full((1, 1), float(junction_weight)),
        bias_index=np.zeros(1, np.int64),
        bias=np.ascontiguousarray(bias[None], dtype=float),
    )
    settings = Settings(
        dt=float(dt),
        first_step=0,
        n_steps=steps,
        scheme=scheme,
        circuit=circuit,
        driven=bias.shape[1] > 1,
        hot=hot,
        hold=hold,
        noisy=True,
        renormalise=renormalise,
        rewind=False,
    )
    path = Path(np.empty((steps, 3)), np.empty(steps), np.empty(steps))
    start = state[:, 0].copy()
    _run(ensemble, settings, Given(np.ascontiguousarray(normals, dtype=float)), path)
    return (
        np.concatenate((start[None, MX : MX + 3], path.m)),
        np.concatenate((start[VOLTAGE : VOLTAGE + 1], path.voltage)),
        np.concatenate((start[TEMPERATURE : TEMPERATURE + 1], path.temperature)),
    )
