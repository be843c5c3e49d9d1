"""Data that need no files: teachers and their students."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from mtjphys.core.declared import Count, Natural
from mtjphys.core.quantity import Quantity, check_range
from mtjphys.core.streams import Use, generator
from mtjphys.learning.activations import ACTIVATIONS, Activation
from mtjphys.learning.data.named import DATASETS
from mtjphys.learning.data.samples import Data, Samples
from mtjphys.learning.network import Network

DEVIATION = Quantity("(dimensionless)", 0.0, 1e3)


def teacher(
    sizes: Sequence[int], *, activation: Activation | None = None, bias_deviation: float = 0.1, seed: int | None = 0
) -> Network:
    """Return a random network to be learned.

    Weights are normal with the variance 2/fan-in, which keeps the outputs of order 1 through any number
    of rectified layers; biases are normal.

    Parameters
    ----------
    sizes : sequence of int
        Units of the input, of each hidden layer, and of the output.
    activation : Activation, optional
        Of the hidden layers; leaky ReLU by default.
    bias_deviation : float
        Standard deviation of the biases.
    seed : int or None
        Seed of weights and biases, kept as the network's `seed`; None draws one. A student of the same seed begins
        with others.

    Returns
    -------
    Network
        Not decorrelated.

    Raises
    ------
    ParameterError
        If there are fewer than two sizes, or the deviation is negative.

    References
    ----------
    K. He, X. Zhang, S. Ren, J. Sun, arXiv:1502.01852 (2015), for the variance.

    Examples
    --------
    >>> teacher([2, 2, 2, 1], seed=1).n_parameters
    15
    """
    DEVIATION.check("bias_deviation", bias_deviation)
    network = Network(sizes, activation=activation, seed=seed)
    for layer, (weights, biases) in enumerate(zip(network.weights, network.biases, strict=True)):
        stream = generator(network.seed, layer, Use.TEACHER)
        weights[:] = np.sqrt(2 / weights.shape[1]) * stream.standard_normal(weights.shape)
        biases[:] = bias_deviation * stream.standard_normal(biases.shape)
    return network


@DATASETS.register("teacher_student")
def teacher_student(
    sizes: Sequence[int] = (2, 2, 2, 1),
    n_samples: Count = 100,
    seed: Natural = 0,
    *,
    validation_samples: Natural = 1000,
    test_samples: Natural = 1000,
    activation: Annotated[Activation | None, ACTIVATIONS] = None,
    bias_deviation: Annotated[float, DEVIATION] = 0.1,
) -> Data:
    """Return what a random network, the teacher, answers to normal inputs: a regression for a student.

    ``x ~ N(0, 1)``, ``t = f_teacher(x)``, without noise: a student of the teacher's sizes can reach the loss 0.

    Parameters
    ----------
    sizes : sequence of int
        Of the teacher: units of the input, of each hidden layer, and of the output.
    n_samples, validation_samples, test_samples : int
        Samples of each part; they are drawn independently of the others' numbers.
    seed : int
        Seed of the teacher and of the inputs.
    activation : Activation, optional
        Of the teacher's hidden layers; leaky ReLU by default.
    bias_deviation : float
        Standard deviation of the teacher's biases.

    Returns
    -------
    Data
        Inputs of shape (n, n_inputs) and targets of shape (n, n_outputs), in float32.

    Raises
    ------
    ParameterError
        If a number is outside its range.

    See Also
    --------
    teacher : the network that makes the targets.

    References
    ----------
    The live experiment of K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025): a network 2-2-2-1 learns
    another one from 100 samples an epoch.

    Examples
    --------
    >>> data = teacher_student(seed=1)
    >>> data.train.inputs.shape, data.train.targets.shape
    ((100, 2), (100, 1))
    """
    network = teacher(sizes, activation=activation, bias_deviation=bias_deviation, seed=seed)
    numbers = {"n_samples": n_samples, "validation_samples": validation_samples, "test_samples": test_samples}
    parts = []
    for part, (name, n) in enumerate(numbers.items()):
        check_range(name, n, "samples", 0 if part else 1, 1e8)
        stream = generator(seed, part, Use.INPUTS)
        inputs = stream.standard_normal((n, network.sizes[0]), np.float32)
        parts.append(Samples(inputs, network.forward(inputs).outputs))
    return Data(*parts)
