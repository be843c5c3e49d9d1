"""What every set of parameters shares: frozen, strict, finite, in range, and one clear sentence on bad input."""

from __future__ import annotations

import difflib
import functools
import inspect
import operator
import tomllib
import types
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator, model_validator

from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.core.shown import html_table, shortened


def known_instead(name: str, known: Iterable[str]) -> str:
    """Return what to say of an unknown name: the known ones that look like it, or all of them."""
    known = list(known)
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


def _is_numpy_number(value: Any) -> bool:
    return isinstance(value, (np.generic, np.ndarray)) and value.ndim == 0


def plain(value: Any) -> Any:
    """Return numpy numbers as Python's, arrays and lists as tuples; everything else unchanged."""
    if _is_numpy_number(value):
        return value.item()
    if isinstance(value, (list, tuple, np.ndarray)):
        return tuple(plain(item) for item in value)
    return value


def bare(annotation: Any) -> Any:
    """Return a type without what validates it."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return bare(get_args(annotation)[0])
    if origin is None or origin is Literal:
        return annotation
    parts = tuple(bare(part) for part in get_args(annotation))
    if origin in (Union, types.UnionType):
        return functools.reduce(operator.or_, parts)
    return origin[parts]


class Parameters(BaseModel):
    """Base of all frozen parameter sets: strict types, no infinities, no unknown fields, each `Quantity` in its range.

    Lists, arrays and numpy numbers are taken for the tuples and numbers that they stand for.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, *unnamed: Any, **values: Any) -> None:
        if unnamed:
            raise ParameterError(self._instead_of(unnamed[0]))
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ParameterError(describe(error, type(self))) from None

    @classmethod
    def _instead_of(cls, unnamed: Any) -> str:
        """Return what to say where a value is given without its name."""
        first = next(iter(cls.model_fields))
        hint = f"{cls.__name__}(**values)" if isinstance(unnamed, Mapping) else f"{cls.__name__}({first}=...)"
        return f"{cls.__name__}({unnamed!r}): parameters are given by name; write {hint}"

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        """Give the class a signature of names, types and defaults; units and ranges are in its docstring."""
        super().__pydantic_init_subclass__(**options)
        cls.__signature__ = inspect.Signature(
            [
                inspect.Parameter(
                    name,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=inspect.Parameter.empty
                    if field.is_required()
                    else field.get_default(call_default_factory=True),
                    annotation=bare(field.annotation),
                )
                for name, field in cls.model_fields.items()
            ]
        )

    def __setattr__(self, name: str, value: Any) -> None:
        if name in type(self).model_fields:
            raise ParameterError(
                f"{type(self).__name__}.{name} cannot be changed, parameters are frozen; make another one, of a "
                'junction by with_parameters({"part.name": value})'
            )
        super().__setattr__(name, value)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Yield what is not as it is by default; long sequences in short."""
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if field.is_required() or value != field.get_default(call_default_factory=True):
                yield name, shortened(value)

    def _repr_html_(self) -> str:
        rows = []
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            unit = next((rule.unit for rule in field.metadata if isinstance(rule, Quantity)), "")
            if value is not None:
                rows.append((name, repr(shortened(value)), "" if unit.startswith("(") else unit))
        return html_table(type(self).__name__, rows)

    @model_validator(mode="before")
    @classmethod
    def _plain_values(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        tuples = {name for name, field in cls.model_fields.items() if "tuple" in str(field.annotation)}
        return {
            name: plain(value) if name in tuples or _is_numpy_number(value) else value for name, value in values.items()
        }

    @field_validator("*", mode="after")
    @classmethod
    def _in_range(cls, value: Any, info: ValidationInfo) -> Any:
        for quantity in cls.model_fields[str(info.field_name)].metadata:
            if isinstance(quantity, Quantity):
                for part in value if isinstance(value, tuple) else (value,):
                    for number in part.bounds() if hasattr(part, "bounds") else (part,):
                        if isinstance(number, (int, float)) and not isinstance(number, bool):
                            quantity.check(str(info.field_name), number)
        return value


def read_toml(path: str | Path) -> dict[str, Any]:
    """Read a TOML file; a missing or malformed file is one clear sentence."""
    try:
        return parse_toml(Path(path).read_text(encoding="utf-8-sig"), f"{path}: ")
    except FileNotFoundError:
        raise ParameterError(f"{path}: no such file") from None
    except (IsADirectoryError, PermissionError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path}: cannot be read as a TOML file ({error})") from None


def parse_toml(text: str, where: str = "") -> dict[str, Any]:
    """Return the tables of TOML text; `where` begins the sentence that says what is wrong with it."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(f"{where}not valid TOML: {error}") from None


def toml_of(source: str | Path) -> dict[str, Any]:
    """Return the tables of a TOML file, or of TOML text (anything with a line break)."""
    if isinstance(source, str) and "\n" in source:
        return parse_toml(source)
    return read_toml(source)


def to_toml(tables: Mapping[str, Any]) -> str:
    """Write nested mappings of numbers, strings, booleans and lists as TOML; ``None`` is left out."""
    import tomli_w

    def given(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: given(item) for key, item in value.items() if item is not None}
        if isinstance(value, (list, tuple)):
            return [given(item) for item in value]
        return value

    return tomli_w.dumps(given(tables))


def join_toml(name: str, texts: Iterable[str]) -> str:
    """Return several TOML texts as one, in tables ``[[name]]``."""
    return to_toml({name: [parse_toml(text) for text in texts]})


def split_toml(name: str, text: str) -> list[str]:
    """Return the TOML texts that `join_toml` has put into one."""
    return [to_toml(tables) for tables in parse_toml(text)[name]]


__all__ = [
    "Parameters",
    "describe",
    "join_toml",
    "known_instead",
    "parse_toml",
    "plain",
    "read_toml",
    "split_toml",
    "to_toml",
    "toml_of",
]
