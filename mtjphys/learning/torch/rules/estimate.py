"""What a rule finds on a batch, before it becomes gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from mtjphys.core.registry import Registry
from mtjphys.learning.rules.rule import warn_unless_centred
from mtjphys.learning.torch.installed import torch
from mtjphys.learning.torch.passes import Pass, Passes

Losses = Callable[[Any], Any]
"""From the outputs of the module to the loss of each sample."""
Draw = Callable[[int], Any]
"""From a number of passes to the perturbations of all units, shape (passes n_samples, n_units)."""


class Signals(NamedTuple):
    """An estimate of dL/da for every sample and every call of a layer."""

    first: Pass
    signals: list[Any]
    loss: Any  # of each sample, in the first pass


class Estimator:
    """A rule for modules; `rule` is that of `mtjphys.learning.rules` whose parameters it takes."""

    def __init__(self, rule: Any) -> None:
        self.rule = rule

    def __call__(self, passes: Passes, inputs: tuple[Any, ...], losses: Losses, draw: Draw) -> Signals:
        """Return the signals of a batch."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """Return what the rule has learned."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue where the rule that made `state` stopped."""


ESTIMATORS: Registry[type[Estimator]] = Registry("rule", "mtjphys.learning.torch.rules")
"""Rules for modules, by the name that `mtjphys.learning.RULES` has for them without a D."""


def squares(changes: list[Any]) -> Any:
    """Return the sum of the squares over all units, for every sample."""
    return torch.stack([change.square().flatten(1).sum(1) for change in changes]).sum(0)


def times(factor: Any, change: Any) -> Any:
    """Return each sample's change times its factor."""
    return factor.view(-1, *[1] * (change.ndim - 1)) * change


def divide(numerator: Any, denominator: Any) -> Any:
    """Return the quotient; a sample whose two passes coincide teaches nothing."""
    nothing = denominator == 0
    return torch.where(nothing, 0.0, numerator / torch.where(nothing, 1.0, denominator))


def check_centred(eps: Any, rule: str) -> None:
    """Warn of noise that a rule takes for its own deviation from zero, and is not."""
    warn_unless_centred(float(eps.mean()), float(eps.std(correction=0)), eps.numel(), rule, stacklevel=5)
