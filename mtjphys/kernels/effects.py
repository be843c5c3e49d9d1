"""Device effects on the volts of a noise source, one random stream a unit."""

import numpy as np
from numpy.typing import NDArray

from mtjphys.kernels.compiling import compiled
from mtjphys.kernels.random import gaussian_pair, next_bits


@compiled()
def degrade(
    readings_done: int,
    stuck: NDArray[np.bool_],
    gains: NDArray[np.float64],
    offsets: NDArray[np.float64],
    drift: float,
    random_walk: float,
    memory: float,
    read_noise: float,
    held: NDArray[np.float64],
    walk: NDArray[np.float64],
    filtered: NDArray[np.float64],
    streams: NDArray[np.uint64],
    volts: NDArray[np.float64],
) -> None:
    """Change `volts`, shape (n_samples, n_units), in place, reading after reading of every unit.

    With x the reading number ``t = readings_done, readings_done + 1, ...`` of a unit, or its first reading `held` if
    the unit is stuck::

        v = gain x + offset + drift t + W_t,           W_0 = 0,  W_t = W_{t-1} + random_walk n_t
        y = memory y + (1 - memory) v,                 y = v at t = 0
        V = y + read_noise n'_t

    n and n' are independent standard normal numbers, a pair of each unit's stream a reading. `offsets` is in V,
    `drift` in V per reading, `random_walk` in V per square root of a reading, `read_noise` in V rms. `held`, `walk`,
    `filtered` (V, one a unit) and `streams` (4, n_units) are the state.
    """
    random = random_walk != 0.0 or read_noise != 0.0
    for sample in range(volts.shape[0]):
        reading = readings_done + sample
        for unit in range(volts.shape[1]):
            value = volts[sample, unit]
            if reading == 0:
                held[unit] = value
            if stuck[unit]:
                value = held[unit]
            value = gains[unit] * value + offsets[unit] + drift * reading
            first = second = 0.0
            if random:
                s0, s1, s2, s3 = streams[0, unit], streams[1, unit], streams[2, unit], streams[3, unit]
                bits, s0, s1, s2, s3 = next_bits(s0, s1, s2, s3)
                more_bits, s0, s1, s2, s3 = next_bits(s0, s1, s2, s3)
                streams[0, unit], streams[1, unit], streams[2, unit], streams[3, unit] = s0, s1, s2, s3
                first, second = gaussian_pair(bits, more_bits)
            if reading == 0:
                filtered[unit] = value
            else:
                walk[unit] += random_walk * first
                value += walk[unit]
                filtered[unit] = memory * filtered[unit] + (1.0 - memory) * value
            volts[sample, unit] = filtered[unit] + read_noise * second
