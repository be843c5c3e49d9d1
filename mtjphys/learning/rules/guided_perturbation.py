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
    two passes how the hidden units move the outputs: every sample is an equation for each output,
    ``da_L - e_L = sum_l B_l^T x_l`` with ``x_l = f' e_l``, and the smallest change of B that solves those of
    the batch (damped by 1 %) is taken, times `guide_rate` (block Kaczmarz, affine projection)::

        q = da_L - e_L - sum_l B_l^T x_l,   K_ij = sum_l x_l,i . x_l,j,   C = (K + 0.01 <K_ii> 1)^-1 q
        B_l <- B_l + guide_rate sum_i x_l,i C_i^T

    which takes one system of as many equations as the batch has samples, with a right side for each
    output. Nothing is carried backwards through the weights. With residual = 1 a feedback that is wrong,
    as after a sudden change, makes the variance larger, not the mean wrong.

    Parameters
    ----------
    guide_rate : float
        0 (B stays where it is) to 1 (each batch is solved, but for the damping).
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
    perturbation and use them alone, as here with residual = 0; there from the change of the loss, one
    number for each sample. M. Akrout et al., arXiv:1904.05391, learn those between neighbouring
    layers from what noise in the one does to the other.

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
        signals = [(delta @ b.T) * slope for b, slope in zip(self._feedback, slopes, strict=True)]
        if self.residual > 0.0:
            unexplained = first_loss - loss(second.outputs, targets)
            for guess, change in zip([*signals, delta], alone, strict=True):
                unexplained -= np.einsum("ij,ij->i", guess, change)
            squares = sum((np.einsum("ij,ij->i", e, e) for e in alone[:-1]), np.zeros(n_samples, network.dtype))
            factor = divide(self.residual * sum(network.sizes[1:-1]) * unexplained, squares)
            signals = [guess + factor * change for guess, change in zip(signals, alone, strict=False)]
        if self.guide_rate > 0.0:
            changes = [e * slope for e, slope in zip(alone, slopes, strict=False)]
            self._improve(changes, first.outputs - second.outputs - alone[-1])
        return outer([*signals, delta], first, first_loss)

    def _improve(self, changes: list[NDArray[Any]], moved: NDArray[Any]) -> None:
        """Move B towards what explains how the outputs have moved; `changes` is f' e of every hidden layer."""
        gram = np.zeros((len(moved), len(moved)))
        for b, change in zip(self._feedback, changes, strict=True):
            moved = moved - change @ b
            gram += change @ change.T
        # A batch may say things twice.
        gram[np.diag_indices_from(gram)] += 0.01 * gram.trace() / len(gram)
        if gram[0, 0] == 0.0:  # the noise has changed nothing: there is nothing to explain
            return
        steps = np.linalg.solve(gram, self.guide_rate * moved).astype(moved.dtype)
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
