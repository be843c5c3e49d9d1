"""What is wrong with an experiment file, in sentences that name table, key, value, and what was probably meant."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from mtjphys.core.declared import alternatives
from mtjphys.core.parameters import known_instead
from mtjphys.learning.tables import Choices, Only

_CALLED = {float: "a number", int: "a whole number", bool: "true or false", str: "text", dict: "a table"}


def explain(error: ValidationError, kind: type[BaseModel], values: Mapping[str, Any]) -> str:
    """Return an error of pydantic as one sentence, or several.

    Parameters
    ----------
    error : ValidationError
        Of the tables of a file.
    kind : type
        What they were to be.
    values : mapping
        The tables, as they were read.
    """
    sentences = [_sentence(item, kind, values) for item in error.errors(include_url=False)]
    return "; ".join(dict.fromkeys(sentences))


def _inner(field: FieldInfo, value: Any) -> tuple[type[BaseModel] | None, bool]:
    """Return the class of a table within a table, and whether errors name its tag as well."""
    for item in field.metadata:
        if isinstance(item, Choices):
            return item.table(value), True
        if isinstance(item, Only):
            return item.table(value), False
    for alternative in alternatives(field.annotation):
        if isinstance(alternative, type) and issubclass(alternative, BaseModel):
            return alternative, False
    return None, False


def _sentence(item: Any, kind: type[BaseModel], values: Mapping[str, Any]) -> str:
    tables: list[str] = []
    place, key, field, value = list(item["loc"]), "", None, values
    while place:
        key = str(place.pop(0))
        field = kind.model_fields.get(key)
        value = value.get(key) if isinstance(value, Mapping) else None  # type: ignore[assignment]
        inner, tagged = (None, False) if field is None else _inner(field, value)
        if inner is None or (item["type"] in ("no_table", "no_name") and not place):
            break
        kind, field = inner, None
        tables.append(key)
        key = ""
        if tagged and place:
            place.pop(0)
    return _worded(item, kind, tables, key, place, field, value)


def _worded(
    item: Any, kind: type[BaseModel], tables: list[str], key: str, place: list[Any], field: FieldInfo | None, value: Any
) -> str:
    """Return the sentence on an error in some table, at a key, or at a `place` in its value."""
    wrong, message = item["type"], item["msg"].removeprefix("Value error, ")
    where = f"[{'.'.join(tables)}] " if tables else ""
    if wrong == "no_table":
        return f"{where}{key}={value!r} is not a table; write it as [{'.'.join([*tables, key])}]"
    if wrong == "wrong_tag":
        return f"[{'.'.join([*tables, key])}] {item['ctx']['text']}"
    if wrong == "unknown_name":
        return f"{where}{key}={value!r} is unknown; {item['ctx']['text']}"
    if wrong == "no_name":
        return f"{where}{key}={value!r} is neither a name nor a table with a name; give one of {item['ctx']['text']}"
    if wrong == "extra_forbidden":
        legal = [name for name in kind.model_fields if name != getattr(kind, "tag", "")]
        return f"{where}{key}: unknown parameter; {known_instead(key, legal)}"
    if wrong == "missing":
        made = f"{kind.makes.__name__} has no default for it" if hasattr(kind, "makes") else "it has no default"
        return f"{where}{key}: missing, and {made}"
    if wrong == "value_error":
        return _of_a_model(message, kind, tables)
    name, given = key, value
    if place and all(isinstance(step, int) for step in place):
        name, given = ".".join([key, *map(str, place)]), item["input"]
    if field is None or not wrong.endswith(("_type", "_from_float", "literal_error", "is_instance_of")):
        return f"{where}{name}={given!r}: {message[0].lower()}{message[1:]}"
    return f"{where}{name}={given!r} is not {_expected(field.annotation, inside=name != key)}"


def _of_a_model(message: str, kind: type[BaseModel], tables: list[str]) -> str:
    """Return what a set of parameters says of itself, with the names of tables in place of those of classes."""
    inner: type[BaseModel] | None = kind
    while inner is not None and message.startswith(f"{inner.__name__}: "):
        message = message.removeprefix(f"{inner.__name__}: ")
        following = None
        for name, field in inner.model_fields.items():
            candidate, _ = _inner(field, None)
            if candidate is not None and message.startswith(f"{candidate.__name__}: "):
                tables, following = [*tables, name], candidate
        inner = following
    return f"[{'.'.join(tables)}] {message}" if tables else message


def _expected(annotation: Any, *, inside: bool = False) -> str:
    """Return what an annotation allows, in words; `inside` a list, what an element may be."""
    words = []
    for kind in alternatives(annotation):
        if inside and get_origin(kind) in (list, tuple):
            return _expected(get_args(kind)[0])
        if get_origin(kind) is Literal:
            words.append(f"one of {', '.join(map(str, get_args(kind)))}")
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            words.append("a table")
        elif get_origin(kind) is not None:
            words.append("a table" if get_origin(kind) is dict else "a list")
        elif kind not in (type(None), Path):
            words.append(_CALLED.get(kind, getattr(kind, "__name__", str(kind))))
    return " or ".join(dict.fromkeys(words))
