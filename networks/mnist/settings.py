"""What the paper leaves open, settled on training digits that are held back: first weights and decorrelation rate.

`danp_chain.toml` with both in two versions, for fewer epochs, on a validation split; the test digits decide nothing.
Run `python networks/mnist/settings.py`; README.md has the result.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # so that this file runs from any folder

from mtjphys.cli.train import RESULTS, train
from mtjphys.core.errors import DataError
from mtjphys.core.files import write_text
from mtjphys.learning import Experiment
from networks.study import exit_code, read

BATCH = 64
CASES = {  # initialisation, and what the decorrelation rate is a rate of
    "he_mean": ("he", 1),
    "he_sum": ("he", BATCH),
    "fan_in_mean": ("fan_in", 1),
    "fan_in_sum": ("fan_in", BATCH),
}


def experiments(epochs: int, validation_samples: int) -> dict[str, Experiment]:
    """Return the four trainings by their names."""
    trainings = {}
    for name, (initialisation, factor) in CASES.items():
        experiment = Experiment.from_toml(Path(__file__).parent / "danp_chain.toml", epochs=epochs)
        assert experiment.training.batch_size == BATCH
        rate = experiment.tables()["decorrelation"]["learning_rate"]
        trainings[name] = experiment.with_parameters(
            {
                "data.validation_samples": validation_samples,
                "decorrelation.learning_rate": factor * rate,
                "network.initialisation": initialisation,
                "training.track_test": False,
            }
        )
    return trainings


def table(folders: dict[str, Path]) -> str:
    """Return the accuracies on the digits held back, after some epochs, as a Markdown table."""
    rows = []
    for name, folder in folders.items():
        history = read(folder).history
        last = history.sizes["epoch"]
        columns = [*(epoch for epoch in (5, 10, 20) if epoch < last), last]
        curve = 100 * history["validation_accuracy"].values
        cells = [f"{curve[epoch - 1]:.1f}" for epoch in columns]
        training = 100 * float(history["train_accuracy"][-1])
        rows.append(f"| {' | '.join([*name.rsplit('_', 1), *cells, f'{training:.1f}'])} |")
    header = ["first weights", "rate of the", *(f"epoch {epoch}" for epoch in columns), "training digits"]
    return "\n".join([f"| {' | '.join(header)} |", "| --- " * len(header) + "|", *rows]) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line and return the exit code."""
    parser = argparse.ArgumentParser(description="First weights and decorrelation rate, chosen on a validation split.")
    parser.add_argument("--output", type=Path, default=Path("output") / "mnist_settings")
    parser.add_argument("--data-dir", type=Path, help="folder of the data (MTJPHYS_DATA, else downloaded to a cache)")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--validation-samples", type=int, default=5000)
    parser.add_argument("--only", nargs="+", choices=list(CASES), metavar="CASE", default=list(CASES))
    given = parser.parse_args(arguments)

    def work() -> None:
        given.output.mkdir(parents=True, exist_ok=True)
        every = experiments(given.epochs, given.validation_samples)
        for name in given.only:
            if not (given.output / name / RESULTS).exists():
                print(name, flush=True)
                write_text(given.output / f"{name}.toml", every[name].to_toml())
                train([given.output / f"{name}.toml"], given.output / name, data_dir=given.data_dir)
            elif read(given.output / name).results["config"] != every[name].to_toml():
                raise DataError(f"{given.output / name}: holds another training; give another --output")
        folders = {name: given.output / name for name in CASES if (given.output / name / RESULTS).exists()}
        write_text(given.output / "table.md", table(folders))
        print(table(folders))

    return exit_code(work, given.output)


if __name__ == "__main__":
    sys.exit(main())
