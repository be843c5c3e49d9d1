"""Accuracy against device effects, one at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import known_instead
from mtjphys.learning.effect_tables.cases import probe, rounded, standard_cases
from mtjphys.learning.effect_tables.runs import Run, Runs
from mtjphys.learning.effect_tables.table import EffectsTable, row_of
from mtjphys.learning.noise.effects import VARIED, Effects
from mtjphys.learning.training import Training


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
        Magnitudes for each effect that is varied, by its name in `VARIED`; `standard_cases` if not given.
    seeds : sequence of int
        Seeds of the repetitions.
    base : Effects, optional
        What all trainings have in common; a case replaces one field of it. Where `bits` are varied and it has no
        `full_scale`, that is set to the mean +- 4 standard deviations of the noise.
    path : path, optional
        JSON lines file of the finished trainings, replaced as a whole after each; the one that is going on has its
        checkpoint beside it.
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
        mean, sigma = probe(train(base, seeds[0]))
        low, high = rounded(mean - 4 * sigma, mean + 4 * sigma)
        base = base.with_changes({"full_scale": (low, high)})
    for name in cases:
        if name not in VARIED:
            raise ParameterError(f"{name!r} is no effect of a table; {known_instead(name, VARIED)}")
    varied = [
        (name, value, base.with_changes({name: _whole(name, value)}))
        for name, values in cases.items()
        for value in values
    ]
    everything = [("", math.nan, base), *varied]
    for _, _, effects in varied:  # a case that cannot be trained is found before the first hour
        trial = train(effects, seeds[0])
        if trial.noise is not None and trial.rule.perturbs == "units":  # devices are made at the first reading
            trial.noise.volts(1, trial.network.n_units)
    runs = Runs(None if path is None else Path(path))
    results: dict[int, list[Run]] = {k: [] for k in range(len(everything))}
    with tqdm(total=len(everything) * len(seeds), disable=not progress, unit="training") as bar:
        for seed in seeds:
            for k, (name, value, effects) in enumerate(everything):
                bar.set_postfix_str(f"{name} {value:.3g}" if name else "no effect")
                results[k].append(runs.run(train(effects, seed), effects, seed))
                bar.update()
    rows = [row_of(name, value, results[k], results[0]) for k, (name, value, _) in enumerate(everything)]
    return EffectsTable(rows, seeds, base)


def _whole(name: str, value: Any) -> Any:
    """Return a number of bits as a whole number: a list of magnitudes may hold floats."""
    return int(value) if name == "bits" and float(value).is_integer() else value
