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
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mtjphys import learning
from mtjphys.errors import MtjphysError, ParameterError
from mtjphys.parameters import Parameters, read_toml

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

CONFIG = Path(__file__).with_name("config.toml")
LABELS = {
    "bp": "Back-propagation",
    "gaussian": "DANP, Gaussian noise",
    "chain": "DANP, two-level chain",
    "junction": "DANP, live junctions",
}


class Rates(Parameters):
    """Learning rates of noise-based learning."""

    learning_rate: float
    decorrelation_rate: float


class BackPropagation(Parameters):
    """Learning rate of back-propagation."""

    learning_rate: float


class Junction(Parameters):
    """The live junctions: which, how they are biased, how often they are read."""

    preset: str
    source_voltage: float  # V
    series_resistance: float  # ohm
    sample_interval: float  # s


class Config(Parameters):
    """Everything that a run depends on."""

    hidden: list[int]
    epochs: int
    batch_size: int
    seed: int
    danp: Rates
    bp: BackPropagation
    junction: Junction


class Result(NamedTuple):
    """One training: its learning curves and, at the end, the test data."""

    history: xarray.Dataset
    summary: dict[str, Any]


def read_config(path: Path = CONFIG, **changes: Any) -> Config:
    """Read the configuration; keyword arguments replace entries of the top level."""
    return Config(**(read_toml(path) | changes))


def junction_noise(config: Config, seed: int) -> learning.JunctionNoise:
    """Return the live junctions of a configuration."""
    import mtjphys as mp

    preset = getattr(mp.presets, config.junction.preset, None)
    if preset is None:
        raise ParameterError(
            f"preset={config.junction.preset!r} is not a junction of mtjphys.presets: name one of its functions"
        )
    bias = mp.Bias(voltage=config.junction.source_voltage, series_resistance=config.junction.series_resistance)
    return learning.JunctionNoise(preset(), bias, config.junction.sample_interval, seed=seed)


def train(
    kind: str,
    config: Config,
    noise: learning.NoiseSource | None = None,
    *,
    data: learning.Data | None = None,
    checkpoint: Path | None = None,
    progress: bool = True,
) -> Result:
    """Train one network, from its checkpoint if there is one, and evaluate it on the test data."""
    data = learning.digits() if data is None else data
    with_noise = kind != "bp"
    network = learning.Network(
        [data.train.inputs.shape[1], *config.hidden, 10],
        decorrelated=with_noise,
        seed=config.seed,
    )
    rates = config.danp if with_noise else config.bp
    training = learning.Training(
        network,
        learning.ANP() if with_noise else learning.BP(),
        data,
        learning.Adam(rates.learning_rate),
        epochs=config.epochs,
        noise=noise,
        decorrelation=(learning.Decorrelation(config.danp.decorrelation_rate) if with_noise else None),
        batch_size=config.batch_size,
        schedule="cosine",
        seed=config.seed,
    )
    if checkpoint is not None and checkpoint.exists():
        training.load(checkpoint)
    started = time.perf_counter()
    history = training.run(checkpoint=checkpoint, progress=progress)
    seconds = time.perf_counter() - started
    noisy = learning.evaluate(network, data.test, training.loss, noise)
    quiet = learning.evaluate(network, data.test, training.loss)
    n_test = len(data.test.targets)
    readings = 0
    if with_noise:
        per_epoch = 2 * len(data.train.targets) + len(data.validation.targets)
        readings = (config.epochs * per_epoch + n_test) * network.n_units
    return Result(
        history,
        {
            "test_accuracy": noisy.accuracy,
            "test_accuracy_standard_error": (noisy.accuracy * (1 - noisy.accuracy) / n_test) ** 0.5,
            "test_accuracy_noise_off": quiet.accuracy,
            "validation_accuracy": float(history["validation_accuracy"][-1]),
            "updates": training.updates,
            "units": network.n_units,
            "noise_readings": readings,
            "seconds": round(seconds, 2),
        },
    )


def run(
    output: Path | None = None,
    config: Config | None = None,
    *,
    kinds: Sequence[str] = tuple(LABELS),
    noise: Callable[[Config, int], learning.NoiseSource] = junction_noise,
    progress: bool = True,
) -> dict[str, Result]:
    """Train with each kind of noise; write results.json, learning.nc and learning.png to `output`.

    The Gaussian noise has the standard deviation of the junctions if they are among the kinds, else
    that of the two-level chain. `noise` makes the live source from the configuration and a seed.
    """
    config = read_config() if config is None else config
    unknown = sorted(set(kinds) - set(LABELS))
    if unknown:
        raise ParameterError(f"kinds={unknown} are unknown: choose from {list(LABELS)}")
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
    data = learning.digits()
    n_units = sum(config.hidden) + 10
    chain = learning.TelegraphNoise(seed=config.seed)
    sigma = chain.standard_deviation
    if "junction" in kinds:
        # A seed of its own: what is measured here must not be what the network learns from.
        probe = noise(config, config.seed + 1).volts(512, n_units)
        sigma = float(probe.std(axis=0).mean())
    results = {}
    for kind in kinds:
        source: learning.NoiseSource | None = None
        if kind == "junction":
            source = noise(config, config.seed)
        elif kind == "chain":
            source = chain
        elif kind == "gaussian":
            source = learning.GaussianNoise(sigma, seed=config.seed)
        checkpoint = None if output is None else output / f"{kind}.checkpoint.npz"
        results[kind] = train(kind, config, source, data=data, checkpoint=checkpoint, progress=progress)
        noise_sigma = {"bp": 0.0, "chain": chain.standard_deviation}.get(kind, sigma)
        results[kind].summary["noise_standard_deviation_volts"] = noise_sigma
    if output is not None:
        write(output, config, results)
    return results


def write(output: Path, config: Config, results: Mapping[str, Result]) -> None:
    """Write numbers, learning curves and figure; then the checkpoints have served."""
    import xarray

    from mtjphys import __version__ as version

    summary = {kind: result.summary for kind, result in results.items()}
    text = json.dumps({"mtjphys_version": version, "config": config.model_dump(), "results": summary}, indent=2)
    (output / "results.json").write_text(text + "\n", encoding="utf-8")
    curves = xarray.concat([result.history.drop_attrs(deep=False) for result in results.values()], "training")
    curves.attrs = {"mtjphys_version": version, "config": config.model_dump_json()}
    curves.assign_coords(training=list(results)).to_netcdf(output / "learning.nc", engine="h5netcdf")
    axes = figure(results)
    axes.figure.savefig(output / "learning.png", dpi=200)
    for kind in results:
        (output / f"{kind}.checkpoint.npz").unlink(missing_ok=True)


def figure(results: Mapping[str, Result], ax: Axes | None = None) -> Axes:
    """Draw the validation accuracy of each training; the legend gives the test accuracy."""
    curves = {
        f"{LABELS[kind]} (test {100 * result.summary['test_accuracy']:.1f} %)": result.history
        for kind, result in results.items()
    }
    ax = learning.learning_curves(curves, "validation_accuracy", ax)
    ax.set_ylim(top=100.5)
    ax.legend(frameon=False, fontsize="small", loc="lower right")
    return ax


def study(config: Config, seeds: Sequence[int] = (1, 2, 3, 4, 5)) -> list[tuple[str, int, float, float]]:
    """Return (hidden units, epochs, mean, standard deviation) of the validation accuracy, %."""
    data = learning.digits()
    rows = []
    for hidden in ([], [30], [100], [300], [100, 50]):
        for epochs in (5, 10, 20, 40):
            accuracies = []
            for seed in seeds:
                changed = config.model_copy(update={"hidden": hidden, "epochs": epochs, "seed": seed})
                source = learning.TelegraphNoise(seed=seed)
                result = train("chain", changed, source, data=data, progress=False)
                accuracies.append(100 * result.summary["validation_accuracy"])
            label = "-".join(map(str, hidden)) or "none"
            rows.append((label, epochs, float(np.mean(accuracies)), float(np.std(accuracies, ddof=1))))
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; a mistake in the input is one sentence and exit code 2."""
    parser = argparse.ArgumentParser(description="Digits learned from the noise of junctions.")
    parser.add_argument("--config", type=Path, default=CONFIG, help="TOML file (config.toml)")
    parser.add_argument("--output", type=Path, default=Path("output/digits"), help="folder")
    parser.add_argument("--noise", nargs="+", choices=list(LABELS), default=list(LABELS))
    parser.add_argument("--seed", type=int, help="seed instead of the configuration's")
    parser.add_argument("--study", action="store_true", help="accuracy against size and epochs")
    chosen = parser.parse_args(arguments)
    try:
        changes = {} if chosen.seed is None else {"seed": chosen.seed}
        config = read_config(chosen.config, **changes)
        if chosen.study:
            print("hidden  epochs  validation accuracy (%), chain noise, five seeds")
            for hidden, epochs, mean, deviation in study(config):
                print(f"{hidden:>6}  {epochs:>6}  {mean:.1f} +- {deviation:.1f}")
            return 0
        for kind, result in run(chosen.output, config, kinds=chosen.noise).items():
            summary = result.summary
            print(
                f"{LABELS[kind]:<24} test {100 * summary['test_accuracy']:.1f} +- "
                f"{100 * summary['test_accuracy_standard_error']:.1f} %, "
                f"noise off {100 * summary['test_accuracy_noise_off']:.1f} %, "
                f"{summary['seconds']:.1f} s"
            )
        print(f"results, curves and figure: {chosen.output}")
    except MtjphysError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            f"stopped; the same command continues from the checkpoint in {chosen.output}",
            file=sys.stderr,
        )
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
