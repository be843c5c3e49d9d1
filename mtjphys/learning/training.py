"""The training loop: reproducible, stoppable, resumable to the same bits."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from mtjphys.errors import DataError, ParameterError, SimulationError
from mtjphys.interrupt import deferred_interrupt
from mtjphys.learning.data import Data, Samples
from mtjphys.learning.decorrelation import Decorrelation
from mtjphys.learning.losses import CrossEntropy, Loss
from mtjphys.learning.network import Network
from mtjphys.learning.noise import NoiseSource, perturbation
from mtjphys.learning.optimisers import Optimiser
from mtjphys.learning.rules import Rule

if TYPE_CHECKING:
    import xarray

COLUMNS = {
    "train_loss": "mean loss of the first pass over the epoch",
    "train_accuracy": "fraction right in the first pass over the epoch",
    "validation_loss": "mean loss on the validation data, noise on",
    "validation_accuracy": "fraction right on the validation data, noise on",
    "validation_accuracy_quiet": "fraction right on the validation data, noise off",
}


class Evaluation(NamedTuple):
    """Mean loss, and the fraction of samples put in their class (NaN without classes)."""

    loss: float
    accuracy: float


def _fraction_right(outputs: NDArray[Any], targets: NDArray[Any]) -> float:
    if targets.ndim != 1 or not np.issubdtype(targets.dtype, np.integer):
        return math.nan
    return float((outputs.argmax(axis=1) == targets).mean())


def evaluate(network: Network, samples: Samples, loss: Loss, noise: NoiseSource | None = None) -> Evaluation:
    """Run one pass over samples, with the noise on if a source is given.

    Parameters
    ----------
    network : Network
        What is evaluated; it does not change.
    samples : Samples
        Inputs and targets.
    loss : Loss
        Loss of one sample.
    noise : NoiseSource, optional
        Source of the perturbation; it advances by one reading per sample. None: noise off.

    Returns
    -------
    Evaluation
        Mean loss and accuracy.

    Examples
    --------
    >>> from mtjphys.learning import CrossEntropy, Network, Samples
    >>> samples = Samples(np.zeros((4, 2), np.float32), np.zeros(4, int))
    >>> round(evaluate(Network([2, 2]), samples, CrossEntropy()).loss, 4)
    0.6931
    """
    eps = None
    if noise is not None:
        eps = perturbation(noise, len(samples.inputs), network.n_units, network.dtype)
    outputs = network.forward(samples.inputs, eps).outputs
    value = float(loss(outputs, samples.targets).mean(dtype=np.float64))
    return Evaluation(value, _fraction_right(outputs, samples.targets))


class Training:
    """A network, a rule and data, from the first update to the last.

    Every epoch visits the training data once, in an order that depends only on `seed` and the
    epoch. The learning rates of weights and decorrelation follow the same schedule. After every
    epoch the network is evaluated on the validation data, noise on and off; test data are never
    touched (see `evaluate`).

    Parameters
    ----------
    network : Network
        Updated in place.
    rule : Rule
        `ANP`, `BP`, `NP` or `INP`.
    data : Data
        Training, validation and test samples.
    optimiser : Optimiser
        Moves weights and biases.
    epochs : int
        Epochs in all; the schedule ends there.
    noise : NoiseSource, optional
        Source of the perturbation; every rule but back-propagation needs one.
    decorrelation : Decorrelation, optional
        Learns the matrices R of a decorrelated network; with `ANP` this is DANP.
    loss : Loss
        Loss of one sample; cross-entropy if not given.
    batch_size : int
        Samples of one update.
    schedule : {"constant", "cosine"}
        Factor on both learning rates: 1, or ``(1 + cos(pi t))/2`` with t from 0 to 1 over all
        updates.
    seed : int
        Seed of the order of the samples.

    Attributes
    ----------
    updates : int
        Updates done so far.

    Raises
    ------
    ParameterError
        If the parts do not fit together.

    Examples
    --------
    >>> import mtjphys.learning as learning
    >>> training = learning.Training(
    ...     learning.Network([64, 30, 10], decorrelated=True, seed=1),
    ...     learning.ANP(),
    ...     learning.digits(),
    ...     learning.Adam(2e-3),
    ...     epochs=2,
    ...     noise=learning.TelegraphNoise(seed=1),
    ...     decorrelation=learning.Decorrelation(1e-3),
    ... )
    >>> history = training.run(progress=False)
    >>> history.sizes["epoch"]
    2
    """

    def __init__(
        self,
        network: Network,
        rule: Rule,
        data: Data,
        optimiser: Optimiser,
        *,
        epochs: int,
        noise: NoiseSource | None = None,
        decorrelation: Decorrelation | None = None,
        loss: Loss | None = None,
        batch_size: int = 64,
        schedule: Literal["constant", "cosine"] = "constant",
        seed: int = 0,
    ) -> None:
        if epochs < 1 or batch_size < 1:
            raise ParameterError(f"epochs={epochs} and batch_size={batch_size} must both be at least 1")
        if schedule not in ("constant", "cosine"):
            raise ParameterError(f'schedule={schedule!r} must be "constant" or "cosine"')
        if rule.perturbs != "nothing" and noise is None:
            raise ParameterError(f"{type(rule).__name__} learns from noise and got none: give a noise source")
        if (decorrelation is not None) != bool(network.decorrelations):
            raise ParameterError(
                f"decorrelation={decorrelation} with a network built with "
                f"decorrelated={bool(network.decorrelations)}: give both or neither"
            )
        if data.train.inputs.shape[1] != network.sizes[0]:
            raise ParameterError(
                f"{data.train.inputs.shape[1]} inputs per sample for a network of sizes "
                f"{network.sizes}: the first size must be the number of inputs"
            )
        self.network, self.rule, self.data = network, rule, data
        self.optimiser, self.epochs, self.noise = optimiser, epochs, noise
        self.decorrelation = decorrelation
        self.loss: Loss = CrossEntropy() if loss is None else loss
        self.batch_size, self.schedule, self.seed = batch_size, schedule, seed
        self.updates = 0
        self._sums = np.zeros(2)  # loss and right answers of the epoch so far
        self._rows: list[list[float]] = []

    @property
    def updates_per_epoch(self) -> int:
        """Updates of one epoch; the last one may see fewer samples."""
        return -(-len(self.data.train.inputs) // self.batch_size)

    def _description(self) -> dict[str, str]:
        """Return what must be the same for a checkpoint to be continued."""
        parts = ("network", "rule", "optimiser", "decorrelation", "loss", "noise")
        described = {name: repr(getattr(self, name)) for name in parts}
        numbers = ("epochs", "batch_size", "schedule", "seed")
        described |= {name: str(getattr(self, name)) for name in numbers}
        return described | {"train_samples": str(len(self.data.train.inputs))}

    def _scale(self) -> float:
        if self.schedule == "constant":
            return 1.0
        return 0.5 * (1 + math.cos(math.pi * self.updates / (self.epochs * self.updates_per_epoch)))

    def _update(self, order: NDArray[np.intp]) -> None:
        first = self.updates % self.updates_per_epoch * self.batch_size
        chosen = order[first : first + self.batch_size]
        inputs, targets = self.data.train.inputs[chosen], self.data.train.targets[chosen]
        estimate = self.rule(self.network, inputs, targets, self.loss, self.noise)
        loss = float(estimate.loss.mean(dtype=np.float64))
        if not math.isfinite(loss):
            raise SimulationError(
                f"the loss is {loss} at update {self.updates}: lower learning_rate="
                f"{self.optimiser.learning_rate:g} or the decorrelation's"
            )
        scale = self._scale()
        self.optimiser.update(self.network.parameters, estimate.gradients, scale)
        if self.decorrelation is not None:
            self.decorrelation.update(self.network.decorrelations, estimate.first.inputs, scale)
        self._sums += len(chosen) * np.array([loss, _fraction_right(estimate.first.outputs, targets)])
        self.updates += 1

    def _close_epoch(self) -> None:
        validation = Evaluation(math.nan, math.nan)
        quiet = validation
        if len(self.data.validation.inputs):
            validation = evaluate(self.network, self.data.validation, self.loss, self.noise)
            quiet = evaluate(self.network, self.data.validation, self.loss)
        means = self._sums / len(self.data.train.inputs)
        self._rows.append([*means.tolist(), *validation, quiet.accuracy])
        self._sums[:] = 0

    def run(
        self,
        until: int | None = None,
        *,
        checkpoint: str | Path | None = None,
        progress: bool = True,
    ) -> xarray.Dataset:
        """Train until `until` epochs are done, all of them by default.

        Ctrl-C finishes the update at hand, saves the checkpoint if there is one, and raises
        `KeyboardInterrupt`; `run` again, or `load` the checkpoint, continues with the same bits.

        Parameters
        ----------
        until : int, optional
            Epoch to stop after, counted from the first.
        checkpoint : path, optional
            File to which the state is saved after every epoch and at Ctrl-C.
        progress : bool
            Whether to show a progress bar with loss and accuracy.

        Returns
        -------
        xarray.Dataset
            The learning curves, see `history`.

        Raises
        ------
        SimulationError
            If the loss is not finite.
        KeyboardInterrupt
            At Ctrl-C.
        """
        last = self.epochs if until is None else min(until, self.epochs)
        per_epoch = self.updates_per_epoch
        bar = tqdm(total=last * per_epoch, initial=self.updates, disable=not progress, unit="update")
        with deferred_interrupt() as asked, bar:
            while self.updates < last * per_epoch:
                epoch = self.updates // per_epoch
                stream = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(epoch,)))
                order = stream.permutation(len(self.data.train.inputs))
                while self.updates < (epoch + 1) * per_epoch:
                    self._update(order)
                    bar.update()
                    if self.updates == (epoch + 1) * per_epoch:
                        self._close_epoch()
                        bar.set_postfix_str(f"loss {self._rows[-1][0]:.3f}, validation {self._rows[-1][3]:.1%}")
                        if checkpoint is not None:
                            self.save(checkpoint)
                    if asked.is_set():
                        if checkpoint is not None:
                            self.save(checkpoint)
                        raise KeyboardInterrupt
        return self.history

    @property
    def history(self) -> xarray.Dataset:
        """Learning curves of the epochs done: losses and accuracies against ``epoch``."""
        import xarray

        rows = np.array(self._rows).reshape(-1, len(COLUMNS))
        variables = {
            name: ("epoch", rows[:, k], {"units": "1", "long_name": meaning})
            for k, (name, meaning) in enumerate(COLUMNS.items())
        }
        return xarray.Dataset(
            variables,
            coords={"epoch": np.arange(1, len(rows) + 1)},
            attrs=self._description() | {"updates": self.updates},
        )

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return everything that `load_state_dict` needs to continue with the same bits."""
        state: dict[str, NDArray[Any]] = {
            "description": np.array(json.dumps(self._description())),
            "updates": np.array(self.updates),
            "sums": self._sums.copy(),
            "rows": np.array(self._rows).reshape(-1, len(COLUMNS)),
        }
        for part in ("network", "optimiser", "noise"):
            owner = getattr(self, part)
            if owner is not None:
                state |= {f"{part}.{name}": array for name, array in owner.state_dict().items()}
        return state

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the training that made `state` stopped.

        Raises
        ------
        DataError
            If the state is of a training with other parameters, which are named.
        """
        missing = [n for n in ("description", "updates", "sums", "rows") if n not in state]
        if missing:
            raise DataError(f"this state lacks {missing}: load one that `Training.save` wrote")
        theirs, own = json.loads(str(state["description"])), self._description()
        for name, value in own.items():
            if theirs.get(name) != value:
                raise DataError(
                    f"the saved training has {name}={theirs.get(name)}, this one has "
                    f"{name}={value}: continue with the same parameters"
                )
        for part in ("network", "optimiser", "noise"):
            owner = getattr(self, part)
            if owner is not None:
                prefix = f"{part}."
                owner.load_state_dict({n.removeprefix(prefix): a for n, a in state.items() if n.startswith(prefix)})
        self.updates = int(state["updates"])
        self._sums = np.array(state["sums"])
        self._rows = np.array(state["rows"]).tolist()

    def save(self, path: str | Path) -> None:
        """Write the state to one npz file, whole or not at all."""
        path = Path(path)
        partial = path.with_name(path.name + ".partial")
        with partial.open("wb") as file:
            np.savez(file, **self.state_dict())  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)

    def load(self, path: str | Path) -> None:
        """Continue from a file that `save` wrote.

        Raises
        ------
        DataError
            If the file is missing, broken, or of another training.
        """
        try:
            with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                state = dict(arrays)
        except FileNotFoundError:
            raise DataError(f"{path}: no such checkpoint") from None
        except (OSError, ValueError, EOFError, BadZipFile) as error:
            raise DataError(f"{path}: not a checkpoint, or a truncated one ({error}): start again") from None
        self.load_state_dict(state)
