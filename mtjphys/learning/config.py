"""An experiment as one TOML file: data, network, rule, noise and training."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast

import numpy as np
from pydantic import Field, PrivateAttr

from mtjphys import surrogate
from mtjphys.bias import Bias
from mtjphys.core.errors import MtjphysError, ParameterError
from mtjphys.core.parameters import Parameters, known_instead, read_toml, to_toml
from mtjphys.junction import MTJ, presets
from mtjphys.learning import data as datasets
from mtjphys.learning import decorrelation, guided, noise, optimisers, parameter_rules, rules, schedules
from mtjphys.learning.activations import ACTIVATIONS
from mtjphys.learning.data.named import DATASETS
from mtjphys.learning.diagnostics import unchanged
from mtjphys.learning.losses import CrossEntropy, Loss, SquaredError
from mtjphys.learning.network import Network
from mtjphys.learning.noise import Effects, NoiseSource
from mtjphys.learning.training import Training

Table = dict[str, Any]

RULES: dict[str, Callable[..., Any]] = {
    "BP": rules.BP,
    "NP": rules.NP,
    "INP": rules.INP,
    "ANP": rules.ANP,
    "GNP": guided.GuidedNP,
    "WP": parameter_rules.WeightPerturbation,
    "OU": parameter_rules.OrnsteinUhlenbeck,
}
OPTIMISERS: dict[str, Callable[..., Any]] = {"adam": optimisers.Adam, "sgd": optimisers.SGD}
LOSSES: dict[str, type[Loss]] = {"cross_entropy": CrossEntropy, "squared_error": SquaredError}
SCHEDULES: dict[str, Callable[..., Any]] = {
    "constant": schedules.Constant,
    "cosine": schedules.Cosine,
    "exponential": schedules.Exponential,
    "steps": schedules.Steps,
    "warm_up": schedules.WarmUp,
}
AUGMENTATIONS: dict[str, Callable[..., Any]] = {
    "cifar": datasets.cifar_augmentation,
    "crop_and_flip": datasets.CropAndFlip,
}
_BIAS = ("voltage", "current", "field", "temperature", "series_resistance")
# What a value may be, by the annotation of its argument, and what an error calls it.
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "float": ((int, float), "a number"),
    "int": ((int,), "a whole number"),
    "bool": ((bool,), "true or false"),
    "str": ((str,), "text"),
    "tuple": ((list, tuple), "a list"),
}


def _check_kind(where: str, name: str, value: Any, annotation: str) -> None:
    """Raise if a value is of another kind than its argument; Python would take true for 1, and any text for true."""
    names = [part.partition("[")[0] for part in annotation.removesuffix(" | None").split(" | ")]
    if value is None or not all(name in _KINDS for name in names):  # an object, which checks itself
        return
    fits = "bool" in names if isinstance(value, bool) else any(isinstance(value, _KINDS[name][0]) for name in names)
    if not fits:
        raise ParameterError(f"[{where}] {name}={value!r} is not {' or '.join(_KINDS[name][1] for name in names)}")


def _make(where: str, maker: Callable[..., Any], arguments: Mapping[str, Any], **given: Any) -> Any:
    """Call a class with the keys of a table as its arguments; what does not fit is one sentence."""
    signature = inspect.signature(maker)
    legal = [name for name in signature.parameters if name not in given]
    if isinstance(maker, type) and issubclass(maker, Parameters):
        legal = [*maker.model_fields]
    for name in arguments:
        if name not in legal:
            raise ParameterError(f"[{where}] {name}: unknown parameter; {known_instead(name, legal)}")
    for name in legal:
        parameter = signature.parameters.get(name)
        if parameter is not None and parameter.default is inspect.Parameter.empty and name not in arguments:
            raise ParameterError(f"[{where}] {name}: missing, and {maker.__name__} has no default for it")
    for name, value in arguments.items():
        if name in signature.parameters:
            _check_kind(where, name, value, str(signature.parameters[name].annotation))
    try:
        return maker(**arguments, **given)
    except MtjphysError as error:
        raise type(error)(f"[{where}] {error}") from None
    except (TypeError, ValueError, IndexError) as error:
        plain = (bool, int, float, str, list)
        values = ", ".join(f"{name}={value!r}" for name, value in arguments.items() if isinstance(value, plain))
        raise ParameterError(f"[{where}] {values}: a value of the wrong kind ({error})") from None


def _choose(where: str, key: str, name: Any, choices: Mapping[str, Any]) -> Any:
    if not isinstance(name, str) or name not in choices:
        raise ParameterError(f"[{where}] {key}={name!r} is not known: choose from {', '.join(choices)}")
    return choices[name]


def _named(where: str, key: str, value: Any, choices: Mapping[str, Callable[..., Any]]) -> Any:
    """Return what a name stands for, or a table of a name and arguments."""
    table = dict(value) if isinstance(value, Mapping) else {"name": value}
    maker = _choose(where, key, table.pop("name", None), choices)
    return _make(f"{where}.{key}" if table else where, maker, table)


def _schedule(key: str, value: Any, where: str = "training") -> Any:
    """Return the schedule of a name or a table; in a table, `after` may be a name or a table again."""
    if isinstance(value, Mapping) and "after" in value:
        value = {**value, "after": _schedule("after", value["after"], f"{where}.{key}")}
    return _named(where, key, value, SCHEDULES)


def _part(where: str, table: Mapping[str, Any], choices: Mapping[str, Callable[..., Any]]) -> Any:
    """Return what a table with a name and arguments stands for."""
    rest = dict(table)
    return _make(where, _choose(where, "name", rest.pop("name", None), choices), rest)


def _files(where: str, table: Table, folder: Path, reader: Callable[[Path], Any], loader: Callable[[str], Any]) -> Any:
    """Take ``preset`` or ``file`` out of a table, and return what it names; a list for a list."""
    preset, file = table.pop("preset", None), table.pop("file", None)
    if (preset is None) == (file is None):
        raise ParameterError(f"[{where}] preset={preset!r} and file={file!r}: name one of them")
    names = preset if file is None else file
    for name in names if isinstance(names, list) else [names]:
        if not isinstance(name, str):
            raise ParameterError(f"[{where}] {name!r} is not a name: give text, or a list of texts")

    def one(name: str) -> Any:
        return loader(name) if file is None else reader(folder / name)

    return [one(name) for name in names] if isinstance(names, list) else one(names)


def _live(where: str, kind: str, table: Table, folder: Path) -> NoiseSource:
    """Return the noise of simulated junctions."""
    bias = _make(where, Bias, {name: table.pop(name) for name in _BIAS if name in table})
    if kind == "surrogate":

        def exact(name: str) -> surrogate.TwoState:
            return surrogate.from_fokker_planck(
                presets.load(name),
                voltages=[float(bias.voltage)],
                fields=[bias.field],
                temperatures=[float(bias.temperature)],
                series_resistance=bias.series_resistance,
            )

        junction = _files(where, table, folder, surrogate.TwoState.from_toml, exact)
    else:
        junction = _files(where, table, folder, MTJ.from_toml, presets.load)
    if kind == "series" and not isinstance(junction, list):
        raise ParameterError(f"[{where}] preset or file: a series is made of several junctions; give a list of names")
    if "spread" in table:
        if not isinstance(table["spread"], Mapping):
            raise ParameterError(f"[{where}] spread={table['spread']!r} is not a table; write it as [{where}.spread]")
        table["spread"] = _make(f"{where}.spread", noise.Spread, table["spread"])
    maker = noise.SeriesNoise if kind == "series" else noise.JunctionNoise
    return cast(NoiseSource, _make(where, maker, table, junction=junction, bias=bias))


NOISE: dict[str, Callable[..., NoiseSource] | None] = {
    "gaussian": noise.GaussianNoise,
    "bernoulli": noise.BernoulliNoise,
    "binomial": noise.BinomialNoise,
    "telegraph": noise.TelegraphNoise,
    "recorded": noise.RecordedNoise,
    "ring_buffer": noise.RingBufferNoise,
    "serial": noise.SerialNoise,
    "summing_node": noise.SummingNode,
    "junction": None,  # made by `_live`, as it needs a junction and a bias
    "surrogate": None,
    "series": None,
}


def make_noise(table: Mapping[str, Any], *, seed: int = 0, folder: Path = Path(), where: str = "noise") -> NoiseSource:
    """Return the noise source of a ``[noise]`` table.

    ``kind`` chooses the class; the other keys are its arguments. A live junction is named by
    ``preset`` or ``file`` (lists of them for a series) and biased by ``voltage``, ``current``,
    ``field``, ``temperature``, ``series_resistance``; its ``spread`` is a table. ``file`` names a recorded
    trace, or a list of them. What wraps a source has it as a table ``source``.

    Parameters
    ----------
    table : mapping
        As read from TOML.
    seed : int
        Seed, unless the table has its own.
    folder : Path
        What relative paths start from.
    where : str
        Name of the table, for errors.

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
    rest = dict(table)
    kind = rest.pop("kind", None)
    maker = _choose(where, "kind", kind, NOISE)
    if maker is None or "seed" in inspect.signature(maker).parameters:
        rest.setdefault("seed", seed)
    if "source" in rest:
        if not isinstance(rest["source"], Mapping):
            raise ParameterError(f"[{where}] source={rest['source']!r} is not a table; write it as [{where}.source]")
        rest["source"] = make_noise(rest["source"], seed=seed, folder=folder, where=f"{where}.source")
    if maker is None:
        return _live(where, str(kind), rest, folder)
    if kind == "recorded":
        files = rest.pop("file", None)
        if not files:
            raise ParameterError(f"[{where}] file: missing; name that of the trace, or a list of them")
        paths = [folder / str(name) for name in (files if isinstance(files, list) else [files])]
        return cast(NoiseSource, _make(where, maker, rest, record=paths))
    return cast(NoiseSource, _make(where, maker, rest))


def _moved(table: Mapping[str, Any], old: Path, new: Path) -> Table:
    """Return a table whose relative files, and those of the tables in it, are named from another folder."""

    def path(name: Any) -> Any:
        text = isinstance(name, str) and not Path(name).is_absolute()
        return os.path.relpath(old.resolve() / name, new.resolve()) if text else name

    def value(key: str, entry: Any) -> Any:
        if isinstance(entry, Mapping):
            return _moved(entry, old, new)
        if key != "file":
            return entry
        return [path(name) for name in entry] if isinstance(entry, list) else path(entry)

    return {key: value(key, entry) for key, entry in table.items()}


class NetworkTable(Parameters):
    """The ``[network]`` table; inputs and outputs follow from the data."""

    hidden: list[Annotated[int, Field(ge=1)]] = Field(default=[], description="units of each hidden layer")
    activation: str | Table = Field(default="leaky_relu", description="of the hidden layers")
    initialisation: Literal["fan_in", "xavier", "he"] = Field(default="fan_in", description="of the weights")
    dtype: Literal["float32", "float64"] = Field(default="float32", description="of all arrays")


class TrainingTable(Parameters):
    """The ``[training]`` table; see `Training`."""

    epochs: int = Field(ge=1, description="passes over the training data")
    batch_size: int = Field(default=64, ge=1, description="samples of one update")
    schedule: str | Table = Field(default="constant", description="of the learning rates; a name or a table")
    decorrelation_schedule: str | Table | None = Field(default=None, description="another one for R")
    loss: str | None = Field(default=None, description="by default cross_entropy for classes, else squared_error")
    patience: int | None = Field(default=None, ge=1, description="epochs without improvement before stopping")
    evaluation_reads: int = Field(default=1, ge=1, description="noisy passes averaged for the validation")
    diagnose_every: int = Field(default=0, ge=0, description="updates between measurements of the gradient's cosine")
    augment: str | Table | None = Field(default=None, description="random changes of the inputs")
    track_test: bool = Field(default=False, description="whether to record the test accuracy every epoch")
    test_reads: int = Field(default=10, ge=1, description="noisy passes averaged for the test at the end")


class EffectsRuns(Parameters):
    """The ``[effects_table]`` table: what ``mtjphys train --effects`` varies."""

    seeds: list[Annotated[int, Field(ge=0)]] = Field(default=[1, 2, 3, 4, 5], description="of the repetitions")
    cases: dict[str, Annotated[list[float], Field(min_length=1)]] | None = Field(
        default=None, min_length=1, description="magnitudes of each effect"
    )


# Under these names they are in the file; errors say so.
_TABLES: dict[type[Parameters], str] = {
    NetworkTable: "network",
    TrainingTable: "training",
    EffectsRuns: "effects_table",
    Effects: "effects",
}


class Experiment(Parameters):
    """Everything that a training depends on, as one TOML file says it.

    The tables ``[data]``, ``[rule]``, ``[optimiser]``, ``[decorrelation]``, ``[noise]`` and ``[effects]``
    hold ``name`` (``kind`` for noise), where there is a choice, and the arguments of what it names.
    Schedules and activations are a name, or a table of a name and arguments; the `after` of a warm-up is one too.

    Parameters
    ----------
    seed : int
        Seed of the network, the noise, and the order of the samples; data have their own.
    data : table
        ``name`` of a data set, or ``file`` (npz with the arrays inputs and targets); and the arguments
        of its loader.
    network : NetworkTable
        Hidden layers.
    rule : table
        ``BP``, ``NP``, ``INP``, ``ANP``, ``GNP``, ``WP`` or ``OU``.
    optimiser : table
        ``adam`` or ``sgd``, and its arguments.
    training : TrainingTable
        Epochs, batch, schedules ...
    decorrelation : table, optional
        ``learning_rate`` and ``whitening``; without it the network is not decorrelated.
    noise : table, optional
        See `make_noise`.
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

    seed: int = Field(default=0, ge=0)
    data: Table
    network: NetworkTable = NetworkTable()
    rule: Table
    optimiser: Table = Field(default={"name": "adam"})
    training: TrainingTable
    decorrelation: Table | None = None
    noise: Table | None = None
    effects: Effects | None = None
    effects_table: EffectsRuns = EffectsRuns()
    _folder: Path = PrivateAttr(default=Path())

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
        values = read_toml(path)
        if seed is not None:
            values["seed"] = seed
        if epochs is not None and isinstance(values.get("training"), dict):
            values["training"]["epochs"] = epochs
        try:
            experiment = cls(**values)
        except ParameterError as error:
            message = str(error).removeprefix(f"{cls.__name__}: ")
            for table, name in _TABLES.items():
                message = message.replace(f"{table.__name__}: ", f"[{name}] ")
            raise ParameterError(f"{path}: {message}") from None
        experiment._folder = Path(path).parent
        return experiment

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
        values = self.model_dump(exclude_unset=True)
        values["data"] = {name: value for name, value in values["data"].items() if name != "data_dir"}
        if folder is not None:
            values = _moved(values, self._folder, Path(folder))
        return to_toml(values)

    def read_data(self, data_dir: str | Path | None = None) -> datasets.Data:
        """Return the data.

        Parameters
        ----------
        data_dir : path, optional
            Folder in place of that of the file.

        Returns
        -------
        Data
            Training, validation and test samples.
        """
        table = dict(self.data)
        if data_dir is not None:
            table["data_dir"] = Path(data_dir)
        elif "data_dir" in table:
            table["data_dir"] = self._folder / str(table["data_dir"])
        name, file = table.pop("name", None), table.pop("file", None)
        if (name is None) == (file is None):
            raise ParameterError(f"[data] name={name!r} and file={file!r}: name a data set or a file, one of them")
        if file is not None:
            return cast(datasets.Data, _make("data", datasets.from_file, table, path=self._folder / str(file)))
        if "activation" in table:
            table["activation"] = _named("data", "activation", table["activation"], ACTIVATIONS)
        return cast(datasets.Data, _make("data", _choose("data", "name", name, DATASETS), table))

    def build(
        self, data: datasets.Data | None = None, *, effects: Effects | None = None, seed: int | None = None
    ) -> Training:
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
        effects = self.effects if effects is None else effects
        table, parts = self.training, (data.train, data.validation, data.test)
        classes = data.train.targets.ndim == 1
        outputs = 1 + max(int(p.targets.max(initial=0)) for p in parts) if classes else data.train.targets.shape[1]
        network = Network(
            [data.train.inputs.shape[1], *self.network.hidden, outputs],
            decorrelated=self.decorrelation is not None,
            activation=_named("network", "activation", self.network.activation, ACTIVATIONS),
            initialisation=self.network.initialisation,
            seed=seed,
            dtype=self.network.dtype,
        )
        source = None
        if self.noise is not None:
            source = make_noise(self.noise, seed=seed, folder=self._folder)
            if effects is not None:
                source = effects.applied_to(source, seed=seed)
        elif effects is not None:
            raise ParameterError("[effects] without [noise]: device effects need a noise source to act on")
        rule = _part("rule", self.rule, RULES)
        if source is None and rule.perturbs != "nothing":
            raise ParameterError(f"[noise]: missing, but [rule] name={self.rule['name']!r} learns from noise; add it")
        name = table.loss or ("cross_entropy" if classes else "squared_error")
        loss = _choose("training", "loss", name, LOSSES)()
        other = table.decorrelation_schedule
        augment = None if table.augment is None else _named("training", "augment", table.augment, AUGMENTATIONS)
        # One sample and one reading, so that what does not fit is found here and not in the first update.
        inputs, targets = (array[:1] for array in data.train)
        try:
            loss(np.zeros((len(inputs), outputs), network.dtype), targets)
        except ParameterError as error:
            raise ParameterError(f"[training] loss={name!r}: {error}") from None
        if augment is not None:
            try:
                augment(inputs, np.random.default_rng(0))
            except ParameterError as error:
                raise ParameterError(f"[training] augment={table.augment!r}: {error}") from None
        if source is not None and rule.perturbs != "parameters":  # whose streams take long to make
            try:
                with unchanged(source):
                    source.volts(1, network.n_units)
            except MtjphysError as error:
                raise type(error)(f"[noise] {error}") from None
        return Training(
            network,
            rule,
            data,
            _part("optimiser", self.optimiser, OPTIMISERS),
            epochs=table.epochs,
            noise=source,
            decorrelation=(
                None
                if self.decorrelation is None
                else _make("decorrelation", decorrelation.Decorrelation, self.decorrelation)
            ),
            loss=loss,
            batch_size=table.batch_size,
            schedule=_schedule("schedule", table.schedule),
            decorrelation_schedule=None if other is None else _schedule("decorrelation_schedule", other),
            patience=table.patience,
            evaluation_reads=table.evaluation_reads,
            diagnose_every=table.diagnose_every,
            track_test=table.track_test,
            augment=augment,
            seed=seed,
        )
