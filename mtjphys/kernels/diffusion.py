"""Backward equation of a birth-death chain, stepped in time by rational functions of its generator."""

import numpy as np
from numpy.typing import NDArray

from mtjphys.kernels.compiling import compiled, inline

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]


FAINTEST = 1e-280
"""Added to every value: arithmetic with numbers below the range of normal ones would be many times slower."""


@compiled()
def _resolvents(
    down: Floats,
    up: Floats,
    step: float,
    poles: Complex,
    values: Floats,
    solution: Complex,
    back: Complex,
    inverse: Complex,
) -> None:
    """Solve ``(step A - pole) y = values`` for both poles; y is left in `solution`, the elimination in the others.

    The row of A for cell i is ``(down[i], -down[i] - up[i], up[i])``. Its elimination is written without a
    subtraction, so that small rates keep their digits however slow they are.
    """
    n = values.size
    rest, other_rest = poles[0], poles[1]
    turn = other_turn = y = other_y = 0.0j
    for i in range(n):
        low, high = step * down[i], step * up[i]
        if i > 0:
            rest = poles[0] + low * (rest * turn)
            other_rest = poles[1] + low * (other_rest * other_turn)
        turn, other_turn = _inverse(rest + high), _inverse(other_rest + high)
        y, other_y = (low * y - values[i]) * turn, (low * other_y - values[i]) * other_turn
        solution[i, 0], solution[i, 1] = y, other_y
        back[i, 0], back[i, 1] = high * turn, high * other_turn
        inverse[i, 0], inverse[i, 1] = turn, other_turn
    for i in range(n - 2, -1, -1):
        y, other_y = solution[i, 0] + back[i, 0] * y, solution[i, 1] + back[i, 1] * other_y
        solution[i, 0], solution[i, 1] = y, other_y


@inline
def _inverse(z):  # type: ignore[no-untyped-def]
    scale = 1.0 / (z.real * z.real + z.imag * z.imag)
    return complex(z.real * scale, -z.imag * scale)


@compiled()
def _resolvent_slopes(
    down: Floats,
    step: float,
    down_slopes: Floats,
    up_slopes: Floats,
    value_slopes: Floats,
    solution: Complex,
    back: Complex,
    inverse: Complex,
    slopes: Complex,
) -> None:
    """Solve ``(step A - pole) dy = dv - step dA y`` with the elimination of `_resolvents`; dy is left in `slopes`."""
    n = value_slopes.size
    dy = other_dy = below = other_below = 0.0j
    for i in range(n):
        low, fall, rise = step * down[i], step * down_slopes[i], step * up_slopes[i]
        above, other_above = 0.0j, 0.0j
        if i < n - 1:
            above, other_above = solution[i, 0] - solution[i + 1, 0], solution[i, 1] - solution[i + 1, 1]
        dy = (low * dy - (value_slopes[i] + fall * below + rise * above)) * inverse[i, 0]
        other_dy = (low * other_dy - (value_slopes[i] + fall * other_below + rise * other_above)) * inverse[i, 1]
        slopes[i, 0], slopes[i, 1] = dy, other_dy
        below, other_below = -above, -other_above
    for i in range(n - 2, -1, -1):
        dy, other_dy = slopes[i, 0] + back[i, 0] * dy, slopes[i, 1] + back[i, 1] * other_dy
        slopes[i, 0], slopes[i, 1] = dy, other_dy


@inline
def _combined(residues, solution, i):  # type: ignore[no-untyped-def]
    y, other = solution[i, 0], solution[i, 1]
    first = residues[0].real * y.real - residues[0].imag * y.imag
    return 2.0 * (first + residues[1].real * other.real - residues[1].imag * other.imag)


@compiled()
def backward_means(
    down: Floats,
    up: Floats,
    values: Floats,
    weights: Floats,
    down_slopes: Floats,
    up_slopes: Floats,
    value_slopes: Floats,
    weight_slopes: Floats,
    times: Floats,
    poles: Complex,
    residues: Complex,
    third: Complex,
    reach: float,
    floor: float,
    most_steps: int,
    means: Floats,
    mean_slopes: Floats,
) -> int:
    """Advance ``dv/dt = A v`` and record ``weights @ v`` at each time, with its derivatives by some numbers.

    A step is ``v <- 2 Re sum_k residues[k] (h A - poles[k])^-1 v``. With the coefficients `third` the same solves
    give a damped ``(h A)^3 v``; its size to the power 1/3, relative to v both at its largest and in the mean that is
    asked for, is kept at `reach`. The derivatives are those of the steps that were taken, by the same eliminations.

    Parameters
    ----------
    down, up : array (n,)
        Rates from cell i to cell i - 1 and i + 1; ``down[0]`` and ``up[n - 1]`` are zero. 1/time.
    values : array (n,)
        v at time 0, not negative; overwritten by v at the last time.
    weights : array (n,)
        Of the mean, not negative.
    down_slopes, up_slopes, value_slopes, weight_slopes : array (numbers, n)
        Derivatives of the four by the numbers; those of the values are overwritten likewise. Without any: (0, n).
    times : array
        Ascending.
    poles, residues, third : complex array (2,)
        Poles in the upper half plane and the coefficients there.
    reach : float
        Length of a step, in units of the time in which v changes.
    floor : float
        Means far below it do not shorten the step.
    most_steps : int
        Limit.
    means : array like times
        Receives the result.
    mean_slopes : array (numbers, times)
        Receives its derivatives.

    Returns
    -------
    int
        Steps taken, or -1 if `most_steps` were not enough.
    """
    numbers, n = value_slopes.shape
    solution = np.empty((n, 2), np.complex128)
    back = np.empty((n, 2), np.complex128)
    inverse = np.empty((n, 2), np.complex128)
    slopes = np.empty((n, 2), np.complex128)
    moved = np.empty(n)
    fastest = 0.0
    for i in range(n):
        fastest = max(fastest, down[i] + up[i])
        values[i] += FAINTEST
        for j in range(numbers):
            value_slopes[j, i] += FAINTEST
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
            _resolvents(down, up, step, poles, values, solution, back, inverse)
            largest, change, mean, mean_change = 0.0, 0.0, 0.0, 0.0
            for i in range(n):
                moved[i] = _combined(residues, solution, i)
                sum_third = _combined(third, solution, i)
                largest = max(largest, abs(values[i]))
                change = max(change, abs(sum_third))
                mean += weights[i] * abs(values[i])
                mean_change += weights[i] * abs(sum_third)
            size = max(change / largest, mean_change / (mean + floor))
            length = size ** (1.0 / 3.0)
            if length > 1.3 * reach:
                wanted = step * max(0.2, 0.9 * reach / length)
                continue
            for j in range(numbers):
                _resolvent_slopes(
                    down, step, down_slopes[j], up_slopes[j], value_slopes[j], solution, back, inverse, slopes
                )
                for i in range(n):
                    value_slopes[j, i] = _combined(residues, slopes, i)
            for i in range(n):
                values[i] = moved[i]
            time = times[k] if step == left else time + step
            grown = step * min(4.0, 0.95 * reach / max(length, 1e-30))
            wanted = max(grown, wanted) if step < wanted else grown
        total = 0.0
        for i in range(n):
            total += weights[i] * values[i]
        means[k] = total
        for j in range(numbers):
            total = 0.0
            for i in range(n):
                total += weights[i] * value_slopes[j, i] + weight_slopes[j, i] * values[i]
            mean_slopes[j, k] = total
    return steps
