"""Adam."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.declared import Declared
from mtjphys.core.quantity import Quantity
from mtjphys.kernels import learning as kernels
from mtjphys.learning.concurrency import concurrently, pieces
from mtjphys.learning.optimisers.optimiser import OPTIMISERS, as_vector, check_names, check_shapes, flat

_WORK = 64  # multiplications that take as long as a parameter's step, most of which is to fetch four numbers


@OPTIMISERS.register("adam")
@dataclass
class Adam(Declared):
    """Adam: steps scaled by running means of the gradient and of its square.

    ``m <- b1 m + (1 - b1) g``, ``v <- b2 v + (1 - b2) g^2``,
    ``p <- p - eta (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)``.

    Parameters
    ----------
    learning_rate : float
        eta.
    first_decay, second_decay : float
        b1 and b2, in [0, 1).
    epsilon : float
        Keeps the quotient finite.

    References
    ----------
    D. P. Kingma and J. Ba, arXiv:1412.6980.

    Examples
    --------
    >>> p = np.array([1.0, 2.0])
    >>> Adam(0.1).update([p], [np.array([1.0, -5.0])])
    >>> p.round(6).tolist()
    [0.9, 2.1]
    """

    learning_rate: Annotated[float, Quantity("(dimensionless)", 0.0, 1e6)] = 1e-3
    first_decay: Annotated[float, Quantity("(dimensionless)", 0.0, 1.0, open_high=True)] = 0.9
    second_decay: Annotated[float, Quantity("(dimensionless)", 0.0, 1.0, open_high=True)] = 0.999
    epsilon: Annotated[float, Quantity("(dimensionless)", 0.0, 1.0, open_low=True)] = 1e-8
    _steps: int = field(default=0, init=False, repr=False, compare=False)
    _first: list[NDArray[Any]] = field(default_factory=list, init=False, repr=False, compare=False)
    _second: list[NDArray[Any]] = field(default_factory=list, init=False, repr=False, compare=False)

    def update(
        self,
        parameters: Sequence[NDArray[Any]],
        gradients: Sequence[NDArray[Any]],
        scale: float = 1.0,
    ) -> None:
        """Take one step; `scale` multiplies the learning rate (a schedule)."""
        if not self._first:
            self._first = [np.zeros_like(p) for p in parameters]
            self._second = [np.zeros_like(p) for p in parameters]
        for arrays in (gradients, self._first, self._second):
            check_shapes(arrays, parameters)
        self._steps += 1
        b1, b2 = self.first_decay, self.second_decay
        rate = self.learning_rate * scale / (1 - b1**self._steps)
        root = (1 - b2**self._steps) ** -0.5

        tasks = []
        for p, g, m, v in zip(parameters, gradients, self._first, self._second, strict=True):
            scalars = np.array([1 - b1, 1 - b2, rate, root, self.epsilon], p.dtype)
            vectors = as_vector(p), flat(g, p), as_vector(m), as_vector(v)
            for part in pieces(p.size, _WORK, usual=1 << 19):
                tasks.append(partial(kernels.adam, *(vector[part] for vector in vectors), scalars))
        concurrently(tasks)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the number of steps and the running means."""
        state = {"steps": np.array(self._steps)}
        state |= {f"first{k}": array.copy() for k, array in enumerate(self._first)}
        return state | {f"second{k}": array.copy() for k, array in enumerate(self._second)}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the optimiser that made `state` stopped."""
        count = sum(name.startswith("first") for name in state)
        check_names(state, ["steps", *(f"{name}{k}" for name in ("first", "second") for k in range(count))], "Adam")
        self._steps = int(state["steps"])
        self._first = [np.array(state[f"first{k}"]) for k in range(count)]
        self._second = [np.array(state[f"second{k}"]) for k in range(count)]
