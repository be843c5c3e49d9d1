"""One layer learns MNIST from noise of any kind and amplitude: Figure 3 of the paper.

The paper: K. Koenders et al., "Noise-based local learning using stochastic magnetic tunnel
junctions", Phys. Rev. Applied 23, 054035 (2025). A layer 784-10 learns with ANP, without
decorrelation, for 100 epochs; the training accuracy hardly depends on the noise.

Run `python networks/single_layer/run.py`; README.md has the result.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mtjphys import __version__, learning
from mtjphys.core.errors import DataError
from mtjphys.core.files import write_text
from mtjphys.core.palette import COLOURS, MARKERS
from mtjphys.core.parameters import Parameters, read_toml
from mtjphys.learning.archive import read_arrays, write_arrays

sys.path.insert(0, str(Path(__file__).parents[2]))  # so that this file runs from any folder

from networks.study import exit_code, resume, save

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

CONFIG = Path(__file__).with_name("config.toml")
SIZES = (784, 10)
COINS = 10  # of the binomial noise
COLUMNS = ("train_accuracy", "validation_accuracy", "validation_accuracy_quiet")
PUBLISHED = (90.0, 92.0)  # training accuracy, %, for every noise up to a deviation of 1 V; digitised from Figure 3
WEAK = (1e-6, 1e-7, 1e-8)  # V, where rounding shows


class Noise(Parameters):
    """The points of the figure."""

    gaussian: list[float]  # V
    binomial: list[float]  # V
    bernoulli: list[float]
    bernoulli_amplitude: float  # V


class Config(Parameters):
    """Everything that a run depends on."""

    epochs: int
    batch_size: int
    learning_rate: float
    validation_samples: int
    seed: int
    noise: Noise


def read_config(path: Path = CONFIG, **changes: Any) -> Config:
    """Read the configuration; keyword arguments replace entries of the top level."""
    return Config(**(read_toml(path) | changes))


def sources(config: Config) -> dict[str, learning.NoiseSource]:
    """Return the noise of every point by its name."""
    noise, seed = config.noise, config.seed
    points: dict[str, learning.NoiseSource] = {}
    for sigma in noise.gaussian:
        points[f"gaussian {sigma:g}"] = learning.GaussianNoise(sigma, seed=seed)
    for sigma in noise.binomial:
        # n fair coins have the deviation amplitude sqrt(n)/2.
        points[f"binomial {sigma:g}"] = learning.BinomialNoise(COINS, 0.5, 2 * sigma / COINS**0.5, seed=seed)
    for p in noise.bernoulli:
        points[f"bernoulli {p:g}"] = learning.BernoulliNoise(p, noise.bernoulli_amplitude, seed=seed)
    return points


def training(
    config: Config, data: learning.Data, noise: learning.NoiseSource | None, dtype: type = np.float32
) -> learning.Training:
    """Return the training of one point; without noise, by back-propagation."""
    return learning.Training(
        learning.Network(SIZES, seed=config.seed, dtype=dtype),
        learning.BP() if noise is None else learning.ANP(),
        data,
        learning.Adam(config.learning_rate),
        epochs=config.epochs,
        noise=noise,
        batch_size=config.batch_size,
        seed=config.seed,
    )


def _description(config: Config) -> str:
    """Return what must be the same for points to be of one figure: all but which points there are."""
    return config.model_dump_json(exclude={"noise": {"gaussian", "binomial", "bernoulli"}})


def run(
    output: Path | None = None,
    config: Config | None = None,
    *,
    data: learning.Data | None = None,
    data_dir: Path | None = None,
    progress: bool = True,
) -> dict[str, dict[str, Any]]:
    """Train every point; write results.json and single_layer.png to `output`.

    A point that is done stays done, and one that is not continues from its checkpoint.
    """
    config = read_config() if config is None else config
    if data is None:
        data = learning.mnist(data_dir, config.validation_samples)
    curves: dict[str, NDArray[Any]] = {}
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        if (output / "curves.npz").exists():
            curves = read_arrays(output / "curves.npz", "file of learning curves")
            if str(curves.pop("config", "")) != _description(config):
                raise DataError(
                    f"{output / 'curves.npz'} is of another configuration: give another --output, or remove it"
                )
    points: dict[str, learning.NoiseSource | None] = {"back-propagation": None, **sources(config)}
    for name, noise in points.items():
        if name in curves:
            continue
        made = training(config, data, noise)
        checkpoint = None if output is None else output / f"{name.replace(' ', '_')}.checkpoint.npz"
        if checkpoint is not None:
            resume(made, checkpoint)
        started = time.process_time()
        history = made.run(checkpoint=checkpoint, progress=progress, announce=print if progress else None)
        seconds = time.process_time() - started
        test = learning.evaluate(made.network, data.test, made.loss, noise).accuracy
        curves[name] = np.array([history[column].values for column in COLUMNS])
        curves[f"end {name}"] = np.array([test, seconds])
        if output is not None:
            write_arrays(output / "curves.npz", curves | {"config": np.array(_description(config))})
            if checkpoint is not None:
                checkpoint.unlink(missing_ok=True)
    results = {
        name: dict(zip(COLUMNS, curves[name][:, -1].tolist(), strict=True))
        | dict(zip(("test_accuracy", "seconds"), curves[f"end {name}"].tolist(), strict=True))
        for name in points
    }
    if output is not None:
        write(output, config, results)
    return results


def write(output: Path, config: Config, results: Mapping[str, Mapping[str, Any]]) -> None:
    """Write numbers and figure."""
    summary = {
        "mtjphys_version": __version__,
        "config": config.model_dump(),
        "published_training_accuracy_percent": PUBLISHED,
        "results": {name: {key: round(value, 4) for key, value in result.items()} for name, result in results.items()},
    }
    write_text(output / "results.json", json.dumps(summary, indent=2) + "\n")
    save(figure(results), output / "single_layer.png")


def figure(results: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Draw the training accuracy against deviation and against probability, beside the published range."""
    import matplotlib.pyplot as plt

    drawn, axes = plt.subplots(1, 2, figsize=(7.2, 3.0), layout="constrained", width_ratios=(1.6, 1), sharey=True)
    panels = {"gaussian": (0, "Gaussian"), "binomial": (0, "Binomial"), "bernoulli": (1, "Bernoulli")}
    for k, (kind, (place, label)) in enumerate(panels.items()):
        points = {
            float(name.split()[1]): 100 * result["train_accuracy"]
            for name, result in results.items()
            if name.startswith(kind)
        }
        axes[place].plot(*zip(*sorted(points.items()), strict=True), MARKERS[k], ls="-", color=COLOURS[k], label=label)
    for ax, ends in zip(axes, ((1e-6, 1.0), (0.5, 0.9)), strict=True):
        ax.fill_between(ends, *PUBLISHED, color="0.85", lw=0, label="Published")
        ax.axhline(100 * results["back-propagation"]["train_accuracy"], color="black", lw=1, ls=":", label="Back-prop.")
        ax.grid(alpha=0.25, linewidth=0.6)
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(frameon=False, fontsize="small", loc="lower left")
    axes[0].set(
        xlabel="Standard deviation of the noise (V)", ylabel="Training accuracy (%)", xscale="log", ylim=(0, 100)
    )
    axes[1].set(xlabel="Probability of the upper level")
    return drawn


def estimate_cosine(config: Config, data: learning.Data, sigma: float, samples: int = 400) -> float:
    """Return the cosine between the estimates in single and double precision, of one batch and the same noise."""
    estimates = []
    for dtype in (np.float32, np.float64):
        network = learning.Network(SIZES, seed=config.seed, dtype=dtype)
        batch = data.train.inputs[:samples].astype(dtype), data.train.targets[:samples]
        noise = learning.GaussianNoise(sigma, seed=config.seed)
        estimates.append(learning.ANP()(network, *batch, learning.CrossEntropy(), noise).weights[0].ravel())
    single, double = estimates
    # An estimate of which nothing is left is as good as one at right angles.
    return float(single @ double / max(np.linalg.norm(single) * np.linalg.norm(double), 1e-30))


def study(config: Config, data: learning.Data, epochs: int = 20) -> list[tuple[str, float, float]]:
    """Return (what, training, validation accuracy) for learning rates, and for weak noise in two precisions."""
    rows = []

    def row(what: str, changes: Mapping[str, Any], sigma: float, dtype: type) -> None:
        changed = config.model_copy(update={"epochs": epochs} | dict(changes))
        made = training(changed, data, learning.GaussianNoise(sigma, seed=config.seed), dtype)
        history = made.run(progress=False)
        rows.append((what, float(history["train_accuracy"][-1]), float(history["validation_accuracy"][-1])))

    for rate in (2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3):
        row(f"learning rate {rate:g}", {"learning_rate": rate}, 1e-2, np.float32)
    for sigma in WEAK:
        for dtype in (np.float32, np.float64):
            row(f"{sigma:g} V, {dtype.__name__}", {}, sigma, dtype)
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line and return the exit code."""
    parser = argparse.ArgumentParser(description="One layer learns MNIST from noise of any kind and amplitude.")
    parser.add_argument("--config", type=Path, default=CONFIG, help="TOML file (config.toml)")
    parser.add_argument("--output", type=Path, default=Path("output/single_layer"), help="folder")
    parser.add_argument("--data-dir", type=Path, help="folder of the MNIST files (MTJPHYS_DATA, else a cache)")
    parser.add_argument("--study", action="store_true", help="learning rates and precision, 20 epochs each")
    chosen = parser.parse_args(arguments)

    def work() -> None:
        config = read_config(chosen.config)
        data = learning.mnist(chosen.data_dir, config.validation_samples)
        if chosen.study:
            print(f"{'20 epochs':<24} training  validation accuracy (%)")
            for what, train, validation in study(config, data):
                print(f"{what:<24} {100 * train:>8.1f}  {100 * validation:.1f}")
            for sigma in WEAK:
                cosine = estimate_cosine(config, data, sigma)
                print(f"{sigma:g} V: cosine of the estimates from 400 samples in float32 and float64 {cosine:.2f}")
            return
        for name, result in run(chosen.output, config, data=data).items():
            print(
                f"{name:<18} training {100 * result['train_accuracy']:5.1f} %, "
                f"validation {100 * result['validation_accuracy']:5.1f} % "
                f"(noise off {100 * result['validation_accuracy_quiet']:.1f} %), "
                f"test {100 * result['test_accuracy']:5.1f} %, {result['seconds']:.0f} s"
            )
        print(f"results, curves and figure: {chosen.output}")

    return exit_code(work, None if chosen.study else chosen.output)


if __name__ == "__main__":
    sys.exit(main())
