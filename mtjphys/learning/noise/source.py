"""What every noise source is: volts for the units of a network, sample after sample.

A source hands out one voltage per sample and unit and remembers where it stopped, so that the
second noisy pass continues where the first one ended. The volts enter a pre-activation as ``eps =
gain (V - offset)``, with `gain` (1/V) and `offset` (V) declared on the source; the defaults 1 and 0
inject the raw volts, as Koenders et al. do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.learning.tables import Choices

Gain = Annotated[float, Quantity("1/V", -1e6, 1e6, (), "a gain of 1 injects the raw volts")]
Offset = Annotated[float, Quantity("V", -1e3, 1e3)]


class Usage(NamedTuple):
    """What the junctions behind a source have spent since it was made.

    A source of physical devices has a property `usage` that returns this; ideal sources have none, and a circuit has
    that of what it reads, or None.
    """

    readings: int  # readings of a junction
    device_time: float  # s, the time that has passed in the laboratory (junctions run side by side)
    energy: float  # J, drawn by all junctions and their series resistors; NaN where it is not known


class NoiseSource(Protocol):
    """Anything that hands out volts to the units of a network and can be stopped and resumed.

    Attributes
    ----------
    gain : float
        Conversion from volts to pre-activation, 1/V.
    offset : float
        Voltage that is subtracted before the conversion, V.
    """

    gain: float
    offset: float

    def volts(self, n_samples: int, n_units: int) -> NDArray[np.float32]:
        """Return the next `n_samples` voltages of every unit, shape (n_samples, n_units), in V."""
        ...

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return arrays from which `load_state_dict` continues with the same bits."""
        ...

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the source that made `state` stopped."""
        ...


NOISES: Choices[Any] = Choices("noise", "kind", "mtjphys.learning.noise")
"""Noise sources by the kind that files give them."""


def perturbation(noise: NoiseSource, n_samples: int, n_units: int, dtype: DTypeLike = np.float32) -> NDArray[Any]:
    """Draw volts and convert them to pre-activations, ``eps = gain (V - offset)``.

    Parameters
    ----------
    noise : NoiseSource
        Where the volts come from.
    n_samples, n_units : int
        Samples of the batch and units of the whole network.
    dtype : dtype
        Floating-point type of the network.

    Returns
    -------
    ndarray of shape (n_samples, n_units)
        Perturbation of every pre-activation.

    Examples
    --------
    >>> from mtjphys.learning import GaussianNoise
    >>> eps = perturbation(GaussianNoise(0.01, seed=1, gain=2.0), 4, 3)
    >>> eps.shape
    (4, 3)
    """
    eps = noise.volts(n_samples, n_units).astype(dtype, copy=False)
    if noise.offset != 0.0 or noise.gain != 1.0:
        eps = eps - np.asarray(noise.offset, dtype)  # a new array: the source may hand out what it keeps
        eps *= np.asarray(noise.gain, dtype)
    return eps


def check_request(n_samples: int, n_units: int, bound: int | None) -> None:
    """Raise if the request is empty, or for another number of units than the source is bound to."""
    if n_samples < 1 or n_units < 1:
        raise ParameterError(
            f"n_samples={n_samples} and n_units={n_units} must both be at least 1: "
            "ask for one voltage per sample and unit"
        )
    if bound is not None and n_units != bound:
        raise ParameterError(
            f"n_units={n_units}, but this source already feeds {bound} units, one stream each: "
            "make a new source for another network"
        )
