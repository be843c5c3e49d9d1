"""How well a network does on samples: noise on, noise off, or averaged over noisy reads."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.learning.concurrency import WORTH_SHARING, team
from mtjphys.learning.data import Samples
from mtjphys.learning.losses import Loss
from mtjphys.learning.network import Network
from mtjphys.learning.noise.source import NoiseSource, perturbation

PASSES = 1000
"""Passes at a time: the noise of a large network for 10 000 samples would take 60 MB."""


class OutputsNotFinite(SimulationError):
    """Outputs of a network overflow, or are not numbers."""


class Evaluation(NamedTuple):
    """Mean loss, and the fraction of samples put in their class (NaN without classes)."""

    loss: float
    accuracy: float


def fraction_right(outputs: NDArray[Any], targets: NDArray[Any]) -> float:
    """Return the fraction of samples whose largest output is their class, NaN without classes."""
    if targets.ndim != 1 or not np.issubdtype(targets.dtype, np.integer):
        return math.nan
    return float((outputs.argmax(axis=1) == targets).mean())


def accuracy_interval(accuracy: float, n_samples: int, level: float = 0.95) -> tuple[float, float]:
    """Return the interval that a measured accuracy leaves to the true one, Wilson's.

    It holds the true accuracies p with ``|accuracy - p| <= z sqrt(p (1 - p)/n)``, so that it has a width also where all
    samples, or none, are right.

    Parameters
    ----------
    accuracy : float
        Fraction of samples that are right.
    n_samples : int
        How many there were.
    level : float
        Probability that such intervals hold the true accuracy.

    Returns
    -------
    tuple of float
        Lower and upper end.

    References
    ----------
    E. B. Wilson, J. Am. Stat. Assoc. 22, 209 (1927).

    Examples
    --------
    >>> low, high = accuracy_interval(1.0, 36)
    >>> round(low, 4), high
    (0.9036, 1.0)
    """
    from scipy.stats import binomtest

    interval = binomtest(round(accuracy * n_samples), n_samples).proportion_ci(level, method="wilson")
    return float(interval.low), float(interval.high)


def predict(network: Network, inputs: NDArray[Any], noise: NoiseSource | None = None, reads: int = 1) -> NDArray[Any]:
    """Return the outputs of the network, with noise their mean over several noisy passes.

    What is averaged are the outputs themselves, the last pre-activations (before any softmax), as an
    analogue circuit would. A sample is presented `reads` times in a row before the next one comes:
    a source whose readings are correlated in time averages away less than independent noise.

    Parameters
    ----------
    network : Network
        What is evaluated; it does not change.
    inputs : ndarray of shape (n_samples, n_inputs)
        Samples in rows; they are taken in pieces, which does not change the readings.
    noise : NoiseSource, optional
        Source of the perturbation; it advances by `reads` readings per sample. None: noise off.
    reads : int
        Noisy passes per sample.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)
        Outputs.

    Raises
    ------
    ParameterError
        If `reads` is below 1, or above 1 without noise.
    OutputsNotFinite
        If an output is not finite.

    Examples
    --------
    >>> from mtjphys.learning import GaussianNoise
    >>> predict(Network([2, 3]), np.zeros((5, 2), np.float32), GaussianNoise(0.1, seed=1), reads=100).shape
    (5, 3)
    """
    if reads < 1 or (reads > 1 and noise is None):
        raise ParameterError(
            f"reads={reads} with noise={noise}: give at least 1, and a noise source to average over several"
        )
    outputs = np.empty((len(inputs), network.sizes[-1]), network.dtype)
    step, block = max(1, PASSES // reads), min(reads, PASSES)
    large = len(inputs) * reads * network.n_parameters > 8 * WORTH_SHARING
    with team(None if large else 1):
        # The product of W and R pays once there are more passes than units.
        runner = network.folded() if len(inputs) * reads > max(network.sizes) else network
        for first in range(0, len(inputs), step):
            piece = inputs[first : first + step]
            if noise is None:
                outputs[first : first + step] = runner.forward(piece).outputs
                continue
            total = np.zeros((len(piece), network.sizes[-1]))
            for done in range(0, reads, block):
                now = min(block, reads - done)
                eps = perturbation(noise, len(piece) * now, network.n_units, network.dtype)
                noisy = runner.forward(np.repeat(piece, now, axis=0), eps).outputs
                total += noisy.reshape(len(piece), now, -1).sum(axis=1, dtype=np.float64)
            outputs[first : first + step] = total / reads
    if not np.isfinite(outputs).all():
        raise OutputsNotFinite("outputs of the network are not finite: look for NaN in the inputs, or overflow")
    return outputs


def evaluate(
    network: Network, samples: Samples, loss: Loss, noise: NoiseSource | None = None, reads: int = 1
) -> Evaluation:
    """Evaluate a network on samples, with the noise on if a source is given.

    A network that was trained by perturbing its parameters has no noise at its units: leave `noise`
    out, and the mean parameters are evaluated.

    Parameters
    ----------
    network : Network
        What is evaluated; it does not change.
    samples : Samples
        Inputs and targets.
    loss : Loss
        Loss of one sample.
    noise : NoiseSource, optional
        Source of the perturbation; it advances by `reads` readings per sample. None: noise off.
    reads : int
        Noisy passes per sample whose outputs are averaged, see `predict`; loss and accuracy are those
        of the mean output.

    Returns
    -------
    Evaluation
        Mean loss and accuracy.

    Raises
    ------
    ParameterError
        If there are no samples, or `reads` does not fit, see `predict`.
    OutputsNotFinite
        If an output is not finite.

    Examples
    --------
    >>> from mtjphys.learning import CrossEntropy, Network, Samples
    >>> samples = Samples(np.zeros((4, 2), np.float32), np.zeros(4, int))
    >>> round(evaluate(Network([2, 2]), samples, CrossEntropy()).loss, 4)
    0.6931
    """
    if not len(samples.inputs):
        raise ParameterError("there are no samples to evaluate on: give some")
    outputs = predict(network, samples.inputs, noise, reads)
    value = float(loss(outputs, samples.targets).mean(dtype=np.float64))
    return Evaluation(value, fraction_right(outputs, samples.targets))
