"""What stands in a table of an experiment file, and how a thing is made of it.

A rule, a noise source, an optimiser ... is registered under the name that files give it; the table that describes it
follows from its signature: the arguments with their types, units and ranges are the keys. Tables that name one of
several things, by ``name`` or ``kind``, are pydantic's discriminated unions of all that are registered.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeVar, Union, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, create_model, field_validator
from pydantic.annotated_handlers import GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from mtjphys.core.declared import check_value
from mtjphys.core.errors import MtjphysError
from mtjphys.core.parameters import Parameters, known_instead
from mtjphys.core.registry import Registry

T = TypeVar("T")

PATHS = ("file", "data_dir")
"""Keys whose values are names of files or folders, which start from the folder of the experiment."""


class Context(NamedTuple):
    """Where a table stands when something is made of it."""

    where: str  # name of the table, for errors
    folder: Path = Path()  # what relative paths start from
    seed: int | None = None  # of what has a seed and is given none

    def inside(self, name: str) -> Context:
        """Return the context of a table in this one."""
        return self._replace(where=f"{self.where}.{name}")

    def path(self, name: str | Path) -> Path:
        """Return the path that a name in the file stands for."""
        return self.folder / name


@contextmanager
def naming(where: str) -> Iterator[None]:
    """Put the name of a table before what goes wrong."""
    try:
        yield
    except MtjphysError as error:
        raise type(error)(f"[{where}] {error}") from None


class Keys(Parameters):
    """The keys of a table, checked; the errors of a table in a table keep their place."""

    model_config = ConfigDict(defer_build=True)
    # `Parameters` would make one sentence of the errors of each table.
    __init__ = BaseModel.__init__

    @field_validator("*", mode="after")
    @classmethod
    def _as_declared(cls, value: Any, info: ValidationInfo) -> Any:
        name = str(info.field_name)
        field = cls.model_fields[name]
        check_value(name, value, Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation)
        return value


class Table(Keys):
    """The table of one thing: its keys are arguments, and `build` calls what it describes."""

    tag: ClassVar[str] = ""
    """The key that chooses among several things."""
    makes: ClassVar[Callable[..., Any]]
    """What is called with the keys."""
    replaces: ClassVar[tuple[str, ...]] = ()
    """Arguments that the file gives in other words; see `arguments`."""

    def arguments(self, context: Context) -> dict[str, Any]:
        """Return what is called with: the keys that were given, and the seed."""
        given = {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}
        given.pop(self.tag, None)
        for name, value in given.items():
            if isinstance(value, Table):
                given[name] = value.build(context.inside(name))
            elif name in PATHS and value is not None:
                many = isinstance(value, (list, tuple))
                given[name] = [context.path(one) for one in value] if many else context.path(value)
        if context.seed is not None and "seed" in type(self).model_fields:
            given.setdefault("seed", context.seed)
        return given

    def build(self, context: Context) -> Any:
        """Return what the table describes; an error names the table."""
        arguments = self.arguments(context)
        with naming(context.where):
            return type(self).makes(**arguments)


def _key(annotation: Any, required: bool) -> Any:
    """Return the type of a key, from that of an argument: what is one of several things is a table."""
    choices = next((item for item in getattr(annotation, "__metadata__", ()) if isinstance(item, Choices)), None)
    if choices is None:
        return annotation
    return Annotated[Table if required else Table | None, choices]


@cache
def table_of(thing: Callable[..., Any], identifier: str = "", tag: str = "") -> type[Table]:
    """Return the table that describes a class or function.

    Its keys are the arguments. A class may have a `Table` of its own as an attribute ``table``, which says some of them
    in other words; see `Table.replaces`.

    Parameters
    ----------
    thing : callable
        What is made from the table; its arguments have annotations.
    identifier, tag : str
        What the key `tag` says if the table stands among others.

    Returns
    -------
    type of Table
        The same for every call.
    """
    base = getattr(thing, "table", Table)
    hints = get_type_hints(thing, include_extras=True)
    keys: dict[str, Any] = {tag: (Literal[identifier], ...)} if tag else {}
    for name, parameter in inspect.signature(thing).parameters.items():
        if name in base.replaces or name in base.model_fields:
            continue
        required = parameter.default is parameter.empty
        keys[name] = (_key(hints[name], required), Field(... if required else None))
    made: Any = create_model(f"{thing.__name__}Table", __base__=base, __module__=__name__, **keys)
    made.makes, made.tag = thing, tag
    return made


class Only:
    """In an annotation: the table of one thing."""

    def __init__(self, thing: Callable[..., Any]) -> None:
        self.thing = thing

    def table(self, value: Any) -> type[Table]:
        """Return the table, whatever it holds."""
        return table_of(self.thing)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Return the schema of the table."""
        schema = core_schema.no_info_before_validator_function(_no_other, handler.generate_schema(self.table(None)))
        return core_schema.nullable_schema(schema) if type(None) in get_args(source) else schema


def _no_other(value: Any) -> Any:
    """Return a table, or raise."""
    if not isinstance(value, (Mapping, Table)):
        raise PydanticCustomError("no_table", "{text}", {"text": ""})
    return value


class Choices(Registry[T]):
    """A registry of things that files name; in an annotation, the table of one of them.

    Parameters
    ----------
    kind : str
        What the things are called in errors.
    tag : str
        The key that names one: ``name`` or ``kind``.
    *folders : str
        Packages of mtjphys whose modules register theirs.
    bare : bool
        Whether a name alone stands for the table of that name and nothing else.
    implied : mapping of str to str, optional
        Keys that say what a table without a tag is.

    Examples
    --------
    >>> shapes = Choices("shape", "name", bare=True)
    >>> @shapes.register("square")
    ... def square(side: float = 1.0) -> float:
    ...     return side**2
    >>> class Figure(Table):
    ...     shape: Annotated[Table, shapes]
    >>> figure = Figure.model_validate({"shape": {"name": "square", "side": 2.0}})
    >>> figure.shape.build(Context("shape"))
    4.0
    """

    def __init__(
        self, kind: str, tag: str, *folders: str, bare: bool = False, implied: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(kind, *folders)
        self.tag, self.bare, self.implied = tag, bare, implied or {}

    def table(self, value: Any) -> type[Table] | None:
        """Return the table that a value of the file names, if it names one."""
        identifier = self._identifier(value)
        if not isinstance(identifier, str) or identifier not in self:
            return None
        return table_of(self[identifier], identifier, self.tag)

    def make(self, identifier: Any, where: str = "") -> Any:
        """Return a thing of this identifier with its defaults, or raise one sentence that begins with `where`."""
        thing: Any = self.find(identifier, where)
        return thing()

    def _identifier(self, value: Any) -> Any:
        if self.bare and isinstance(value, str):
            return value
        if isinstance(value, Table):
            return getattr(value, self.tag)
        if not isinstance(value, Mapping):
            return None
        implied = next((identifier for key, identifier in self.implied.items() if key in value), None)
        return value.get(self.tag, implied)

    def _as_table(self, value: Any) -> Any:
        """Return a table whose tag is known, or raise."""
        if self.table(value) is not None:
            return value if isinstance(value, Table) else {self.tag: self._identifier(value)} | _keys(value)
        identifier = self._identifier(value)
        known = ", ".join(name for name in self if name not in self.implied.values())
        if not isinstance(value, (str, Mapping) if self.bare else Mapping):
            wrong, text = ("no_name", known) if self.bare else ("no_table", "")
        elif identifier is None:
            instead = f", or a {' or '.join(self.implied)}" if self.implied else ""
            wrong, text = "wrong_tag", f"{self.tag}: missing; give one of {known}{instead}"
        else:
            instead = known_instead(identifier, self) if isinstance(identifier, str) else f"give one of {known}"
            wrong = "unknown_name" if isinstance(value, str) else "wrong_tag"
            text = instead if isinstance(value, str) else f"{self.tag}={identifier!r} is unknown; {instead}"
        raise PydanticCustomError(wrong, "{text}", {"text": text})

    def _written(self, value: Any, handler: Callable[[Any], Any]) -> Any:
        """Return a table as a file has it: without a tag that is implied, and as its name alone if that is all."""
        written = handler(value)
        if isinstance(written, dict) and self.implied.keys() & written.keys():
            del written[self.tag]
        bare = self.bare and isinstance(written, dict) and set(written) == {self.tag}
        return written[self.tag] if bare else written

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Return the discriminated union of the tables of all things."""
        tables = [table_of(thing, identifier, self.tag) for identifier, thing in self.items()]
        union: Any = Union[tuple(tables)]  # noqa: UP007 - of a list
        schema = handler.generate_schema(Annotated[union, Field(discriminator=self.tag)] if len(tables) > 1 else union)
        schema = core_schema.no_info_before_validator_function(
            self._as_table, schema, serialization=core_schema.wrap_serializer_function_ser_schema(self._written)
        )
        return core_schema.nullable_schema(schema) if type(None) in get_args(source) else schema


def _keys(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
