"""Files that a description names: one, several by a glob, or several with a condition in each name."""

from __future__ import annotations

import os
import re
from glob import escape, glob
from pathlib import Path
from typing import NamedTuple

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.parameters import known_instead
from mtjphys.core.text import number_of

_FIELD = re.compile(r"\{(\w+)(?::([^{}]*))?\}")
_NUMBER = r"[-+]?\d+(?:[.,p]\d+)?(?:[eE][-+]?\d+)?"


class Source(NamedTuple):
    """A file, and the conditions that its name tells, as texts with their units."""

    path: Path
    conditions: dict[str, str]


def conditions_in(pattern: str) -> list[tuple[str, str]]:
    """Return name and unit of each condition in a pattern.

    >>> conditions_in("trace_{voltage:mV}_{temperature}.csv")
    [('voltage', 'mV'), ('temperature', '')]
    """
    return _FIELD.findall(pattern)


def find_sources(where: str, folder: Path, pattern: str) -> list[Source]:
    """Return the files of a name, a glob, or a pattern like ``trace_{voltage:mV}.csv``, by condition or name.

    Parameters
    ----------
    where : str
        Beginning of what is said if there are none.
    folder : Path
        What the name is relative to.
    pattern : str
        ``*`` stands for any text, ``{voltage:mV}`` for a number in a unit. A number in a name may have a p for its
        decimal point, as in ``0p5``.

    Raises
    ------
    DataError
        If there are no such files.
    """
    fields = conditions_in(pattern)
    names = [name for name, _ in fields]
    if len(set(names)) < len(names):
        raise ParameterError(f"{where}: file={pattern!r} names a condition twice; use each once")
    if not fields and not any(mark in pattern for mark in "*?"):
        path = folder / pattern
        if not path.exists() and path.parent.is_dir():
            close = known_instead(path.name, [other.name for other in path.parent.iterdir()])
            raise DataError(f"{where}: {path}: no such file" + (f"; {close}" if close.startswith("did") else ""))
        return [Source(path, {})]
    literal = re.split(r"([*?])", _FIELD.sub("*", pattern))
    wild = "".join(part if part in ("*", "?") else escape(part) for part in literal)
    paths = sorted(map(Path, glob(os.path.join(escape(str(folder)), wild))))
    expression = _expression(pattern)
    found = []
    for path in paths:
        match = expression.fullmatch((path if Path(pattern).is_absolute() else path.relative_to(folder)).as_posix())
        if match or not fields:
            told = match.groupdict() if match else {}
            units = dict(fields)
            texts = {name: re.sub("[p,]", ".", text) for name, text in told.items()}
            found.append(Source(path, {name: f"{text} {units[name]}".strip() for name, text in texts.items()}))
    if not found:
        raise DataError(f"{where}: file={pattern!r} fits no file in {folder}; check the pattern")
    return sorted(found, key=lambda source: [number_of(text.split()[0], "") for text in source.conditions.values()])


def _expression(pattern: str) -> re.Pattern[str]:
    parts, at = [], 0
    for match in _FIELD.finditer(pattern):
        parts += [_literal(pattern[at : match.start()]), f"(?P<{match[1]}>{_NUMBER})"]
        at = match.end()
    return re.compile("".join([*parts, _literal(pattern[at:])]))


def _literal(text: str) -> str:
    return re.escape(text).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
