"""Telegraph signals: states by thresholds, runs, dead time, sampling.

States are numbered from the lowest level, 0, upwards; -1 is a gap, in which nothing was measured.
"""

import numpy as np
from numpy.typing import NDArray

from mtjphys.kernels.compiling import compiled

Floats = NDArray[np.float64]
States = NDArray[np.int8]


@compiled()
def threshold_states(values: Floats, lower: tuple[float, ...], upper: tuple[float, ...]) -> States:
    """States by a pair of thresholds between neighbouring levels, int8 (n,).

    The state rises where a sample is above the upper one and falls where it is below the lower one, else it stays.
    Samples before the first decided one of a record, or after a gap, take its state.
    """
    n = values.shape[0]
    states = np.empty(n, np.int8)
    state = -1
    for t in range(n):
        y = values[t]
        if np.isnan(y):
            states[t] = -1
            state = -1
            continue
        if state < 0:
            state = 0
            for k in range(len(lower)):
                if y > 0.5 * (lower[k] + upper[k]):
                    state = k + 1
            for later in range(t, n):
                z = values[later]
                if np.isnan(z):
                    break
                above, decided = 0, True
                for k in range(len(lower)):
                    if z > upper[k]:
                        above = k + 1
                    elif z >= lower[k]:
                        decided = False
                if decided:
                    state = above
                    break
        while state < len(upper) and y > upper[state]:
            state += 1
        while state > 0 and y < lower[state - 1]:
            state -= 1
        states[t] = state
    return states


@compiled()
def run_lengths(states: States) -> NDArray[np.int64]:
    """Lengths in samples, int64 (runs,), of the runs of equal state."""
    n = states.shape[0]
    runs = 1
    for t in range(1, n):
        if states[t] != states[t - 1]:
            runs += 1
    lengths = np.empty(runs, np.int64)
    k = 0
    start = 0
    for t in range(1, n):
        if states[t] != states[t - 1]:
            lengths[k] = t - start
            start = t
            k += 1
    lengths[k] = n - start
    return lengths


@compiled()
def impose_dead_time(states: States, minimum: int) -> States:
    """Drop every run shorter than `minimum` samples.

    A state holds until a long enough run of another begins, or a gap.
    Colquhoun and Hawkes' definition of the apparent interval: it ends where the first interval of
    another state that is at least the dead time long begins. Returns int8 (n,).
    """
    n = states.shape[0]
    result = states.copy()
    current = np.int8(-1)
    start = piece = 0
    for t in range(1, n + 1):
        if t == n or states[t] != states[t - 1]:
            if states[t - 1] < 0:
                current = np.int8(-1)
                piece = t
            else:
                if t - start >= minimum:
                    if current < 0:
                        result[piece:start] = states[t - 1]
                    current = states[t - 1]
                if current >= 0:
                    result[start:t] = current
                elif t == n or states[t] < 0:
                    result[piece:t] = states[piece]
            start = t
    return result


@compiled()
def sample_telegraph(
    generator: np.random.Generator,
    rates: Floats,
    sample_interval: float,
    initial: int,
    n: int,
) -> States:
    """Draw a continuous-time Markov process seen every `sample_interval` from t = 0 on; int8 (n,).

    Dwell times are drawn one by one (exponential); several flips may fall between two samples.

    Parameters
    ----------
    generator : np.random.Generator.
    rates : float64 array (levels, levels), 1/s, from row to column; the diagonal is not used.
    sample_interval : float, s.
    initial : int, the state at t = 0.
    n : int.
    """
    levels = rates.shape[0]
    leaving = np.zeros(levels)
    for i in range(levels):
        for j in range(levels):
            if i != j:
                leaving[i] += rates[i, j]
    states = np.empty(n, np.int8)
    state = initial
    end = generator.standard_exponential() / leaving[state]
    for t in range(n):
        now = t * sample_interval
        while end <= now:
            if levels == 2:
                state = 1 - state
            else:
                left = generator.random() * leaving[state]
                origin, state = state, -1
                for j in range(levels):
                    if j != origin and rates[origin, j] > 0.0 and left >= 0.0:
                        state = j
                        left -= rates[origin, j]
            end += generator.standard_exponential() / leaving[state]
        states[t] = state
    return states
