"""Guided node perturbation of modules: a learned feedback explains part of what the noise has done."""

from __future__ import annotations

from typing import Any

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.learning.torch.installed import torch
from mtjphys.learning.torch.passes import Passes, split
from mtjphys.learning.torch.rules.estimate import ESTIMATORS, Draw, Estimator, Losses, Signals, divide, squares, times
from mtjphys.learning.torch.slopes import Slopes


@ESTIMATORS.register("GuidedNP")
class GuidedPerturbation(Estimator):
    """`mtjphys.learning.GuidedNP`, with a feedback from the error at the outputs to every unit.

    The output layer is the one whose pre-activations the module returns as they are; where it returns anything else,
    all layers are hidden ones. The slope f' is that of the function of torch that is called on the pre-activations, if
    it works element by element (`mtjphys.learning.torch.slopes`), else 1; it only decides how good the guess is.
    """

    def __init__(self, rule: Any) -> None:
        super().__init__(rule)
        self._feedback: list[Any] = []

    def __call__(self, passes: Passes, inputs: tuple[Any, ...], losses: Losses, draw: Draw) -> Signals:
        """Return the signals of a batch, and improve the guess."""
        n, eps = len(inputs[0]), draw(2).contiguous()  # turned once for both splits
        with Slopes(n) as slopes:
            pair = passes.pair(inputs, eps, watch=slopes.watch)
        first = pair.first
        outputs = first.outputs
        with torch.enable_grad():
            asked = outputs.detach().requires_grad_()
            loss = losses(asked)
            (delta,) = torch.autograd.grad(loss.sum(), asked)
        loss = loss.detach()
        alone = split(eps[:n] - eps[n:], passes.units(inputs))
        hidden = [k for k in range(len(alone)) if k != first.output_call]
        error = delta.flatten(1)
        feedback = self._feedback_for([alone[k][0].numel() for k in hidden], error)
        signals = [delta] * len(alone)  # the output layer's is exact
        for k, b in zip(hidden, feedback, strict=True):
            signals[k] = slopes.times_slope(k, (error @ b.T).view_as(alone[k]))
        if hidden and self.rule.residual > 0.0:
            unexplained = loss - losses(pair.second_outputs)
            for signal, change in zip(signals, alone, strict=True):
                unexplained -= (signal * change).flatten(1).sum(1)
            n_hidden = sum(len(b) for b in feedback)
            factor = divide(self.rule.residual * n_hidden * unexplained, squares([alone[k] for k in hidden]))
            for k in hidden:
                signals[k] = signals[k] + times(factor, alone[k])
        if hidden and self.rule.guide_rate > 0.0:
            moved = outputs - pair.second_outputs
            if first.output_call is not None:
                moved = moved - alone[first.output_call]
            changes = [slopes.times_slope(k, alone[k]).flatten(1) for k in hidden]
            self._improve(changes, moved.flatten(1))
        return Signals(first, signals, loss)

    def _feedback_for(self, sizes: list[int], error: Any) -> list[Any]:
        if not self._feedback:
            self._feedback = [error.new_zeros(size, error.shape[1]) for size in sizes]
        if [b.shape for b in self._feedback] != [(size, error.shape[1]) for size in sizes]:
            raise ParameterError(
                f"this rule has learned to guide hidden layers of {[len(b) for b in self._feedback]} units, not of "
                f"{sizes}: inputs must have one shape, and another module needs a new NodePerturbation"
            )
        return self._feedback

    def _improve(self, changes: list[Any], moved: Any) -> None:
        """Move B towards what explains how the outputs have moved; `changes` is f' e of every hidden layer."""
        gram = torch.stack([change @ change.T for change in changes]).sum(0).double()
        damping = 0.01 * gram.diagonal().mean()
        if damping == 0.0:  # the noise has changed nothing: there is nothing to explain
            return
        gram.diagonal().add_(damping)
        for b, change in zip(self._feedback, changes, strict=True):
            moved = moved - change @ b
        steps = torch.linalg.solve(gram, self.rule.guide_rate * moved.double()).to(moved.dtype)
        for b, change in zip(self._feedback, changes, strict=True):
            b += change.T @ steps

    def state_dict(self) -> dict[str, Any]:
        """Return the feedback of every hidden layer; empty before the first batch."""
        return {f"feedback{k}": b.clone() for k, b in enumerate(self._feedback)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue where the rule that made `state` stopped."""
        names = [f"feedback{k}" for k in range(len(state))]
        if set(names) != set(state):
            raise DataError(f"a state with {sorted(state)} is not of GuidedNP, which has {names}")
        self._feedback = [state[name].clone() for name in names]
