"""What the tests of device effects share."""

import numpy as np

import mtjphys as mp
from mtjphys import learning
from mtjphys.junction import Spread
from mtjphys.learning import (
    Effects,
    JunctionNoise,
    TelegraphNoise,
    TwoLevelDevice,
)
from mtjphys.learning.noise import Usage


class Ramp:
    """Unit k reads ``k + t/8`` volts at its reading t: exact in float32, and every reading can be told."""

    gain, offset, usage = 3.0, -1.0, Usage(7, 1.0, 2.0)

    def __init__(self):
        self.readings = 0

    def volts(self, n_samples, n_units):
        t = self.readings + np.arange(n_samples)
        self.readings += n_samples
        return (np.arange(n_units) + t[:, None] / 8).astype(np.float32)

    def state_dict(self):
        return {"readings": np.array(self.readings)} if self.readings else {}

    def load_state_dict(self, state):
        self.readings = int(state["readings"]) if state else 0


def live(junction=None, **changes):
    settings = {"voltage": 0.1, "series_resistance": 1e4, "temperature": 320.0} | changes
    return JunctionNoise(junction or mp.presets.koenders_2025(), mp.Bias(**settings), 1e-4, seed=1)


EVERYTHING = Effects(
    spread=Spread(resistance=0.2, tunnel_magnetoresistance=0.2, barrier=0.07, stray_field=0.2e-3),
    stray_field=-0.1e-3,
    stuck=0.3,
    gain_spread=0.2,
    offset_spread=1e-3,
    drift=1e-5,
    random_walk=1e-4,
    bandwidth=0.1,
    read_noise=1e-3,
    bits=10,
    full_scale=(-0.5, 0.5),
)


def degraded(kind):
    if kind == "ramp":
        return Effects(**dict(EVERYTHING.on_volts()) | {"full_scale": (-50.0, 50.0)}).applied_to(Ramp(), seed=5)
    return EVERYTHING.applied_to(TelegraphNoise(seed=5, device=TwoLevelDevice(source_voltage=0.2)), seed=5)


def blobs():
    stream = np.random.default_rng(0)
    targets = np.repeat([0, 1, 2], 30)
    centres = np.array([[2.0, 0, 0, 0], [0, 2.0, 0, 0], [0, 0, 2.0, 0]])
    return learning.split(centres[targets] + 0.5 * stream.standard_normal((90, 4)), targets)


DATA = blobs()


def train(effects, seed, *, epochs=2, data=DATA, rate=0.02):
    noise = effects.applied_to(TelegraphNoise(seed=seed), seed=seed)
    network = learning.Network([4, 6, 3], seed=seed)
    return learning.Training(
        network, learning.ANP(), data, learning.Adam(rate), epochs=epochs, noise=noise, batch_size=16, seed=seed
    )


CASES = {"stuck": [0.5, 1.0], "read_noise": [1e-3]}
