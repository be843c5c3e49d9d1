"""Whether the parts of a training fit together."""

from __future__ import annotations

import numpy as np

from mtjphys.core.errors import ParameterError
from mtjphys.learning.data import Data
from mtjphys.learning.decorrelation import Decorrelation
from mtjphys.learning.network import Network
from mtjphys.learning.noise.source import NoiseSource
from mtjphys.learning.rules import Rule


def check_parts(
    network: Network,
    rule: Rule,
    data: Data,
    noise: NoiseSource | None,
    decorrelation: Decorrelation | None,
    *,
    patience: int | None,
    track_test: bool,
) -> None:
    """Raise if there is something that no update could be done with, or no evaluation."""
    if patience is not None and not len(data.validation.inputs):
        raise ParameterError(f"patience={patience} stops on the validation data and there are none: set some aside")
    if rule.perturbs != "nothing" and noise is None:
        raise ParameterError(f"{type(rule).__name__} learns from noise and got none: give a noise source")
    check_decorrelation(rule, decorrelation)
    name, decorrelated = type(rule).__name__, bool(network.decorrelations)
    if decorrelated != rule.decorrelates:
        raise ParameterError(
            f"{name} with a network built with decorrelated={decorrelated}: build it with "
            f"decorrelated={rule.decorrelates}"
        )
    for name, part in data._asdict().items():
        if len(part.inputs) != len(part.targets):
            raise ParameterError(
                f"{len(part.inputs)} {name} inputs and {len(part.targets)} targets: give one target for each sample"
            )
        if len(part.inputs) and part.inputs.shape[1:] != network.sizes[:1]:
            raise ParameterError(
                f"{name} inputs of shape {part.inputs.shape} for a network of sizes {network.sizes}: "
                "the first size must be the number of inputs per sample"
            )
    for name in ("train", "validation"):  # the test data are not looked at
        for what, array in getattr(data, name)._asdict().items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise ParameterError(f"{name} {what} hold NaN or infinite values: leave those samples out")
    if not len(data.train.inputs):
        raise ParameterError("there are no training samples: give some")
    if track_test and not len(data.test.inputs):
        raise ParameterError("track_test=True and there are no test samples: give some, or leave it out")


def check_decorrelation(rule: Rule, decorrelation: Decorrelation | None) -> None:
    """Raise unless a rule that decorrelates has a decorrelation, and no other."""
    name = type(rule).__name__
    if rule.decorrelates and decorrelation is None:
        raise ParameterError(
            f"decorrelation=None with {name}, which decorrelates: give a Decorrelation, or take the rule without the D"
        )
    if decorrelation is not None and not rule.decorrelates:
        raise ParameterError(
            f"decorrelation={decorrelation} with {name}, which does not decorrelate: leave it out, or take a rule that "
            "does, such as DANP"
        )
