"""Optimisers: they move parameters in place along the gradients that a rule estimated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.learning.tables import Choices


class Optimiser(Protocol):
    """Moves parameters in place; its state can be saved and loaded.

    A training may call `update` in another thread, beside the decorrelation.
    """

    learning_rate: float

    def update(
        self,
        parameters: Sequence[NDArray[Any]],
        gradients: Sequence[NDArray[Any]],
        scale: float = 1.0,
    ) -> None:
        """Take one step; `scale` multiplies the learning rate (a schedule)."""
        ...

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return arrays from which `load_state_dict` continues with the same bits."""
        ...

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the optimiser that made `state` stopped."""
        ...


OPTIMISERS: Choices[Any] = Choices("optimiser", "name", "mtjphys.learning.optimisers")
"""Optimisers by the name that files give them."""


def flat(array: NDArray[Any], like: NDArray[Any]) -> NDArray[Any]:
    """Return `array` as a vector of the type of `like`, a view where it can be one."""
    return np.ascontiguousarray(array, like.dtype).reshape(-1)


def check_shapes(kept: Sequence[NDArray[Any]], parameters: Sequence[NDArray[Any]]) -> None:
    """Raise if what an optimiser remembers, or is given, is of other parameters."""
    if [k.shape for k in kept] != [p.shape for p in parameters]:
        raise ParameterError(
            f"arrays of shapes {[k.shape for k in kept]} for parameters of shapes {[p.shape for p in parameters]}: "
            "an optimiser has a memory, make a new one for another network"
        )


def check_names(state: Mapping[str, NDArray[Any]], names: Sequence[str], kind: str) -> None:
    """Raise if a state holds other arrays than an optimiser of this kind."""
    if sorted(state) != sorted(names):
        raise DataError(f"a state with arrays {sorted(state)} is not of {kind}, which has {sorted(names)}")


def as_vector(parameter: NDArray[Any]) -> NDArray[Any]:
    """Return a view of a parameter as a vector: what is written to it reaches the parameter."""
    if not parameter.flags.c_contiguous:
        raise ParameterError(
            f"a parameter of shape {parameter.shape} is not contiguous: copy it with np.ascontiguousarray"
        )
    return parameter.reshape(-1)
