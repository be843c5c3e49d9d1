"""Learning rules that perturb the parameters themselves: one stream of noise for every weight and bias."""

from __future__ import annotations

import math
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.parameters import check_range
from mtjphys.learning.losses import Loss
from mtjphys.learning.network import Network
from mtjphys.learning.noise import NoiseSource, perturbation
from mtjphys.learning.rules import Estimate, Perturbed


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
    return _with_parameters(network, _vector(network.parameters) + _reading(network, noise))


def _reading(network: Network, noise: NoiseSource) -> NDArray[Any]:
    return perturbation(noise, 1, network.n_parameters, network.dtype)[0]


def _vector(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate([array.reshape(-1) for array in arrays])


def _arrays(network: Network, vector: NDArray[Any]) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:
    """Return views of a vector as weights and biases."""
    parameters = network.parameters
    pieces = np.split(vector, np.cumsum([p.size for p in parameters])[:-1])
    views = [piece.reshape(p.shape) for piece, p in zip(pieces, parameters, strict=True)]
    return views[: len(network.weights)], views[len(network.weights) :]


def _with_parameters(network: Network, vector: NDArray[Any]) -> Network:
    moved = copy(network)
    moved.weights, moved.biases = _arrays(network, vector)
    return moved


def _needs_noise(noise: NoiseSource | None, rule: str) -> NoiseSource:
    if noise is None:
        raise ParameterError(f"{rule} learns from noise and got none: give a noise source")
    return noise


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

    def __call__(
        self,
        network: Network,
        inputs: NDArray[Any],
        targets: NDArray[Any],
        loss: Loss,
        noise: NoiseSource | None,
    ) -> Estimate:
        """Return the estimated gradients."""
        noise = _needs_noise(noise, "WeightPerturbation")
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
        return Estimate(changes[:n_layers], changes[n_layers:], first_loss, first)


@dataclass
class OrnsteinUhlenbeck:
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

    relaxation: float
    averaging: float
    perturbs: ClassVar[Perturbed] = "parameters"
    _theta: NDArray[Any] | None = field(default=None, init=False, repr=False, compare=False)
    _baseline: float = field(default=0.0, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_range("relaxation", self.relaxation, "(lambda dt)", 0.0, 1e3, open_low=True)
        check_range("averaging", self.averaging, "(e dt)", 0.0, 1e3, open_low=True)

    def __call__(
        self,
        network: Network,
        inputs: NDArray[Any],
        targets: NDArray[Any],
        loss: Loss,
        noise: NoiseSource | None,
    ) -> Estimate:
        """Return the estimated gradients, in units of the square of the noise."""
        noise = _needs_noise(noise, "OrnsteinUhlenbeck")
        means = _vector(network.parameters)
        starts = self._theta is None
        theta = means if self._theta is None else self._theta
        if theta.shape != means.shape or theta.dtype != means.dtype:
            raise ParameterError(
                f"a network of {means.size} parameters of type {means.dtype}, but this rule already follows "
                f"{theta.size} of type {theta.dtype}: make a new rule for another network"
            )
        theta = means + (theta - means) * means.dtype.type(math.exp(-self.relaxation))
        theta += _reading(network, noise)
        first = _with_parameters(network, theta).forward(inputs)
        losses = loss(first.outputs, targets)
        reward = -float(losses.mean(dtype=np.float64))
        baseline = reward if starts else self._baseline
        surprise = reward - baseline
        self._theta, self._baseline = theta, baseline - math.expm1(-self.averaging) * surprise
        return Estimate(*_arrays(network, means.dtype.type(-surprise) * (theta - means)), losses, first)

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
