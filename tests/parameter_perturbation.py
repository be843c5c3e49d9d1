"""What the tests of rules that perturb parameters share."""

import math

import numpy as np

from mtjphys.learning import (
    BP,
    CrossEntropy,
    Network,
)

N_PARAMETERS = 47


def flat(arrays):
    return np.concatenate([array.ravel() for array in arrays])


def true_gradient(network, inputs, targets, loss):
    return flat(BP()(network, inputs, targets, loss).gradients)


def mean_and_error(estimates, block=1):
    """Return mean and standard error of the rows; neighbours in one block may be correlated."""
    blocks = np.reshape(estimates, (-1, block, len(estimates[0]))).mean(axis=1)
    return blocks.mean(axis=0), blocks.std(axis=0, ddof=1) / math.sqrt(len(blocks))


PARTS = (Network([1, 2]), np.ones((1, 1), np.float32), np.zeros(1, int), CrossEntropy())
