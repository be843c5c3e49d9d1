"""Node perturbation: a clean and a noisy pass, with noise of known variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.declared import Declared
from mtjphys.core.quantity import Quantity
from mtjphys.learning.losses import Loss
from mtjphys.learning.network import Network
from mtjphys.learning.noise.source import NoiseSource
from mtjphys.learning.rules.rule import RULES, GradientEstimate, Perturbed, draw_centred, outer


@RULES.register("NP")
@dataclass(frozen=True)
class NP(Declared):
    """Node perturbation: ``dW_l = sigma^-2 < dL eps_l xb_{l-1}^T >`` from a clean and a noisy pass.

    Unbiased for small zero-mean noise of known variance; set the source's `offset` to its mean.

    Parameters
    ----------
    sigma : float
        Standard deviation of the perturbation eps of a pre-activation (dimensionless).

    Raises
    ------
    ParameterError
        If sigma is not positive.

    Warns
    -----
    MtjphysWarning
        If the mean of the noise exceeds its standard deviation.
    """

    sigma: Annotated[float, Quantity("(pre-activation)", 0.0, 1e6, open_low=True)]
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
        eps = draw_centred(network, len(inputs), noise, type(self).__name__)
        noisy_loss = loss(network.forward(inputs, eps).outputs, targets)
        signal = ((noisy_loss - clean_loss) / self.sigma**2)[:, None] * eps
        ends = np.cumsum(network.sizes[1:])[:-1]
        return outer(np.split(signal, ends, axis=1), clean, clean_loss)


@RULES.register("DNP")
@dataclass(frozen=True)
class DNP(NP):
    """`NP` of a network whose inputs are decorrelated beside it, by `Decorrelation`."""

    decorrelates: ClassVar[bool] = True
