"""What a junction may be given as: itself, the name of a preset, or the path of a TOML file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import read_toml
from mtjphys.junction import presets
from mtjphys.junction.mtj import MTJ

JunctionLike = MTJ | str | Path
"""A junction, the name of a preset, or the path of a TOML file."""


def is_file(name: str | Path) -> bool:
    """Return whether a name is the path of a file, else it is that of a preset.

    A `Path` is a path; so is text that ends in ``.toml`` or names something that exists, unless a preset is called so.
    """
    if isinstance(name, Path):
        return True
    if "\n" in name:
        raise ParameterError("junction is the text of a file, not its path; give mp.MTJ.from_toml(text)")
    if name in presets.names():
        return False
    if name.endswith(".toml") or os.path.exists(name):
        return True
    if any(separator in name for separator in "/\\."):
        raise ParameterError(f"{name}: no such file")
    return False


def read_junction(name: str | Path) -> tuple[MTJ, dict[str, Any]]:
    """Return the junction of a preset or of a TOML file, and the file's ``[bias]`` table.

    Parameters
    ----------
    name : str or Path
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
    if not is_file(name):
        return presets.load(str(name)), {}
    values = read_toml(name)
    bias = values.pop("bias", {})
    if not isinstance(bias, dict):
        raise ParameterError(f"{name}: bias={bias!r} is not a table; write it as [bias]")
    if "log_rates" in values:
        raise ParameterError(
            f"{name}: a two-state surrogate, not a junction; in Python, "
            f"mtjphys.simulate(mtjphys.surrogate.TwoState.from_toml({str(name)!r}), duration=...) simulates it"
        )
    if "junction" in values:
        raise ParameterError(
            f"{name}: a junction and its spread, not one junction; read it by "
            f"mtjphys.Variability.from_toml({str(name)!r})"
        )
    try:
        return MTJ(**values), bias
    except ParameterError as error:
        raise ParameterError(f"{name}: {error}") from None


def as_junction(junction: Any) -> Any:
    """Return the junction that a name stands for, and whatever is no name as it is.

    Parameters
    ----------
    junction : str, Path or any
        As `read_junction` takes it, or a junction, or a stand-in for one.

    Raises
    ------
    ParameterError
        If there is no such junction, or its file holds a bias as well.

    Examples
    --------
    >>> as_junction("koenders_2025").name
    'koenders_2025'
    """
    if getattr(junction, "__module__", "") == presets.__name__:
        name = junction.__name__
        raise ParameterError(f"junction={name} is a function; give presets.{name}(), or the name {name!r} as text")
    if not isinstance(junction, str | Path):
        return junction
    found, bias = read_junction(junction)
    if bias:
        raise ParameterError(
            f"{junction}: its table [bias] is for the command line; give bias=mp.Bias(...) and a file without it"
        )
    return found


def as_junctions(junction: Any) -> Any:
    """Return the same, with each name in a list in its place."""
    return [as_junction(item) for item in junction] if isinstance(junction, list | tuple) else as_junction(junction)


def as_mtj(junction: Any) -> MTJ:
    """Return the one `MTJ` that is given or named, or raise one sentence."""
    found = as_junction(junction)
    if isinstance(found, MTJ):
        return found
    if isinstance(found, Mapping):
        raise ParameterError(f"junction={junction!r} is a mapping of parts; give mp.MTJ(**junction)")
    raise ParameterError(
        f"junction={junction!r} is not an MTJ; give one, the name of a preset, or the path of a TOML file"
    )
