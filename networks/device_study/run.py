"""Digits learned from live junctions: accuracy against sampling interval, spread and drift, and what it costs.

The network, rule and rates of networks/digits: 64-100-10, DANP, one simulated junction (stochastic LLG) behind every
unit. Only the noise is varied, one thing at a time, over several seeds.

Run `python networks/device_study/run.py`; README.md has the result.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from tqdm import tqdm

from mtjphys import __version__, learning
from mtjphys.core.files import write_text
from mtjphys.core.palette import COLOURS
from mtjphys.core.text import human
from mtjphys.learning.cost import Cost
from mtjphys.learning.experiment import make_noise

sys.path.insert(0, str(Path(__file__).parents[2]))  # so that this file runs from any folder

from networks.study import exit_code, resume, save

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CONFIG = Path(__file__).with_name("config.toml")
TARGETS = (0.90, 0.95)  # validation accuracies whose cost is asked for
SPREAD, IDEAL = "20 % barrier spread", "Gaussian"
INTERVALS = {20e-12: 5, 50e-12: 5, 150e-12: 5, 500e-12: 3, 1.5e-9: 1, 5e-9: 1}  # s, and how many seeds are affordable
RATIOS = (1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0, 10.0)  # of the chain, which costs nothing
SWINGS = (10.0, 100.0, 1000.0)  # standard deviations that the mean drifts over the training


class Probe(NamedTuple):
    """The noise of the nominal junction, from readings of its own."""

    correlation_time: float  # s
    mean: float  # V
    sigma: float  # V, within a unit


class Case(NamedTuple):
    """What differs from the configuration, and for how many seeds it is trained."""

    group: str
    value: float  # magnitude, or sampling interval over correlation time
    seeds: int
    tables: dict[str, Any]
    interval: float = 0.0  # s, of live junctions


def nominal(config: learning.Experiment) -> dict[str, Any]:
    """Return the table of the noise of equal junctions."""
    return {name: value for name, value in config.tables()["noise"].items() if name != "spread"}


def probe(config: learning.Experiment, n_samples: int = 4096, lanes: int = 64) -> Probe:
    """Measure the nominal junction; its seed is used by no training."""
    noise = make_noise(nominal(config) | {"sample_interval": 250e-12, "settle": 200}, seed=1000)
    correlation_time = 250e-12 * learning.correlation_time(noise, n_samples, lanes)
    volts = noise.volts(n_samples, lanes).astype(np.float64)
    return Probe(correlation_time, float(volts.mean()), float(volts.std(axis=0).mean()))


def cases(config: learning.Experiment, measured: Probe, n_train: int, longest: float = math.inf) -> dict[str, Case]:
    """Return everything that is trained, by name; cheap ones first.

    The chain has mean, deviation and correlation time of the junction: with p the probability to flip from one reading
    to the next, its correlation is ``(1 - 2p)**k = exp(-k interval/correlation_time)``.
    """
    alike = nominal(config)
    short = alike["sample_interval"]
    tau, mean, sigma = measured
    readings = 2 * config.training.epochs * n_train

    def live(seeds: int, interval: float = short, effects: Mapping[str, float] | None = None, **spread: float) -> Case:
        settle = max(64, math.ceil(5 * tau / interval))  # all junctions start parallel
        table = alike | {"sample_interval": interval, "settle": settle} | ({"spread": spread} if spread else {})
        tables = {"noise": table} | ({"effects": effects} if effects else {})
        return Case("live", interval / tau, seeds, tables, interval)

    every = {
        IDEAL: Case("ideal", math.inf, 5, {"noise": {"kind": "gaussian", "sigma": sigma}}),
        SPREAD: live(5, barrier=0.2)._replace(group="barrier", value=0.2),
        **{
            f"live, {interval:g} s": live(seeds, interval) for interval, seeds in INTERVALS.items() if interval <= short
        },
    }
    for ratio in RATIOS:
        chain = {"mean": mean, "amplitude": sigma, "sigma": 0.0, "flip_probability": -0.5 * math.expm1(-ratio)}
        every[f"chain, {ratio:g}"] = Case("chain", ratio, 5, {"noise": {"kind": "telegraph"} | chain})
    every["50 % barrier spread"] = live(3, barrier=0.5)._replace(group="barrier", value=0.5)
    for relative in (0.2, 0.5):
        name = f"{100 * relative:g} % resistance spread"
        every[name] = live(3, resistance=relative)._replace(group="resistance", value=relative)
    for swing in SWINGS:
        drift = live(3, effects={"drift": swing * sigma / readings})
        every[f"drift of {swing:g} deviations"] = drift._replace(group="drift", value=swing)
    for interval, seeds in INTERVALS.items():
        if interval > short:
            every[f"live, {interval:g} s"] = live(seeds, interval)
    slow = 1.5e-9
    every[f"{SPREAD}, {slow:g} s"] = live(1, slow, barrier=0.2)._replace(group="slow", value=0.2)
    return {name: case for name, case in every.items() if case.interval <= longest}


def experiment(config: learning.Experiment, case: Case, seed: int) -> learning.Experiment:
    """Return the training of a case; every seed is another chip."""
    tables = dict(case.tables)
    if "spread" in tables["noise"]:
        tables["noise"] = tables["noise"] | {"spread": tables["noise"]["spread"] | {"seed": seed}}
    return config.with_parameters(tables | {"seed": seed})


def run(
    output: Path, config: learning.Experiment | None = None, *, longest: float = math.inf, progress: bool = True
) -> dict[str, Any]:
    """Train every case; write results.json and the figures to `output`.

    Checkpoints stay in a folder of their own: what is finished is not trained again.
    """
    config = learning.Experiment.from_toml(CONFIG) if config is None else config
    (output / "checkpoints").mkdir(parents=True, exist_ok=True)
    data, measured = config.read_data(), probe(config)
    todo = cases(config, measured, len(data.train.targets), longest)
    histories: dict[str, list[xarray.Dataset]] = {}
    test: dict[str, list[float]] = {}
    with tqdm(total=sum(case.seeds for case in todo.values()), disable=not progress, unit="training") as bar:
        for name, case in todo.items():
            bar.set_postfix_str(name)
            histories[name] = []
            for seed in range(1, case.seeds + 1):
                training = experiment(config, case, seed).build(data)
                checkpoint = output / "checkpoints" / f"{name.replace(' ', '_').replace('%', 'percent')}-{seed}.npz"
                resume(training, checkpoint)
                histories[name].append(
                    training.history if training.finished else training.run(checkpoint=checkpoint, progress=False)
                )
                if name in (IDEAL, SPREAD):
                    score = learning.evaluate(training.network, data.test, training.loss, training.noise)
                    test.setdefault(name, []).append(score.accuracy)
                bar.update()
    results = {
        "mtjphys_version": __version__,
        "config": config.to_toml(),
        "junction": measured._asdict(),
        "results": {
            name: summary(case, histories[name], _reference(name, case, histories)) for name, case in todo.items()
        },
    }
    for name, accuracies in test.items():
        results["results"][name]["test_accuracy"] = [round(accuracy, 4) for accuracy in accuracies]
    text = json.dumps(results, indent=2, default=float) + "\n"
    write_text(output / "results.json", text)
    save(learning_figure(histories), output / "learning.png")
    save(study_figure(todo, histories), output / "device_study.png")
    return results


def _final(histories: Sequence[xarray.Dataset], epoch: int = -1) -> list[float]:
    """Return the validation accuracy after an epoch, the last one if none is given."""
    return [float(history["validation_accuracy"][epoch]) for history in histories]


def _reference(name: str, case: Case, histories: Mapping[str, Sequence[xarray.Dataset]]) -> list[float] | None:
    """Return the accuracies of equal junctions without drift, read as often, if there are any."""
    same = f"live, {case.interval:g} s"
    return _final(histories[same]) if case.interval and name != same and same in histories else None


def summary(case: Case, histories: Sequence[xarray.Dataset], reference: Sequence[float] | None) -> dict[str, Any]:
    """Return the numbers of a case: validation accuracy over seeds, change seed by seed, and cost."""
    final, first = _final(histories), _final(histories, 0)
    numbers: dict[str, Any] = {
        "group": case.group,
        "value": None if math.isinf(case.value) else case.value,
        "validation_accuracy": [round(value, 4) for value in final],
        "mean": float(np.mean(final)),
        "standard_deviation": float(np.std(final, ddof=1)) if len(final) > 1 else None,
        "first_epoch_mean": float(np.mean(first)),
        "first_epoch_standard_deviation": float(np.std(first, ddof=1)) if len(first) > 1 else None,
    }
    if reference is not None and len(final) > 1:
        change = np.subtract(*zip(*zip(final, reference, strict=False), strict=True))
        numbers["change"] = float(change.mean())
        numbers["change_standard_error"] = float(change.std(ddof=1) / math.sqrt(change.size))
    if case.group in ("ideal", "barrier", "slow"):
        columns = [history["validation_accuracy"].values for history in histories]
        numbers["curve"] = np.mean(columns, axis=0).round(4).tolist()
        per_epoch = int(histories[0].attrs["updates_per_epoch"])
        for target in TARGETS:
            reached = [np.flatnonzero(column >= target) for column in columns]
            numbers[f"updates_to_{target:g}"] = [per_epoch * int(k[0] + 1) if k.size else None for k in reached]
    if "energy" in histories[0]:
        costs = [learning.physical_cost(history) for history in histories]
        numbers["per_update"] = Cost(*np.mean([cost.per_update for cost in costs], axis=0))._asdict()
        numbers["total"] = Cost(*np.mean([cost.total for cost in costs], axis=0))._asdict()
        if "curve" in numbers:
            for target in TARGETS:
                costs = [learning.physical_cost(history, target=target) for history in histories]
                spent = [cost.to_target for cost in costs if cost.to_target is not None]
                mean = np.mean(spent, axis=0) if len(spent) == len(costs) else None
                numbers[f"to_{target:g}"] = None if mean is None else Cost(*mean)._asdict()
    return numbers


def _finish(ax: Axes, **labels: Any) -> None:
    ax.set(**labels)
    ax.grid(alpha=0.25, linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)


def learning_figure(histories: Mapping[str, Sequence[xarray.Dataset]]) -> Figure:
    """Draw the learning curves of unequal live junctions and of ideal noise, against updates and energy."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import EngFormatter, LogLocator, NullLocator

    drawn, axes = plt.subplots(1, 2, figsize=(7.2, 3.2), layout="constrained", sharey=True)
    shown = [name for name in histories if name == IDEAL or name.startswith(SPREAD)]
    for name, colour in zip(shown, COLOURS, strict=False):
        curves = 100 * np.array([history["validation_accuracy"].values for history in histories[name]])
        middle, deviation = curves.mean(axis=0), curves.std(axis=0, ddof=1) if len(curves) > 1 else 0.0
        first = histories[name][0]
        updates = first["epoch"].values * int(first.attrs["updates_per_epoch"])
        label = "Gaussian, same deviation" if name == IDEAL else f"Live, {name}"
        if "energy" in first:
            energy = np.mean([history["energy"].values for history in histories[name]], axis=0)
            label += f",\n{human(float(f'{energy[-1] / updates[-1]:.2g}'), 'J')} an update"
            axes[1].plot(energy, middle, color=colour, marker="o", markersize=3)
            axes[1].fill_between(energy, middle - deviation, middle + deviation, color=colour, alpha=0.2, linewidth=0)
        else:
            axes[1].axhline(middle[-1], color=colour, ls="--", lw=1, label=f"Gaussian, after {updates[-1]} updates")
        axes[0].plot(updates, middle, color=colour, marker="o", markersize=3, label=label)
        axes[0].fill_between(updates, middle - deviation, middle + deviation, color=colour, alpha=0.2, linewidth=0)
    for ax in axes:
        ax.legend(frameon=False, fontsize="small", loc="lower right")
    _finish(axes[0], xlabel="Updates", ylabel="Validation accuracy (%)")
    _finish(axes[1], xlabel="Energy of the junctions", xscale="log")
    axes[1].xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
    axes[1].xaxis.set_major_formatter(EngFormatter("J"))
    axes[1].xaxis.set_minor_locator(NullLocator())
    return drawn


def study_figure(todo: Mapping[str, Case], histories: Mapping[str, Sequence[xarray.Dataset]]) -> Figure:
    """Draw the accuracy against sampling interval, spread and drift."""
    import matplotlib.pyplot as plt

    drawn, panels = plt.subplots(2, 2, figsize=(7.2, 5.4), layout="constrained")
    begun, ended, spreads, drifts = panels.flat

    def points(ax: Axes, group: str, label: str, k: int, extra: Sequence[str] = (), epoch: int = -1) -> None:
        chosen = [name for name in todo if todo[name].group == group or name in extra]
        x = [0.0 if name in extra else todo[name].value for name in chosen]
        accuracies = [100 * np.array(_final(histories[name], epoch)) for name in chosen]
        means = [accuracy.mean() for accuracy in accuracies]
        deviations = [accuracy.std(ddof=1) if accuracy.size > 1 else 0.0 for accuracy in accuracies]
        order = np.argsort(x)
        style = {"color": COLOURS[k], "marker": "os^"[k], "ls": ":" if group == "chain" else "-"}
        values = (np.array(column)[order] for column in (x, means, deviations))
        ax.errorbar(*values, **style, markersize=4, capsize=2, label=label)

    base = [name for name in todo if todo[name].group == "live" and todo[name].interval == todo[SPREAD].interval]
    for ax in panels.flat:
        ideal = 100 * np.array(_final(histories[IDEAL], 0 if ax is begun else -1))
        low, high = ideal.mean() - ideal.std(ddof=1), ideal.mean() + ideal.std(ddof=1)
        ax.axhspan(low, high, color="0.88", lw=0, label="Gaussian")
    for ax, epoch in ((begun, 0), (ended, -1)):
        points(ax, "live", "Live junctions", 0, epoch=epoch)
        points(ax, "chain", "Two-level chain", 1, epoch=epoch)
        _finish(ax, xlabel="Sampling interval / correlation time", xscale="log")
    points(spreads, "barrier", "Barrier", 0, base)
    points(spreads, "resistance", "Resistance", 2, base)
    points(drifts, "drift", "Drift", 0, base)
    drifts.set_xscale("symlog", linthresh=10)
    _finish(spreads, xlabel="Spread (of the mean)")
    _finish(drifts, xlabel="Drift in all (deviations of the noise)")
    updates = int(histories[IDEAL][0].attrs["updates_per_epoch"])
    for ax in panels.flat:
        after = updates * (1 if ax is begun else histories[IDEAL][0].sizes["epoch"])
        ax.set_title(f"After {after} updates", fontsize="small")
        ax.set_ylabel("Validation accuracy (%)")
        ax.legend(frameon=False, fontsize="small", loc="lower right" if ax in (begun, ended) else "lower left")
    for ax in (spreads, drifts):
        ax.set_ylim(min(ax.get_ylim()[0], 90.0), 100.0)
    return drawn


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line and return the exit code."""
    parser = argparse.ArgumentParser(description="Accuracy against sampling interval, spread and drift of junctions.")
    parser.add_argument("--config", type=Path, default=CONFIG, help="TOML file (config.toml)")
    parser.add_argument("--output", type=Path, default=Path("output/device_study"), help="folder")
    parser.add_argument("--longest", type=float, default=math.inf, help="leave out longer sampling intervals, s")
    chosen = parser.parse_args(arguments)

    def work() -> None:
        config = learning.Experiment.from_toml(chosen.config)
        for name, numbers in run(chosen.output, config, longest=chosen.longest)["results"].items():
            deviation = numbers["standard_deviation"]
            error = "" if deviation is None else f" +- {100 * deviation:.1f}"
            change = ""
            if "change" in numbers:
                change = f", change {100 * numbers['change']:+.1f} +- {100 * numbers['change_standard_error']:.1f}"
            energy = f", {human(numbers['per_update']['energy'], 'J')} an update" if "per_update" in numbers else ""
            print(f"{name:<32} {100 * numbers['mean']:.1f}{error} %{change}{energy}")
        print(f"results and figures: {chosen.output}")

    return exit_code(work, chosen.output)


if __name__ == "__main__":
    sys.exit(main())
