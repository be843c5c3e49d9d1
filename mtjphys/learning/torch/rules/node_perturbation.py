"""Node perturbation of modules: a clean and a noisy pass, with noise of known variance."""

from __future__ import annotations

from typing import Any

from mtjphys.learning.torch.installed import torch
from mtjphys.learning.torch.passes import Passes, split
from mtjphys.learning.torch.rules.estimate import (
    ESTIMATORS,
    Draw,
    Estimator,
    Losses,
    Signals,
    check_centred,
    times,
)


@ESTIMATORS.register("NP")
class KnownPerturbation(Estimator):
    """`mtjphys.learning.NP`: the signal is ``sigma^-2 dL eps``."""

    def __call__(self, passes: Passes, inputs: tuple[Any, ...], losses: Losses, draw: Draw) -> Signals:
        """Return the signals of a batch."""
        eps = draw(1)
        check_centred(eps, type(self.rule).__name__)
        pair = passes.pair(inputs, torch.cat([torch.zeros_like(eps), eps]))
        loss = losses(pair.first.outputs)
        factor = (losses(pair.second_outputs) - loss) / self.rule.sigma**2
        signals = [times(factor, share) for share in split(eps, passes.units(inputs))]
        return Signals(pair.first, signals, loss)
