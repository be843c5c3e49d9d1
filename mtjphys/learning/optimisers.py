"""Optimisers: they move parameters in place along the gradients that a rule estimated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mtjphys.parameters import check_range


class Optimiser(Protocol):
    """Moves parameters in place; its state can be saved and loaded."""

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


@dataclass
class SGD:
    """Plain gradient descent, ``p <- p - eta g``.

    Parameters
    ----------
    learning_rate : float
        eta.
    """

    learning_rate: float

    def __post_init__(self) -> None:
        check_range("learning_rate", self.learning_rate, "(dimensionless)", 0.0, 1e6)

    def update(
        self,
        parameters: Sequence[NDArray[Any]],
        gradients: Sequence[NDArray[Any]],
        scale: float = 1.0,
    ) -> None:
        """Take one step; `scale` multiplies the learning rate (a schedule)."""
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter -= np.asarray(self.learning_rate * scale, parameter.dtype) * gradient

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return an empty state: the optimiser has no memory."""
        return {}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Do nothing: the optimiser has no memory."""


@dataclass
class Adam:
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
    """

    learning_rate: float = 1e-3
    first_decay: float = 0.9
    second_decay: float = 0.999
    epsilon: float = 1e-8
    _steps: int = field(default=0, init=False, repr=False)
    _first: list[NDArray[Any]] = field(default_factory=list, init=False, repr=False)
    _second: list[NDArray[Any]] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        check_range("learning_rate", self.learning_rate, "(dimensionless)", 0.0, 1e6)
        check_range("first_decay", self.first_decay, "(dimensionless)", 0.0, 1.0 - 1e-12)
        check_range("second_decay", self.second_decay, "(dimensionless)", 0.0, 1.0 - 1e-12)
        check_range("epsilon", self.epsilon, "(dimensionless)", 0.0, 1.0, open_low=True)

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
        self._steps += 1
        b1, b2 = self.first_decay, self.second_decay
        rate = self.learning_rate * scale / (1 - b1**self._steps)
        root = (1 - b2**self._steps) ** -0.5
        for p, g, m, v in zip(parameters, gradients, self._first, self._second, strict=True):
            m *= b1
            m += (1 - b1) * g
            v *= b2
            v += (1 - b2) * np.square(g)
            quotient = np.sqrt(v)
            quotient *= root
            quotient += self.epsilon
            np.divide(m, quotient, out=quotient)
            quotient *= rate
            p -= quotient

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the number of steps and the running means."""
        state = {"steps": np.array(self._steps)}
        state |= {f"first{k}": array.copy() for k, array in enumerate(self._first)}
        return state | {f"second{k}": array.copy() for k, array in enumerate(self._second)}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the optimiser that made `state` stopped."""
        count = sum(name.startswith("first") for name in state)
        self._steps = int(state["steps"])
        self._first = [np.array(state[f"first{k}"]) for k in range(count)]
        self._second = [np.array(state[f"second{k}"]) for k in range(count)]
