"""``mtjphys train --set``: other values for keys of an experiment, and all combinations of several."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from itertools import product
from typing import Any

from mtjphys.core.errors import ParameterError


def combinations(settings: Sequence[str]) -> list[dict[str, Any]]:
    """Return every combination of the values that are set, as `Experiment.with_parameters` takes them.

    Parameters
    ----------
    settings : sequence of str
        ``"table.key=value"`` or ``"table.key=value,value,..."``; values as in a file, but texts may do without quotes.

    Returns
    -------
    list of dict
        Without settings a single one, with no change.

    Raises
    ------
    ParameterError
        If a setting has no name or no value, or a name comes twice.

    Examples
    --------
    >>> combinations(["optimiser.learning_rate=1e-3,3e-3", "training.schedule=cosine"])
    [{'optimiser.learning_rate': 0.001, 'training.schedule': 'cosine'},
     {'optimiser.learning_rate': 0.003, 'training.schedule': 'cosine'}]
    """
    choices: dict[str, list[Any]] = {}
    for setting in settings:
        name, sign, text = setting.partition("=")
        name = name.strip()
        if not (name and sign and text.strip()):
            raise ParameterError(f"--set {setting!r} sets nothing: give table.key=value, or several values with commas")
        if name in choices:
            raise ParameterError(f"--set {name} is given twice: give all its values in one, with commas")
        choices[name] = _values(text)
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


def _values(text: str) -> list[Any]:
    try:
        values: list[Any] = tomllib.loads(f"values = [{text}]")["values"]
        return values
    except tomllib.TOMLDecodeError:
        return [_value(part.strip()) for part in text.split(",")]


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def name_of(changes: dict[str, Any]) -> str:
    """Return what a combination is called, which can be the name of a folder.

    Examples
    --------
    >>> name_of({"optimiser.learning_rate": 0.001, "network.hidden": [30, 20]})
    'learning_rate=0.001,hidden=30-20'
    """
    keys = [name.rpartition(".")[2] for name in changes]
    names = keys if len(set(keys)) == len(keys) else list(changes)
    values = ["-".join(map(str, v)) if isinstance(v, list) else str(v) for v in changes.values()]
    safe = [re.sub(r"[^-+.\w]", "_", value) for value in values]
    return ",".join(f"{name}={value}" for name, value in zip(names, safe, strict=True))
