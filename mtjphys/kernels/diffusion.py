"""Backward equation of a birth-death chain, stepped in time by rational functions of its generator."""

import numpy as np
from numpy.typing import NDArray

from mtjphys.kernels.compiling import compiled

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]


@compiled()
def _resolvents(
    down: Floats,
    up: Floats,
    step: float,
    poles: Complex,
    values: Floats,
    forward: Complex,
    back: Complex,
) -> None:
    """Solve ``(step A - pole) y = values`` for each pole; y is left in `forward`.

    The row of A for cell i is ``(down[i], -down[i] - up[i], up[i])``. Its elimination is written without a
    subtraction, so that small rates keep their digits however slow they are.
    """
    n, count = values.size, poles.size
    rest = poles.copy()
    inverse = np.empty_like(poles)
    for i in range(n):
        low, high = step * down[i], step * up[i]
        for k in range(count):
            if i > 0:
                rest[k] = poles[k] + low * (rest[k] * inverse[k])
            diagonal = rest[k] + high
            scale = 1.0 / (diagonal.real * diagonal.real + diagonal.imag * diagonal.imag)
            inverse[k] = complex(diagonal.real * scale, -diagonal.imag * scale)
            before = low * forward[i - 1, k] if i > 0 else 0.0
            forward[i, k] = (before - values[i]) * inverse[k]
            back[i, k] = high * inverse[k]
    for i in range(n - 2, -1, -1):
        for k in range(count):
            forward[i, k] += back[i, k] * forward[i + 1, k]


@compiled()
def backward_means(
    down: Floats,
    up: Floats,
    values: Floats,
    weights: Floats,
    times: Floats,
    poles: Complex,
    residues: Complex,
    third: Complex,
    reach: float,
    floor: float,
    most_steps: int,
    means: Floats,
) -> int:
    """Advance ``dv/dt = A v`` and record ``weights @ v`` at each time.

    A step is ``v <- 2 Re sum_k residues[k] (h A - poles[k])^-1 v``. With the coefficients `third` the same solves
    give a damped ``(h A)^3 v``; its size to the power 1/3, relative to v both at its largest and in the mean that is
    asked for, is kept at `reach`.

    Parameters
    ----------
    down, up : array (n,)
        Rates from cell i to cell i - 1 and i + 1; ``down[0]`` and ``up[n - 1]`` are zero. 1/time.
    values : array (n,)
        v at time 0, not negative; overwritten by v at the last time.
    weights : array (n,)
        Of the mean, not negative.
    times : array
        Ascending.
    poles, residues, third : complex array (k,)
        Poles in the upper half plane and the coefficients there.
    reach : float
        Length of a step, in units of the time in which v changes.
    floor : float
        Means far below it do not shorten the step.
    most_steps : int
        Limit.
    means : array like times
        Receives the result.

    Returns
    -------
    int
        Steps taken, or -1 if `most_steps` were not enough.
    """
    n = values.size
    forward = np.empty((n, poles.size), np.complex128)
    back = np.empty((n, poles.size), np.complex128)
    moved = np.empty(n)
    fastest = 0.0
    for i in range(n):
        fastest = max(fastest, down[i] + up[i])
    time = 0.0
    wanted = reach / fastest
    steps = 0
    for k in range(times.size):
        while time < times[k]:
            if steps == most_steps:
                return -1
            steps += 1
            left = times[k] - time
            # Two equal steps rather than one long and a remnant.
            step = left if wanted >= left else (0.5 * left if 2.0 * wanted > left else wanted)
            _resolvents(down, up, step, poles, values, forward, back)
            largest, change, mean, mean_change = 0.0, 0.0, 0.0, 0.0
            for i in range(n):
                sum_moved = 0.0
                sum_third = 0.0
                for j in range(poles.size):
                    y = forward[i, j]
                    sum_moved += 2.0 * (residues[j].real * y.real - residues[j].imag * y.imag)
                    sum_third += 2.0 * (third[j].real * y.real - third[j].imag * y.imag)
                moved[i] = sum_moved
                largest = max(largest, abs(values[i]))
                change = max(change, abs(sum_third))
                mean += weights[i] * abs(values[i])
                mean_change += weights[i] * abs(sum_third)
            size = max(change / largest, mean_change / (mean + floor))
            length = size ** (1.0 / 3.0)
            if length > 1.3 * reach:
                wanted = step * max(0.2, 0.9 * reach / length)
                continue
            values[:] = moved
            time = times[k] if step == left else time + step
            grown = step * min(4.0, 0.95 * reach / max(length, 1e-30))
            wanted = max(grown, wanted) if step < wanted else grown
        total = 0.0
        for i in range(n):
            total += weights[i] * values[i]
        means[k] = total
    return steps
