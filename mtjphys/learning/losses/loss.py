"""Losses of one sample, and their gradients with respect to the output of the network."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import ParameterError
from mtjphys.learning.tables import Choices


class Loss(Protocol):
    """A loss for every sample of a batch; nothing is averaged here.

    Rules with several noisy passes may give those of all passes at once, with the targets repeated.
    """

    def __call__(self, outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[Any]:
        """Return the loss of each sample, (n_samples,)."""
        ...

    def gradient(self, outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[Any]:
        """Return dL/d(outputs) of each sample, (n_samples, n_outputs)."""
        ...


LOSSES: Choices[Any] = Choices("loss", "name", "mtjphys.learning.losses", bare=True)
"""Losses by the name that files give them."""


def are_classes(outputs: NDArray[Any], targets: NDArray[Any]) -> bool:
    """Return whether targets are class numbers, one a sample, or values of the outputs' shape."""
    if targets.shape == outputs.shape:
        return False
    if targets.shape != outputs.shape[:1] or not np.issubdtype(targets.dtype, np.integer):
        raise ParameterError(
            f"targets of type {targets.dtype} and shape {targets.shape} for outputs of shape {outputs.shape}: "
            "give class numbers, integers of shape (n_samples,), or values of the outputs' shape"
        )
    if outputs.shape[1] == 1:
        raise ParameterError(
            f"class numbers of shape {targets.shape} for one output: give values of shape {outputs.shape}, or one "
            "output for each class"
        )
    if targets.size and not (targets.min() >= 0 and targets.max() < outputs.shape[1]):
        raise ParameterError(
            f"class numbers {targets.min()} to {targets.max()} for {outputs.shape[1]} outputs: "
            f"they must lie in [0, {outputs.shape[1] - 1}]"
        )
    return True
