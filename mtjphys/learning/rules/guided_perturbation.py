"""Node perturbation guided by a learned feedback: the same noise, less variance once the feedback is learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.declared import Declared
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.learning.concurrency import team
from mtjphys.learning.losses import Loss
from mtjphys.learning.network import Network
from mtjphys.learning.noise.source import NoiseSource
from mtjphys.learning.rules.rule import RULES, GradientEstimate, Perturbed, divide, draw, outer


@RULES.register("GuidedNP")
@dataclass
class GuidedNP(Declared):
    """Node perturbation with a learned guess of the gradient as control variate.

    Two noisy passes, as in `ANP`. Layer l measures what its own noise changed, ``e_l = da_l - W_l
    (xb_{l-1}(1) - xb_{l-1}(2))``, and guesses its gradient from the error at the output, ``h_l = f'(a_l)
    (B_l delta)`` with ``delta = dL/da_L``. Only what the guess leaves unexplained is estimated from
    noise::

        r = L(1) - L(2) - sum_l h_l e_l
        dW_l = < (h_l + residual N r e_l / |e|^2) xb_{l-1}^T >    hidden layers, N their units
        dW_L = < delta xb_{L-1}^T >                               the output layer

    The guess cancels in the mean: for small isotropic noise the mean of ``N r e_l / |e|^2`` is ``g_l -
    h_l`` with the true gradient g_l, whatever B is. What B decides is the variance, in proportion to
    ``<r^2>``. B starts at zero (then only the output's share is explained) and learns from the same
    two passes: every sample is one equation ``r = sum_l e_l f' (dB_l delta)`` for its error dB, and
    the smallest change of B that solves those of the batch (damped by 1 %) is taken, times `guide_rate`
    (block Kaczmarz, affine projection)::

        x_l = f' e_l,   K_ij = (x_i x_j)(delta_i delta_j),   c = (K + 0.01 <K_ii>)^-1 r
        B_l <- B_l + guide_rate sum_i c_i x_l,i delta_i^T

    which takes a system of as many equations as the batch has samples. Nothing is carried backwards
    through the weights. A feedback that is wrong, as after a sudden change, makes the variance larger,
    not the mean wrong.

    Parameters
    ----------
    guide_rate : float
        0 (B stays where it is) to 1 (each batch is solved wholly).
    residual : float
        Factor on the second term, 0 to 1. At 1 the estimate is unbiased. Below, its bias is (1 - residual)
        of what the guess misses, and its noise falls with it: better where noise dominates.

    Raises
    ------
    ParameterError
        If a parameter is outside its range.

    References
    ----------
    B. J. Lansdell, P. R. Prakash, K. P. Kording, arXiv:1906.00889, learn feedback weights by node
    perturbation and use them alone, as here with residual = 0.

    Examples
    --------
    >>> from mtjphys.learning import CrossEntropy, TelegraphNoise
    >>> network, rule = Network([4, 3, 2]), GuidedNP()
    >>> x, y = np.ones((8, 4), np.float32), np.zeros(8, int)
    >>> estimate = rule(network, x, y, CrossEntropy(), TelegraphNoise(seed=1))
    >>> [w.shape for w in estimate.weights]
    [(3, 4), (2, 3)]
    """

    perturbs: ClassVar[Perturbed] = "units"
    decorrelates: ClassVar[bool] = False

    guide_rate: Annotated[float, Quantity("(dimensionless)", 0.0, 1.0)] = 0.5
    residual: Annotated[float, Quantity("(dimensionless)", 0.0, 1.0)] = 1.0
    _feedback: list[NDArray[Any]] = field(default_factory=list, init=False, repr=False, compare=False)

    @team(1)
    def __call__(
        self,
        network: Network,
        inputs: NDArray[Any],
        targets: NDArray[Any],
        loss: Loss,
        noise: NoiseSource | None,
    ) -> GradientEstimate:
        """Return the estimated gradients, and improve the guess."""
        n_samples, n_outputs = len(inputs), network.sizes[-1]
        shapes = [(n_units, n_outputs) for n_units in network.sizes[1:-1]]
        if not self._feedback:
            self._feedback = [np.zeros(shape, network.dtype) for shape in shapes]
        if [b.shape for b in self._feedback] != shapes:
            raise ParameterError(
                f"this rule has learned to guide a network with hidden layers of {[len(b) for b in self._feedback]} "
                f"units, not of {list(network.sizes[1:-1])}: make a new rule for another network"
            )
        eps = draw(network, 2 * n_samples, noise, type(self).__name__)
        first, second = network.forward_pair(inputs, eps)
        first_loss = loss(first.outputs, targets)
        delta = loss.gradient(first.outputs, targets)
        # The change by a layer's own noise, da - W dxb, is the difference of its noise.
        alone = np.split(eps[:n_samples] - eps[n_samples:], np.cumsum(network.sizes[1:])[:-1], axis=1)
        slopes = [network.activation.derivative(a) for a in first.preactivations[:-1]]
        guesses = [(delta @ b.T) * slope for b, slope in zip(self._feedback, slopes, strict=True)]
        unexplained = first_loss - loss(second.outputs, targets)
        for guess, change in zip([*guesses, delta], alone, strict=True):
            unexplained -= np.einsum("ij,ij->i", guess, change)
        squares = sum((np.einsum("ij,ij->i", e, e) for e in alone[:-1]), np.zeros(n_samples, network.dtype))
        factor = divide(self.residual * sum(network.sizes[1:-1]) * unexplained, squares)
        signals = [guess + factor * change for guess, change in zip(guesses, alone, strict=False)]
        if self.guide_rate > 0.0:
            self._improve([e * slope for e, slope in zip(alone, slopes, strict=False)], unexplained, delta)
        return outer([*signals, delta], first, first_loss)

    def _improve(self, changes: list[NDArray[Any]], unexplained: NDArray[Any], delta: NDArray[Any]) -> None:
        """Move B towards what explains the losses; `changes` is f' e of every hidden layer."""
        products = delta @ delta.T
        gram = (sum((c @ c.T for c in changes), np.zeros_like(products)) * products).astype(np.float64)
        # Samples that are learned have an error near zero, and little to say; a batch may say things twice.
        gram[np.diag_indices_from(gram)] += 0.01 * gram.trace() / len(gram)
        if gram[0, 0] == 0.0:  # every error is zero: there is nothing to explain
            return
        steps = np.linalg.solve(gram, self.guide_rate * unexplained)[:, None].astype(delta.dtype) * delta
        for b, change in zip(self._feedback, changes, strict=True):
            b += change.T @ steps

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the feedback of every hidden layer; empty before the first batch."""
        return {f"feedback{k}": b.copy() for k, b in enumerate(self._feedback)}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the rule that made `state` stopped."""
        names = [f"feedback{k}" for k in range(len(state))]
        if set(names) != set(state):
            raise DataError(f"a state with arrays {sorted(state)} is not of GuidedNP, which has {names}")
        self._feedback = [np.array(state[name]) for name in names]


@RULES.register("DGuidedNP")
@dataclass
class DGuidedNP(GuidedNP):
    """`GuidedNP` of a network whose inputs are decorrelated beside it, by `Decorrelation`."""

    decorrelates: ClassVar[bool] = True
