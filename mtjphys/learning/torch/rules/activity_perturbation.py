"""Activity-based node perturbation of modules: two noisy passes."""

from __future__ import annotations

from typing import Any

from mtjphys.learning.torch.passes import Passes
from mtjphys.learning.torch.rules.estimate import ESTIMATORS, Draw, Estimator, Losses, Signals, divide, squares, times


@ESTIMATORS.register("ANP")
class ActivityPerturbation(Estimator):
    """`mtjphys.learning.ANP`: the signal is ``N dL da / |da|^2``, with N units and the norm over all of them."""

    def __call__(self, passes: Passes, inputs: tuple[Any, ...], losses: Losses, draw: Draw) -> Signals:
        """Return the signals of a batch."""
        pair = passes.pair(inputs, draw(2))
        loss = losses(pair.first.outputs)
        difference = loss - losses(pair.second_outputs)
        factor = divide(passes.n_units(inputs) * difference, squares(pair.changes))
        return Signals(pair.first, [times(factor, change) for change in pair.changes], loss)
