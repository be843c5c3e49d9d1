"""Live noise for the tests: fast junctions, two-level stand-ins, and every way to read them."""

import math

import numpy as np
import pytest

import mtjphys as mp
from mtjphys.junction import Spread
from mtjphys.learning import JunctionNoise, SeriesNoise

BIAS = mp.Bias(voltage=0.1, series_resistance=1e4)


STIFF = mp.Bias(voltage=0.1)


FAST = mp.presets.safranski_2021()


def two_state(dwell=10e-9, resistance=6e3, ratio=0.5):
    """Return a junction of two sharp levels and equal dwell times (s)."""
    states = np.array([1.0, -1.0])[:, None, None, None, None]
    return mp.surrogate.TwoState(
        voltages=[-1.0, 0.0, 1.0],
        fields=[[0.0, 0.0, 0.0]],
        temperatures=[300.0],
        log_rates=np.full((2, 3, 1, 1), -math.log(dwell)),
        memory_times=np.zeros((2, 3, 1, 1)),
        cosines=np.broadcast_to(states, (2, 3, 1, 1, 81)),
        resistance_parallel=resistance,
        tunnel_magnetoresistance=ratio,
    )


TWO = two_state()


SOURCES = {
    "live": lambda **given: JunctionNoise(FAST, BIAS, 2e-10, seed=4, settle=4, **given),
    "surrogate": lambda **given: JunctionNoise(TWO, BIAS, 5e-9, seed=4, **given),
    "shared": lambda **given: JunctionNoise(TWO, BIAS, 5e-9, seed=4, lanes=3, **given),
    "serial": lambda **given: JunctionNoise(FAST, BIAS, 2e-10, seed=4, lanes=1, settle=4, **given),
    "unlike": lambda **given: JunctionNoise(
        FAST, BIAS, 2e-10, seed=4, settle=4, spread=Spread(barrier=0.2, resistance=0.1, seed=9), **given
    ),
    "series": lambda **given: SeriesNoise([FAST] * 9, BIAS, 2e-10, seed=4, settle=4, lanes=1, **given),
}


every_source = pytest.mark.parametrize("kind", SOURCES)
