"""Handwritten digits learned from the noise of junctions: DANP beside back-propagation.

The paper: K. Koenders et al., "Noise-based local learning using stochastic magnetic tunnel
junctions", Phys. Rev. Applied 23, 054035 (2025). The same rule, recipe and loss as theirs, on a
smaller network and the 1797 digits that come with scikit-learn, with one simulated junction
(stochastic LLG) behind every unit.

Run `python networks/digits/run.py`; README.md has the result.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mtjphys import __version__, learning
from mtjphys.core.errors import ParameterError
from mtjphys.core.files import write_text

sys.path.insert(0, str(Path(__file__).parents[2]))  # so that this file runs from any folder

from networks.study import exit_code, resume, save

CONFIG = Path(__file__).with_name("config.toml")
GAUSSIAN_SIGMA = 5.1e-3  # V, that of the live junctions (results.json)
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "bp": (
        "Back-propagation",
        {
            "rule": {"name": "BP"},
            "optimiser": {"name": "adam", "learning_rate": 0.01},
            "decorrelation": None,
            "noise": None,
        },
    ),
    "gaussian": ("DANP, Gaussian noise", {"noise": {"kind": "gaussian", "sigma": GAUSSIAN_SIGMA}}),
    "chain": ("DANP, two-level chain", {"noise": {"kind": "telegraph"}}),
    "junction": ("DANP, live junctions", {}),
}
"""What each kind is called, and the tables in which it differs from the configuration."""


def train(
    config: learning.Experiment, data: learning.Data, checkpoint: Path | None = None, *, progress: bool = True
) -> tuple[learning.Training, dict[str, Any]]:
    """Train one network, from its checkpoint if there is one, and evaluate it once on the test data."""
    training = config.build(data)
    if checkpoint is not None:
        resume(training, checkpoint)
    history = training.run(checkpoint=checkpoint, progress=progress)
    noisy = learning.evaluate(training.network, data.test, training.loss, training.noise).accuracy
    quiet = learning.evaluate(training.network, data.test, training.loss).accuracy
    summary = {
        "test_accuracy": noisy,
        "test_accuracy_standard_error": (noisy * (1 - noisy) / len(data.test.targets)) ** 0.5,
        "test_accuracy_noise_off": quiet,
        "validation_accuracy": history["validation_accuracy"].values.round(4).tolist(),
        "updates": training.updates,
    }
    if training.noise is not None:
        volts = training.noise.volts(512, training.network.n_units)
        summary["noise_standard_deviation_volts"] = round(float(volts.std(axis=0).mean()), 7)
    if "energy" in history:
        summary["cost"] = learning.physical_cost(history).total._asdict()
    return training, summary


def run(
    output: Path | None = None,
    config: learning.Experiment | None = None,
    *,
    kinds: Sequence[str] = tuple(KINDS),
    progress: bool = True,
) -> dict[str, dict[str, Any]]:
    """Train with each kind of noise; write results.json and learning.png to `output`."""
    config = learning.Experiment.from_toml(CONFIG) if config is None else config
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise ParameterError(f"kinds={unknown} are unknown: choose from {list(KINDS)}")
    checkpoints: dict[str, Path | None] = dict.fromkeys(kinds)
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        checkpoints = {kind: output / f"{kind}.checkpoint.npz" for kind in kinds}
    data = config.read_data()
    results, curves = {}, {}
    for kind in kinds:
        label, changes = KINDS[kind]
        training, results[kind] = train(config.with_parameters(changes), data, checkpoints[kind], progress=progress)
        curves[f"{label} (test {100 * results[kind]['test_accuracy']:.1f} %)"] = training.history
    if output is not None:
        summary = {"mtjphys_version": __version__, "config": config.to_toml(), "results": results}
        write_text(output / "results.json", json.dumps(summary, indent=2) + "\n")
        axes = learning.learning_curves(curves, "validation_accuracy")
        axes.set_ylim(top=100.5)
        axes.legend(frameon=False, fontsize="small", loc="lower right")
        save(axes.figure, output / "learning.png")
        for checkpoint in checkpoints.values():
            if checkpoint is not None:
                checkpoint.unlink(missing_ok=True)
    return results


def spread(config: learning.Experiment, kind: str, seeds: Sequence[int]) -> dict[str, list[float]]:
    """Return mean and standard deviation (%) of validation and test accuracy over seeds."""
    data = config.read_data()
    accuracies: dict[str, list[float]] = {"validation": [], "test": []}
    for seed in seeds:
        made = config.with_parameters(KINDS[kind][1] | {"seed": seed})
        _, summary = train(made, data, progress=False)
        accuracies["validation"].append(100 * summary["validation_accuracy"][-1])
        accuracies["test"].append(100 * summary["test_accuracy"])
    return {part: [float(np.mean(values)), float(np.std(values, ddof=1))] for part, values in accuracies.items()}


def study(config: learning.Experiment, seeds: Sequence[int] = (1, 2, 3, 4, 5)) -> None:
    """Print accuracies over seeds: of each kind that is cheap, and with the chain against size and epochs."""
    print("mean +- standard deviation over seeds (%)       validation          test")
    for kind in ("bp", "gaussian", "chain"):
        (valid, deviation), (test, test_deviation) = spread(config, kind, seeds).values()
        print(f"{KINDS[kind][0]:<46} {valid:.1f} +- {deviation:.1f}   {test:.1f} +- {test_deviation:.1f}")
    for hidden in ([], [30], [100], [300], [100, 50]):
        for epochs in (5, 10, 20, 40):
            sizes = {"network.hidden": hidden, "training.epochs": epochs}
            valid, deviation = spread(config.with_parameters(sizes), "chain", seeds)["validation"]
            what = f"chain, hidden {'-'.join(map(str, hidden)) or 'none'}, {epochs} epochs"
            print(f"{what:<46} {valid:.1f} +- {deviation:.1f}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line and return the exit code."""
    parser = argparse.ArgumentParser(description="Digits learned from the noise of junctions.")
    parser.add_argument("--config", type=Path, default=CONFIG, help="TOML file (config.toml)")
    parser.add_argument("--output", type=Path, default=Path("output/digits"), help="folder")
    parser.add_argument("--noise", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--seed", type=int, help="seed instead of the configuration's")
    parser.add_argument("--study", action="store_true", help="over seeds, and accuracy against size and epochs")
    chosen = parser.parse_args(arguments)

    def work() -> None:
        config = learning.Experiment.from_toml(chosen.config, seed=chosen.seed)
        if chosen.study:
            study(config)
            return
        for kind, summary in run(chosen.output, config, kinds=chosen.noise).items():
            print(
                f"{KINDS[kind][0]:<24} test {100 * summary['test_accuracy']:.1f} +- "
                f"{100 * summary['test_accuracy_standard_error']:.1f} %, "
                f"noise off {100 * summary['test_accuracy_noise_off']:.1f} %"
            )
        print(f"results and figure: {chosen.output}")

    return exit_code(work, None if chosen.study else chosen.output)


if __name__ == "__main__":
    sys.exit(main())
