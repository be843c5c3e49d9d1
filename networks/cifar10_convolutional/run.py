"""A convolutional network learns CIFAR-10 from the noise of junctions, in PyTorch.

Run `python networks/cifar10_convolutional/run.py`; README.md has the result.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # so that this file runs from any folder

import numpy as np

from mtjphys import __version__
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.files import write_text
from mtjphys.core.palette import COLOURS
from mtjphys.core.parameters import Parameters, read_toml
from mtjphys.learning.data import cifar10, write_cifar_stand_in
from networks.study import exit_code, finished_seeds, folder_name, over_seeds, save, seeds_cell

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mtjphys.learning import Data

CONFIG = Path(__file__).with_name("config.toml")
STAND_IN = {"epochs": 3, "channels": [4, 4, 8], "test_samples": 200}


class Run(Parameters):
    """A training: the rule, and what it learns from."""

    label: str
    rule: str
    residual: float | None = None  # of the guided rule
    learning_rate: float
    epochs: int
    padding: int = 4  # pixels by which pictures are shifted at most
    noise: dict[str, Any] | None = None


class Config(Parameters):
    """Everything that the study depends on."""

    seed: int
    channels: list[int]
    batch_size: int
    validation_samples: int
    trainings: dict[str, Run]


def read_config(path: Path = CONFIG, **changes: Any) -> Config:
    """Read the configuration; keyword arguments replace entries of the top level, `epochs` that of every training."""
    table = read_toml(path)
    if (epochs := changes.pop("epochs", None)) is not None:
        table["trainings"] = {name: each | {"epochs": epochs} for name, each in table["trainings"].items()}
    return Config(**(table | changes))


def run(
    config: Config, output: Path, data: Data, only: Sequence[str] | None = None, seeds: Sequence[int] | None = None
) -> dict[str, dict[str, Any]]:
    """Train what is not finished yet, and collect everything that is in `output`.

    `seeds` take the place of the configuration's, a training for each.
    """
    from networks.cifar10_convolutional.training import ConvolutionalTraining

    names = list(config.trainings) if only is None else list(only)
    if unknown := sorted(set(names) - set(config.trainings)):
        raise ParameterError(f"trainings {', '.join(unknown)} are unknown: choose from {', '.join(config.trainings)}")
    output.mkdir(parents=True, exist_ok=True)
    others = dict.fromkeys(None if seed == config.seed else seed for seed in seeds or [None])
    asked = list(itertools.product(names, others))
    finished = [(name, seed) for name in config.trainings for seed in _finished(output, name)]
    # All that are finished go into one table and figure, also those that `only` leaves out.
    for name, seed in finished:
        path = _path(output, name, seed)
        if json.loads(path.read_text(encoding="utf-8"))["config"] != _settings(config, name, seed):
            raise DataError(f"{path}: is of another configuration; give another --output")
    for name, seed in asked:
        if (name, seed) in finished:
            continue
        path = _path(output, name, seed)
        print(f"{config.trainings[name].label} ({path.stem})", flush=True)
        work = ConvolutionalTraining(_settings(config, name, seed), data)
        work.run(path.with_suffix(".pt"), lambda line: print(f"  {line}", flush=True))
        write_text(path, json.dumps(work.results(), indent=2) + "\n")
        path.with_suffix(".pt").unlink()
    return collect(config, output)


def _path(output: Path, name: str, seed: int | None) -> Path:
    return output / f"{folder_name(name, seed)}.json"


def _finished(output: Path, name: str) -> list[int | None]:
    return finished_seeds(output, name, "{}.json")


def _settings(config: Config, name: str, seed: int | None) -> dict[str, Any]:
    """Return everything that a training depends on."""
    changed = {} if seed is None else {"seed": seed}
    return config.model_dump(exclude={"trainings"}) | config.trainings[name].model_dump() | changed


def collect(config: Config, output: Path) -> dict[str, dict[str, Any]]:
    """Write numbers, table and figure of all finished trainings; those with further seeds beside their first."""
    found = {}
    for name in config.trainings:
        paths = [_path(output, name, seed) for seed in _finished(output, name)]
        if paths:
            every = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
            found[name] = every[0]
            if len(every) > 1:
                found[name]["seeds"] = over_seeds([each["test_accuracy"] for each in every])
                found[name]["seeds"]["curves"] = [_accuracies(each) for each in every]
    text = json.dumps({"mtjphys_version": __version__, "trainings": found}, indent=2)
    # Indented but for the innermost lists and tables: one line each.
    text = re.sub(r"[\[{][^\[\]{}]*[\]}]", lambda numbers: " ".join(numbers[0].split()), text)
    write_text(output / "results.json", text + "\n")
    write_text(output / "table.md", table(found))
    save(figure(found), output / "cifar10_convolutional.png")
    return found


def _accuracies(results: Mapping[str, Any]) -> list[float]:
    """Return the test accuracy after each epoch."""
    return [epoch["test_accuracy"] for epoch in results["curves"]]


def table(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the results as a Markdown table; accuracies in %."""
    rows = [["", "epochs", "test accuracy", "cosine to the gradient, by layer", "CPU ms an update", "energy an update"]]
    rows.append(["---"] * len(rows[0]))
    for each in found.values():
        cost = each.get("cost_per_update")
        rows.append(
            [
                each["config"]["label"],
                str(each["config"]["epochs"]),
                f"{100 * each['test_accuracy']:.1f} +- {100 * each['standard_error']:.1f}"
                + (seeds_cell(each["seeds"]) if "seeds" in each else ""),
                ", ".join(f"{cosine:.2f}" for cosine in each["curves"][-1]["cosines"]),
                f"{1e3 * each['cpu_seconds_per_update']:.0f}",
                "-" if cost is None else f"{cost['energy']:.2g} J",
            ]
        )
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def figure(found: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Draw test accuracy, the mean of several seeds, and the cosine of the first's estimate with the gradient."""
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(7.2, 4.2), layout="constrained")
    left, right = drawing.subplots(1, 2)
    layers = ("-", "--", ":")
    for each, colour in zip(found.values(), COLOURS, strict=False):
        style = {"color": colour, "marker": "o", "markersize": 3}
        epochs = range(1, len(each["curves"]) + 1)
        curves = each["seeds"]["curves"] if "seeds" in each else [_accuracies(each)]
        label = each["config"]["label"] + (f", mean of {len(curves)} seeds" if len(curves) > 1 else "")
        left.plot(epochs, 100 * np.mean(curves, axis=0), label=label, **style)
        if each["config"]["rule"] != "BP" and len(epochs) > 1:
            # The output layer's is 1 for the guided rule, and tells little of ANP.
            hidden = zip(*(epoch["cosines"][:-1] for epoch in each["curves"]), strict=True)
            for cosines, line in zip(hidden, layers, strict=False):
                right.plot(epochs, cosines, line, **style)
    for number, line in enumerate(layers, 1):
        right.plot([], [], line, color="black", label=f"convolution {number}")
    left.set(xlabel="Epoch", ylabel="Test accuracy (%)")
    right.set(xlabel="Epoch", ylabel="Cosine to the gradient")
    right.set_ylim(top=1.0)
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(alpha=0.25, linewidth=0.6)
        ax.legend(frameon=False, fontsize="x-small", loc="upper center", bbox_to_anchor=(0.5, -0.18))
    return drawing


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line and return the exit code."""
    parser = argparse.ArgumentParser(description="A convolutional network learns CIFAR-10 from noise.")
    parser.add_argument("--config", type=Path, default=CONFIG, help="TOML file (config.toml)")
    parser.add_argument("--output", type=Path, default=Path("output/cifar10_convolutional"), help="folder")
    parser.add_argument("--data-dir", type=Path, help="folder of the data (MTJPHYS_DATA, else downloaded to a cache)")
    parser.add_argument("--only", nargs="+", metavar="TRAINING", help="of those in the configuration")
    parser.add_argument("--epochs", type=int, help="in place of the configuration's")
    parser.add_argument(
        "--seeds", type=int, nargs="+", metavar="N", help="in place of the configuration's, a training each"
    )
    parser.add_argument("--validation-samples", type=int, help="to set aside from the training data, for choosing")
    parser.add_argument("--stand-in", action="store_true", help="generated pictures and a small network, a minute")
    chosen = parser.parse_args(arguments)

    def work() -> None:
        changes = {name: getattr(chosen, name) for name in ("epochs", "validation_samples")}
        data_dir = chosen.data_dir
        if chosen.stand_in:
            if data_dir is not None:
                raise ParameterError("--stand-in writes data of its own: leave it out, or leave out --data-dir")
            print("NOT CIFAR-10: generated pictures, to show that the program runs; the network is smaller as well")
            chosen.output.mkdir(parents=True, exist_ok=True)
            data_dir = write_cifar_stand_in(chosen.output / "data", "cifar10", test_samples=STAND_IN["test_samples"])
            changes["epochs"] = changes["epochs"] or STAND_IN["epochs"]
            changes["channels"] = STAND_IN["channels"]
        config = read_config(chosen.config, **{name: value for name, value in changes.items() if value is not None})
        run(config, chosen.output, cifar10(data_dir, config.validation_samples), chosen.only, chosen.seeds)
        print((chosen.output / "table.md").read_text(encoding="utf-8"), end="")
        print(f"results, table and figure: {chosen.output}")

    return exit_code(work, chosen.output)


if __name__ == "__main__":
    sys.exit(main())
