"""The ideal sources, for tests that hold for all of them."""

import naive
import numpy as np
import pytest

from mtjphys.learning import BernoulliNoise, BinomialNoise, GaussianNoise, TelegraphNoise

KINDS = {
    "gaussian": lambda: GaussianNoise(0.01, seed=4, mean=0.1),
    "chain": lambda: TelegraphNoise(seed=4),
    "unequal": lambda: TelegraphNoise(seed=4, flip_probability=(0.3, 0.1)),
    "bernoulli": lambda: BernoulliNoise(0.7, 0.01, seed=4),
    "binomial": lambda: BinomialNoise(12, 0.3, 0.01, seed=4),
}


every_kind = pytest.mark.parametrize("fresh", KINDS.values(), ids=KINDS)


def words_of(seed, unit):
    state = np.random.SeedSequence(seed, spawn_key=(unit,)).generate_state(4, np.uint64)
    return naive.xoshiro256plusplus([int(word) for word in state])
