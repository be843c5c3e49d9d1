"""Ornstein-Uhlenbeck adaptation: parameters that wander about their means."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.declared import Declared
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.learning.losses import Loss
from mtjphys.learning.network import Network
from mtjphys.learning.noise.source import NoiseSource
from mtjphys.learning.rules.perturbed import as_arrays, as_vector, next_reading, with_parameters
from mtjphys.learning.rules.rule import RULES, GradientEstimate, Perturbed, needed


@RULES.register("OU")
@dataclass
class OrnsteinUhlenbeck(Declared):
    """Ornstein-Uhlenbeck adaptation: parameters that wander about their means, one pass an update.

    ``dtheta = lambda (mu - theta) dt + sigma dW``, ``dmu = eta (r - rbar)(theta - mu) dt``, ``drbar = e
    (r - rbar) dt`` with the reward r = -<L>, the mean loss of the batch at theta. The means mu are the
    parameters of the network; the rule keeps theta and rbar. An update takes time dt: theta relaxes
    to mu by the exact factor ``a = exp(-lambda dt)`` and receives one reading of the noise,

    ``theta <- mu + a (theta - mu) + gain (V - offset)``,

    the pass runs at theta, and the estimate ``-(r - rbar)(theta - mu)`` goes to the optimiser: `SGD`
    with learning rate eta dt is the rule above. Then ``rbar <- c rbar + (1 - c) r`` with ``c = exp(-e
    dt)``. At the first update theta starts from mu and rbar is r, so that the estimate is zero.

    White readings of variance s^2 stand for ``s^2 = sigma^2 (1 - a^2) / (2 lambda)``; theta - mu then has
    the variance s^2/(1 - a^2), and for small noise the mean of the estimate is the gradient times
    ``s^2 / ((1 + a)(1 - a c))``, which becomes ``sigma^2 / (2 (lambda + e))`` for a short dt. A junction
    that is read faster than it flips wanders by itself: then take a large `relaxation`, and theta -
    mu is its reading. Set the source's `offset` to its mean, or theta does not wander about mu.

    Parameters
    ----------
    relaxation : float
        lambda dt, the relaxation of theta towards mu in one update.
    averaging : float
        e dt, the relaxation of rbar towards r in one update.

    Raises
    ------
    ParameterError
        If a parameter is not finite or not positive.

    References
    ----------
    J. Garcia Fernandez, N. Ahmad, M. van Gerven, Entropy 26, 1125 (2024), arXiv:2410.13563.

    Examples
    --------
    >>> from mtjphys.learning import CrossEntropy, GaussianNoise
    >>> network, rule = Network([4, 3, 2]), OrnsteinUhlenbeck(relaxation=1.0, averaging=0.1)
    >>> x, y, noise = np.ones((8, 4), np.float32), np.zeros(8, int), GaussianNoise(0.01, seed=1)
    >>> first = rule(network, x, y, CrossEntropy(), noise)
    >>> second = rule(network, x, y, CrossEntropy(), noise)
    >>> bool(np.any(first.weights[0])), bool(np.any(second.weights[0]))
    (False, True)
    """

    relaxation: Annotated[float, Quantity("(lambda dt)", 0.0, 1e3, open_low=True)]
    averaging: Annotated[float, Quantity("(e dt)", 0.0, 1e3, open_low=True)]
    perturbs: ClassVar[Perturbed] = "parameters"
    decorrelates: ClassVar[bool] = False
    _theta: NDArray[Any] | None = field(default=None, init=False, repr=False, compare=False)
    _baseline: float = field(default=0.0, init=False, repr=False, compare=False)

    def __call__(
        self,
        network: Network,
        inputs: NDArray[Any],
        targets: NDArray[Any],
        loss: Loss,
        noise: NoiseSource | None,
    ) -> GradientEstimate:
        """Return the estimated gradients, in units of the square of the noise."""
        noise = needed(noise, type(self).__name__)
        means = as_vector(network.parameters)
        starts = self._theta is None
        theta = means if self._theta is None else self._theta
        if theta.shape != means.shape or theta.dtype != means.dtype:
            raise ParameterError(
                f"a network of {means.size} parameters of type {means.dtype}, but this rule already follows "
                f"{theta.size} of type {theta.dtype}: make a new rule for another network"
            )
        theta = means + (theta - means) * means.dtype.type(math.exp(-self.relaxation))
        theta += next_reading(network, noise)
        first = with_parameters(network, theta).forward(inputs)
        losses = loss(first.outputs, targets)
        reward = -float(losses.mean(dtype=np.float64))
        baseline = reward if starts else self._baseline
        surprise = reward - baseline
        self._theta, self._baseline = theta, baseline - math.expm1(-self.averaging) * surprise
        return GradientEstimate(*as_arrays(network, means.dtype.type(-surprise) * (theta - means)), losses, first)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return theta and rbar; empty before the first update."""
        if self._theta is None:
            return {}
        return {"theta": self._theta.copy(), "baseline": np.array(self._baseline)}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the rule that made `state` stopped.

        Raises
        ------
        DataError
            If the state is not one of this rule.
        """
        if state and set(state) != {"theta", "baseline"}:
            raise DataError(
                f"a state with arrays {sorted(state)} is not one of OrnsteinUhlenbeck, which has theta and baseline: "
                "load a state that this rule saved"
            )
        self._theta = np.array(state["theta"]) if state else None
        self._baseline = float(state["baseline"]) if state else 0.0


@RULES.register("DOU")
@dataclass
class DOrnsteinUhlenbeck(OrnsteinUhlenbeck):
    """`OrnsteinUhlenbeck` of a network whose inputs are decorrelated beside it, by `Decorrelation`."""

    decorrelates: ClassVar[bool] = True
