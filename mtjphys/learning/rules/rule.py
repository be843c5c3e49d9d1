"""Learning rules: from a batch to the gradients, or estimates of them, of all weights and biases.

A D before the name of a rule (`DANP` for `ANP`) says that the inputs of every layer are decorrelated beside it; without
the D they are not.

Samples are rows, <.> is the mean over the batch. Koenders et al. sum over the batch instead: with
plain gradient descent their learning rates are ours divided by the batch size; Adam does not see
the factor.
"""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import MtjphysWarning, ParameterError
from mtjphys.learning.concurrency import concurrently
from mtjphys.learning.losses import Loss
from mtjphys.learning.network import Network, Pass
from mtjphys.learning.noise.source import NoiseSource, perturbation
from mtjphys.learning.products import product
from mtjphys.learning.tables import Choices

Perturbed = Literal["nothing", "units", "parameters"]


class GradientEstimate(NamedTuple):
    """What a rule found on one batch."""

    weights: list[NDArray[Any]]  # descent is along -weights
    biases: list[NDArray[Any]]
    loss: NDArray[Any]  # of each sample, in the first pass
    first: Pass  # the first pass; its inputs feed the decorrelation

    def __repr__(self) -> str:
        return f"<GradientEstimate: layers {[w.shape for w in self.weights]}, mean loss {float(self.loss.mean()):.4g}>"

    @property
    def gradients(self) -> list[NDArray[Any]]:
        """Gradients in the order of `Network.parameters`."""
        return [*self.weights, *self.biases]


class Rule(Protocol):
    """A learning rule.

    `perturbs` says what it learns from perturbing, with a noise source; `decorrelates`, whether a `Decorrelation`
    belongs to it.
    """

    perturbs: ClassVar[Perturbed]
    decorrelates: ClassVar[bool]

    def __call__(
        self,
        network: Network,
        inputs: NDArray[Any],
        targets: NDArray[Any],
        loss: Loss,
        noise: NoiseSource | None,
    ) -> GradientEstimate:
        """Return the gradients of the mean loss over the batch, or estimates of them."""
        ...


RULES: Choices[Any] = Choices("rule", "name", "mtjphys.learning.rules")
"""Rules by the name that files give them."""


def draw(network: Network, n_samples: int, noise: NoiseSource | None, rule: str) -> NDArray[Any]:
    """Return the perturbation of all units for some passes."""
    return perturbation(needed(noise, rule), n_samples, network.n_units, network.dtype)


def needed(noise: NoiseSource | None, rule: str) -> NoiseSource:
    """Return the noise of a rule that cannot do without, or raise."""
    if noise is None:
        raise ParameterError(f"{rule} learns from noise and got none: give a noise source")
    return noise


def draw_centred(network: Network, n_samples: int, noise: NoiseSource | None, rule: str) -> NDArray[Any]:
    """Draw for a rule that takes the noise for its own deviation from zero, and warn if it is not."""
    eps = draw(network, n_samples, noise, rule)
    warn_unless_centred(float(eps.mean()), float(eps.std()), eps.size, rule, stacklevel=4)
    return eps


def warn_unless_centred(mean: float, deviation: float, size: int, rule: str, stacklevel: int) -> None:
    """Warn of noise that a rule takes for its own deviation from zero, and is not."""
    if size >= 100 and abs(mean) > deviation > 0.0:
        warnings.warn(
            f"{rule} learns from noise with the mean {mean:.3g}, more than its standard deviation {deviation:.3g}: all "
            "units are pushed together, and the estimate is biased; set the source's offset to its mean, or use ANP",
            MtjphysWarning,
            stacklevel=stacklevel,
        )


def outer(
    signals: list[NDArray[Any]], first: Pass, loss: NDArray[Any], factor: NDArray[Any] | float = 1.0
) -> GradientEstimate:
    """Return ``< factor signal_l xb_{l-1}^T >`` and ``< factor signal_l >``, for every layer.

    `factor` is a number, or one for each sample in a column.
    """
    part = np.asarray(factor / max(1, len(loss)), first.outputs.dtype)

    def gradients(signal: NDArray[Any], x: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        share = np.asarray(signal * part, x.dtype)
        weights = np.empty((share.shape[1], x.shape[1]), share.dtype)
        product(share.T, x, weights)
        return weights, share.sum(axis=0)

    found = concurrently([partial(gradients, *layer) for layer in zip(signals, first.inputs, strict=True)])
    return GradientEstimate([weights for weights, _ in found], [biases for _, biases in found], loss, first)


def divide(numerator: NDArray[Any], squares: NDArray[Any]) -> NDArray[Any]:
    """Return the quotient as a column; a sample whose two passes coincide teaches nothing."""
    quotient = np.zeros_like(numerator)
    np.divide(numerator, squares, out=quotient, where=squares > 0)
    return quotient[:, None]
