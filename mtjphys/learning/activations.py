"""Activations: what a hidden unit makes of its pre-activation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import check_range


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


@dataclass(frozen=True)
class LeakyReLU:
    """Leaky rectifier, ``f(a) = a`` for a > 0 and ``slope a`` otherwise; f'(0) is `slope`.

    Parameters
    ----------
    slope : float
        Slope for negative pre-activations, 0 to 1; 1 makes a linear network.

    Raises
    ------
    ParameterError
        If the slope is outside 0 to 1.

    Examples
    --------
    >>> LeakyReLU(0.01)(np.array([-1.0, 2.0])).tolist()
    [-0.01, 2.0]
    """

    slope: float = 0.01

    def __post_init__(self) -> None:
        check_range("slope", self.slope, "(dimensionless)", 0.0, 1.0)

    def __call__(self, preactivation: NDArray[Any], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return f(a), written to `out` if given, which may be `preactivation` itself."""
        # For slopes up to 1 the larger of a and slope a is f(a), without a branch.
        scaled = np.asarray(self.slope, preactivation.dtype) * preactivation
        return np.maximum(preactivation, scaled, out=scaled if out is None else out)

    def derivative(self, preactivation: NDArray[Any]) -> NDArray[Any]:
        """Return f'(a), 1 or `slope`."""
        kind = preactivation.dtype.type
        return np.where(preactivation > 0, kind(1.0), kind(self.slope))


@dataclass(frozen=True)
class ReLU:
    """Rectifier, ``f(a) = max(a, 0)``; f'(0) is 0.

    Examples
    --------
    >>> ReLU()(np.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def __call__(self, preactivation: NDArray[Any], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return f(a), written to `out` if given, which may be `preactivation` itself."""
        return np.maximum(preactivation, preactivation.dtype.type(0.0), out=out)

    def derivative(self, preactivation: NDArray[Any]) -> NDArray[Any]:
        """Return f'(a), 1 or 0."""
        return (preactivation > 0).astype(preactivation.dtype)


@dataclass(frozen=True)
class Tanh:
    """Hyperbolic tangent, ``f(a) = tanh(a)``, ``f'(a) = 4 s(2 a) s(-2 a)`` with the logistic function s.

    This form of ``1 - tanh(a)^2`` does not cancel where the unit saturates.

    Examples
    --------
    >>> Tanh().derivative(np.array([0.0, 20.0])).tolist() == [1.0, np.cosh(20.0) ** -2]
    True
    """

    def __call__(self, preactivation: NDArray[Any], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return f(a), written to `out` if given, which may be `preactivation` itself."""
        return np.tanh(preactivation, out=out)

    def derivative(self, preactivation: NDArray[Any]) -> NDArray[Any]:
        """Return f'(a)."""
        kind = preactivation.dtype.type
        return kind(4.0) * Sigmoid().derivative(kind(2.0) * preactivation)


@dataclass(frozen=True)
class Sigmoid:
    """Logistic function, ``f(a) = 1/(1 + exp(-a))``, ``f'(a) = f(a) f(-a)``.

    Neither overflows, and both are exact to rounding where the unit saturates.

    Examples
    --------
    >>> Sigmoid()(np.array([-1000.0, 0.0])).tolist()
    [0.0, 0.5]
    """

    def __call__(self, preactivation: NDArray[Any], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return f(a), written to `out` if given, which may be `preactivation` itself."""
        from scipy.special import expit

        return expit(preactivation, out=out)

    def derivative(self, preactivation: NDArray[Any]) -> NDArray[Any]:
        """Return f'(a)."""
        return self(preactivation) * self(-preactivation)


ACTIVATIONS = {"leaky_relu": LeakyReLU, "relu": ReLU, "tanh": Tanh, "sigmoid": Sigmoid}
"""Activations by the name that a configuration file gives them."""


def named_activation(name: str) -> Activation:
    """Return the activation of that name, with its defaults.

    Parameters
    ----------
    name : {"leaky_relu", "relu", "tanh", "sigmoid"}
        Which one.

    Returns
    -------
    Activation
        A new instance.

    Raises
    ------
    ParameterError
        If there is none of that name.

    Examples
    --------
    >>> named_activation("leaky_relu")
    LeakyReLU(slope=0.01)
    """
    if name not in ACTIVATIONS:
        raise ParameterError(f"activation={name!r} must be one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]()
