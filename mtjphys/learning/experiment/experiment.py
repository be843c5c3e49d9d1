"""An experiment as one TOML file: data, network, rule, noise and training."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
from pydantic import BaseModel, Field, PrivateAttr, ValidationError, model_validator

from mtjphys.core.declared import Seed
from mtjphys.core.errors import MtjphysError, ParameterError
from mtjphys.core.parameters import read_toml, to_toml
from mtjphys.core.streams import as_seed
from mtjphys.learning.data import DATASETS, Data
from mtjphys.learning.decorrelation import Decorrelation
from mtjphys.learning.diagnostics import unchanged
from mtjphys.learning.experiment.explanation import explain
from mtjphys.learning.experiment.parts import EffectsRuns, NetworkTable, TrainingTable, known_loss
from mtjphys.learning.losses import LOSSES, Loss
from mtjphys.learning.network import Network
from mtjphys.learning.noise import NOISES, Effects, NoiseSource
from mtjphys.learning.optimisers import OPTIMISERS
from mtjphys.learning.rules import RULES, Rule
from mtjphys.learning.tables import Context, Keys, Only, Table, naming
from mtjphys.learning.training import Training


class Experiment(Keys):
    """Everything that a training depends on, as one TOML file says it.

    The tables ``[data]``, ``[rule]``, ``[optimiser]`` and ``[noise]`` hold ``name`` (``kind`` for noise), and the
    arguments of what it names: whatever is registered under `DATASETS`, `RULES`, `OPTIMISERS` and `NOISES`. Schedules,
    activations, losses and augmentations are a name, or a table of a name and arguments.

    Parameters
    ----------
    seed : int or None
        Seed of the network, the noise, and the order of the samples; data have their own. None draws one, which
        `tables`, `to_toml` and with it the results hold.
    data : table
        ``name`` of a data set, or ``file`` (npz with the arrays inputs and targets); and the arguments
        of its loader.
    network : NetworkTable
        Hidden layers.
    rule : table
        For example ``name = "ANP"``, or ``name = "DANP"`` for the same with decorrelated inputs; so with every rule.
    optimiser : table
        For example ``name = "adam"``, which is the default, and its arguments.
    training : TrainingTable
        Epochs, batch, schedules ...
    decorrelation : table, optional
        ``learning_rate`` and ``whitening``, for a rule with a D in its name, and for no other.
    noise : table, optional
        For example ``kind = "telegraph"``; see `make_noise`.
    effects : Effects, optional
        Device effects on the noise.
    effects_table : EffectsRuns
        For the table of device effects.

    Raises
    ------
    ParameterError
        If a key is unknown or missing, or a value wrong.

    Examples
    --------
    >>> experiment = Experiment(
    ...     data={"name": "digits"},
    ...     network={"hidden": [30]},
    ...     rule={"name": "ANP"},
    ...     optimiser={"name": "adam", "learning_rate": 0.01},
    ...     noise={"kind": "telegraph"},
    ...     training={"epochs": 1, "schedule": "cosine"},
    ... )
    >>> experiment.build().network.sizes
    (64, 30, 10)
    """

    seed: Seed = 0
    data: Annotated[Table, DATASETS]
    network: NetworkTable = Field(default_factory=NetworkTable)
    rule: Annotated[Table, RULES]
    optimiser: Annotated[Table, OPTIMISERS] = Field(default={"name": "adam"}, validate_default=True)
    training: TrainingTable
    decorrelation: Annotated[Table | None, Only(Decorrelation)] = None
    noise: Annotated[Table | None, NOISES] = None
    effects: Effects | None = None
    effects_table: EffectsRuns = Field(default_factory=EffectsRuns)
    _folder: Path = PrivateAttr(default=Path())

    @model_validator(mode="after")
    def _decorrelated_by_name(self) -> Self:
        name = getattr(self.rule, self.rule.tag)
        decorrelates = RULES[name].decorrelates
        if decorrelates and self.decorrelation is None:
            raise ValueError(
                f"[decorrelation]: missing, but [rule] name={name!r} decorrelates; add it with a learning_rate, or "
                f"take name={name.removeprefix('D')!r}"
            )
        if self.decorrelation is not None and not decorrelates:
            also = f", or take name={'D' + name!r}" if "D" + name in RULES else ""
            raise ValueError(f"[decorrelation]: [rule] name={name!r} does not decorrelate; leave the table out{also}")
        return self

    def __init__(self, **tables: Any) -> None:
        try:
            BaseModel.__init__(self, **tables)
        except ValidationError as error:
            raise ParameterError(explain(error, type(self), tables)) from None

    @classmethod
    def from_toml(cls, path: str | Path, *, seed: int | None = None, epochs: int | None = None) -> Self:
        """Read a TOML file; relative paths in it start from its folder.

        Parameters
        ----------
        path : path
            The file.
        seed, epochs : int, optional
            In place of those of the file.

        Returns
        -------
        Experiment
            Not built yet: the data are not read.

        Raises
        ------
        ParameterError
            If the file is missing or malformed, a key unknown or missing, or a value wrong.
        """
        tables = read_toml(path)
        if seed is not None:
            tables["seed"] = seed
        if epochs is not None and isinstance(tables.get("training"), dict):
            tables["training"]["epochs"] = epochs
        try:
            experiment = cls(**tables)
        except ParameterError as error:
            raise ParameterError(f"{path}: {error}") from None
        experiment._folder = Path(path).parent
        return experiment

    def with_parameters(self, changes: Mapping[str, Any]) -> Self:
        """Return the experiment with other values under some keys.

        Parameters
        ----------
        changes : mapping of str to object
            Values by dotted names such as ``"training.epochs"``, or whole tables such as ``"optimiser"``.

        Returns
        -------
        Experiment
            Checked as if it had been read like that.

        Examples
        --------
        >>> experiment = Experiment(data={"name": "digits"}, rule={"name": "BP"}, training={"epochs": 1})
        >>> experiment.with_parameters({"training.epochs": 3}).training.epochs
        3
        """
        tables = self.tables()
        for name, value in changes.items():
            *path, key = name.split(".")
            table = tables
            for depth, step in enumerate(path, start=1):
                table = table.setdefault(step, {})
                if not isinstance(table, dict):
                    raise ParameterError(f"{name}: {step}={table!r} is no table; give {'.'.join(path[:depth])}")
            table[key] = value
        changed = type(self)(**tables)
        changed._folder = self._folder
        return changed

    def tables(self) -> dict[str, Any]:
        """Return what was given, as a file has it."""
        return self.model_dump(exclude_unset=True)

    def to_toml(self, folder: str | Path | None = None) -> str:
        """Return the experiment as TOML, without the folder of the data, which is a matter of the machine.

        Parameters
        ----------
        folder : path, optional
            Where the text will stand: relative paths in it will start from there. Those of the file if not given.

        Returns
        -------
        str
            What `from_toml` reads.
        """
        tables = self.tables()
        tables["data"].pop("data_dir", None)
        return to_toml(tables if folder is None else _moved(tables, self._folder, Path(folder)))

    def read_data(self, data_dir: str | Path | None = None) -> Data:
        """Return the data.

        Parameters
        ----------
        data_dir : path, optional
            Folder in place of that of the file.

        Returns
        -------
        Data
            Training, validation and test samples.

        Raises
        ------
        ParameterError
            If the data set has no folder.
        DataError
            If the data are missing or broken.
        """
        arguments = self.data.arguments(Context("data", self._folder))
        if data_dir is not None:
            if "data_dir" not in type(self.data).model_fields:
                raise ParameterError(
                    f"data_dir={str(data_dir)!r} is of no use to the data {self._name}, which need none"
                )
            arguments["data_dir"] = Path(data_dir)
        with naming("data"):
            data: Data = type(self.data).makes(**arguments)
        return data

    @property
    def _name(self) -> str:
        return repr(getattr(self.data, self.data.tag))

    def build(self, data: Data | None = None, *, effects: Effects | None = None, seed: int | None = None) -> Training:
        """Return the training, before its first update.

        Parameters
        ----------
        data : Data, optional
            Those of the experiment if not given.
        effects : Effects, optional
            In place of the experiment's.
        seed : int, optional
            In place of the experiment's.

        Returns
        -------
        Training
            Not run yet.

        Raises
        ------
        ParameterError
            If the parts do not fit together.
        """
        data = self.read_data() if data is None else data
        seed = self.seed if seed is None else seed
        table, parts = self.training, (data.train, data.validation, data.test)
        classes = data.train.targets.ndim == 1
        outputs = 1 + max(int(p.targets.max(initial=0)) for p in parts) if classes else data.train.targets.shape[1]
        network = Network(
            [data.train.inputs.shape[1], *self.network.hidden, outputs],
            decorrelated=self.decorrelation is not None,
            activation=self.network.activation.build(Context("network.activation")),
            initialisation=self.network.initialisation,
            seed=seed,
            dtype=self.network.dtype,
        )
        rule: Rule = self.rule.build(Context("rule"))
        noise = self._noise(rule, self.effects if effects is None else effects, seed)
        context = Context("training")
        made: dict[str, Any] = {
            name: None if (part := getattr(table, name)) is None else part.build(context.inside(name))
            for name in ("schedule", "decorrelation_schedule", "augment")
        }
        name = known_loss(table.loss, classes)
        loss: Loss = LOSSES.make(name) if table.loss is None else table.loss.build(context.inside("loss"))
        self._check(data, network, rule, noise, name, loss, made["augment"])
        decorrelation = self.decorrelation
        return Training(
            network,
            rule,
            data,
            self.optimiser.build(Context("optimiser")),
            epochs=table.epochs,
            noise=noise,
            decorrelation=None if decorrelation is None else decorrelation.build(Context("decorrelation")),
            loss=loss,
            batch_size=table.batch_size,
            patience=table.patience,
            evaluation_reads=table.evaluation_reads,
            diagnose_every=table.diagnose_every,
            track_test=table.track_test,
            seed=seed,
            **made,
        )

    def _noise(self, rule: Rule, effects: Effects | None, seed: int) -> NoiseSource | None:
        """Return the noise with its effects, or raise if there is none where the rule needs some."""
        if self.noise is None:
            if effects is not None:
                raise ParameterError("[effects] without [noise]: device effects need a noise source to act on")
            if rule.perturbs != "nothing":
                name = getattr(self.rule, self.rule.tag)
                raise ParameterError(f"[noise]: missing, but [rule] name={name!r} learns from noise; add it")
            return None
        noise: NoiseSource = self.noise.build(Context("noise", self._folder, seed))
        return noise if effects is None else effects.applied_to(noise, seed=seed)

    def _check(
        self,
        data: Data,
        network: Network,
        rule: Rule,
        noise: NoiseSource | None,
        name: str,
        loss: Loss,
        augment: Any,
    ) -> None:
        """Take one sample and one reading, so that what does not fit is found here and not in the first update."""
        inputs, targets = (array[:1] for array in data.train)
        try:
            loss(np.zeros((len(inputs), network.sizes[-1]), network.dtype), targets)
        except ParameterError as error:
            raise ParameterError(f"[training] loss={name!r}: {error}") from None
        if augment is not None:
            try:
                augment(inputs, np.random.default_rng(0))
            except ParameterError as error:
                raise ParameterError(f"[training] augment={self.tables()['training']['augment']!r}: {error}") from None
        if noise is not None:
            try:
                with unchanged(noise):
                    noise.volts(1, network.n_parameters if rule.perturbs == "parameters" else network.n_units)
            except MtjphysError as error:
                raise type(error)(f"[noise] {error}") from None


def make_noise(table: Mapping[str, Any], *, seed: int | None = 0, folder: Path = Path()) -> NoiseSource:
    """Return the noise source of a ``[noise]`` table.

    ``kind`` chooses the class; the other keys are its arguments. A live junction is named by
    ``preset`` or ``file`` (lists of them for a series) and biased by ``voltage``, ``current``,
    ``field``, ``temperature``, ``series_resistance``; its ``spread`` is a table, or comes with the file of a
    `mtjphys.Variability`. ``file`` names a recorded trace, or a list of them. What reads another source has it as a
    table ``inner``.

    Parameters
    ----------
    table : mapping
        As read from TOML.
    seed : int or None
        Seed, unless the table has its own; None draws one. The source has it.
    folder : Path
        What relative paths start from.

    Returns
    -------
    NoiseSource
        Before its first reading.

    Raises
    ------
    ParameterError
        If a key is unknown or missing, or a value wrong.

    Examples
    --------
    >>> noise = make_noise({"kind": "gaussian", "sigma": 0.006}, seed=3)
    >>> noise.sigma, noise.seed
    (0.006, 3)
    """
    try:
        checked = _Noise.model_validate({"noise": table})
    except ValidationError as error:
        raise ParameterError(explain(error, _Noise, {"noise": table})) from None
    noise: NoiseSource = checked.noise.build(Context("noise", folder, as_seed(seed)))
    return noise


class _Noise(Keys):
    noise: Annotated[Table, NOISES]


def _moved(table: Mapping[str, Any], old: Path, new: Path) -> dict[str, Any]:
    """Return a table whose relative files, and those of the tables in it, are named from another folder."""

    def path(name: Any) -> Any:
        text = isinstance(name, str) and not Path(name).is_absolute()
        return os.path.relpath(old.resolve() / name, new.resolve()) if text else name

    def value(key: str, entry: Any) -> Any:
        if isinstance(entry, Mapping):
            return _moved(entry, old, new)
        if key != "file":
            return entry
        return [path(name) for name in entry] if isinstance(entry, (list, tuple)) else path(entry)

    return {key: value(key, entry) for key, entry in table.items()}
