"""Back-propagation: the exact gradient, what the rules that learn from noise are held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mtjphys.learning.losses import Loss
from mtjphys.learning.network import Network
from mtjphys.learning.noise.source import NoiseSource
from mtjphys.learning.products import product
from mtjphys.learning.rules.rule import RULES, GradientEstimate, Perturbed, draw, outer


@RULES.register("BP")
@dataclass(frozen=True)
class BP:
    """Back-propagation, the exact gradient of the mean loss; noise, if any, enters its one pass."""

    perturbs: ClassVar[Perturbed] = "nothing"
    decorrelates: ClassVar[bool] = False

    def __call__(
        self,
        network: Network,
        inputs: NDArray[Any],
        targets: NDArray[Any],
        loss: Loss,
        noise: NoiseSource | None = None,
    ) -> GradientEstimate:
        """Return the exact gradients."""
        eps = None if noise is None else draw(network, len(inputs), noise, type(self).__name__)
        first = network.forward(inputs, eps)
        signals = [np.asarray(loss.gradient(first.outputs, targets), network.dtype)]
        for layer in range(len(network.weights) - 1, 0, -1):
            matrices = [network.weights[layer], *network.decorrelations[layer : layer + 1]]
            delta = signals[0].T
            for matrix in matrices:
                behind, delta = delta, np.empty((matrix.shape[1], len(inputs)), delta.dtype)
                product(matrix.T, behind, delta)
            signal = delta.T * network.activation.derivative(first.preactivations[layer - 1])
            signals.insert(0, np.asarray(signal, network.dtype))
        return outer(signals, first, loss(first.outputs, targets))


@RULES.register("DBP")
@dataclass(frozen=True)
class DBP(BP):
    """`BP` of a network whose inputs are decorrelated beside it, by `Decorrelation`."""

    decorrelates: ClassVar[bool] = True
