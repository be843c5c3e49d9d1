"""Hidden Markov chains drawn sample by sample, and analyses whose warnings are not the subject."""

import warnings

import numpy as np

from mtjphys import telegraph
from mtjphys.core.errors import MtjphysWarning
from mtjphys.kernels.hidden_markov import LevelModel


def two_levels(low, high, variance_low, variance_high, up, down):
    moves = np.array([[1 - up, up], [down, 1 - down]])
    return LevelModel(np.array([low, high], float), np.array([variance_low, variance_high]), moves)


OVERLAPPING = two_levels(-1.0, 1.2, 0.8, 1.7, 0.07, 0.12)
PAPER = two_levels(
    0.042092104 - 0.0059316154,
    0.042092104 + 0.0059316154,
    0.00090841466**2,
    0.00090841466**2,
    0.0809,
    0.0809,
)
THREE = LevelModel(
    np.array([-1.0, 0.3, 2.0]),
    np.array([0.3, 0.5, 0.2]),
    np.array([[0.9, 0.08, 0.02], [0.1, 0.85, 0.05], [0.02, 0.18, 0.8]]),
)


def chain(model, samples, seed):
    """Draw the hidden Markov chain itself, sample by sample."""
    rng = np.random.default_rng(seed)
    cumulative = np.cumsum(model.transitions, axis=1)
    states = np.empty(samples, np.int8)
    states[0] = rng.integers(model.means.size)
    for t in range(1, samples):
        states[t] = np.searchsorted(cumulative[states[t - 1]], rng.random())
    return states, model.means[states] + np.sqrt(model.variances)[states] * rng.standard_normal(samples)


def quiet(*args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MtjphysWarning)
        return telegraph.analyse(*args, **options)


def told(*args, **options):
    """Analyse; return the result and all that it warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", MtjphysWarning)
        result = telegraph.analyse(*args, **options)
    return result, " | ".join(str(item.message) for item in caught)
