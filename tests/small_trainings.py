"""Small trainings for the tests, every source to train with, and how they are stopped and resumed."""

import os
import signal

import numpy as np
import pytest

import mtjphys as mp
from mtjphys import learning


def blobs(n=90, seed=0):
    stream = np.random.default_rng(seed)
    targets = np.repeat([0, 1, 2], n // 3)
    centres = np.array([[2.0, 0, 0, 0], [0, 2.0, 0, 0], [0, 0, 2.0, 0]])
    return learning.split(centres[targets] + 0.3 * stream.standard_normal((len(targets), 4)), targets)


def make(**changes):
    settings = {
        "epochs": 4,
        "noise": learning.TelegraphNoise(seed=1),
        "decorrelation": learning.Decorrelation(1e-3),
        "batch_size": 16,
        "schedule": "cosine",
        "seed": 5,
    } | changes
    network = learning.Network([4, 6, 3], decorrelated=settings["decorrelation"] is not None, seed=2)
    if settings["noise"] is None:
        rule = learning.BP() if settings["decorrelation"] is None else learning.DBP()
    else:
        rule = learning.ANP() if settings["decorrelation"] is None else learning.DANP()
    return learning.Training(network, rule, blobs(), learning.Adam(0.02), **settings)


def assert_same(one, other):
    a, b = one.state_dict(), other.state_dict()
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


def recorded():
    return learning.RecordedNoise(np.random.default_rng(4).normal(0.04, 0.006, 5000), sample_interval=1e-6)


def junctions():
    bias = mp.Bias(voltage=0.1, series_resistance=1e4)
    return learning.JunctionNoise(mp.presets.schnitzspan_2023(), bias, 1e-10, seed=1, settle=1)


SOURCES = {
    "gaussian": lambda: learning.GaussianNoise(0.01, seed=1),
    "bernoulli": lambda: learning.BernoulliNoise(0.5, 0.01, seed=1),
    "binomial": lambda: learning.BinomialNoise(5, 0.5, 0.01, seed=1),
    "telegraph": lambda: learning.TelegraphNoise(seed=1),
    "recorded": recorded,
    "junction": junctions,
    "series": lambda: learning.SeriesNoise([mp.presets.schnitzspan_2023()] * 2, junctions().bias, 1e-10, settle=1),
    "serial junction": lambda: learning.JunctionNoise(junctions().junction, junctions().bias, 1e-10, lanes=1, settle=1),
    "ring buffer": lambda: learning.RingBufferNoise(learning.TelegraphNoise(seed=1), size=20, seed=2),
    "summing node": lambda: learning.SummingNode(
        learning.TelegraphNoise(sigma=0.0, seed=1), 1e3, voltage=0.1, divider=(0.1, 1e4)
    ),
    "degraded": lambda: learning.Effects(stuck=0.2, read_noise=1e-3, random_walk=1e-5).applied_to(
        learning.TelegraphNoise(seed=1), seed=3
    ),
}


def stopped_after(training, updates, path):
    """Run a training up to an update in mid-epoch, where the user presses Ctrl-C."""
    original = training.loss
    pressed = []

    class Pressing(type(original)):
        def __call__(self, outputs, targets):
            if training.updates == updates - 1 and not pressed:
                pressed.append(True)
                os.kill(os.getpid(), signal.SIGINT)
            return super().__call__(outputs, targets)

        def __repr__(self):
            return repr(original)

    training.loss = Pressing()
    with pytest.raises(KeyboardInterrupt):
        training.run(progress=False, checkpoint=path)
    assert training.updates == updates


def assert_resumes(build, path, updates=7):
    whole, stopped, resumed = build(), build(), build()
    whole.run(progress=False)
    stopped_after(stopped, updates, path)
    resumed.load(path)
    assert resumed.updates == updates
    assert resumed.updates % resumed.updates_per_epoch != 0
    resumed.run(progress=False)
    assert_same(whole, resumed)
    return whole
