"""Stochastic magnetic tunnel junctions: from the stack to a network that learns from the noise."""

import lazy_loader

__version__ = "0.1.0"

# The names stand in the stub beside this file, where type checkers read them; each is imported at first use, so that
# `import mtjphys` costs next to nothing.
_attribute, _names, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    try:
        return _attribute(name)
    except AttributeError:
        from mtjphys.core.parameters import known_instead

        raise AttributeError(f"mtjphys has no {name!r}; {known_instead(name, __all__)}") from None


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
