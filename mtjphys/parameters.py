"""What every set of parameters shares: frozen, strict, finite, and one clear sentence on bad input."""

from __future__ import annotations

import difflib
import json
import math
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from mtjphys.errors import ParameterError


def known_instead(name: str, known: Iterable[str]) -> str:
    """Return what to say of an unknown name: the known ones that look like it, or all of them."""
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(known) or 'none'}"


def describe(error: ValidationError, kind: type[BaseModel]) -> str:
    """Return a pydantic error as one sentence: where, what was given, what is legal."""
    parts = []
    for item in error.errors(include_url=False):
        where = ".".join(str(step) for step in item["loc"])
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "value_error":
            parts.append(message)
        elif item["type"] == "extra_forbidden":
            parts.append(f"{where}: unknown parameter; {known_instead(where, kind.model_fields)}")
        elif item["type"] == "missing":
            parts.append(f"{where}: missing, and it has no default")
        else:
            parts.append(f"{where}={item['input']!r}: {message[0].lower()}{message[1:]}")
    return f"{kind.__name__}: " + "; ".join(parts)


class Parameters(BaseModel):
    """Base of all frozen parameter sets: strict types, no infinities, no unknown fields."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ParameterError(describe(error, type(self))) from None


def check_range(
    name: str,
    value: float,
    unit: str,
    low: float,
    high: float,
    hint: str = "",
    *,
    open_low: bool = False,
    open_high: bool = False,
) -> float:
    """Return `value` if it lies in ``[low, high]``, without the ends that are open, else raise.

    The message names the value, the unit, the legal range and, in `hint`, the likely mistake.
    """
    at_open_end = (open_low and value == low) or (open_high and value == high)
    if math.isfinite(value) and low <= value <= high and not at_open_end:
        return value
    left, right = "(" if open_low else "[", ")" if open_high else "]"
    advice = f"; {hint}" if hint else ""
    raise ParameterError(f"{name}={value!r} {unit} is outside {left}{low:g}, {high:g}{right} {unit}{advice}")


def read_toml(path: str | Path) -> dict[str, Any]:
    """Read a TOML file; a missing or malformed file is one clear sentence."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ParameterError(f"{path}: no such file") from None
    except (IsADirectoryError, PermissionError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path}: cannot be read as a TOML file ({error})") from None
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(f"{path}: not valid TOML: {error}") from None


def to_toml(tables: Mapping[str, Any]) -> str:
    """Write nested mappings of numbers, strings, booleans and lists as TOML; ``None`` is left out."""
    lines: list[str] = []

    def literal(value: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float):
            return repr(value)
        if isinstance(value, int):
            return str(value)
        if isinstance(value, str):
            return json.dumps(value, ensure_ascii=False).replace(
                "\x7f", "\\u007f"
            )  # TOML escapes like JSON, and DEL too
        if isinstance(value, (list, tuple)):
            return "[" + ", ".join(literal(item) for item in value) + "]"
        raise TypeError(f"cannot write {value!r} as TOML")

    def table(name: str, mapping: Mapping[str, Any]) -> None:
        if name:
            lines.append(f"[{name}]")
        nested = []
        for key, value in mapping.items():
            if isinstance(value, Mapping):
                nested.append((f"{name}.{key}" if name else key, value))
            elif value is not None:
                lines.append(f"{key} = {literal(value)}")
        for key, value in nested:
            if lines and lines[-1]:
                lines.append("")
            table(key, value)

    table("", tables)
    return "\n".join(lines) + "\n"


def as_self(cls: type[Any], value: Any) -> Any:
    """Return `value` as an instance of `cls`: itself, or built from a mapping."""
    return value if isinstance(value, cls) else cls(**value)


__all__ = ["ParameterError", "Parameters", "Self", "check_range", "known_instead", "read_toml", "to_toml"]
