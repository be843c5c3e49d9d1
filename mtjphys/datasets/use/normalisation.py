"""Mean 0 and deviation 1: a scale for what goes into a network and what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError
from mtjphys.datasets.use.moments import Moments

Floats = NDArray[np.float64]


class Scale(NamedTuple):
    """Mean and standard deviation of each column."""

    mean: Floats
    deviation: Floats

    @classmethod
    def of(cls, moments: Moments, names: Sequence[str], split: str) -> Self:
        """Return the scale of some moments; raise where a column is the same everywhere."""
        deviation = np.sqrt(moments.variance)
        for name, value, mean in zip(names, deviation, moments.mean, strict=True):
            if not value > 1e-12 * abs(mean):
                raise DataError(
                    f"{name} is {mean:g} everywhere in the split {split}, which leaves nothing to normalise; leave it "
                    "out or give normalised=False"
                )
        return cls(moments.mean, deviation)


class Normalisation(NamedTuple):
    """Scales of inputs and labels; those of the training split, whatever they are applied to.

    Attributes
    ----------
    inputs : Scale
        Of each channel.
    labels : Scale
        Of each label.
    """

    inputs: Scale
    labels: Scale

    def normalised_inputs(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return inputs (..., channel, sample) with mean 0 and deviation 1."""
        return (values - self.inputs.mean[:, None]) / self.inputs.deviation[:, None]

    def normalised_labels(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return labels (..., label) with mean 0 and deviation 1."""
        return (values - self.labels.mean) / self.labels.deviation

    def labels_in_units(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return labels (..., label) in their own units, from normalised ones."""
        return values * self.labels.deviation + self.labels.mean
