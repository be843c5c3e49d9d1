"""Weight perturbation: two passes with noise on all weights and biases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mtjphys.learning.losses import Loss
from mtjphys.learning.network import Network
from mtjphys.learning.noise.source import NoiseSource
from mtjphys.learning.rules.perturbed import perturbed
from mtjphys.learning.rules.rule import RULES, GradientEstimate, Perturbed, needed


@RULES.register("WP")
@dataclass(frozen=True)
class WeightPerturbation:
    """Weight perturbation: two passes with noise on all weights and biases, no clean pass.

    ``g = N dL dtheta / |dtheta|^2`` with ``dtheta = theta(1) - theta(2)`` and ``dL = <L(1)> -
    <L(2)>``, where N is the number of parameters. A pass perturbs the parameters once for the whole
    batch. As in activity-based node perturbation neither the noise nor its size needs to be known,
    only what changed between the passes: its mean cancels, and a junction need not be driven to the
    two signs of one perturbation, as two-sided forms ask.

    For small noise that is the same and independent from parameter to parameter, of any law, the
    estimate is unbiased at any depth: dtheta is symmetric, so ``<N dtheta_i dtheta_k / |dtheta|^2>``
    is 1 for i = k and 0 otherwise. It belongs to the mean of the noisy parameters, for Gaussian noise
    on a quadratic loss exactly and whatever its size: set the source's `offset` to its mean if the
    network shall do without the noise later. Its variance grows with N, and averaging over the batch
    does not lower it, unlike node perturbation's.

    References
    ----------
    M. Jabri, B. Flower, IEEE Trans. Neural Netw. 3, 154 (1992); G. Cauwenberghs, NIPS 5, 244
    (1993); with noise of hardware: B. G. Oripov et al., arXiv:2501.15403.

    Examples
    --------
    >>> from mtjphys.learning import CrossEntropy, TelegraphNoise
    >>> network = Network([4, 3, 2])
    >>> x, y = np.ones((8, 4), np.float32), np.zeros(8, int)
    >>> estimate = WeightPerturbation()(network, x, y, CrossEntropy(), TelegraphNoise(seed=1))
    >>> [w.shape for w in estimate.weights]
    [(3, 4), (2, 3)]
    """

    perturbs: ClassVar[Perturbed] = "parameters"
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
        noise = needed(noise, type(self).__name__)
        one, two = perturbed(network, noise), perturbed(network, noise)
        first = one.forward(inputs)
        first_loss = loss(first.outputs, targets)
        second_loss = loss(two.forward(inputs).outputs, targets)
        difference = float((first_loss - second_loss).mean(dtype=np.float64))
        changes = [p1 - p2 for p1, p2 in zip(one.parameters, two.parameters, strict=True)]
        square = sum(float(np.vdot(change, change)) for change in changes)
        # Two passes that coincide teach nothing.
        factor = network.n_parameters * difference / square if square > 0 else 0.0
        for change in changes:
            change *= np.asarray(factor, change.dtype)
        n_layers = len(network.weights)
        return GradientEstimate(changes[:n_layers], changes[n_layers:], first_loss, first)


@RULES.register("DWP")
@dataclass(frozen=True)
class DWeightPerturbation(WeightPerturbation):
    """`WeightPerturbation` of a network whose inputs are decorrelated beside it, by `Decorrelation`."""

    decorrelates: ClassVar[bool] = True
