"""The training loop: reproducible, stoppable, resumable to the same bits."""

from __future__ import annotations

import json
import math
import time
import zlib
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from mtjphys import __version__
from mtjphys.core.checks import as_count
from mtjphys.core.errors import DataError, ParameterError, SimulationError
from mtjphys.core.interrupt import deferred_interrupt
from mtjphys.core.streams import Use, as_seed, generator
from mtjphys.learning.archive import read_arrays, write_arrays
from mtjphys.learning.concurrency import WORTH_SHARING, concurrently, team
from mtjphys.learning.data import Data
from mtjphys.learning.decorrelation import Decorrelation
from mtjphys.learning.diagnostics import gradient_cosine
from mtjphys.learning.evaluation import Evaluation, OutputsNotFinite, evaluate, fraction_right
from mtjphys.learning.losses import CrossEntropy, Loss
from mtjphys.learning.network import Network
from mtjphys.learning.noise.source import NoiseSource
from mtjphys.learning.optimisers import Optimiser
from mtjphys.learning.rules import Rule
from mtjphys.learning.schedules import Schedule, schedule_of
from mtjphys.learning.training.checks import check_parts
from mtjphys.learning.training.curves import COLUMNS, Curves
from mtjphys.learning.training.early_stopping import EarlyStopping
from mtjphys.learning.training.words import duration, named

if TYPE_CHECKING:
    import xarray

Augment = Callable[[NDArray[Any], np.random.Generator], NDArray[Any]]

_LARGEST = 1e6  # of a parameter: beyond it one or two updates from overflow, or inputs and targets of no scale
_PARTS = ("network", "optimiser", "noise", "rule", "decorrelation", "curves", "stopping")  # what may have a state


class Training:
    """A network, a rule and data, from the first update to the last.

    Every epoch visits the training data once, in an order that depends only on `seed` and the epoch.
    After every epoch the network is evaluated on the validation data, noise on and off. The test data
    decide nothing; they are not even looked at unless `track_test` asks for their curve.

    "Noise on" is the noise that the network was trained with: a rule that perturbs the units is
    evaluated with perturbed units. A rule that perturbs parameters is evaluated at their mean, with
    noise on and off alike.

    Parameters
    ----------
    network : Network
        Updated in place.
    rule : Rule
        `DANP`, `ANP`, `BP`, `NP` ...; a D in its name says that it decorrelates.
    data : Data
        Training, validation and test samples.
    optimiser : Optimiser
        Moves weights and biases.
    epochs : int
        Epochs in all; the schedules end there.
    noise : NoiseSource, optional
        Source of the perturbation; every rule but back-propagation needs one.
    decorrelation : Decorrelation, optional
        How the matrices R of a decorrelated network are learned, for a rule with a D in its name, and for no other.
    loss : Loss
        Loss of one sample; cross-entropy if not given.
    batch_size : int
        Samples of one update.
    schedule : str or Schedule
        Factor on both learning rates against the fraction of the updates done: ``"constant"``,
        ``"cosine"`` and others, see `mtjphys.learning.schedules`, or a callable.
    decorrelation_schedule : str or Schedule, optional
        Factor on the learning rate of the decorrelation, if it is another one.
    patience : int, optional
        Early stopping: end after so many epochs without a lower validation loss. Then, as after the
        last epoch, the network of the epoch with the lowest validation loss is restored.
    evaluation_reads : int
        Noisy passes per sample that the evaluations with noise average over, see `evaluate`.
    diagnose_every : int
        Updates between measurements of the cosine between the rule's estimate and the true gradient
        (`gradient_cosine`); 0 for none. The measurement leaves the training's bits alone.
    track_test : bool
        Whether to record the test accuracy after every epoch, with noise of its own (the source is
        put back afterwards); nothing is chosen with it.
    augment : callable, optional
        ``augment(inputs, stream)`` returns the inputs of a batch changed at random, with numbers from
        a `numpy.random.Generator` that depends only on `seed` and the update.
    seed : int or None
        Seed of the order of the samples and of `augment`; None draws one. It is kept as the attribute `seed`, and in
        `history`.

    Attributes
    ----------
    updates : int
        Updates done so far.
    finished : bool
        Whether nothing is left to do.

    Raises
    ------
    ParameterError
        If the parts do not fit together.

    Examples
    --------
    >>> import mtjphys.learning as learning
    >>> training = learning.Training(
    ...     learning.Network([64, 30, 10], decorrelated=True, seed=1),
    ...     learning.DANP(),
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
        schedule: str | Schedule = "constant",
        decorrelation_schedule: str | Schedule | None = None,
        patience: int | None = None,
        evaluation_reads: int = 1,
        diagnose_every: int = 0,
        track_test: bool = False,
        augment: Augment | None = None,
        seed: int | None = 0,
    ) -> None:
        self.epochs, self.batch_size = as_count("epochs", epochs), as_count("batch_size", batch_size)
        self.evaluation_reads = as_count("evaluation_reads", evaluation_reads)
        self.diagnose_every = as_count("diagnose_every", diagnose_every, 0)
        self.patience = None if patience is None else as_count("patience", patience)
        self.seed = as_seed(seed)
        check_parts(network, rule, data, noise, decorrelation, patience=patience, track_test=track_test)
        self.network, self.rule, self.data = network, rule, data
        self.optimiser, self.noise = optimiser, noise
        self.decorrelation = decorrelation
        self.loss: Loss = CrossEntropy() if loss is None else loss
        self.schedule = schedule_of(schedule)
        self.decorrelation_schedule = (
            self.schedule
            if decorrelation_schedule is None
            else schedule_of(decorrelation_schedule, "decorrelation_schedule")
        )
        self.augment, self.track_test = augment, track_test
        self.updates = 0
        self.stopping = EarlyStopping(self.patience, self.epochs)
        columns = [*COLUMNS][:5]
        if diagnose_every:
            columns.append("gradient_cosine")
        if track_test:
            columns.append("test_accuracy")
        usage = getattr(noise, "usage", None)
        self._spent = np.zeros(3)  # by the junctions before the training began
        if usage is not None:
            columns += usage._fields
        self.curves = Curves(columns)

    @property
    def updates_per_epoch(self) -> int:
        """Updates of one epoch; the last one may see fewer samples."""
        return -(-len(self.data.train.inputs) // self.batch_size)

    @property
    def finished(self) -> bool:
        """Whether all epochs are done, or early stopping has ended the training."""
        return self.stopping.stopped or len(self.curves.rows) >= self.epochs

    @cached_property
    def _fingerprint(self) -> str:
        """Checksum of the data that decide the result, and of those that are recorded."""
        parts = [*self.data.train, *self.data.validation, *(self.data.test if self.track_test else ())]
        return "-".join(f"{zlib.crc32(np.ascontiguousarray(part).data):08x}" for part in parts)

    def _description(self) -> dict[str, str]:
        """Return what must be the same for a checkpoint to be continued."""
        parts = ["network", "rule", "optimiser", "decorrelation", "loss", "noise"]
        parts += ["schedule", "decorrelation_schedule", "augment"]
        described = {name: named(getattr(self, name)) for name in parts}
        numbers = ("epochs", "batch_size", "patience", "evaluation_reads", "diagnose_every", "track_test", "seed")
        described |= {name: str(getattr(self, name)) for name in numbers}
        return described | {"train_samples": str(len(self.data.train.inputs)), "data": self._fingerprint}

    def _factors(self) -> tuple[float, float]:
        """Return the factors of the schedules on the learning rates of parameters and decorrelation."""
        done = self.updates / (self.epochs * self.updates_per_epoch)
        factors = float(self.schedule(done)), float(self.decorrelation_schedule(done))
        if not all(0.0 <= factor < math.inf for factor in factors):
            raise ParameterError(
                f"the schedules give the factors {factors} after a fraction {done:.4g} of the updates: "
                "they must be finite and at least 0"
            )
        return factors

    def _batch(self, order: NDArray[np.intp]) -> tuple[NDArray[Any], NDArray[Any]]:
        epoch, batch = divmod(self.updates, self.updates_per_epoch)
        chosen = order[batch * self.batch_size : (batch + 1) * self.batch_size]
        inputs, targets = self.data.train.inputs[chosen], self.data.train.targets[chosen]
        if self.augment is not None:
            inputs = self.augment(inputs, generator(self.seed, epoch, Use.AUGMENTATION, batch))
        return inputs, targets

    def _update(self, order: NDArray[np.intp]) -> None:
        if self.updates == 0 and (usage := getattr(self.noise, "usage", None)) is not None:
            self._spent[:] = usage
        inputs, targets = self._batch(order)
        if self.diagnose_every and self.updates % self.diagnose_every == 0:
            cosine = gradient_cosine(self.network, self.rule, inputs, targets, self.loss, self.noise)
            self.curves.add_cosine(cosine.total)
        estimate = self.rule(self.network, inputs, targets, self.loss, self.noise)
        loss = float(estimate.loss.mean(dtype=np.float64))
        if not math.isfinite(loss):
            raise self._diverged(f"the loss is {loss}")
        factor, decorrelation_factor = self._factors()
        network = self.network
        tasks = [partial(self.optimiser.update, network.parameters, estimate.gradients, factor)]
        if self.decorrelation is not None:
            decorrelated = network.decorrelations, estimate.first.inputs, decorrelation_factor, network.centres
            tasks.insert(0, partial(self.decorrelation.update, *decorrelated))
        concurrently(tasks)
        self.curves.add(len(targets), loss, fraction_right(estimate.first.outputs, targets))
        self.updates += 1

    def _diverged(self, what: str) -> SimulationError:
        rates = f"learning_rate={self.optimiser.learning_rate:g}"
        if self.decorrelation is not None:
            rates += f" or the decorrelation's {self.decorrelation.learning_rate:g}"
        return SimulationError(f"{what} at update {self.updates}: lower {rates}")

    def _check_sound(self) -> None:
        """Raise if the training diverges; the last good checkpoint must not be lost to what is about to overflow."""
        arrays = [*self.network.parameters, *self.network.decorrelations, *self.network.centres]
        largest = float(np.max([np.abs(array).max() for array in arrays]))  # NaN if any is
        if not math.isfinite(largest):
            raise self._diverged("the parameters are not finite")
        if largest > _LARGEST:
            raise self._diverged(f"the parameters reach {largest:.3g}")

    def _close_epoch(self) -> None:
        self._check_sound()
        noise = None if self.rule.perturbs == "parameters" else self.noise
        noisy = quiet = Evaluation(math.nan, math.nan)
        try:
            if len(self.data.validation.inputs):
                noisy = quiet = evaluate(self.network, self.data.validation, self.loss)
                if noise is not None:
                    noisy = evaluate(self.network, self.data.validation, self.loss, noise, self.evaluation_reads)
                if not math.isfinite(noisy.loss):
                    raise self._diverged(f"the validation loss is {noisy.loss}")
            tested = self._test(noise).accuracy if self.track_test else math.nan
        except OutputsNotFinite:
            raise self._diverged("the outputs of the network are not finite") from None
        values = self.curves.means(len(self.data.train.inputs))
        values |= {"validation_loss": noisy.loss, "validation_accuracy": noisy.accuracy}
        values["validation_accuracy_quiet"] = quiet.accuracy
        values["test_accuracy"] = tested
        usage = getattr(self.noise, "usage", None)
        if usage is not None:
            values |= dict(zip(usage._fields, np.array(usage) - self._spent, strict=True))
        self.curves.close(values)
        self.stopping.consider(self.network, len(self.curves.rows), noisy.loss)

    def _test(self, noise: NoiseSource | None) -> Evaluation:
        """Evaluate on the test data and put the noise back: a look at them must not change the training."""
        if noise is None:
            return evaluate(self.network, self.data.test, self.loss)
        state = noise.state_dict()
        result = evaluate(self.network, self.data.test, self.loss, noise, self.evaluation_reads)
        noise.load_state_dict(state)
        return result

    def _progress(self) -> str:
        """Return loss and accuracy so far, for the progress bar."""
        seen = self.updates % self.updates_per_epoch * self.batch_size
        return self.curves.progress(min(seen, len(self.data.train.inputs)))

    def run(
        self,
        until: int | None = None,
        *,
        checkpoint: str | Path | None = None,
        checkpoint_every: float = 20.0,
        progress: bool = True,
        announce: Callable[[str], None] | None = None,
        threads: int | None = None,
    ) -> xarray.Dataset:
        """Train until `until` epochs are done, all of them by default.

        Ctrl-C finishes the update at hand, saves the checkpoint if there is one, and raises
        `KeyboardInterrupt`; `run` again, or `load` the checkpoint, continues with the same bits. A second
        Ctrl-C stops at once and may cut an update in two: then continue from the checkpoint.

        Parameters
        ----------
        until : int, optional
            Epoch to stop after, counted from the first.
        checkpoint : path, optional
            File to which the state is saved now and then, before an evaluation that takes long, at the end, and at
            Ctrl-C; one that exists is replaced: `load` it first to continue it.
        checkpoint_every : float
            Time between two checkpoints in s; it does not change the result. Whatever ends the process, no more is
            lost than this time and an update, or an evaluation.
        progress : bool
            Whether to show a progress bar with loss and accuracy.
        announce : callable, optional
            Called once, after the first 20 updates, with the time that the rest will take, in words
            (`print`, for instance).
        threads : int, optional
            Threads that share the work of an update, by default all cores, or one for a small network; the bits do not
            depend on them. Live junctions have threads of their own.

        Returns
        -------
        xarray.Dataset
            The learning curves, see `history`.

        Raises
        ------
        ParameterError
            If there is no folder for the checkpoint, or a schedule gives a factor that is not finite or below 0.
        SimulationError
            If the loss, a parameter or the validation loss is not finite.
        KeyboardInterrupt
            At Ctrl-C.
        """
        if checkpoint is not None and not Path(checkpoint).absolute().parent.is_dir():
            raise ParameterError(f"checkpoint={str(checkpoint)!r}: its folder does not exist; create it first")
        arrays = [*self.network.parameters, *self.network.decorrelations]
        if threads is None and self.batch_size * sum(array.size for array in arrays) < WORTH_SHARING:
            threads = 1
        last = self.epochs if until is None else min(until, self.epochs)
        per_epoch = self.updates_per_epoch
        end = last * per_epoch
        bar = tqdm(total=end, initial=self.updates, disable=not progress, unit="update", dynamic_ncols=True)
        # The first updates compile and start the junctions.
        begun, timed = 0.0, range(self.updates + 5, self.updates + 20)
        saved = started = time.monotonic()
        evaluation: float | None = None  # how long it takes; as long as an epoch until it is known
        # What overflows is found below, and said in one sentence.
        quiet = np.errstate(over="ignore", invalid="ignore")
        with deferred_interrupt() as asked, bar, quiet, team(threads):
            if len(self.curves.rows) < self.updates // per_epoch:  # killed in the evaluation
                self._close_epoch()
            while self.updates < end and not (self.stopping.stopped or asked.is_set()):
                epoch = self.updates // per_epoch
                order = generator(self.seed, epoch, Use.ORDER).permutation(len(self.data.train.inputs))
                while self.updates < (epoch + 1) * per_epoch and not asked.is_set():
                    self._update(order)
                    if self.updates == (epoch + 1) * per_epoch:
                        finished = time.monotonic()
                        expected = finished - started if evaluation is None else evaluation
                        if checkpoint is not None and finished - saved + expected >= checkpoint_every:
                            self._check_sound()
                            self.save(checkpoint)
                            saved = finished = time.monotonic()
                        self._close_epoch()
                        evaluation = time.monotonic() - finished
                    if progress:
                        bar.set_postfix_str(self._progress(), refresh=False)
                        bar.update()
                    if self.updates == timed.start:
                        begun = time.monotonic()
                    elif self.updates == timed.stop and announce is not None:
                        each = (time.monotonic() - begun) / len(timed)
                        announce(f"about {duration(each * (end - self.updates))} for {end - self.updates:,} updates")
                    if checkpoint is not None and time.monotonic() - saved >= checkpoint_every:
                        self._check_sound()
                        self.save(checkpoint)
                        saved = time.monotonic()
            if checkpoint is not None:
                self._check_sound()
                self.save(checkpoint)
            if asked.is_set():
                raise KeyboardInterrupt
        return self.history

    @property
    def history(self) -> xarray.Dataset:
        """Learning curves of the epochs done: losses and accuracies against ``epoch``.

        With noise of physical devices they hold ``readings``, ``device_time`` and ``energy`` since the
        first update too, the readings of the validation included. The attributes say what was trained, by what version.
        """
        attributes: dict[str, Any] = {"mtjphys_version": __version__, **self._description()}
        attributes |= {"updates": self.updates, "updates_per_epoch": self.updates_per_epoch}
        attributes["readings_per_inference"] = 0 if self.rule.perturbs == "parameters" else self.network.n_units
        if self.patience is not None:
            attributes |= {"best_epoch": self.stopping.best_epoch}
        return self.curves.dataset(attributes)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return everything that `load_state_dict` needs to continue with the same bits."""
        state: dict[str, NDArray[Any]] = {
            "description": np.array(json.dumps(self._description())),
            "updates": np.array(self.updates),
            "spent": self._spent.copy(),
        }
        for part in _PARTS:
            owner = getattr(self, part)
            if hasattr(owner, "state_dict"):
                state |= {f"{part}.{name}": array for name, array in owner.state_dict().items()}
        return state

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the training that made `state` stopped.

        Raises
        ------
        DataError
            If the state is of a training with other parameters, which are named.
        """
        needed = ("description", "updates", "spent", "curves.sums", "curves.rows", "stopping.best_epoch")
        missing = [name for name in needed if name not in state]
        if missing:
            raise DataError(f"this state lacks {missing}: load one that `Training.save` wrote")
        theirs = json.loads(str(state["description"]))
        for name, value in self._description().items():
            if theirs.get(name) != value:
                raise DataError(
                    f"the saved training has {name}={theirs.get(name)}, this one has "
                    f"{name}={value}: continue with the same parameters"
                )
        parts: dict[str, dict[str, NDArray[Any]]] = {part: {} for part in _PARTS}
        for name, array in state.items():
            part, dot, rest = name.partition(".")
            if dot:
                parts[part][rest] = array
        for part in _PARTS:
            owner = getattr(self, part)
            if hasattr(owner, "load_state_dict"):
                owner.load_state_dict(parts[part])
        self.updates, self._spent = int(state["updates"]), np.array(state["spent"])

    def save(self, path: str | Path) -> None:
        """Write the state to one npz file, whole or not at all."""
        write_arrays(path, self.state_dict())

    def load(self, path: str | Path) -> None:
        """Continue from a file that `save` wrote.

        Raises
        ------
        DataError
            If the file is missing, broken, or of another training.
        """
        self.load_state_dict(read_arrays(path, "checkpoint"))
