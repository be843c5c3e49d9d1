"""Gradients by finite differences, and estimates averaged over many noises."""

import math

import numpy as np
from naive_learning import Replay


def finite_differences(network, inputs, targets, loss, step=1e-6):
    """Central differences of the mean loss for all weights, then all biases."""
    slopes = []
    for parameter in network.parameters:
        for index in np.ndindex(parameter.shape):
            value = parameter[index]
            parameter[index] = value + step
            up = loss(network.forward(inputs).outputs, targets).mean()
            parameter[index] = value - step
            down = loss(network.forward(inputs).outputs, targets).mean()
            parameter[index] = value
            slopes.append((up - down) / (2 * step))
    return np.array(slopes)


def flat(arrays):
    return np.concatenate([array.ravel() for array in arrays])


def average(rule, network, x, target, loss, noise, calls=400):
    """Mean and standard error of a rule's estimates on one sample, weights and then biases.

    The sample is repeated 100 times, so that one call averages over independent perturbations; `noise`
    makes a table of so many rows.
    """
    many, classes = np.repeat(x, 100, axis=0), np.repeat(target, 100)
    estimates = []
    for _ in range(calls):
        estimates.append(flat(rule(network, many, classes, loss, Replay(noise(300))).gradients))
    return np.mean(estimates, axis=0), np.std(estimates, axis=0, ddof=1) / math.sqrt(calls)
