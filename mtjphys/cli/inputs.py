"""What several commands read: a junction by preset or file, and where results go."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.core.files import replacing
from mtjphys.core.parameters import read_toml
from mtjphys.junction import MTJ, presets


def read_junction(name: str) -> tuple[MTJ, dict[str, Any]]:
    """Return the junction of a preset or TOML file, and the file's ``[bias]`` table.

    Parameters
    ----------
    name : str
        Name of a preset, or path of a TOML file with the tables of `MTJ` and optionally ``[bias]``.

    Returns
    -------
    tuple
        Junction and keyword arguments of `Bias`.

    Raises
    ------
    ParameterError
        If there is neither such a preset nor such a file, or the file is not right.
    """
    path = Path(name)
    if path.suffix != ".toml" and not path.exists():
        if any(separator in name for separator in "/\\."):
            raise ParameterError(f"{name}: no such file")
        return presets.load(name), {}
    values = read_toml(path)
    bias = values.pop("bias", {})
    if not isinstance(bias, dict):
        raise ParameterError(f"{name}: bias={bias!r} is not a table; write it as [bias]")
    if "log_rates" in values:
        raise ParameterError(
            f"{name}: a two-state surrogate, not a junction; in Python, "
            f"mtjphys.simulate(mtjphys.surrogate.TwoState.from_toml({name!r}), duration=...) simulates it"
        )
    try:
        return MTJ(**values), bias
    except ParameterError as error:
        raise ParameterError(f"{name}: {error}") from None


def make_bias(name: str, table: dict[str, Any], options: dict[str, Any]) -> Bias:
    """Return the bias of the table in the file `name`, with the options given in place of its values."""
    given = {key: value for key, value in options.items() if value is not None}
    if "current" in given and "voltage" not in given:
        table = {key: value for key, value in table.items() if key != "voltage"}
    if "voltage" in given and "current" not in given:
        table = {key: value for key, value in table.items() if key != "current"}
    try:
        return Bias(**(table | given))
    except ParameterError as error:
        raise ParameterError(f"{name}: {error}" if table else str(error)) from None


def new_file(path: Path, overwrite: bool) -> Path:
    """Return `path` if it may be written: its folder exists, and it is new or may be replaced."""
    if not path.parent.is_dir():
        raise ParameterError(f"{path}: the folder {path.parent} does not exist; create it first")
    if path.is_dir():
        raise ParameterError(f"{path}: is a folder; give the name of a file")
    if not os.access(path.parent, os.W_OK):
        raise ParameterError(f"{path}: the folder {path.parent} is not writable; choose another one")
    if not overwrite and path.exists():
        raise ParameterError(f"{path}: exists already; give another name, or --overwrite to replace it")
    return path


FIGURES = (".png", ".pdf", ".svg")


def new_figure(path: Path, overwrite: bool) -> Path:
    """Return `path` if a figure may be written there: as `new_file`, with a suffix we can draw."""
    if path.suffix not in FIGURES:
        raise ParameterError(f"{path}: figures are written as .png, .pdf or .svg; change the suffix")
    return new_file(path, overwrite)


def save_figure(figure: Any, path: Path) -> None:
    """Write a figure, whole or not at all."""
    with replacing(path) as unfinished:
        figure.savefig(unfinished, dpi=200, bbox_inches="tight")


def print_table(rows: list[tuple[str, str]]) -> None:
    """Print two aligned columns."""
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"  {name:<{width}}  {value}")
