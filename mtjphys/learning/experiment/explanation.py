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

_CALLED = {float: "number", int: "whole number", bool: "true or false", str: "text", dict: "table"}
_NO_MODEL = ("no_table", "model_type", "model_attributes_type")


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
        if inner is None or (not place and item["type"] in (*_NO_MODEL, "no_name")):
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
    text = item.get("ctx", {}).get("text", "")
    if wrong in _NO_MODEL:
        return f"{where}{key}={value!r} is not a table; write it as [{'.'.join([*tables, key])}]"
    if wrong == "wrong_tag":
        return f"[{'.'.join([*tables, key])}] {text}"
    if wrong == "unknown_name":
        return f"{where}{key}={value!r} is unknown; {text}"
    if wrong == "no_name":
        return f"{where}{key}={value!r} is neither a name nor a table with a name; give one of {text}"
    if wrong == "extra_forbidden":
        legal = [name for name in kind.model_fields if name != getattr(kind, "tag", "")]
        return f"{where}{key}: unknown parameter; {known_instead(key, legal)}"
    if wrong == "missing" and not place:
        made = f"{kind.makes.__name__} has no default for it" if hasattr(kind, "makes") else "it has no default"
        return f"{where}{key}: missing, and {made}"
    if wrong == "value_error":
        return _of_a_model(message, kind, tables)
    annotation = None if field is None else field.annotation
    name, value, annotation = _at(key, value, annotation, place)
    if annotation is None or not (place or wrong.endswith(("_type", "_from_float", "literal_error"))):
        return f"{where}{name}={value!r}: {message[0].lower()}{message[1:]}"
    return f"{where}{name}={value!r} is not {_expected(annotation)}"


def _at(key: str, value: Any, annotation: Any, place: list[Any]) -> tuple[str, Any, Any]:
    """Return the name of a place in the value of a key, what stands there, and what may; `place` gets shorter."""
    name = key
    while place:
        kinds = [kind for kind in alternatives(annotation) if kind is not type(None)]
        # Of a value that may have several forms, another one may have been meant.
        if len(kinds) != 1 or get_origin(kinds[0]) not in (list, dict):
            break
        try:
            value = value[place[0]]
        except (KeyError, IndexError, TypeError):
            break
        name, annotation = f"{name}.{place.pop(0)}", get_args(kinds[0])[-1]
    return name, value, annotation


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


def _expected(annotation: Any) -> str:
    """Return what an annotation allows, in words."""
    words = []
    for kind in alternatives(annotation):
        if kind not in (type(None), Path):
            words.append(_called(kind))
    return " or ".join(dict.fromkeys(words))


def _called(kind: Any) -> str:
    """Return what one type is called."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return f"one of {', '.join(map(str, arguments))}"
    if origin is dict or (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return "a table"
    if origin is not None:
        element = _CALLED.get(alternatives(arguments[0])[0], "value") if arguments else "value"
        count = f"{len(arguments)} " if origin is tuple and Ellipsis not in arguments else ""
        return f"a list of {count}{element}s"
    word = _CALLED.get(kind, getattr(kind, "__name__", str(kind)))
    return word if kind in (str, bool) else f"a {word}"
