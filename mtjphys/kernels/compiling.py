"""How kernels are compiled: without the GIL, cached on disk, and recompiled when any kernel has changed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit


def _stamp() -> tuple[tuple[str, float, int], ...]:
    """Return name, time and size of every kernel's source file."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return tuple((file.name, file.stat().st_mtime, file.stat().st_size) for file in files)


_STAMP = _stamp()


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator: numba's `njit`, with the cache tied to the sources of all kernels.

    Numba ties the cached code of a function to the file that holds it, and would go on using it after a change in
    another file from which it was inlined. A division by zero gives inf (``error_model="numpy"``), as in the vector
    lanes, instead of a branch to an exception.

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
            index._source_stamp = _STAMP
        return dispatcher

    return decorate


inline = compiled(forceinline=True)
