"""Optimisers: they move parameters in place along the gradients that a rule estimated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.parameters import check_range
from mtjphys.kernels import learning as kernels
from mtjphys.learning.concurrency import concurrently


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


def _flat(array: NDArray[Any], like: NDArray[Any]) -> NDArray[Any]:
    """Return `array` as a vector of the type of `like`, a view where it can be one."""
    return np.ascontiguousarray(array, like.dtype).reshape(-1)


def _check_shapes(kept: Sequence[NDArray[Any]], parameters: Sequence[NDArray[Any]]) -> None:
    """Raise if what an optimiser remembers, or is given, is of other parameters."""
    if [k.shape for k in kept] != [p.shape for p in parameters]:
        raise ParameterError(
            f"arrays of shapes {[k.shape for k in kept]} for parameters of shapes {[p.shape for p in parameters]}: "
            "an optimiser has a memory, make a new one for another network"
        )


def _check_names(state: Mapping[str, NDArray[Any]], names: Sequence[str], kind: str) -> None:
    if sorted(state) != sorted(names):
        raise DataError(f"a state with arrays {sorted(state)} is not of {kind}, which has {sorted(names)}")


def _vector(parameter: NDArray[Any]) -> NDArray[Any]:
    """Return a view of a parameter as a vector: what is written to it reaches the parameter."""
    if not parameter.flags.c_contiguous:
        raise ParameterError(
            f"a parameter of shape {parameter.shape} is not contiguous: copy it with np.ascontiguousarray"
        )
    return parameter.reshape(-1)


@dataclass
class SGD:
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

    learning_rate: float
    momentum: float = 0.0
    _velocity: list[NDArray[Any]] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_range("learning_rate", self.learning_rate, "(dimensionless)", 0.0, 1e6)
        check_range("momentum", self.momentum, "(dimensionless)", 0.0, 1.0, open_high=True)

    def update(
        self,
        parameters: Sequence[NDArray[Any]],
        gradients: Sequence[NDArray[Any]],
        scale: float = 1.0,
    ) -> None:
        """Take one step; `scale` multiplies the learning rate (a schedule)."""
        _check_shapes(gradients, parameters)
        if self.momentum > 0.0:
            if not self._velocity:
                self._velocity = [np.zeros_like(p) for p in parameters]
            _check_shapes(self._velocity, parameters)
            for u, gradient in zip(self._velocity, gradients, strict=True):
                u *= np.asarray(self.momentum, u.dtype)
                u += gradient
            gradients = self._velocity
        for p, g in zip(parameters, gradients, strict=True):
            kernels.subtract_scaled(_vector(p), _flat(g, p), np.array([self.learning_rate * scale], p.dtype))

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the running sums of the gradients; empty without momentum."""
        return {f"velocity{k}": array.copy() for k, array in enumerate(self._velocity)}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the optimiser that made `state` stopped."""
        names = [f"velocity{k}" for k in range(len(state))]
        _check_names(state, names, "SGD")
        self._velocity = [np.array(state[name]) for name in names]


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

    Examples
    --------
    >>> p = np.array([1.0, 2.0])
    >>> Adam(0.1).update([p], [np.array([1.0, -5.0])])
    >>> p.round(6).tolist()
    [0.9, 2.1]
    """

    learning_rate: float = 1e-3
    first_decay: float = 0.9
    second_decay: float = 0.999
    epsilon: float = 1e-8
    _steps: int = field(default=0, init=False, repr=False, compare=False)
    _first: list[NDArray[Any]] = field(default_factory=list, init=False, repr=False, compare=False)
    _second: list[NDArray[Any]] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_range("learning_rate", self.learning_rate, "(dimensionless)", 0.0, 1e6)
        check_range("first_decay", self.first_decay, "(dimensionless)", 0.0, 1.0, open_high=True)
        check_range("second_decay", self.second_decay, "(dimensionless)", 0.0, 1.0, open_high=True)
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
        for arrays in (gradients, self._first, self._second):
            _check_shapes(arrays, parameters)
        self._steps += 1
        b1, b2 = self.first_decay, self.second_decay
        rate = self.learning_rate * scale / (1 - b1**self._steps)
        root = (1 - b2**self._steps) ** -0.5

        def move(p: NDArray[Any], g: NDArray[Any], m: NDArray[Any], v: NDArray[Any]) -> None:
            scalars = np.array([1 - b1, 1 - b2, rate, root, self.epsilon], p.dtype)
            kernels.adam(_vector(p), _flat(g, p), _vector(m), _vector(v), scalars)

        every = zip(parameters, gradients, self._first, self._second, strict=True)
        concurrently([partial(move, *arrays) for arrays in every])

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the number of steps and the running means."""
        state = {"steps": np.array(self._steps)}
        state |= {f"first{k}": array.copy() for k, array in enumerate(self._first)}
        return state | {f"second{k}": array.copy() for k, array in enumerate(self._second)}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the optimiser that made `state` stopped."""
        count = sum(name.startswith("first") for name in state)
        _check_names(state, ["steps", *(f"{name}{k}" for name in ("first", "second") for k in range(count))], "Adam")
        self._steps = int(state["steps"])
        self._first = [np.array(state[f"first{k}"]) for k in range(count)]
        self._second = [np.array(state[f"second{k}"]) for k in range(count)]
