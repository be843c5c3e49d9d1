"""How kernels are compiled: without the GIL, cached on disk, and recompiled when any kernel has changed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit
from numba.extending import overload, register_jitable

# A division by zero gives inf, as in the vector lanes, instead of a branch to an exception. The arrays that an inlined
# function is given live as long as its caller: counted anew in each call, an ensemble's dozens of them would take as
# long as a step. Nobody calls it from C, and a tenth of the time to compile goes without the wrappers for that.
INLINED = {"forceinline": True, "error_model": "numpy", "nogil": True, "_nrt": False, "no_cfunc_wrapper": True}


def _stamp() -> tuple[tuple[str, float, int], ...]:
    """Return name, time and size of every kernel's source file."""
    folder = Path(__file__).parent
    files = sorted(folder.rglob("*.py"))
    return tuple((str(file.relative_to(folder)), file.stat().st_mtime, file.stat().st_size) for file in files)


_STAMP = _stamp()


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator: numba's `njit`, with the cache tied to the sources of all kernels.

    Numba ties the cached code of a function to the file that holds it, and would go on using it after a change in
    another file from which it was inlined.

    Parameters
    ----------
    **options
        For `numba.njit`, beside ``cache``, ``nogil`` and ``error_model``.

    Returns
    -------
    callable
        The decorator.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        dispatcher = njit(cache=True, nogil=True, error_model="numpy", **options)(function)
        index = getattr(dispatcher._cache, "_cache_file", None)
        if index is not None:
            # Compared before the rest of an index is read, which may name types that are no more.
            index._version = (index._version, _STAMP)
        return dispatcher

    return decorate


def inline(function: Callable[..., Any]) -> Any:
    """Make a plain Python function one that kernels inline; called from Python it stays plain Python.

    With the operations of `mtjphys.kernels.simd` in its body, one text serves sixteen lanes, one lane, and scalars and
    arrays of numpy: a law of physics is written once.
    """
    return register_jitable(**INLINED)(function)


def inline_with_arrays(function: Callable[..., Any]) -> Any:
    """Make a function one that kernels inline, as `inline` does, which may make arrays of its own."""
    return register_jitable(**INLINED | {"_nrt": True})(function)


def apart(function: Callable[..., Any]) -> Any:
    """Make a function one that kernels call: what is rare takes no registers from what happens at every step."""
    return register_jitable(**INLINED | {"forceinline": False})(function)


def specialised(function: Callable[..., Any]) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator for what kernels put in the place of `function`, chosen by the types of its arguments.

    The decorated function takes numba types under the names of `function`'s arguments and returns the implementation;
    called from Python, `function` is what it says itself.
    """
    return overload(function, jit_options=INLINED)
