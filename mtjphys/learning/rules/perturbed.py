"""Networks whose parameters are perturbed: one stream of noise for every weight and bias."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.learning.network import Network
from mtjphys.learning.noise.source import NoiseSource, perturbation


def perturbed(network: Network, noise: NoiseSource) -> Network:
    """Return a copy of a network whose parameters are perturbed by the next reading of every stream.

    ``theta = parameters + gain (V - offset)``, one voltage a parameter, in the order of
    `Network.parameters`. Decorrelating matrices are shared with the original, not perturbed.

    Parameters
    ----------
    network : Network
        What is perturbed; it does not change.
    noise : NoiseSource
        Feeds ``network.n_parameters`` streams; it advances by one reading.

    Returns
    -------
    Network
        The perturbed network.

    Examples
    --------
    >>> from mtjphys.learning import GaussianNoise
    >>> network = Network([4, 2], seed=1)
    >>> moved = perturbed(network, GaussianNoise(0.01, seed=1))
    >>> bool(0 < np.abs(moved.weights[0] - network.weights[0]).max() < 0.1)
    True
    """
    return with_parameters(network, as_vector(network.parameters) + next_reading(network, noise))


def next_reading(network: Network, noise: NoiseSource) -> NDArray[Any]:
    """Return the perturbation of every parameter, one after another."""
    return perturbation(noise, 1, network.n_parameters, network.dtype)[0]


def as_vector(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    """Return all arrays, one after another."""
    return np.concatenate([array.reshape(-1) for array in arrays])


def as_arrays(network: Network, vector: NDArray[Any]) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:
    """Return views of a vector as weights and biases."""
    parameters = network.parameters
    pieces = np.split(vector, np.cumsum([p.size for p in parameters])[:-1])
    views = [piece.reshape(p.shape) for piece, p in zip(pieces, parameters, strict=True)]
    return views[: len(network.weights)], views[len(network.weights) :]


def with_parameters(network: Network, vector: NDArray[Any]) -> Network:
    """Return a copy of a network with other parameters, views of a vector."""
    moved = copy(network)
    moved.weights, moved.biases = as_arrays(network, vector)
    return moved
