"""What several commands read, and where results go."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import typer

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.core.files import replacing
from mtjphys.core.text import number_of


def quantity(unit: str, help: str) -> Any:
    """Return the option of a number in a unit, which may be written with a prefix, as in ``10us``."""

    def parse(text: str | float) -> float:
        if isinstance(text, float):  # a default
            return text
        try:
            return number_of(text, unit)
        except ParameterError as error:
            raise typer.BadParameter(str(error)) from None

    parse.__name__ = unit.upper()
    return typer.Option(parser=parse, help=help)


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
