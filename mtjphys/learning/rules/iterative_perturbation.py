"""Iterative node perturbation: one layer at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mtjphys.learning.losses import Loss
from mtjphys.learning.network import Network
from mtjphys.learning.noise.source import NoiseSource
from mtjphys.learning.rules.rule import RULES, GradientEstimate, Perturbed, divide, draw_centred, outer


@RULES.register("INP")
@dataclass(frozen=True)
class INP:
    """Iterative node perturbation: one layer perturbed at a time, L + 1 passes.

    ``dW_l = < N_l dL_l da_l / |da_l|^2  xb_{l-1}^T >`` with the differences from the clean pass.
    Unbiased for small isotropic zero-mean noise; set the source's `offset` to its mean.

    Warns
    -----
    MtjphysWarning
        If the mean of the noise exceeds its standard deviation.
    """

    perturbs: ClassVar[Perturbed] = "units"
    decorrelates: ClassVar[bool] = False

    def __call__(
        self,
        network: Network,
        inputs: NDArray[Any],
        targets: NDArray[Any],
        loss: Loss,
        noise: NoiseSource | None,
    ) -> GradientEstimate:
        """Return the estimated gradients."""
        clean = network.forward(inputs)
        clean_loss = loss(clean.outputs, targets)
        signals = []
        start = 0
        for layer, n_units in enumerate(network.sizes[1:]):
            drawn = draw_centred(network, len(inputs), noise, type(self).__name__)
            eps = np.zeros_like(drawn)  # the drawn array may be the source's own
            eps[:, start : start + n_units] = drawn[:, start : start + n_units]
            start += n_units
            noisy = network.forward(inputs, eps)
            change = noisy.preactivations[layer] - clean.preactivations[layer]
            difference = loss(noisy.outputs, targets) - clean_loss
            signals.append(divide(n_units * difference, np.square(change).sum(axis=1)) * change)
        return outer(signals, clean, clean_loss)


@RULES.register("DINP")
@dataclass(frozen=True)
class DINP(INP):
    """`INP` of a network whose inputs are decorrelated beside it, by `Decorrelation`."""

    decorrelates: ClassVar[bool] = True
