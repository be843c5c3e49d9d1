"""Activations: what a hidden unit makes of its pre-activation."""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray

from mtjphys.learning.tables import Choices


class Activation(Protocol):
    """A function of the pre-activation, element by element, and its derivative.

    Both return an array of the pre-activation's shape and type.
    """

    def __call__(self, preactivation: NDArray[Any], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return f(a), written to `out` if given, which may be `preactivation` itself."""
        ...

    def derivative(self, preactivation: NDArray[Any]) -> NDArray[Any]:
        """Return f'(a)."""
        ...


ACTIVATIONS: Choices[Any] = Choices("activation", "name", "mtjphys.learning.activations", bare=True)
"""Activations by the name that files give them."""
