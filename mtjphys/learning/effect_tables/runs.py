"""The finished trainings of a table, and the file from which it resumes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mtjphys.core.errors import DataError, SimulationError
from mtjphys.core.files import write_text
from mtjphys.learning.noise.effects import Effects
from mtjphys.learning.training import Training

SCORES = ("accuracy", "loss")


class Run(NamedTuple):
    """One finished training."""

    effects: dict[str, Any]  # what differs from the default
    seed: int
    accuracy: float  # on the validation data, noise on, after the last epoch; NaN without classes
    loss: float  # on the same
    failure: str  # why the training stopped; "" if it did not
    training: dict[str, Any]  # description of the training


def without_nan(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with None for NaN, which JSON does not have."""
    return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in values.items()}


class Runs:
    """The finished trainings, in memory and, given a path, in a file with one line each.

    The training that is going on has its checkpoint beside the file.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.checkpoint = None if path is None else path.with_name(f"{path.stem}.checkpoint.npz")
        self.done: list[Run] = []
        if path is None or not path.exists():
            return
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                values = json.loads(line)
                missing = {name: math.nan for name in SCORES if values[name] is None}
                self.done.append(Run(**(values | missing)))
            except (ValueError, TypeError, KeyError):
                raise DataError(f"{path}, line {number}: not a finished training: move the file away") from None

    def run(self, training: Training, effects: Effects, seed: int) -> Run:
        """Return the result of a training, from the file if it is there."""
        described = {name: str(value) for name, value in training.history.attrs.items() if name != "updates"}
        key = json.loads(json.dumps(effects.active()))
        for done in self.done:
            if done.effects == key and done.seed == seed:
                different = sorted(n for n in described if done.training.get(n) != described[n])
                if different:
                    raise DataError(
                        f"{self.path}: seed {seed} was trained with another {different[0]}: "
                        f"{done.training.get(different[0])} instead of {described[different[0]]}; use another folder"
                    )
                return done
        scores, failure = dict.fromkeys(SCORES, math.nan), ""
        try:
            # A training that diverges ends in its own error, which says more than numpy's warnings on the way.
            with np.errstate(over="ignore", invalid="ignore"):
                if self.checkpoint is not None and self.checkpoint.exists():
                    with suppress(DataError):  # of another training, which was left for good
                        training.load(self.checkpoint)
                history = training.run(progress=False, checkpoint=self.checkpoint)
            last = {name: float(history[f"validation_{name}"][-1]) for name in SCORES}
            if math.isfinite(last["loss"]):
                scores = last
            else:
                failure = f"the validation loss is {last['loss']} after the last epoch"
        except SimulationError as error:
            failure = str(error)
        run = Run(effects=key, seed=seed, failure=failure, training=described, **scores)
        self.done.append(run)
        if self.path is not None:
            write_text(self.path, "".join(json.dumps(without_nan(run._asdict())) + "\n" for run in self.done))
        if self.checkpoint is not None:
            self.checkpoint.unlink(missing_ok=True)
        return run
