"""Learning rules: from a batch to the gradients, or estimates of them, of all weights and biases.

Samples are rows, <.> is the mean over the batch. Koenders et al. sum over the batch instead: with
plain gradient descent their learning rates are ours divided by the batch size; Adam does not see
the factor.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import MtjphysWarning, ParameterError
from mtjphys.core.parameters import check_range
from mtjphys.kernels import learning as kernels
from mtjphys.learning.concurrency import concurrently, pieces
from mtjphys.learning.losses import Loss
from mtjphys.learning.network import Network, Pass
from mtjphys.learning.noise import NoiseSource, perturbation

Perturbed = Literal["nothing", "units", "parameters"]


class Estimate(NamedTuple):
    """What a rule found on one batch."""

    weights: list[NDArray[Any]]  # descent is along -weights
    biases: list[NDArray[Any]]
    loss: NDArray[Any]  # of each sample, in the first pass
    first: Pass  # the first pass; its inputs feed the decorrelation

    @property
    def gradients(self) -> list[NDArray[Any]]:
        """Gradients in the order of `Network.parameters`."""
        return [*self.weights, *self.biases]


class Rule(Protocol):
    """A learning rule; `perturbs` says what it learns from perturbing, with a noise source."""

    perturbs: ClassVar[Perturbed]

    def __call__(
        self,
        network: Network,
        inputs: NDArray[Any],
        targets: NDArray[Any],
        loss: Loss,
        noise: NoiseSource | None,
    ) -> Estimate:
        """Return the gradients of the mean loss over the batch, or estimates of them."""
        ...


def draw(network: Network, n_samples: int, noise: NoiseSource | None, rule: str) -> NDArray[Any]:
    """Return the perturbation of all units for some passes."""
    if noise is None:
        raise ParameterError(f"{rule} learns from noise and got none: give a noise source")
    return perturbation(noise, n_samples, network.n_units, network.dtype)


def _draw_centred(network: Network, n_samples: int, noise: NoiseSource | None, rule: str) -> NDArray[Any]:
    """Draw for a rule that takes the noise for its own deviation from zero, and warn if it is not."""
    eps = draw(network, n_samples, noise, rule)
    mean, deviation = float(eps.mean()), float(eps.std())
    if eps.size >= 100 and abs(mean) > deviation > 0.0:
        warnings.warn(
            f"{rule} learns from noise with the mean {mean:.3g}, more than its standard deviation {deviation:.3g}: all "
            "units are pushed together, and the estimate is biased; set the source's offset to its mean, or use ANP",
            MtjphysWarning,
            stacklevel=3,
        )
    return eps


def outer(signals: list[NDArray[Any]], first: Pass, loss: NDArray[Any]) -> Estimate:
    """Return ``< signal_l xb_{l-1}^T >`` and ``< signal_l >`` for every layer."""
    n_samples = np.asarray(len(loss), loss.dtype)

    def layer(signal: NDArray[Any], x: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        share = signal / n_samples
        return share.T @ x, share.sum(axis=0)

    found = concurrently([partial(layer, signal, x) for signal, x in zip(signals, first.inputs, strict=True)])
    return Estimate([weights for weights, _ in found], [biases for _, biases in found], loss, first)


def divide(numerator: NDArray[Any], squares: NDArray[Any]) -> NDArray[Any]:
    """Return the quotient as a column; a sample whose two passes coincide teaches nothing."""
    quotient = np.zeros_like(numerator)
    np.divide(numerator, squares, out=quotient, where=squares > 0)
    return quotient[:, None]


@dataclass(frozen=True)
class BP:
    """Back-propagation, the exact gradient of the mean loss; noise, if any, enters its one pass."""

    perturbs: ClassVar[Perturbed] = "nothing"

    def __call__(
        self,
        network: Network,
        inputs: NDArray[Any],
        targets: NDArray[Any],
        loss: Loss,
        noise: NoiseSource | None = None,
    ) -> Estimate:
        """Return the exact gradients."""
        eps = None if noise is None else draw(network, len(inputs), noise, "BP")
        first = network.forward(inputs, eps)
        signals = [np.empty_like(a) for a in first.preactivations[:-1]]
        signals.append(loss.gradient(first.outputs, targets))

        def run(rows: slice) -> None:
            for layer in range(len(network.weights) - 1, 0, -1):
                delta = signals[layer][rows] @ network.weights[layer]
                if network.decorrelations:
                    delta = delta @ network.decorrelations[layer]
                slope = network.activation.derivative(first.preactivations[layer - 1][rows])
                np.multiply(delta, slope, out=signals[layer - 1][rows])

        work = sum(matrix.size for matrix in (*network.weights[1:], *network.decorrelations[1:]))
        concurrently([partial(run, rows) for rows in pieces(len(inputs), work)])
        return outer(signals, first, loss(first.outputs, targets))


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

    def __call__(
        self,
        network: Network,
        inputs: NDArray[Any],
        targets: NDArray[Any],
        loss: Loss,
        noise: NoiseSource | None,
    ) -> Estimate:
        """Return the estimated gradients."""
        # One draw for both passes: its second half continues where the first one ends.
        eps = draw(network, 2 * len(inputs), noise, "ANP")
        first, second = network.forward_pair(inputs, eps)
        first_loss = loss(first.outputs, targets)
        difference = first_loss - loss(second.outputs, targets)
        changes, squares = [], np.zeros_like(difference)
        for a1, a2 in zip(first.preactivations, second.preactivations, strict=True):
            change, own = np.empty_like(a1.T), np.empty_like(difference)
            kernels.difference(a1.T, a2.T, change, own)
            changes.append(change.T)
            squares += own
        factor = divide(network.n_units * difference, squares)
        return outer([factor * change for change in changes], first, first_loss)


@dataclass(frozen=True)
class NP:
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

    sigma: float
    perturbs: ClassVar[Perturbed] = "units"

    def __post_init__(self) -> None:
        check_range("sigma", self.sigma, "(pre-activation)", 0.0, 1e6, open_low=True)

    def __call__(
        self,
        network: Network,
        inputs: NDArray[Any],
        targets: NDArray[Any],
        loss: Loss,
        noise: NoiseSource | None,
    ) -> Estimate:
        """Return the estimated gradients."""
        clean = network.forward(inputs)
        clean_loss = loss(clean.outputs, targets)
        eps = _draw_centred(network, len(inputs), noise, "NP")
        noisy_loss = loss(network.forward(inputs, eps).outputs, targets)
        signal = ((noisy_loss - clean_loss) / self.sigma**2)[:, None] * eps
        ends = np.cumsum(network.sizes[1:])[:-1]
        return outer(np.split(signal, ends, axis=1), clean, clean_loss)


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

    def __call__(
        self,
        network: Network,
        inputs: NDArray[Any],
        targets: NDArray[Any],
        loss: Loss,
        noise: NoiseSource | None,
    ) -> Estimate:
        """Return the estimated gradients."""
        clean = network.forward(inputs)
        clean_loss = loss(clean.outputs, targets)
        signals = []
        start = 0
        for layer, n_units in enumerate(network.sizes[1:]):
            drawn = _draw_centred(network, len(inputs), noise, "INP")
            eps = np.zeros_like(drawn)  # the drawn array may be the source's own
            eps[:, start : start + n_units] = drawn[:, start : start + n_units]
            start += n_units
            noisy = network.forward(inputs, eps)
            change = noisy.preactivations[layer] - clean.preactivations[layer]
            difference = loss(noisy.outputs, targets) - clean_loss
            signals.append(divide(n_units * difference, np.square(change).sum(axis=1)) * change)
        return outer(signals, clean, clean_loss)
