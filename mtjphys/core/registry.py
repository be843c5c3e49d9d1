"""Things that files name by text: each has one stable identifier, and stands in one file of a known folder."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, Generic, TypeVar

from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import known_instead

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """What there is of one kind, by identifier; found in the modules of some folders when it is first asked for.

    A file can name no more than what stands in these folders: an identifier is looked up, never imported.

    Parameters
    ----------
    kind : str
        What the things are called in errors, such as "waveform".
    *folders : str
        Packages of mtjphys whose modules register theirs when they are imported.

    Examples
    --------
    >>> shapes = Registry("shape")
    >>> @shapes.register("square")
    ... class Square:
    ...     pass
    >>> shapes["square"] is Square
    True
    """

    def __init__(self, kind: str, *folders: str) -> None:
        self.kind = kind
        self._folders = folders
        self._things: dict[str, T] = {}
        self._complete = not folders

    def register(self, identifier: str) -> Callable[[Any], Any]:
        """Return a decorator that makes a thing known under `identifier`."""

        def decorate(thing: Any) -> Any:
            known = self._things.setdefault(identifier, thing)
            if known is not thing:
                raise ValueError(f"two things are called {self.kind} {identifier!r}: {known!r} and {thing!r}")
            return thing

        return decorate

    def _find_all(self) -> dict[str, T]:
        if not self._complete:
            for folder in self._folders:
                package = import_module(folder)
                for module in pkgutil.iter_modules(package.__path__):
                    import_module(f"{folder}.{module.name}")
            self._complete = True
        return self._things

    def __getitem__(self, identifier: str) -> T:
        """Return the thing of this identifier, or raise `KeyError`."""
        if identifier not in self._things:
            self._find_all()
        return self._things[identifier]

    def __iter__(self) -> Iterator[str]:
        """Iterate over all identifiers, sorted."""
        return iter(sorted(self._find_all()))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._find_all())

    def find(self, identifier: Any, where: str = "") -> T:
        """Return the thing of this identifier, or raise one sentence.

        Parameters
        ----------
        identifier : str
            As a file or an argument gives it.
        where : str
            Beginning of the sentence, such as the name of the argument.

        Raises
        ------
        ParameterError
            If there is no such thing; the sentence names those that look like it.
        """
        try:
            return self[identifier]
        except (KeyError, TypeError):
            start = where or self.kind
            raise ParameterError(f"{start}={identifier!r} is unknown; {known_instead(str(identifier), self)}") from None
