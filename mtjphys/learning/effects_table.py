"""Accuracy against device effects, one at a time: a table, its figure, and the file from which it resumes."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from tqdm import tqdm

from mtjphys.core.errors import DataError, ParameterError, SimulationError
from mtjphys.junction import MTJ
from mtjphys.learning.figures import COLOURS
from mtjphys.learning.noise.effects import SETTINGS, Degraded, Effects
from mtjphys.learning.noise.ideal import TelegraphNoise
from mtjphys.learning.noise.junctions import JunctionNoise
from mtjphys.learning.training import Training

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PROBE_READINGS = 256
"""Readings of every unit from which the standard magnitudes are scaled."""

SCORES = ("accuracy", "loss")

VARIED = tuple(n for n in Effects.model_fields if n not in SETTINGS)
"""The effects that a table can vary."""


class Run(NamedTuple):
    """One finished training."""

    effects: dict[str, Any]  # what differs from the default
    seed: int
    accuracy: float  # on the validation data, noise on, after the last epoch; NaN without classes
    loss: float  # on the same
    failure: str  # why the training stopped; "" if it did not
    training: dict[str, Any]  # description of the training


class Row(NamedTuple):
    """One effect of one magnitude, over the seeds whose training did not fail."""

    effect: str  # field of `Effects`; "" without effect
    magnitude: float
    accuracy: float  # mean
    accuracy_deviation: float  # standard deviation between seeds; NaN, as all errors, of fewer than two
    change: float  # mean difference to the run without effect of the same seed
    change_error: float  # its standard error
    loss: float
    loss_deviation: float
    runs: int
    failures: list[str]


@dataclass(frozen=True)
class EffectsTable:
    """Accuracy and loss against every effect, on the validation data.

    Attributes
    ----------
    rows : list of Row
        Without effect first, then effect after effect.
    seeds : list of int
        Seeds of the trainings of every row.
    base : Effects
        What all of them have in common.
    """

    rows: list[Row]
    seeds: list[int]
    base: Effects

    def __str__(self) -> str:
        """Return the table as text: accuracies in per cent, mean and (of several seeds) standard deviation."""
        lines = [f"{'effect':<20}{'magnitude':>30}  {'accuracy (%)':>14}  {'change (%)':>14}  {'loss':>15}"]
        for row in self.rows:
            if row.effect:
                name, unit = _label(row.effect)
                magnitude = f"{row.magnitude:.3g} {unit}"
            else:
                name, magnitude = "none", ""
            accuracy = _number(100 * row.accuracy, 100 * row.accuracy_deviation, ".1f")
            change = _number(100 * row.change, 100 * row.change_error, "+.1f") if row.effect else ""
            loss = _number(row.loss, row.loss_deviation, ".3f")
            failed = f"  {len(row.failures)} failed" if row.failures else ""
            lines.append(f"{name:<20}{magnitude:>30}  {accuracy:>14}  {change:>14}  {loss:>15}{failed}")
        failures = sorted({failure for row in self.rows for failure in row.failures})
        note = (
            f"validation data, noise on, last epoch; mean +- standard deviation over seeds {self.seeds}; "
            "change: mean +- standard error of the differences to no effect, seed by seed"
        )
        if len(self.seeds) == 1:
            note = f"validation data, noise on, last epoch, seed {self.seeds[0]}; change: to no effect"
        return "\n".join([*lines, note, *failures])

    def write(self, folder: str | Path) -> None:
        """Write effects.txt, effects.json and effects.png to a folder, each whole or not at all.

        Parameters
        ----------
        folder : path
            Made if it is missing.
        """
        import matplotlib.pyplot as plt

        from mtjphys import __version__

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "mtjphys_version": __version__,
            "seeds": self.seeds,
            "base": self.base.active(),
            "rows": [_without_nan(row._asdict()) for row in self.rows],
        }
        _write(folder / "effects.txt", f"{self}\n".encode())
        _write(folder / "effects.json", (json.dumps(content, indent=2) + "\n").encode())
        figure = self.figure()
        partial = folder / "effects.png.partial"
        figure.savefig(partial, dpi=200, format="png")
        plt.close(figure)
        os.replace(partial, folder / "effects.png")

    def figure(self) -> Figure:
        """Return a figure with a panel an effect: the accuracy (loss without classes) against the magnitude.

        The line is the mean without effect, the band its standard deviation.
        """
        import matplotlib.pyplot as plt

        none, *others = self.rows
        names = list(dict.fromkeys(row.effect for row in others))
        columns = min(4, max(1, len(names)))
        height = -(-len(names) // columns)
        size = (2.3 * columns + 0.4, 2.1 * height + 0.2)
        figure, axes = plt.subplots(height, columns, figsize=size, squeeze=False, layout="constrained")
        classes = not math.isnan(none.accuracy)
        for k, ax in enumerate(axes.flat):
            if k >= len(names):
                ax.set_visible(False)
                continue
            rows = [row for row in others if row.effect == names[k]]
            middle, deviation = _score(none, classes)
            ax.axhline(middle, color=COLOURS[3], alpha=0.5, linewidth=0.8)
            if not math.isnan(deviation):
                ax.axhspan(middle - deviation, middle + deviation, color=COLOURS[3], alpha=0.15, linewidth=0)
            scores = np.array([_score(row, classes) for row in rows])
            places = np.arange(len(rows))
            ax.errorbar(places, scores[:, 0], scores[:, 1], color=COLOURS[0], marker="o", markersize=4, capsize=2)
            ax.set_xticks(places, [f"{row.magnitude:.3g}" for row in rows], fontsize="small")
            ax.margins(x=0.15)
            name, unit = _label(names[k])
            ax.set_xlabel(f"{name} ({unit})", fontsize="small")
            ax.grid(alpha=0.25, linewidth=0.6)
            ax.spines[["top", "right"]].set_visible(False)
        figure.supylabel("Validation accuracy (%)" if classes else "Validation loss")
        return figure


def effects_table(
    train: Callable[[Effects, int], Training],
    cases: Mapping[str, Sequence[float]] | None = None,
    *,
    seeds: Sequence[int] = (1, 2, 3, 4, 5),
    base: Effects | None = None,
    path: str | Path | None = None,
    progress: bool = True,
) -> EffectsTable:
    """Train with every effect and magnitude, one at a time, and with none, for several seeds.

    The score is the accuracy, and the loss, on the validation data after the last epoch with the noise on; the test
    data are not looked at. A training that fails is reported in its row. Ctrl-C finishes the update at hand and raises;
    with `path`, finished trainings are not run again.

    Parameters
    ----------
    train : callable
        Makes the training, not yet run, for given effects and seed; for example with
        ``noise=effects.applied_to(source, seed=seed)`` and a fresh source.
    cases : mapping of str to sequence of float, optional
        Magnitudes for each field of `Effects` that is varied; `standard_cases` if not given.
    seeds : sequence of int
        Seeds of the repetitions.
    base : Effects, optional
        What all trainings have in common; a case replaces one field of it. Where `bits` are varied and it has no
        `full_scale`, that is set to the mean +- 4 standard deviations of the noise.
    path : path, optional
        JSON lines file of the finished trainings, replaced as a whole after each.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    EffectsTable
        With rows, text, figure and files.

    Raises
    ------
    ParameterError
        If a case is no effect or out of range, or the training has no validation data or no noise.
    DataError
        If the file at `path` is broken or of other trainings.
    KeyboardInterrupt
        At Ctrl-C.

    Examples
    --------
    >>> import mtjphys.learning as learning
    >>> data = learning.digits()
    >>> def train(effects, seed):
    ...     noise = effects.applied_to(learning.TelegraphNoise(seed=seed), seed=seed)
    ...     network = learning.Network([64, 10], seed=seed)
    ...     return learning.Training(
    ...         network, learning.ANP(), data, learning.Adam(0.02), epochs=1, noise=noise, seed=seed
    ...     )
    >>> table = effects_table(train, {"stuck": [1.0]}, seeds=[1], progress=False)
    >>> none, all_stuck = table.rows
    >>> none.accuracy > all_stuck.accuracy
    True
    """
    base = Effects() if base is None else base
    seeds = list(seeds)
    if not seeds or len(set(seeds)) != len(seeds):
        raise ParameterError(f"seeds={seeds} must be at least one, and all different")
    first = train(base, seeds[0])
    if first.noise is None or not len(first.data.validation.inputs):
        raise ParameterError("a table of device effects needs a training with noise and with validation data")
    if cases is None:
        cases = standard_cases(train(Effects(), seeds[0]))
    if cases.get("bits") and base.full_scale is None:
        mean, sigma = _probe(train(base, seeds[0]))
        low, high = _rounded(mean - 4 * sigma, mean + 4 * sigma)
        base = _changed(base, "full_scale", (low, high))
    unknown = sorted(set(cases) - set(VARIED))
    if unknown:
        raise ParameterError(f"{unknown[0]!r} is no effect of a table: choose from {', '.join(VARIED)}")
    varied = [(name, value, _changed(base, name, value)) for name, values in cases.items() for value in values]
    everything = [("", math.nan, base), *varied]
    for _, _, effects in varied:  # a case that cannot be trained is found before the first hour
        trial = train(effects, seeds[0])
        if trial.noise is not None and trial.rule.perturbs == "units":  # devices are made at the first reading
            trial.noise.volts(1, trial.network.n_units)
    runs = _Runs(None if path is None else Path(path))
    results: dict[int, list[Run]] = {k: [] for k in range(len(everything))}
    with tqdm(total=len(everything) * len(seeds), disable=not progress, unit="training") as bar:
        for seed in seeds:
            for k, (name, value, effects) in enumerate(everything):
                bar.set_postfix_str(f"{name} {value:.3g}" if name else "no effect")
                results[k].append(runs.run(train(effects, seed), effects, seed))
                bar.update()
    rows = [_row(name, value, results[k], results[0]) for k, (name, value, _) in enumerate(everything)]
    return EffectsTable(rows, seeds, base)


def standard_cases(training: Training) -> dict[str, list[float]]:
    """Return magnitudes for every effect that the training's source can have, scaled by its noise.

    Parameters
    ----------
    training : Training
        Without effects, and not yet run; readings of its source are taken, so make another one for the training itself.

    Returns
    -------
    dict of str to list of float
        For each field of `Effects`: volts are multiples of the standard deviation of the noise, drifts are such
        that the mean moves by multiples of it over the whole training.

    Raises
    ------
    ParameterError
        If the training has no noise.
    """
    sigma = _probe(training)[1]
    # Each update takes two readings of every unit for each sample.
    readings = 2.0 * training.epochs * len(training.data.train.inputs)
    source: Any = training.noise
    while isinstance(source, Degraded):
        source = source.source
    barriers: list[float] | None = None
    if isinstance(source, TelegraphNoise):
        barriers = [1.0, 3.0, 10.0]
    elif isinstance(source, JunctionNoise) and isinstance(source.junction, MTJ):
        barrier = source.junction.thermal_stability().antiparallel  # 0 without two wells
        barriers = _rounded(0.1 * barrier, 0.2 * barrier, 0.4 * barrier) if barrier else []
    cases: dict[str, list[float]] = {}
    if barriers is not None:
        cases = {
            "resistance_spread": [0.1, 0.3, 1.0],
            "tmr_spread": [0.1, 0.3, 1.0],
            "barrier_spread": barriers,
            "stray_field": [1.0, 2.0, 4.0],
            "stray_field_spread": [1.0, 2.0, 4.0],
        }
    return cases | {
        "stuck": [0.1, 0.5, 0.9],
        "gain_spread": [0.1, 0.3, 1.0],
        "offset_spread": _rounded(*(factor * sigma for factor in (10, 100, 1000))),
        "drift": _rounded(*(factor * sigma / readings for factor in (10, 100, 1000))),
        "random_walk": _rounded(*(factor * sigma / math.sqrt(readings) for factor in (10, 100, 1000))),
        "bandwidth": [1e-1, 1e-2, 1e-3, 1e-4],
        "read_noise": _rounded(*(factor * sigma for factor in (1, 10, 100))),
        "bits": [8, 4, 2, 1],
    }


def _rounded(*values: float) -> list[float]:
    return [float(f"{value:.3g}") for value in values]


def _probe(training: Training) -> tuple[float, float]:
    """Return mean and standard deviation of a training's noise, V.

    Over units as well as over time: a slow chain shows one of its levels for longer than we read, but its copies begin
    in both. Live junctions all begin parallel: one that is slower than these readings is taken for quieter than it is.
    """
    if training.noise is None:
        raise ParameterError("a training without noise has no device effects: give it a noise source")
    volts = training.noise.volts(PROBE_READINGS, training.network.n_units).astype(np.float64)
    return float(volts.mean()), float(volts.std())


def _changed(base: Effects, name: str, value: Any) -> Effects:
    """Return the effects with one field replaced, checked."""
    if name == "bits" and float(value).is_integer():
        value = int(value)  # a list of magnitudes may hold floats
    return Effects(**(base.model_dump() | {name: value}))


def _label(name: str) -> tuple[str, str]:
    """Return the name and the unit of an effect, for tables and axes."""
    described = Effects.model_fields[name]
    return str(described.title), str(described.description)


def _number(mean: float, deviation: float, form: str) -> str:
    """Return a mean with its deviation, if it has one."""
    return f"{mean:{form}}" if math.isnan(deviation) else f"{mean:{form}} +- {deviation:{form.lstrip('+')}}"


def _without_nan(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with None for NaN, which JSON does not have."""
    return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in values.items()}


def _score(row: Row, classes: bool) -> tuple[float, float]:
    if classes:
        return 100 * row.accuracy, 100 * row.accuracy_deviation
    return row.loss, row.loss_deviation


def _mean(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and standard deviation; NaN for the latter of one value, and for both of none."""
    if not values:
        return math.nan, math.nan
    return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else math.nan


def _row(name: str, value: float, runs: list[Run], without: list[Run]) -> Row:
    good = [run for run in runs if not run.failure]
    accuracy, accuracy_deviation = _mean([run.accuracy for run in good])
    loss, loss_deviation = _mean([run.loss for run in good])
    pairs = zip(runs, without, strict=True)
    changes = [run.accuracy - other.accuracy for run, other in pairs if not (run.failure or other.failure)]
    change, deviation = _mean(changes)
    error = deviation / math.sqrt(len(changes)) if len(changes) > 1 else math.nan
    failures = [f"{name} {value:g}, seed {run.seed}: {run.failure}" for run in runs if run.failure]
    return Row(name, value, accuracy, accuracy_deviation, change, error, loss, loss_deviation, len(good), failures)


def _write(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


class _Runs:
    """The finished trainings, in memory and, given a path, in a file with one line each."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
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
                history = training.run(progress=False)
            found = {name: float(history[f"validation_{name}"][-1]) for name in SCORES}
            if math.isfinite(found["loss"]):
                scores = found
            else:
                failure = f"the validation loss is {found['loss']} after the last epoch"
        except SimulationError as error:
            failure = str(error)
        run = Run(effects=key, seed=seed, failure=failure, training=described, **scores)
        self.done.append(run)
        if self.path is not None:
            lines = (json.dumps(_without_nan(run._asdict())) + "\n" for run in self.done)
            _write(self.path, "".join(lines).encode())
        return run
