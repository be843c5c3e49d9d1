"""How the energy terms and torques of the kernels become parameters of a junction's parts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import Field, create_model, model_validator

from mtjphys.core.parameters import Parameters
from mtjphys.kernels.contributions import TERMS, TORQUES
from mtjphys.kernels.declaration import Parameter, Term

Part = TypeVar("Part", bound=type[Parameters])

OWN_PARTS = ("free_layer", "barrier", "reference")
"""The tables of a junction that exist without any term."""


def all_terms() -> tuple[Term, ...]:
    """Return the declarations of all energy terms and torques."""
    return (*TERMS.all(), *TORQUES.all())


def tables() -> list[str]:
    """Return the names of the tables that torques bring along, in order."""
    return sorted({term.part for term in all_terms()} - set(OWN_PARTS))


def parameters_of(part: str) -> list[Parameter]:
    """Return what the terms add to a part."""
    return [parameter for term in all_terms() if term.part == part for parameter in term.parameters]


def _fields(part: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for parameter in parameters_of(part):
        kind = parameter.annotation
        if parameter.quantity is not None:
            kind = Annotated[kind, parameter.quantity]
        fields[parameter.name] = (kind, Field(default=parameter.default, description=parameter.meaning))
    return fields


def _checked(part: str) -> Any:
    """Return the validator that asks the terms of a part what is wrong with it."""

    def check(self: Parameters) -> Parameters:
        for term in all_terms():
            if term.part == part:
                term.check(dict(self), None)
        return self

    return model_validator(mode="after")(check)


def _kind(annotation: Any) -> str:
    """Return how a docstring names a type."""
    if get_origin(annotation) is Literal:
        return " or ".join(f'"{choice}"' for choice in get_args(annotation))
    if get_origin(annotation) is tuple:
        return f"({', '.join(_kind(item) for item in get_args(annotation))})"
    if type(None) in get_args(annotation):
        return f"{_kind(get_args(annotation)[0])}, optional"
    return str(annotation.__name__)


def _documented(text: str, part: str) -> str:
    """Return a docstring whose section Parameters goes on with what the terms add."""
    lines = inspect.cleandoc(text).splitlines()
    start = lines.index("Parameters")
    end = next((k - 1 for k in range(start + 2, len(lines)) if lines[k].startswith("---")), len(lines))
    while not lines[end - 1].strip():
        end -= 1
    added = []
    for parameter in parameters_of(part):
        added += [f"{parameter.name} : {_kind(parameter.annotation)}", f"    {parameter.meaning}"]
    return "\n".join([*lines[:end], *added, *lines[end:]]) + "\n"


def with_terms(part: str) -> Callable[[Part], Part]:
    """Return a decorator that adds the parameters of a part's terms, and their lines in its docstring."""

    def decorate(cls: Part) -> Part:
        made: Any = create_model(
            cls.__name__,
            __base__=cls,
            __module__=cls.__module__,
            __validators__={"check_terms": _checked(part)},
            **_fields(part),
        )
        made.__doc__ = _documented(cls.__doc__ or "", part)
        made.__qualname__ = cls.__qualname__
        return made

    return decorate


def table_of(part: str) -> type[Parameters]:
    """Return the class of a table that a torque brings along, such as SpinOrbit for the table spin_orbit."""
    name = part.title().replace("_", "")
    title = next(term.title for term in all_terms() if term.part == part)
    made: Any = create_model(
        name,
        __base__=Parameters,
        __module__="mtjphys.junction.parts",
        __validators__={"check_terms": _checked(part)},
        **_fields(part),
    )
    made.__doc__ = _documented(f"{title[0].upper()}{title[1:]}.\n\nParameters\n----------\n", part)
    return made


def with_tables(tables: Mapping[str, type[Parameters]]) -> Callable[[Part], Part]:
    """Return a decorator: it adds the tables that torques bring along to a junction and to its docstring."""

    def decorate(cls: Part) -> Part:
        fields: dict[str, Any] = {part: (table | None, None) for part, table in tables.items()}
        made: Any = create_model(cls.__name__, __base__=cls, __module__=cls.__module__, **fields)
        lines = "\n".join(f"{part} : {table.__name__}, optional" for part, table in tables.items())
        # Without indentation, as Python 3.13 stores docstrings.
        made.__doc__ = inspect.cleandoc(cls.__doc__ or "").replace("{tables}", lines) + "\n"
        made.__qualname__ = cls.__qualname__
        return made

    return decorate
