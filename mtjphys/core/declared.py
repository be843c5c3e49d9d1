"""Dataclasses that say of each number what it may be: unit and range stand in the annotation, and nowhere else."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from numbers import Integral, Real
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import numpy as np
from pydantic import BeforeValidator

from mtjphys.core.checks import as_count
from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import plain
from mtjphys.core.quantity import Quantity
from mtjphys.core.streams import as_seed


@dataclass(frozen=True)
class Whole:
    """In an annotation: a whole number of at least `lowest`."""

    lowest: int = 1

    def check(self, name: str, value: Any) -> None:
        """Raise `ParameterError` with value and least value if it is none."""
        as_count(name, value, self.lowest)


Count = Annotated[int, Whole(1)]
Natural = Annotated[int, Whole(0)]
# Any, as None may be given although a number is kept.
Seed = Annotated[Any, Whole(0), BeforeValidator(as_seed)]
"""A seed: a whole number of at least 0; None draws one, and the number is kept."""


@cache
def annotations_of(kind: type) -> Mapping[str, Any]:
    """Return the annotations of what a dataclass is made from, by name, in order."""
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in fields(kind) if field.init}


def alternatives(annotation: Any) -> tuple[Any, ...]:
    """Return the types that a value may have, without what is said about them.

    >>> alternatives(Annotated[float | tuple[float, float], Quantity("V", 0.0, 1.0)])
    (<class 'float'>, tuple[float, float])
    """
    if get_origin(annotation) is Annotated:
        return alternatives(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(kind for part in get_args(annotation) for kind in alternatives(part))
    return (annotation,)


def _rules(annotation: Any) -> list[Quantity | Whole]:
    """Return what is said about the numbers of a value."""
    rules = [rule for rule in getattr(annotation, "__metadata__", ()) if isinstance(rule, (Quantity, Whole))]
    if get_origin(annotation) in (Annotated, Union, types.UnionType):
        parts = get_args(annotation)[: 1 if get_origin(annotation) is Annotated else None]
        rules += [rule for part in parts for rule in _rules(part)]
    return rules


def check_value(name: str, value: Any, annotation: Any) -> None:
    """Raise if a value is not what an annotation with a `Quantity` or `Whole` says; None is legal."""
    rules = _rules(annotation)
    if value is None or not rules:
        return
    kinds = alternatives(annotation)
    for number in value if isinstance(value, (tuple, list, np.ndarray)) else (value,):
        if isinstance(number, (bool, np.bool_)) or not isinstance(number, Real):
            raise ParameterError(f"{name}={value!r} is not a number")
        if int in kinds and not isinstance(number, Integral):
            raise ParameterError(f"{name}={value!r} is not a whole number")
        for rule in rules:
            rule.check(name, number)  # type: ignore[arg-type] # mypy takes no number for a Real


class Declared:
    """Base of dataclasses whose annotations are checked when one is made.

    A number is ``Annotated[float, Quantity(unit, low, high)]``, a whole number `Count`, `Natural`, `Seed` or
    ``Annotated[int, Quantity(...)]``; a pair or a list of them is checked one by one, and where a tuple is meant a list
    is taken for one. A class with further rules has a ``__post_init__`` that calls this one first.

    Examples
    --------
    >>> @dataclass(frozen=True)
    ... class Divider(Declared):
    ...     resistance: Annotated[float, Quantity("ohm", 0.0, 1e12, open_low=True)] = 1e4
    >>> Divider(-1.0)
    Traceback (most recent call last):
    mtjphys.core.errors.ParameterError: resistance=-1.0 ohm is outside (0, 1e+12] ohm
    """

    def __post_init__(self) -> None:
        kind: type = type(self)
        for name, annotation in annotations_of(kind).items():
            value = getattr(self, name)
            if value is None and annotation == Seed:
                object.__setattr__(self, name, as_seed(None))
            if isinstance(value, (list, np.ndarray)) and any(get_origin(k) is tuple for k in alternatives(annotation)):
                value = plain(value)
                object.__setattr__(self, name, value)  # the class may be frozen
            check_value(name, value, annotation)
