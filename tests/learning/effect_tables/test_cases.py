"""Magnitudes that are scaled by the noise."""

import math
import sys

import matplotlib
import pytest
from degraded_noise import DATA, train
from live_noise import BIAS, two_state

from mtjphys import learning
from mtjphys.learning import (
    Effects,
    GaussianNoise,
    TelegraphNoise,
)
from mtjphys.learning.effect_tables.cases import probe
from mtjphys.learning.noise.effects import VARIED

matplotlib.use("Agg")


def test_slow_junctions_are_not_taken_for_quieter_than_they_are():
    """A relaxation of 2,000 readings, of which 256 are looked at: the levels are 37.5 and 47.4 mV."""

    def probed(**given):
        training = train(Effects(), 1)
        training.noise = learning.JunctionNoise(two_state(dwell=4e-6), BIAS, 1e-9, seed=1, **given)
        return probe(training)[1]

    low, high = (0.1 * r / (r + 1e4) for r in (6e3, 9e3))
    units = train(Effects(), 1).network.n_units
    exact = (high - low) / 2.0
    # Of n units in either state the variance is n/4 (1 - 1/n) on average; five standard deviations.
    assert abs(probed() / exact - 1.0) < 0.25 + 1.0 / units
    assert probed(settle=64) < 0.7 * exact


def test_standard_cases_are_scaled_by_the_noise_and_can_all_be_trained(monkeypatch):
    cases = learning.standard_cases(train(Effects(), 1))
    sigma = TelegraphNoise().standard_deviation
    assert cases["read_noise"][0] == pytest.approx(sigma, rel=0.05)
    readings = 2 * 2 * len(DATA.train.inputs)
    assert cases["drift"][1] == pytest.approx(100 * sigma / readings, rel=0.05)
    assert cases["random_walk"][1] == pytest.approx(100 * sigma / math.sqrt(readings), rel=0.05)
    table = learning.effects_table(train, {"bits": [8.0, 2.0], "spread.barrier": [0.1]}, seeds=[1], progress=False)
    mean, (low, high) = TelegraphNoise().mean, table.base.full_scale
    assert low == pytest.approx(mean - 4 * sigma, rel=0.05)
    assert high == pytest.approx(mean + 4 * sigma, rel=0.05)
    assert set(cases) == set(VARIED)

    def slow(effects, seed):  # a unit shows one level for longer than is read to find the scale
        training = train(Effects(), seed)
        training.noise = effects.applied_to(TelegraphNoise(flip_probability=1e-4, seed=seed), seed=seed)
        return training

    scaled = []
    with monkeypatch.context() as patch:  # by the noise without the effects that all rows have in common
        patch.setattr(
            sys.modules[learning.effects_table.__module__],
            "standard_cases",
            lambda training: scaled.append(training) or {"stuck": [1.0]},
        )
        base = Effects(offset_spread=1.0)
        learning.effects_table(train, base=base, seeds=[1], progress=False)
    assert isinstance(scaled[0].noise, TelegraphNoise)

    low, high = learning.effects_table(slow, {"bits": [8]}, seeds=[1], progress=False).base.full_scale
    assert low < mean - 3 * sigma and high > mean + 3 * sigma

    def gaussian(effects, seed):
        training = train(Effects(), seed)
        training.noise = effects.applied_to(GaussianNoise(0.01, seed=seed), seed=seed)
        return training

    assert not {"spread.barrier", "stray_field"} & set(learning.standard_cases(gaussian(Effects(), 1)))
    for name, values in cases.items():
        for value in values:
            Effects(full_scale=(0.0, 1.0)).with_changes({name: value}).applied_to(TelegraphNoise(), seed=1)
