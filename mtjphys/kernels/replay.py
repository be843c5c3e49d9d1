"""Advance one lane with noise that is given: one path at several steps, or in another solver."""

import numpy as np

from mtjphys.kernels.compiling import compiled
from mtjphys.kernels.ensemble import MIDPOINT
from mtjphys.kernels.llg import (
    DIFFUSION,
    DIVIDED,
    STIFF,
    bloch,
    coefficients,
    conductance,
    drive,
    heun_step,
    midpoint_step,
    newton_voltage,
    normalise,
    project,
    secant_voltage,
)
from mtjphys.kernels.random import exp


@compiled()
def replay(p, m, voltage, normals, bias, dt, scheme, renormalise, circuit, current_law, hot, a, b):  # type: ignore[no-untyped-def]
    """Return the path of junction `p` (Stratonovich) under standard normal numbers, as `ensemble` makes it.

    Parameters
    ----------
    p : LaneParameters
        Floats.
    m : ndarray
        Magnetisation at the start, shape (3,).
    voltage : float
        V across the junction at the start.
    normals : ndarray
        Shape (steps, 3); the thermal angles of a step in units of their standard deviation.
    bias : ndarray
        Shape (6, 1) or (6, steps): source (V or A), field (T), temperature (K), spin-orbit current (A).
    dt : float
        s.
    scheme : int
        `MIDPOINT` or `HEUN`.
    renormalise : bool
        Divide m by its length after each Heun step.
    circuit, current_law, hot : int, bool, bool
        As in `ensemble.Settings`.
    a, b : float
        Of the circuit equation ``a V + b V G = source``; b in ohm, or 1.

    Returns
    -------
    tuple
        m of shape (steps + 1, 3), junction voltage (V) and temperature (K) of shape (steps + 1,).
    """
    steps = normals.shape[0]
    path = np.empty((steps + 1, 3))
    voltages = np.empty(steps + 1)
    temperatures = np.empty(steps + 1)
    mx, my, mz = m[0], m[1], m[2]
    temperature = bias[4, 0]
    path[0] = m
    voltages[0] = voltage
    temperatures[0] = temperature
    driven = bias.shape[1] > 1
    diffusion = DIFFUSION if scheme == MIDPOINT else 0.0
    relax = 1.0 - exp(-(dt * p.thermal_rate)) if p.thermal_rate > 0.0 else 1.0
    reference = bloch(p, p.reference_temperature)
    c = coefficients(p, temperature, dt, diffusion, reference)
    for k in range(steps):
        column = k if driven else 0
        if hot:
            power = voltage * voltage * conductance(p, project(p, mx, my, mz), voltage)
            goal = p.thermal_resistance * power + bias[4, column]
            temperature = relax * (goal - temperature) + temperature
            c = coefficients(p, temperature, dt, diffusion, reference)
        source = bias[0, column]
        known = source if circuit == STIFF else 0.0
        field_x, field_y, field_z = bias[1, column], bias[2, column], bias[3, column]
        u = drive(p, c, source, field_x, field_y, field_z, bias[5, column], dt, known)
        if circuit != DIVIDED:
            voltage = source
        elif driven:
            cosine = project(p, mx, my, mz)
            voltage = secant_voltage(p, cosine, source, a, b, voltage)
            voltage, _ = newton_voltage(p, cosine, source, a, b, voltage)
        tx, ty, tz = c.noise * normals[k, 0], c.noise * normals[k, 1], c.noise * normals[k, 2]
        if scheme == MIDPOINT:
            mx, my, mz, voltage = midpoint_step(p, c, u, mx, my, mz, tx, ty, tz, voltage, a, b, circuit, current_law)
        else:
            mx, my, mz, voltage = heun_step(p, c, u, mx, my, mz, tx, ty, tz, voltage, a, b, circuit, current_law)
            if renormalise:
                mx, my, mz = normalise(mx, my, mz)
        path[k + 1, 0], path[k + 1, 1], path[k + 1, 2] = mx, my, mz
        voltages[k + 1] = voltage
        temperatures[k + 1] = temperature
    return path, voltages, temperatures
