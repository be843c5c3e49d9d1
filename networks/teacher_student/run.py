"""The live experiment as a simulation: a small network learns another one from one junction.

The paper: K. Koenders et al., "Noise-based local learning using stochastic magnetic tunnel
junctions", Phys. Rev. Applied 23, 054035 (2025), Figure 5. A network 2-2-2-1 learns a random one of
its kind with DANP; its noise comes from one junction behind a divider, through an analog-to-digital
converter and a ring buffer that is shuffled on every call.

Run `python networks/teacher_student/run.py`; README.md has the result.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

import mtjphys as mp
from mtjphys import learning
from mtjphys.core.errors import DataError, ParameterError, SimulationError
from mtjphys.core.files import write_text
from mtjphys.core.palette import COLOURS
from mtjphys.core.parameters import Parameters, read_toml
from mtjphys.learning.archive import read_arrays, write_arrays
from mtjphys.learning.data import teacher, teacher_student

sys.path.insert(0, str(Path(__file__).parents[2]))  # so that this file runs from any folder

from networks.study import exit_code, save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

CONFIG = Path(__file__).with_name("config.toml")
SIZES = (2, 2, 2, 1)
PUBLISHED = {1: 1.2, 5: 0.31, 10: 0.16, 30: 0.043, 50: 0.0225}  # loss by epoch, digitised from Figure 5
WANTED = 30.0  # fold by which the loss should fall in the median
_STUDENTS = 1_000_000  # first seed of the students; those of the teachers start at 0
_PROBE = 2_000_000  # seed of the readings that the Gaussian noise is made from


class Circuit(Parameters):
    """From the junction to the ring buffer."""

    source_voltage: float  # V
    series_resistance: float  # ohm
    buffer: int
    bits: int
    reads_per_pass: float


class Device(Parameters):
    """A junction and how it is read."""

    preset: str
    field: float  # T
    read_interval: float  # s


class Config(Parameters):
    """Everything that a run depends on."""

    pairs: int
    epochs: int
    samples: int
    batch_size: int
    optimiser: Literal["sgd", "adam"]
    learning_rate: float
    decorrelation_rate: float
    bias_deviation: float
    noise: Literal["junction", "llg", "gaussian", "none"]
    gain: float
    seed: int
    circuit: Circuit
    junction: Device
    llg: Device


class Case(NamedTuple):
    """One set of pairs: what it is called and what differs from the configuration."""

    label: str
    changes: dict[str, Any]


CASES = {
    "junction": Case("Junction", {}),
    "bp": Case("Exact gradient", {"noise": "none"}),
    # A tenth of the readings is a tenth of the work; even a frozen buffer learns as well.
    "llg": Case("Live LLG", {"noise": "llg", "circuit": {"reads_per_pass": 0.1}}),
}
_GAUSSIAN = {"noise": "gaussian"}
STUDY = {
    "gaussian": Case("ideal Gaussian noise of the same mean and deviation", _GAUSSIAN),
    "weak": Case("volts divided by 10", {"gain": 0.1}),
    "strong": Case("volts times 3", {"gain": 3.0}),
    "frozen": Case("frozen ring buffer, the same 200 values throughout", {"circuit": {"reads_per_pass": 0.0}}),
    "fresh": Case("200 new readings a pass", {"circuit": {"reads_per_pass": 200.0}}),
    "no_decorrelation": Case("no decorrelation", {"decorrelation_rate": 0.0}),
    "slow": Case("learning rate 3e-4", {"learning_rate": 3e-4}),
    "fast": Case("learning rate 3e-3", {"learning_rate": 3e-3}),
    "long": Case("Gaussian, 500 epochs", _GAUSSIAN | {"epochs": 500}),
    "small_biases": Case("biases of deviation 0.1", {"bias_deviation": 0.1}),
    "single": Case("Gaussian, batches of one sample", _GAUSSIAN | {"batch_size": 1}),
    "adam": Case("Gaussian, batches of one sample, Adam", _GAUSSIAN | {"batch_size": 1, "optimiser": "adam"}),
}


def read_config(path: Path = CONFIG, **changes: Any) -> Config:
    """Read the configuration; keyword arguments replace entries, a dictionary those of a table."""
    entries = read_toml(path)
    for name, value in changes.items():
        entries[name] = entries[name] | value if isinstance(value, dict) else value
    return Config(**entries)


def device_and_bias(device: Device, circuit: Circuit) -> tuple[mp.MTJ, mp.Bias]:
    """Return a junction and what the divider and the field apply to it."""
    preset = getattr(mp.presets, device.preset, None)
    if preset is None:
        raise ParameterError(
            f"preset={device.preset!r} is not a junction of mtjphys.junction.presets: name one of its functions"
        )
    bias = mp.Bias(
        voltage=circuit.source_voltage,
        series_resistance=circuit.series_resistance,
        field=(device.field, 0.0, 0.0),
    )
    return preset(), bias


def two_states(config: Config) -> mp.surrogate.TwoState:
    """Return the junction as two states, with the exact rates in its circuit (a quarter of a minute)."""
    junction, _ = device_and_bias(config.junction, config.circuit)
    return mp.surrogate.from_fokker_planck(
        junction,
        voltages=[config.circuit.source_voltage],
        fields=[(config.junction.field, 0.0, 0.0)],
        series_resistance=config.circuit.series_resistance,
    )


def live_noise(config: Config, pair: int, junction: mp.surrogate.TwoState) -> learning.NoiseSource:
    """Return the noise of a pair: one junction behind converter and ring buffer, or its Gaussian likeness."""
    seed = config.seed + pair
    if config.noise == "gaussian":
        # The same readings for every pair.
        volts = _live(config, config.junction, _PROBE, junction).inner.volts(2000, 1)
        return learning.GaussianNoise(float(volts.std()), mean=float(volts.mean()), seed=seed, gain=config.gain)
    if config.noise == "llg":
        return _live(config, config.llg, seed)
    return _live(config, config.junction, seed, junction)


def _live(
    config: Config, device: Device, seed: int, stand_in: mp.surrogate.TwoState | None = None
) -> learning.RingBufferNoise:
    """Return one junction, or what stands in for it, behind divider, converter and ring buffer."""
    circuit = config.circuit
    junction, bias = device_and_bias(device, circuit)
    return learning.RingBufferNoise(
        learning.JunctionNoise(stand_in or junction, bias, device.read_interval, seed=seed, lanes=1, threads=1),
        size=circuit.buffer,
        reads_per_call=circuit.reads_per_pass,
        bits=circuit.bits,
        full_scale=(0.0, circuit.source_voltage),
        seed=seed,
        gain=config.gain,
    )


def _decorrelates(config: Config) -> bool:
    return config.noise != "none" and config.decorrelation_rate > 0.0


def student(config: Config, pair: int) -> learning.Network:
    """Return a network drawn by the same law as the teachers, but another one."""
    network = learning.Network(SIZES, decorrelated=_decorrelates(config))
    drawn = teacher(SIZES, bias_deviation=config.bias_deviation, seed=_STUDENTS + config.seed + pair)
    for theirs, array in zip(network.parameters, drawn.parameters, strict=True):
        theirs[:] = array
    return network


def learn(config: Config, pair: int, noise: learning.NoiseSource | None) -> Floats:
    """Return the loss of one student by epoch, the mean over the first passes; infinite where it diverged."""
    if config.samples % config.batch_size:
        raise ParameterError(
            f"batch_size={config.batch_size} does not divide samples={config.samples}: choose one that does"
        )
    # The library takes means over the batch where the paper sums.
    summed, decorrelates = config.batch_size, _decorrelates(config)
    optimiser: learning.Optimiser = learning.SGD(config.learning_rate * summed)
    if config.optimiser == "adam":
        optimiser = learning.Adam(config.learning_rate)
    data = teacher_student(
        SIZES,
        config.samples,
        config.seed + pair,
        validation_samples=0,
        test_samples=0,
        bias_deviation=config.bias_deviation,
    )
    training = learning.Training(
        student(config, pair),
        learning.BP() if noise is None else learning.DANP() if decorrelates else learning.ANP(),
        data,
        optimiser,
        epochs=config.epochs,
        noise=noise,
        decorrelation=learning.Decorrelation(config.decorrelation_rate * summed) if decorrelates else None,
        loss=learning.SquaredError(),
        batch_size=config.batch_size,
        seed=config.seed + pair,
    )
    try:
        history = training.run(progress=False)
    except SimulationError:
        history = training.history
    losses = np.full(config.epochs, np.inf)
    losses[: history.sizes["epoch"]] = history["train_loss"].values
    return losses


def fold(losses: Floats) -> Floats:
    """Return by which factor the loss falls from the first epoch to the last, for each pair."""
    return np.asarray(losses[:, 0] / losses[:, -1])


def summary(losses: Floats) -> dict[str, Any]:
    """Return what the tables say of the pairs of one case."""
    folds = fold(losses)
    # A student that diverged has an infinite loss; interpolating between infinities gives NaN.
    quartiles = np.quantile(losses, [0.25, 0.5, 0.75], axis=0, method="nearest")
    return {
        "pairs": len(losses),
        "fold_median": float(np.median(folds)),
        "fold_quartiles": np.quantile(folds, [0.25, 0.75]).tolist(),
        "share_above_30": float((folds >= WANTED).mean()),
        "folds": folds.tolist(),
        "loss_start_median": float(np.median(losses[:, 0])),
        "loss_end_median": float(np.median(losses[:, -1])),
        "loss_quartiles_by_epoch": dict(zip(("lower", "median", "upper"), quartiles.tolist(), strict=True)),
    }


def cost(config: Config, junction: mp.surrogate.TwoState) -> dict[str, float]:
    """Return what the junction of one pair spends in all its passes: readings, time (s), energy (J)."""
    noise = _live(config, config.junction, config.seed, junction)
    noise.volts(2 * config.samples * config.epochs, sum(SIZES[1:]))
    return noise.usage._asdict() if noise.usage else {}


def _description(config: Config) -> str:
    """Return what must be the same for losses to be of one study: all but the number of pairs."""
    return config.model_dump_json(exclude={"pairs"})


def _done(path: Path, config: Config) -> dict[str, NDArray[Any]]:
    """Return the losses of an earlier run with this configuration, and its junction."""
    if not path.exists():
        return {}
    arrays = read_arrays(path, "file of losses")
    if str(arrays.pop("config", "")) != _description(config):
        raise DataError(f"{path} is of another configuration: give another --output, or remove it")
    return arrays


def run(
    output: Path | None = None,
    config: Config | None = None,
    cases: Mapping[str, Case] | None = None,
    *,
    junction: mp.surrogate.TwoState | None = None,
    progress: bool = True,
) -> dict[str, Floats]:
    """Return the losses of every case, (pairs, epochs); write results.json and teacher_student.png to `output`.

    A pair that is done stays done: the same call continues after Ctrl-C. `junction` stands in for
    the two-state junction of the configuration.
    """
    config = read_config() if config is None else config
    cases = CASES if cases is None else cases
    stored: dict[str, NDArray[Any]] = {}
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        stored = _done(output / "losses.npz", config)
    if junction is None and "junction" in stored:
        junction = mp.surrogate.TwoState.from_toml(str(stored["junction"]))
    elif junction is None:
        junction = two_states(config)
    kept = {"config": np.array(_description(config)), "junction": np.array(junction.to_toml())}
    losses = {name: rows for name, rows in stored.items() if name.startswith("losses.")}
    chosen = {}
    for name, case in cases.items():
        changed = _changed(config, case)
        key = f"losses.{name}"
        rows = list(losses.get(key, ()))
        for pair in tqdm(range(len(rows), config.pairs), desc=case.label, unit="pair", disable=not progress):
            noise = None if changed.noise == "none" else live_noise(changed, pair, junction)
            rows.append(learn(changed, pair, noise))
            losses[key] = np.array(rows)
            if output is not None:
                write_arrays(output / "losses.npz", losses | kept)
        chosen[name] = losses[key][: config.pairs]
    if output is not None:
        write(output, config, cases, chosen, cost(config, junction))
    return chosen


def _changed(config: Config, case: Case) -> Config:
    entries = config.model_dump()
    for name, value in case.changes.items():
        entries[name] = entries[name] | value if isinstance(value, dict) else value
    return Config(**entries)


def write(
    output: Path, config: Config, cases: Mapping[str, Case], losses: Mapping[str, Floats], spent: dict[str, float]
) -> None:
    """Write numbers and figure."""
    result = {
        "mtjphys_version": mp.__version__,
        "config": config.model_dump(),
        "published_loss": PUBLISHED,
        "junction_of_one_pair": spent,
        "results": {name: {"label": cases[name].label} | summary(rows) for name, rows in losses.items()},
    }
    # Indented but for the lists: one line each.
    text = re.sub(
        r"\[[^\[\]{}]*\]", lambda numbers: " ".join(numbers[0].split()), json.dumps(_rounded(result), indent=2)
    )
    write_text(output / "results.json", text + "\n")
    if "junction" in losses:
        save(figure(losses), output / "teacher_student.png")


def _rounded(value: Any) -> Any:
    """Round to four digits, so that the file can be read; JSON knows no infinities."""
    if isinstance(value, dict):
        return {name: _rounded(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_rounded(entry) for entry in value]
    if isinstance(value, float):
        return float(f"{value:.4g}") if np.isfinite(value) else None
    return value


def figure(losses: Mapping[str, Floats]) -> Figure:
    """Draw every pair, median and quartiles beside the published curve; and how far the loss falls."""
    import matplotlib.pyplot as plt

    rows = losses["junction"]
    epochs = np.arange(1, rows.shape[1] + 1)
    drawn, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.2), layout="constrained", width_ratios=(1.4, 1))
    for k, row in enumerate(rows):
        left.plot(epochs, row, color="0.75", linewidth=0.6, label="each pair" if k == 0 else None)
    low, middle, high = np.quantile(rows, [0.25, 0.5, 0.75], axis=0, method="nearest")
    left.fill_between(epochs, low, high, color=COLOURS[0], alpha=0.25, linewidth=0, label="quartiles")
    left.plot(epochs, middle, color=COLOURS[0], linewidth=1.8, label=f"median of {len(rows)} pairs")
    left.plot(*zip(*PUBLISHED.items(), strict=True), "D", color="black", markersize=5, label="published")
    left.set(xlabel="Epoch", ylabel="Loss", yscale="log")
    left.legend(frameon=False, fontsize="small")
    styles = ("-", "--", ":")
    for k, (name, style) in enumerate(zip(CASES, styles, strict=True)):
        if name in losses:
            folds = np.sort(fold(losses[name]))
            label = f"{CASES[name].label} ({np.median(folds):.0f})"
            right.step(
                folds, np.arange(1, folds.size + 1) / folds.size, where="post", color=COLOURS[k], ls=style, label=label
            )
    published = PUBLISHED[1] / PUBLISHED[50]
    right.axvline(published, color="black", linewidth=1, label=f"Published ({published:.0f})")
    right.set(xlabel="Fold by which the loss falls", ylabel="Share of pairs", xscale="log", ylim=(0, 1))
    right.legend(frameon=False, fontsize="x-small", loc="lower right", title="median fold", title_fontsize="x-small")
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(alpha=0.25, linewidth=0.6)
    return drawn


def check(
    config: Config, junction: mp.surrogate.TwoState, lanes: int = 32
) -> dict[str, dict[str, tuple[float, float]]]:
    """Return value and standard error of what the stochastic LLG equation and the two states make of a junction.

    `lanes` copies of the junction of the configuration run for one read interval each; the states are told apart
    halfway between the extreme voltages.
    """
    device, bias = device_and_bias(config.junction, config.circuit)
    interval = config.junction.read_interval
    traces: dict[str, Floats] = {}
    for name, stand_in, start in (
        ("stochastic LLG", device, {"initial": "random", "settle": interval / 1000}),
        ("two states", junction, {}),
    ):
        trace = mp.simulate(
            stand_in,
            bias,
            duration=interval,
            sample_interval=interval / 1000,
            replicas=lanes,
            seed=config.seed,
            record=("voltage",),
            **start,
        )
        traces[name] = trace["voltage"].values.reshape(lanes, -1)
    middle = 0.5 * (min(v.min() for v in traces.values()) + max(v.max() for v in traces.values()))

    def mean(values: Floats) -> tuple[float, float]:
        return float(values.mean()), float(values.std(ddof=1) / values.size**0.5)

    measured = {}
    for name, volts in traces.items():
        high = volts > middle
        measured[name] = {
            "switchings (1/s)": mean((high[:, 1:] != high[:, :-1]).sum(axis=1) / interval),
            "share of the upper level": mean(high.mean(axis=1)),
            "lower level (V)": mean(volts[~high]),
            "upper level (V)": mean(volts[high]),
        }
    return measured


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line and return the exit code."""
    parser = argparse.ArgumentParser(description="A small network learns another one from one junction.")
    parser.add_argument("--config", type=Path, default=CONFIG, help="TOML file (config.toml)")
    parser.add_argument("--output", type=Path, default=Path("output/teacher_student"), help="folder")
    parser.add_argument("--pairs", type=int, help="teachers and students instead of the configuration's")
    parser.add_argument(
        "--cases",
        nargs="+",
        choices=list(CASES | STUDY),
        default=list(CASES),
        metavar="CASE",
        help=f"of {', '.join(CASES | STUDY)} ({', '.join(CASES)})",
    )
    parser.add_argument("--study", action="store_true", help="all cases: what the result depends on")
    parser.add_argument("--check", action="store_true", help="the two-state junction against the LLG equation")
    chosen = parser.parse_args(arguments)

    def work() -> None:
        config = read_config(chosen.config, **({} if chosen.pairs is None else {"pairs": chosen.pairs}))
        if chosen.check:
            for name, values in check(config, two_states(config)).items():
                print(
                    name, *(f"{what} {value:.5g} +- {error:.2g}" for what, (value, error) in values.items()), sep=", "
                )
            return
        cases = CASES | STUDY
        if not chosen.study:
            cases = {name: cases[name] for name in chosen.cases}
        for name, losses in run(chosen.output, config, cases).items():
            numbers = summary(losses)
            low, high = numbers["fold_quartiles"]
            print(
                f"{cases[name].label:<52} loss {numbers['loss_start_median']:.3g} to {numbers['loss_end_median']:.2g}, "
                f"falls {numbers['fold_median']:.0f}-fold ({low:.1f} to {high:.0f}), "
                f"{100 * numbers['share_above_30']:.0f} % of {len(losses)} pairs at least {WANTED:.0f}-fold"
            )
        print(f"results, losses and figure: {chosen.output}")

    return exit_code(work, None if chosen.check else chosen.output)


if __name__ == "__main__":
    sys.exit(main())
