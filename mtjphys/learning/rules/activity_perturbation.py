"""Activity-based node perturbation: two noisy passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mtjphys.kernels import learning as kernels
from mtjphys.learning.losses import Loss
from mtjphys.learning.network import Network
from mtjphys.learning.noise.source import NoiseSource
from mtjphys.learning.rules.rule import RULES, GradientEstimate, Perturbed, divide, draw, outer


@RULES.register("ANP")
@dataclass(frozen=True)
class ANP:
    """Activity-based node perturbation: two noisy passes, no clean pass, the noise stays unknown.

    ``dW_l = < N dL da_l / |da|^2  xb_{l-1}^T >`` with ``da_l = a_l(1) - a_l(2)``, ``dL = L(1) -
    L(2)`` for every sample, da all layers concatenated, and xb of pass 1; the bias has input 1.

    For small isotropic noise the estimate of a single layer is unbiased. In a deeper network da_l
    also holds what the noise of earlier layers left in layer l, which biases the later layers'
    estimates.

    References
    ----------
    S. Dalm, M. van Gerven, N. Ahmad, arXiv:2310.00965; K. Koenders et al., Phys. Rev. Applied 23,
    054035 (2025).

    Examples
    --------
    >>> from mtjphys.learning import CrossEntropy, TelegraphNoise
    >>> network = Network([4, 3, 2])
    >>> x, y = np.ones((8, 4), np.float32), np.zeros(8, int)
    >>> estimate = ANP()(network, x, y, CrossEntropy(), TelegraphNoise(seed=1))
    >>> [w.shape for w in estimate.weights]
    [(3, 4), (2, 3)]
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
        # One draw for both passes: its second half continues where the first one ends.
        eps = draw(network, 2 * len(inputs), noise, type(self).__name__)
        first, second = network.forward_pair(inputs, eps)
        both = loss(np.concatenate([first.outputs, second.outputs]), np.concatenate([targets, targets]))
        first_loss, second_loss = both[: len(inputs)], both[len(inputs) :]
        difference = first_loss - second_loss
        changes, squares = [], np.zeros_like(difference)
        for a1, a2 in zip(first.preactivations, second.preactivations, strict=True):
            change, square = np.empty_like(a1.T), np.empty_like(difference)
            kernels.difference(a1.T, a2.T, change, square)
            changes.append(change.T)
            squares += square
        factor = divide(network.n_units * difference, squares)
        return outer(changes, first, first_loss, factor)


@RULES.register("DANP")
@dataclass(frozen=True)
class DANP(ANP):
    """`ANP` of a network whose inputs are decorrelated beside it, by `Decorrelation`: the rule of Koenders et al."""

    decorrelates: ClassVar[bool] = True
