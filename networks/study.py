"""What the studies share, and how those of Figure 4 of the paper train, collect and compare.

A study of Figure 4 is a folder with one TOML file for each training, the published points, and a `run.py` that names
them. Each training is what `mtjphys train` does, with its checkpoints and results in a folder of its own; whatever is
finished in the output folder goes into results.json, curves.csv, table.md and the figure.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mtjphys import __version__
from mtjphys.cli.inputs import save_figure
from mtjphys.cli.train import HISTORY, RESULTS, train
from mtjphys.core.errors import DataError, MtjphysError, ParameterError
from mtjphys.core.files import replacing, write_text
from mtjphys.learning import Experiment, Training, learning_curves
from mtjphys.learning.data import write_cifar_stand_in

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

CURVES = ("train_accuracy", "validation_accuracy", "test_accuracy")
# Rates of the stand-in: those of the paper are for two million updates, not for a few hundred.
STAND_IN = {"optimiser": {"name": "adam", "learning_rate": 1e-3}, "decorrelation": {"learning_rate": 2e-5}}


class Entry(NamedTuple):
    """A training of a study: the name in the figure, and the published series it is held against."""

    label: str
    published: str
    seconds_per_epoch: float | None = None  # of all training data, on two cores; where it is a matter of hours


class Study(NamedTuple):
    """A folder with experiments, by the names of their TOML files, and published points."""

    folder: Path
    title: str
    entries: Mapping[str, Entry]
    stand_in: str | None = None  # data set for which we can write one
    stand_in_epochs: int = 1
    stand_in_test_samples: int = 200  # and five times as many to train with


class Point(NamedTuple):
    """A published accuracy, %; without an epoch it is the best of the training."""

    epoch: int | None
    accuracy: float


class Finished(NamedTuple):
    """What a training has left."""

    history: xarray.Dataset
    results: dict[str, Any]

    @property
    def accuracy(self) -> float:
        """The fraction of test samples that it recognises at its end, with the noise on where it has any."""
        test = self.results["test"]
        return float(test.get("noise_on", test["noise_off"])["accuracy"])


def exit_code(work: Callable[[], None], output: Path | None = None) -> int:
    """Do the work of a command; a mistake in the input is one sentence and exit code 2, Ctrl-C is exit code 130.

    With `output` the message after Ctrl-C says that the same command continues.
    """
    try:
        work()
    except MtjphysError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or 'a file'}: {error.strerror or error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        how = "" if output is None else f"; the same command continues from what is in {output}"
        print(f"stopped{how}", file=sys.stderr)
        return 130
    return 0


def resume(training: Training, checkpoint: Path) -> None:
    """Continue a training from its checkpoint, if there is one."""
    if checkpoint.exists():
        try:
            training.load(checkpoint)
        except DataError as error:
            raise DataError(f"{checkpoint}: {error}, or give another --output") from None


def save(figure: Figure, path: Path) -> None:
    """Write a figure of a README, whole or not at all."""
    with replacing(path) as unfinished:
        figure.savefig(unfinished, dpi=150)


def published(study: Study) -> dict[str, list[Point]]:
    """Return the published points of every series, in the order of their epochs."""
    series: dict[str, list[Point]] = {}
    with (study.folder / "published.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            epoch = int(row["epoch"]) if row["epoch"] else None
            series.setdefault(row["series"], []).append(Point(epoch, float(row["accuracy"])))
    return series


def run(
    study: Study,
    output: Path,
    *,
    only: Sequence[str] | None = None,
    data_dir: Path | None = None,
    epochs: int | None = None,
    seeds: Sequence[int] | None = None,
    validation_samples: int | None = None,
    stand_in: bool = False,
    progress: bool = True,
) -> dict[str, list[Finished]]:
    """Train what is not finished yet, collect, and return everything that is finished in `output`, a list over seeds.

    Without `seeds` each training has the one of its file, and its folder the name of the file.
    """
    names = list(study.entries) if only is None else list(only)
    if unknown := sorted(set(names) - set(study.entries)):
        raise ParameterError(f"trainings {', '.join(unknown)} are unknown: choose from {', '.join(study.entries)}")
    if stand_in and (study.stand_in is None or data_dir is not None):
        raise ParameterError("--stand-in writes data of its own, for CIFAR only: leave it out, or leave out --data-dir")
    output.mkdir(parents=True, exist_ok=True)
    if stand_in and study.stand_in is not None:
        data_dir = write_cifar_stand_in(output / "data", study.stand_in, test_samples=study.stand_in_test_samples)
        epochs = study.stand_in_epochs if epochs is None else epochs
        study = study._replace(title=f"NOT {study.title}: generated pictures")
        print(f"NOT {study.stand_in}: generated pictures, to show that the program runs; rates are changed as well")
    own = {name: Experiment.from_toml(study.folder / f"{name}.toml").seed for name in names}
    asked = [*dict.fromkeys((name, None if seed == own[name] else seed) for seed in seeds or [None] for name in names)]
    finished = [(name, seed) for name in study.entries for seed in finished_seeds(output, name)]
    experiments = {}
    for name, seed in {*asked, *finished}:
        experiment = Experiment.from_toml(study.folder / f"{name}.toml", seed=seed, epochs=epochs)
        if stand_in:
            changed = {table: rates for table, rates in STAND_IN.items() if getattr(experiment, table) is not None}
            experiment = experiment.with_parameters(changed)
        if validation_samples is not None:
            experiment = experiment.with_parameters({"data.validation_samples": validation_samples})
        experiments[name, seed] = experiment
    # All that are finished go into one table and figure, also those that `only` leaves out.
    for one in finished:
        folder = output / folder_name(*one)
        if read(folder).results["config"] != experiments[one].to_toml():
            raise DataError(f"{folder}: holds a training of another configuration; give another --output")
    waiting = [one for one in asked if one not in finished]
    if not stand_in:
        _announce(study, {folder_name(*one): (one[0], experiments[one].training.epochs) for one in waiting})
    for one in waiting:
        print(f"{study.entries[one[0]].label} ({folder_name(*one)})", flush=True)
        config = output / f"{folder_name(*one)}.toml"
        write_text(config, experiments[one].to_toml())
        train([config], output / folder_name(*one), data_dir=data_dir, quiet=not progress)
    return collect(study, output)


def folder_name(name: str, seed: int | None) -> str:
    """Return the name of the folder of a training, with the seed of its file or another one."""
    return name if seed is None else f"{name}-seed{seed}"


def finished_seeds(output: Path, name: str, results: str = f"{{}}/{RESULTS}") -> list[int | None]:
    """Return the seeds with which a training is finished, that of its file as None and first.

    `results` is the file that is there then, with ``{}`` for `folder_name`.
    """
    found: list[int | None] = [None] if (output / results.format(name)).exists() else []
    pattern = re.escape(results).replace(r"\{\}", rf"{re.escape(name)}-seed(\d+)")
    paths = (path.relative_to(output).as_posix() for path in output.glob(results.format(f"{name}-seed*")))
    return found + sorted(int(match[1]) for path in paths if (match := re.fullmatch(pattern, path)))


def _announce(study: Study, waiting: Mapping[str, tuple[str, int]]) -> None:
    """Print how long trainings, by their folders with name and epochs, will take, where that is known to be long."""
    for folder, (name, count) in waiting.items():
        if (seconds := study.entries[name].seconds_per_epoch) is not None:
            hours = f"{count * seconds / 3600:.2g} hours"
            print(f"{folder}: about {hours} for {count} epochs on two cores, from the start")


def read(folder: Path) -> Finished:
    """Return what a finished training has left in its folder."""
    import xarray

    try:
        results = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
        return Finished(xarray.load_dataset(folder / HISTORY, engine="h5netcdf"), results)
    except (OSError, ValueError) as error:
        raise DataError(f"{folder}: broken results ({error}); remove the folder and train again") from None


def collect(study: Study, output: Path) -> dict[str, list[Finished]]:
    """Write numbers, curves, table and figure of all finished trainings."""
    finished = {
        name: [read(output / folder_name(name, seed)) for seed in seeds]
        for name in study.entries
        if (seeds := finished_seeds(output, name))
    }
    if not finished:
        return finished
    points = published(study)
    numbers = {name: comparison(study.entries[name], each, points) for name, each in finished.items()}
    text = json.dumps({"mtjphys_version": __version__, "title": study.title, "trainings": numbers}, indent=2)
    write_text(output / "results.json", text + "\n")
    write_text(output / "curves.csv", _curves(finished))
    write_text(output / "table.md", f"{study.title}\n\n{table(numbers)}")
    save_figure(figure(study, finished, points), output / f"{study.folder.name}.png")
    return finished


def comparison(entry: Entry, finished: Sequence[Finished], points: Mapping[str, list[Point]]) -> dict[str, Any]:
    """Return the results of one training beside the published ones; accuracies of the paper are in %.

    Of several seeds the results are those of the first, with the accuracies of all beside them.
    """
    series = points[entry.published]
    first = finished[0]
    epochs = first.results["epochs"]
    same = next((point.accuracy for point in series if point.epoch == epochs), None)
    end = series[-1].accuracy
    curve = 100 * first.history["test_accuracy"].values
    reached = np.flatnonzero(curve >= end)
    numbers = {
        "label": entry.label,
        **{name: value for name, value in first.results.items() if name != "mtjphys_version"},
        "published": {
            "series": entry.published,
            "same_epoch": same,
            "end": end,
            "end_epoch": series[-1].epoch,
        },
        "best_test_accuracy": float(np.max(curve)),  # of all epochs, %, beside published ones of that kind
        "first_epoch_at_published_end": int(reached[0]) + 1 if reached.size else None,
    }
    if len(finished) > 1:
        numbers["seeds"] = over_seeds([each.accuracy for each in finished])
    return numbers


def over_seeds(accuracies: Sequence[float]) -> dict[str, Any]:
    """Return the mean of the test accuracies of several seeds, and its standard error, of the seeds alone."""
    error = float(np.std(accuracies, ddof=1) / len(accuracies) ** 0.5)
    return {"test_accuracies": list(accuracies), "mean": float(np.mean(accuracies)), "standard_error": error}


def _curves(finished: Mapping[str, Sequence[Finished]]) -> str:
    """Return the learning curves as CSV, a row for each epoch of each training."""
    lines = [",".join(("training", "seed", "epoch", *CURVES))]
    for name, runs in finished.items():
        for each in runs:
            seed = str(tomllib.loads(each.results["config"])["seed"])
            columns = [each.history[quantity].values for quantity in CURVES]
            for epoch, values in enumerate(zip(*columns, strict=True), 1):
                cells = ("" if np.isnan(value) else f"{value:.5f}" for value in values)
                lines.append(",".join((name, seed, str(epoch), *cells)))
    return "\n".join(lines) + "\n"


def table(numbers: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the results beside the paper's as a Markdown table; accuracies in %."""
    header = ["", "epochs", "test accuracy", "10 reads averaged", "noise off", "paper, same epoch", "paper, end"]
    rows = [[*header, "epochs to the paper's end", "ms an update", "energy an update"]]
    rows.append(["---"] * len(rows[0]))
    for each in numbers.values():
        test, paper = each["test"], each["published"]
        noisy, seeds = test.get("noise_on", test["noise_off"]), each.get("seeds")
        best = paper["end_epoch"] is None
        last = "best" if best else f"epoch {paper['end_epoch']}"
        energy = each["cost"]["per_update"]["energy"] if "cost" in each else None
        rows.append(
            [
                each["label"],
                str(each["epochs"]),
                f"{100 * noisy['accuracy']:.1f} +- {100 * noisy['standard_error']:.1f}"
                + (f" (best {each['best_test_accuracy']:.1f})" if best else "")
                + ("" if seeds is None else seeds_cell(seeds)),
                f"{100 * test['averaged']['accuracy']:.1f}" if "averaged" in test else "-",
                f"{100 * test['noise_off']['accuracy']:.1f}",
                "-" if paper["same_epoch"] is None else f"{paper['same_epoch']:.1f}",
                f"{paper['end']:.1f} ({last})",
                str(each["first_epoch_at_published_end"] or "-"),
                f"{1e3 * each['seconds_per_update']:.1f}" if "seconds_per_update" in each else "-",
                "-" if energy is None else f"{energy:.2g} J",
            ]
        )
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def seeds_cell(seeds: Mapping[str, Any]) -> str:
    """Return what a cell of the table says of several seeds."""
    mean, error = 100 * seeds["mean"], 100 * seeds["standard_error"]
    return f"; {len(seeds['test_accuracies'])} seeds: {mean:.1f} +- {error:.1f}"


def figure(study: Study, finished: Mapping[str, Sequence[Finished]], points: Mapping[str, list[Point]]) -> Figure:
    """Draw test accuracy against epoch, the mean of several seeds.

    Published values are hollow points, or a dashed line without an epoch.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import StrMethodFormatter

    drawing = Figure(figsize=(6.4, 5.2), layout="constrained")
    ax = drawing.subplots()
    curves = {}
    for name, runs in finished.items():
        mean = np.mean([each.history["test_accuracy"].values for each in runs], axis=0)
        label = study.entries[name].label + (f", mean of {len(runs)} seeds" if len(runs) > 1 else "")
        curves[label] = runs[0].history.assign(test_accuracy=("epoch", mean))
    learning_curves(curves, "test_accuracy", ax)
    # Each published series once, in the colour of the first training that is held against it.
    first: dict[str, Any] = {}
    for name, line in zip(finished, ax.get_lines(), strict=True):
        first.setdefault(study.entries[name].published, line)
    curves_percent = [100 * history["test_accuracy"].values for history in curves.values()]
    ends = [float(curve[-1]) for curve in curves_percent]
    for series, line in first.items():
        style = {"color": line.get_color(), "label": f"{LABELS[series]}, paper"}
        if points[series][-1].epoch is None:
            ax.axhline(points[series][-1].accuracy, linestyle="--", linewidth=1.0, **style)
        else:
            epochs, accuracies = zip(*points[series], strict=True)
            ax.errorbar(
                epochs, accuracies, 0.3, linestyle=":", linewidth=1.0, marker="o", markerfacecolor="white", **style
            )
        ends.extend(point.accuracy for point in points[series])
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    # The first epochs of a curve may begin below the axis, its end and the published points may not.
    first_epochs = max(min(float(curve.min()) for curve in curves_percent), min(ends) - 10)
    ax.set_ylim(bottom=min(first_epochs, *ends) - 1)
    ax.set_title(study.title, fontsize="medium")
    ax.legend(frameon=False, fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
    return drawing


LABELS = {
    "bp": "Back-propagation, best",
    "simulated": "Simulated junctions",
    "measured": "Measured junction",
}


def main(study: Study, arguments: Sequence[str] | None = None) -> int:
    """Run from the command line and return the exit code."""
    name = study.folder.name
    parser = argparse.ArgumentParser(description=f"{study.title}: train, and lay the result beside the paper's.")
    parser.add_argument("--output", type=Path, default=Path("output") / name, help=f"folder (output/{name})")
    parser.add_argument("--data-dir", type=Path, help="folder of the data (MTJPHYS_DATA, else downloaded to a cache)")
    parser.add_argument(
        "--only", nargs="+", choices=list(study.entries), metavar="TRAINING", help=f"of {', '.join(study.entries)}"
    )
    parser.add_argument("--epochs", type=int, help="in place of the published number")
    parser.add_argument("--seeds", type=int, nargs="+", metavar="N", help="in place of the files', a training for each")
    parser.add_argument("--validation-samples", type=int, help="to set aside from the training data, for choosing")
    if study.stand_in is not None:
        parser.add_argument("--stand-in", action="store_true", help="generated pictures, a few epochs, minutes")
    options = vars(parser.parse_args(arguments))
    output = options.pop("output")

    def work() -> None:
        run(study, output, **options)
        print((output / "table.md").read_text(encoding="utf-8"), end="")
        print(f"results, curves, table and figure: {output}")

    return exit_code(work, output)
