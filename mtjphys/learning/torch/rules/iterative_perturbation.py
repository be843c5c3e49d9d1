"""Iterative node perturbation of modules: one call of a layer at a time."""

from __future__ import annotations

import math
from typing import Any

from mtjphys.learning.torch.installed import torch
from mtjphys.learning.torch.passes import Passes
from mtjphys.learning.torch.rules.estimate import (
    ESTIMATORS,
    Draw,
    Estimator,
    Losses,
    Signals,
    check_centred,
    divide,
    squares,
    times,
)


@ESTIMATORS.register("INP")
class IterativePerturbation(Estimator):
    """`mtjphys.learning.INP`: the signal is ``N_l dL_l da_l / |da_l|^2``, one pass for each call of a layer."""

    def __call__(self, passes: Passes, inputs: tuple[Any, ...], losses: Losses, draw: Draw) -> Signals:
        """Return the signals of a batch."""
        signals, start = [], 0
        with passes.alike() as again:
            clean = passes.run(inputs)
            loss = losses(clean.outputs)
            for k, units in enumerate(map(math.prod, passes.units(inputs))):
                drawn = draw(1)
                check_centred(drawn, type(self.rule).__name__)
                eps = torch.zeros_like(drawn)  # the drawn tensor may be the source's own
                eps[:, start : start + units] = drawn[:, start : start + units]
                start += units
                with again():
                    noisy = passes.run(inputs, eps)
                change = noisy.preactivations[k] - clean.preactivations[k]
                factor = divide(units * (losses(noisy.outputs) - loss), squares([change]))
                signals.append(times(factor, change))
        return Signals(clean._replace(preactivations=[]), signals, loss)
