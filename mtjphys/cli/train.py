"""``mtjphys train``: an experiment from its TOML file to learning curves, network and results."""

from __future__ import annotations

import json
import math
import os
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from mtjphys.cli.grid import combinations, name_of
from mtjphys.cli.inputs import new_figure, print_table, save_figure
from mtjphys.core.checks import as_count
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.files import replacing, write_text

if TYPE_CHECKING:
    import xarray as xr

    from mtjphys.learning import Data, Evaluation, Experiment, Training

CHECKPOINT, HISTORY, RESULTS, EFFECTS = "checkpoint.npz", "history.nc", "results.json", "effects.jsonl"
EFFECTS_CHECKPOINT = "effects.checkpoint.npz"
CONFIG, NETWORK, CURVES = "config.toml", "network.npz", "learning.png"


def train(
    configs: Annotated[
        list[Path] | None,
        typer.Argument(help="TOML file of an experiment; with --compare, folders of results.", metavar="CONFIG..."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Folder of the results; default CONFIG-output here.")] = None,
    epochs: Annotated[int | None, typer.Option(help="In place of the file's.")] = None,
    seed: Annotated[int | None, typer.Option(help="In place of the file's.")] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="In place of the file's, e.g. optimiser.learning_rate=1e-3,3e-3: one training for each."
        ),
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder with the files of the data set.")] = None,
    figure: Annotated[Path | None, typer.Option(help=".png, .pdf or .svg of the learning curves as well")] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Compare finished trainings instead.")] = False,
    effects: Annotated[bool, typer.Option("--effects", help="Accuracy against each device effect instead.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Start anew, whatever is in the folder.")] = False,
    threads: Annotated[int | None, typer.Option(help="Threads of an update; by default all cores.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Train a network; Ctrl-C keeps what is done, and the same command continues it.

    An experiment is a TOML file, such as this one of the handwritten digits that come with scikit-learn:

    \b
      seed = 1
      [data]
      name = "digits"
      [network]
      hidden = [100]
      [rule]
      name = "DANP"
      [optimiser]
      name = "adam"
      learning_rate = 0.02
      [decorrelation]
      learning_rate = 0.001
      [noise]
      kind = "telegraph"
      [training]
      epochs = 20
      schedule = "cosine"

    For live junctions: kind = "junction", preset, voltage, series_resistance and sample_interval (SI units); for a
    recorded trace: kind = "recorded" and file. A D before the name of a rule decorrelates the inputs of the layers:
    without [decorrelation] the rule is "ANP".
    """  # noqa: D301 - typer wraps the lines of a paragraph unless it begins with this character
    if figure is not None:
        new_figure(figure, overwrite)
    if not configs:
        raise ParameterError("no experiment is given; name its TOML file, e.g. mtjphys train mnist.toml")
    if threads is not None:
        as_count("threads", threads)
    unused: dict[str, object] = {"--seed": seed}
    if compare:
        unused |= {"--output": output, "--epochs": epochs, "--data-dir": data_dir, "--effects": effects or None}
        unused |= {"--threads": threads, "--set": setting}
    elif effects:
        unused |= {"--figure": figure, "--threads": threads}
    for name, value in unused.items() if compare or effects else ():
        if value is not None:
            mode = "--compare" if compare else "--effects"
            raise ParameterError(f"{name} changes nothing with {mode}; leave it out")
    if compare:
        _compare(configs, figure, overwrite)
        return
    if len(configs) > 1:
        names = ", ".join(map(str, configs))
        raise ParameterError(f"{len(configs)} experiments are given ({names}); train one, or --compare their results")
    config, given = configs[0], combinations(setting or [])
    experiments = {name_of(changes): _changed(config, seed, epochs, changes) for changes in given}
    folder = _folder(_output(config) if output is None else output)
    options = _Options(config, data_dir, effects, overwrite, quiet, figure, threads)
    try:
        if len(experiments) > 1:
            if effects:
                raise ParameterError(f"{len(experiments)} trainings are set with --effects; set one")
            _grid(experiments, folder, options)
            return
        (experiment,) = experiments.values()
        _one(experiment, folder, options)
    except KeyboardInterrupt:
        again = shlex.join(["mtjphys", *(argument for argument in sys.argv[1:] if argument != "--overwrite")])
        raise KeyboardInterrupt(f"interrupted; continue with: {again}") from None


def _changed(config: Path, seed: int | None, epochs: int | None, changes: dict[str, Any]) -> Experiment:
    """Return the experiment of a file with other values for some keys."""
    from mtjphys.learning import Experiment

    experiment = Experiment.from_toml(config, seed=seed, epochs=epochs)
    try:
        return experiment.with_parameters(changes) if changes else experiment
    except ParameterError as error:
        raise ParameterError(f"--set: {error}") from None


class _Options(NamedTuple):
    """What the command line says beside the experiment."""

    config: Path
    data_dir: Path | None
    effects: bool
    overwrite: bool
    quiet: bool
    figure: Path | None
    threads: int | None


def _grid(experiments: dict[str, Experiment], folder: Path, options: _Options) -> None:
    """Train experiments one after the other, each in a folder of its own, but those that are finished; compare them."""
    folders = [folder / name for name in experiments]
    for (name, experiment), own in zip(experiments.items(), folders, strict=True):
        if options.overwrite or not (own / RESULTS).exists():
            print(name)
            _one(experiment, _folder(own), options._replace(figure=None))
    _compare(folders, folder / "comparison.png" if options.figure is None else options.figure, overwrite=True)


def _one(experiment: Experiment, folder: Path, options: _Options) -> None:
    """Train an experiment that was given by a file, or make its table of device effects."""
    if not (options.effects or options.overwrite) and (folder / RESULTS).exists():
        raise ParameterError(f"{folder}: holds a finished training; give another --output, or --overwrite")
    config = folder / CONFIG
    ours = not options.effects and config.exists() and config.samefile(options.config)
    if ours and config.read_text(encoding="utf-8") != experiment.to_toml(folder):
        raise ParameterError(f"{config}: the results would replace it, comments and all; give another --output")
    data = experiment.read_data(options.data_dir)
    training = experiment.build(data)  # what is wrong with it is found before anything is overwritten
    if options.overwrite:
        old = [EFFECTS, EFFECTS_CHECKPOINT] if options.effects else [RESULTS, CHECKPOINT, HISTORY, NETWORK, CURVES]
        for path in [*(folder / name for name in old), *([] if options.figure is None else [options.figure])]:
            path.unlink(missing_ok=True)
    if options.effects:
        _effects(experiment, data, folder, options.quiet)
    else:
        _train(experiment, training, folder, options)


def _output(config: Path) -> Path:
    """Return where the results of an experiment go if no folder is given."""
    return Path(f"{config.stem}-output")


def _folder(folder: Path) -> Path:
    """Return the folder of the results, made if it is missing."""
    if folder.exists() and not folder.is_dir():
        raise ParameterError(f"{folder}: is a file; give the name of a folder with --output")
    if not folder.parent.is_dir():
        raise ParameterError(f"{folder}: the folder {folder.parent} does not exist; create it first")
    folder.mkdir(exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise ParameterError(f"{folder}: is not writable; give another folder with --output")
    return folder


def _train(experiment: Experiment, training: Training, folder: Path, options: _Options) -> None:
    from tqdm import tqdm

    from mtjphys.learning.figures import learning_figure

    checkpoint = folder / CHECKPOINT
    total = training.epochs * training.updates_per_epoch
    print_table(_summary(experiment, training))
    if checkpoint.exists():
        try:
            training.load(checkpoint)
        except DataError as error:
            raise DataError(f"{checkpoint}: {error}, give another --output, or --overwrite to start anew") from None
        print(f"  continues after update {training.updates:,} of {total:,}")
    write_text(folder / CONFIG, experiment.to_toml(folder))
    begun, before = time.monotonic(), training.updates
    training.run(
        checkpoint=checkpoint,
        progress=not options.quiet,
        announce=lambda text: tqdm.write(f"  {text}"),
        threads=options.threads,
    )
    seconds, updates = time.monotonic() - begun, training.updates - before
    results = _results(experiment, training)
    if updates:
        results["seconds_per_update"] = round(seconds / updates, 6)
    history = training.history.assign_attrs(config=experiment.to_toml())
    with replacing(folder / HISTORY) as unfinished:
        history.to_netcdf(unfinished, engine="h5netcdf")
    training.network.save(folder / NETWORK)
    for path in (folder / CURVES, options.figure):
        if path is not None:
            save_figure(learning_figure(history), path)
    write_text(folder / RESULTS, json.dumps(results, indent=2) + "\n")
    # The results are all written: the checkpoint has served.
    checkpoint.unlink(missing_ok=True)
    _report(history, results)
    print(f"  results, curves, network and figure: {folder}")


def _summary(experiment: Experiment, training: Training) -> list[tuple[str, str]]:
    """Return what is about to be trained."""
    sizes = "-".join(map(str, training.network.sizes))
    counts = [f"{len(part.inputs):,}" for part in training.data]
    return [
        ("network", f"{sizes}, {training.network.n_parameters:,} parameters"),
        ("data", f"{counts[0]} training, {counts[1]} validation and {counts[2]} test samples"),
        ("rule", f"{training.rule!r}"),
        ("noise", getattr(experiment.noise, "kind", "none")),
        ("updates", f"{training.updates_per_epoch:,} an epoch, {training.epochs} epochs"),
    ]


def _results(experiment: Experiment, training: Training) -> dict[str, Any]:
    """Evaluate on the test data, once, and return what goes into the results file."""
    from mtjphys import __version__
    from mtjphys.learning import evaluate

    results: dict[str, Any] = {
        "mtjphys_version": __version__,
        "config": experiment.to_toml(),
        "updates": training.updates,
        "epochs": training.updates // training.updates_per_epoch,
    }
    history = training.history
    if training.patience is not None:
        results["best_epoch"] = history.attrs["best_epoch"]
    test, network, loss = training.data.test, training.network, training.loss
    if len(test.inputs):
        noise = None if training.rule.perturbs == "parameters" else training.noise
        count, reads = len(test.inputs), experiment.training.test_reads
        results["test"] = {"samples": count, "noise_off": _numbers(evaluate(network, test, loss), count)}
        if noise is not None:
            results["test"]["noise_on"] = _numbers(evaluate(network, test, loss, noise), count)
            averaged = _numbers(evaluate(network, test, loss, noise, reads), count)
            results["test"]["averaged"] = averaged | {"reads": reads}
    if "energy" in history:
        from mtjphys.learning.cost import physical_cost

        cost = physical_cost(history, updates=training.updates)
        costs = {name: getattr(cost, name) for name in ("total", "per_update", "per_sample", "per_inference")}
        results["cost"] = {name: each._asdict() for name, each in costs.items() if each is not None}
    return results


def _numbers(evaluation: Evaluation, count: int) -> dict[str, Any]:
    from mtjphys.learning import accuracy_interval

    numbers: dict[str, Any] = {"loss": evaluation.loss}
    if not math.isnan(evaluation.accuracy):
        error = math.sqrt(evaluation.accuracy * (1 - evaluation.accuracy) / count)
        numbers |= {"accuracy": evaluation.accuracy, "standard_error": error}
        numbers["interval"] = [*accuracy_interval(evaluation.accuracy, count)]
    return numbers


def _report(history: xr.Dataset, results: dict[str, Any]) -> None:
    """Print what came out."""
    rows = []
    for key, label in (("noise_on", "noise on"), ("averaged", "averaged"), ("noise_off", "noise off")):
        numbers = results.get("test", {}).get(key)
        if numbers is not None:
            label += f" over {numbers['reads']} reads" if key == "averaged" else ""
            rows.append((f"test, {label}", _score(numbers, error=True)))
    if rows:
        print_table(rows)
    if "cost" in results:
        from mtjphys.learning.cost import physical_cost

        print(physical_cost(history, updates=results["updates"]).report())


def _score(numbers: dict[str, Any] | None, error: bool = False) -> str:
    """Return an accuracy in per cent, or a loss where there are no classes."""
    if numbers is None:
        return "-"
    if "accuracy" not in numbers:
        return "-" if math.isnan(numbers["loss"]) else f"loss {numbers['loss']:.4g}"
    low, high = numbers["interval"] if error else (0.0, 1.0)
    return f"{numbers['accuracy']:.2%}" + (f", 95 % interval {low:.2%} to {high:.2%}" if error else "")


def _compare(paths: list[Path], figure: Path | None, overwrite: bool) -> None:
    from matplotlib.figure import Figure

    from mtjphys.learning import learning_curves

    figure = new_figure(Path("comparison.png"), overwrite) if figure is None else figure
    names = [_label(path) for path in paths]
    if len(set(names)) < len(names):
        names = [str(path) for path in paths]
    finished = [_finished(path) for path in paths]
    histories = {name: history for name, (history, _) in zip(names, finished, strict=True)}
    quantities = ("validation_accuracy", "validation_loss", "train_loss")
    quantity = next(q for q in quantities if not any(history[q].isnull().any() for history in histories.values()))
    drawing = Figure(figsize=(5.2, 3.6), layout="constrained")
    learning_curves(histories, quantity, drawing.subplots())
    save_figure(drawing, figure)
    table = [["", "epochs", "updates", "validation", "test", "averaged", "noise off", "energy (J)"]]
    table += [_row(name, history, results) for name, (history, results) in zip(names, finished, strict=True)]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    for name, *cells in table:
        aligned = "  ".join(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        print(f"  {name:<{widths[0]}}  {aligned}")
    print(f"  figure: {figure}")


def _label(path: Path) -> str:
    """Return the name of a training in a comparison, that of its experiment."""
    if path.suffix == ".toml":
        return path.stem
    folder = path.resolve()
    return (folder.parent if path.suffix == ".nc" else folder).name.removesuffix("-output")


def _finished(path: Path) -> tuple[xr.Dataset, dict[str, Any]]:
    """Return history and results of a training: of its folder, its history, or its experiment."""
    import xarray as xr

    folder = _output(path) if path.suffix == ".toml" else path
    history = folder if folder.suffix == ".nc" else folder / HISTORY
    if not history.is_file():
        raise ParameterError(
            f"{path}: no finished training ({history} does not exist); train it first with mtjphys train, or name "
            "the folder of its results"
        )
    try:
        curves = xr.load_dataset(history, engine="h5netcdf")
        if not {"train_loss", "validation_loss", "validation_accuracy"} <= set(curves) or "updates" not in curves.attrs:
            raise ValueError("not learning curves")
        results = history.parent / RESULTS
        return curves, json.loads(results.read_text(encoding="utf-8")) if results.is_file() else {}
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: broken results ({error}); train again") from None


def _row(name: str, history: xr.Dataset, results: dict[str, Any]) -> list[str]:
    """Return the line of a training: validation data after the epoch whose network was kept, then test data."""
    kept = history.sel(epoch=history.attrs.get("best_epoch", history.sizes["epoch"]))
    validation = {"loss": float(kept["validation_loss"]), "accuracy": float(kept["validation_accuracy"])}
    if math.isnan(validation["accuracy"]):
        del validation["accuracy"]
    test = results.get("test", {})
    noise_off = test.get("noise_off")
    scores = [_score(numbers) for numbers in (test.get("noise_on", noise_off), test.get("averaged"), noise_off)]
    energy = f"{float(history['energy'][-1]):.3g}" if "energy" in history else "-"
    return [name, str(history.sizes["epoch"]), f"{history.attrs['updates']:,}", _score(validation), *scores, energy]


def _effects(experiment: Experiment, data: Data, folder: Path, quiet: bool) -> None:
    from mtjphys.learning import effects_table
    from mtjphys.learning.noise import Effects

    def make(effects: Effects, seed: int) -> Training:
        return experiment.build(data, effects=effects, seed=seed)

    table = effects_table(
        make,
        experiment.effects_table.cases,
        seeds=experiment.effects_table.seeds,
        base=experiment.effects or Effects(),
        path=folder / EFFECTS,
        progress=not quiet,
    )
    table.write(folder)
    print(table)
    print(f"  table and figure: {folder}")
