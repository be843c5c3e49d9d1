"""How good a rule's estimate of the gradient is, measured without disturbing the training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import ParameterError
from mtjphys.learning.concurrency import team
from mtjphys.learning.losses import Loss
from mtjphys.learning.network import Network
from mtjphys.learning.noise.source import NoiseSource
from mtjphys.learning.rules import BP, GradientEstimate, Rule


class Alignment(NamedTuple):
    """Cosine of the angle between an estimate and the gradient; 0 if either vanishes, NaN if either has one."""

    total: float  # over all weights and biases
    layers: NDArray[np.float64]  # over the weights and biases of each layer, (n_layers,)


@team(1)
def gradient_cosine(
    network: Network,
    rule: Rule,
    inputs: NDArray[Any],
    targets: NDArray[Any],
    loss: Loss,
    noise: NoiseSource | None = None,
    *,
    averages: int = 1,
) -> Alignment:
    """Compare a rule's estimate with the true gradient on one batch.

    The true gradient is back-propagation's with the noise off. The network, the rule's state and
    the noise source are afterwards as they were before: training goes on with the same bits, and
    the readings drawn here are not counted.

    For N independent directions of which the estimate sees one, the cosine of a single estimate is
    about ``N**-0.5``; samples that share a batch average, and so do the `averages`.

    Parameters
    ----------
    network : Network
        Where the gradient is taken.
    rule : Rule
        Whose estimate is judged.
    inputs, targets : ndarray
        A batch, samples in rows.
    loss : Loss
        Loss of one sample.
    noise : NoiseSource, optional
        What the rule learns from.
    averages : int
        Estimates, from consecutive readings on the same batch, that are averaged before they are
        compared.

    Returns
    -------
    Alignment
        In all and for each layer, -1 to 1.

    Raises
    ------
    ParameterError
        If `averages` is below 1.

    Examples
    --------
    >>> from mtjphys.learning import ANP, CrossEntropy, TelegraphNoise
    >>> network, noise = Network([4, 3], seed=1), TelegraphNoise(seed=1)
    >>> x, y = np.ones((1, 4), np.float32), np.zeros(1, int)
    >>> one = gradient_cosine(network, ANP(), x, y, CrossEntropy(), noise)
    >>> many = gradient_cosine(network, ANP(), x, y, CrossEntropy(), noise, averages=300)
    >>> abs(one.total) < many.total, many.layers.shape
    (True, (1,))
    """
    if averages < 1:
        raise ParameterError(f"averages={averages} must be at least 1")
    truth = _by_layer(BP()(network, inputs, targets, loss))
    estimate = [np.zeros_like(layer) for layer in truth]
    with unchanged(rule), unchanged(noise):
        for _ in range(averages):
            for total, layer in zip(estimate, _by_layer(rule(network, inputs, targets, loss, noise)), strict=True):
                total += layer
    layers = [_cosine(ours, theirs) for ours, theirs in zip(estimate, truth, strict=True)]
    return Alignment(_cosine(np.concatenate(estimate), np.concatenate(truth)), np.array(layers))


@contextmanager
def unchanged(owner: Any) -> Iterator[None]:
    """Give whatever has a state that state back afterwards."""
    state = owner.state_dict() if hasattr(owner, "state_dict") else None
    try:
        yield
    finally:
        if state is not None:
            owner.load_state_dict(state)


def _by_layer(estimate: GradientEstimate) -> list[NDArray[np.float64]]:
    """Return the gradients of each layer, weights and biases, as one vector in double precision."""
    pairs = zip(estimate.weights, estimate.biases, strict=True)
    return [np.concatenate([weights.reshape(-1), biases], dtype=np.float64) for weights, biases in pairs]


def _cosine(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return 0.0 if lengths == 0 else float(one @ other) / lengths  # NaN stays NaN
