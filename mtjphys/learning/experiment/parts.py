"""The tables of an experiment file that describe no single thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from mtjphys.core.declared import Count, Natural
from mtjphys.learning.activations import ACTIVATIONS
from mtjphys.learning.data.augmentation import AUGMENTATIONS
from mtjphys.learning.losses import LOSSES
from mtjphys.learning.network import INITIALISATIONS
from mtjphys.learning.schedules import SCHEDULES
from mtjphys.learning.tables import Keys, Table


def _initialisation(name: str) -> str:
    """Return the name of an initialisation, or raise."""
    INITIALISATIONS.find(name, "initialisation")
    return name


class NetworkTable(Keys):
    """The ``[network]`` table; inputs and outputs follow from the data."""

    hidden: list[Annotated[int, Field(ge=1)]] = Field(default=[], description="units of each hidden layer")
    activation: Annotated[Table, ACTIVATIONS] = Field(
        default="leaky_relu", validate_default=True, description="of the hidden layers"
    )
    initialisation: Annotated[str, AfterValidator(_initialisation)] = Field(
        default="fan_in", description="of weights and biases"
    )
    dtype: Literal["float32", "float64"] = Field(default="float32", description="of all arrays")


class TrainingTable(Keys):
    """The ``[training]`` table; see `Training`."""

    epochs: Count = Field(description="passes over the training data")
    batch_size: Count = Field(default=64, description="samples of one update")
    schedule: Annotated[Table, SCHEDULES] = Field(
        default="constant", validate_default=True, description="of the learning rates"
    )
    decorrelation_schedule: Annotated[Table | None, SCHEDULES] = Field(default=None, description="another one for R")
    loss: Annotated[Table | None, LOSSES] = Field(
        default=None, description="by default cross_entropy for classes, else squared_error"
    )
    patience: Count | None = Field(default=None, description="epochs without improvement before stopping")
    evaluation_reads: Count = Field(default=1, description="noisy passes averaged for the validation")
    diagnose_every: Natural = Field(default=0, description="updates between measurements of the gradient's cosine")
    augment: Annotated[Table | None, AUGMENTATIONS] = Field(default=None, description="random changes of the inputs")
    track_test: bool = Field(default=False, description="whether to record the test accuracy every epoch")
    test_reads: Count = Field(default=10, description="noisy passes averaged for the test at the end")


def _flat(cases: Any) -> Any:
    """Return the cases with dotted names for what stands in a table: ``spread.barrier``."""
    if not isinstance(cases, Mapping):
        return cases
    flat: dict[str, Any] = {}
    for name, values in cases.items():
        if isinstance(values, Mapping):
            flat |= {f"{name}.{key}": value for key, value in values.items()}
        else:
            flat[name] = values
    return flat


class EffectsRuns(Keys):
    """The ``[effects_table]`` table: what ``mtjphys train --effects`` varies."""

    seeds: list[Annotated[int, Field(ge=0)]] = Field(default=[1, 2, 3, 4, 5], description="of the repetitions")
    cases: Annotated[
        dict[str, Annotated[list[float], Field(min_length=1)]] | None, Field(min_length=1), BeforeValidator(_flat)
    ] = Field(default=None, description="magnitudes of each effect")


def known_loss(loss: Table | None, classes: bool) -> str:
    """Return the name of the loss of a training, by default that of its targets."""
    if loss is None:
        return "cross_entropy" if classes else "squared_error"
    name: str = getattr(loss, loss.tag)
    return name
