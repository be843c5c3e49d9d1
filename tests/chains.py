"""Hidden Markov chains drawn sample by sample, and analyses whose warnings are not the subject."""

import warnings

import numpy as np

from mtjphys import telegraph
from mtjphys.core.errors import MtjphysWarning
from mtjphys.kernels.telegraph import TwoLevelModel

OVERLAPPING = TwoLevelModel(-1.0, 1.2, 0.8, 1.7, 0.07, 0.12)
PAPER = TwoLevelModel(
    0.042092104 - 0.0059316154,
    0.042092104 + 0.0059316154,
    0.00090841466**2,
    0.00090841466**2,
    0.0809,
    0.0809,
)


def chain(model, samples, seed):
    """Draw the hidden Markov chain itself, sample by sample."""
    rng = np.random.default_rng(seed)
    states = np.empty(samples, np.int8)
    states[0] = rng.integers(2)
    for t in range(1, samples):
        flip = model.flip_down if states[t - 1] else model.flip_up
        states[t] = states[t - 1] ^ (rng.random() < flip)
    mean = np.array([model.mean_low, model.mean_high])
    sigma = np.sqrt([model.variance_low, model.variance_high])
    return states, mean[states] + sigma[states] * rng.standard_normal(samples)


def quiet(*args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MtjphysWarning)
        return telegraph.analyse(*args, **options)
