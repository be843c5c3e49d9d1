"""What the tests of the circuits around a junction share."""

import numpy as np

import mtjphys as mp
from mtjphys.learning import (
    JunctionNoise,
)

STIFF = mp.Bias(voltage=0.1)


LIVE = mp.Bias(voltage=3.3, series_resistance=1e5)


FAST = mp.presets.safranski_2021()


class Count:
    """Readings 0, 1, 2 ... V."""

    gain, offset = 1.0, 0.0

    def __init__(self):
        self.done = 0

    def volts(self, n_samples, n_units):
        first, self.done = self.done, self.done + n_samples * n_units
        return np.arange(first, self.done, dtype=np.float32).reshape(n_samples, n_units)

    def state_dict(self):
        return {"done": np.array(self.done)}

    def load_state_dict(self, state):
        self.done = int(state["done"]) if state else 0


def junction(bias=STIFF, lanes=None):
    return JunctionNoise(FAST, bias, 2e-10, seed=3, settle=4, lanes=lanes)
