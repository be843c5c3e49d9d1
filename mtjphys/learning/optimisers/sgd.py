"""Gradient descent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.declared import Declared
from mtjphys.core.quantity import Quantity
from mtjphys.kernels import learning as kernels
from mtjphys.learning.optimisers.optimiser import OPTIMISERS, as_vector, check_names, check_shapes, flat


@OPTIMISERS.register("sgd")
@dataclass
class SGD(Declared):
    """Gradient descent, ``u <- momentum u + g``, ``p <- p - eta u``.

    Parameters
    ----------
    learning_rate : float
        eta.
    momentum : float
        In [0, 1); 0 is plain gradient descent.

    Raises
    ------
    ParameterError
        If a parameter is not finite or outside its range.

    Examples
    --------
    >>> p = np.array([1.0, 2.0])
    >>> SGD(0.1).update([p], [np.array([1.0, -1.0])])
    >>> p.tolist()
    [0.9, 2.1]
    """

    learning_rate: Annotated[float, Quantity("(dimensionless)", 0.0, 1e6)]
    momentum: Annotated[float, Quantity("(dimensionless)", 0.0, 1.0, open_high=True)] = 0.0
    _velocity: list[NDArray[Any]] = field(default_factory=list, init=False, repr=False, compare=False)

    def update(
        self,
        parameters: Sequence[NDArray[Any]],
        gradients: Sequence[NDArray[Any]],
        scale: float = 1.0,
    ) -> None:
        """Take one step; `scale` multiplies the learning rate (a schedule)."""
        check_shapes(gradients, parameters)
        if self.momentum > 0.0:
            if not self._velocity:
                self._velocity = [np.zeros_like(p) for p in parameters]
            check_shapes(self._velocity, parameters)
            for u, gradient in zip(self._velocity, gradients, strict=True):
                u *= np.asarray(self.momentum, u.dtype)
                u += gradient
            gradients = self._velocity
        for p, g in zip(parameters, gradients, strict=True):
            kernels.subtract_scaled(as_vector(p), flat(g, p), np.array([self.learning_rate * scale], p.dtype))

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the running sums of the gradients; empty without momentum."""
        return {f"velocity{k}": array.copy() for k, array in enumerate(self._velocity)}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the optimiser that made `state` stopped."""
        names = [f"velocity{k}" for k in range(len(state))]
        check_names(state, names, "SGD")
        self._velocity = [np.array(state[name]) for name in names]
