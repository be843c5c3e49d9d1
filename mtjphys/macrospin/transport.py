"""Conduction of a junction: its conductance, and the voltage that its circuit leaves it.

The conductance, not the resistance, is linear in the cosine between free and reference layer:

    G(c, V) = G_P [(1 + c)/2 + (1 - c)/2/(1 + TMR(V))],   TMR(V) = TMR0/(1 + (V/V_half)^2)

J. C. Slonczewski, Phys. Rev. B 39, 6995 (1989), for the angle; the Lorentzian is the customary description of
the bias dependence, with V_half the voltage at which the ratio has halved.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.core.errors import ParameterError

Floats = NDArray[np.float64]


class Conducting(Protocol):
    """What of a junction conducts; `LaneParameters` does."""

    @property
    def conductance_parallel(self) -> float:
        """In S."""

    @property
    def tunnel_magnetoresistance(self) -> float:
        """At zero bias, 1 (1.0 is 100 %)."""

    @property
    def inverse_half_voltage(self) -> float:
        """In 1/V; 0 switches the bias dependence off."""


def conductance(p: Conducting, cosine: ArrayLike, voltage: ArrayLike) -> Floats:
    """Return the conductance of a junction.

    Parameters
    ----------
    p : Conducting
        The junction, from `MTJ.lane_parameters`.
    cosine : array_like
        ``m.p``, between -1 (AP) and 1 (P).
    voltage : array_like
        Across the junction in V.

    Returns
    -------
    ndarray
        Conductance in S, of the broadcast shape.

    Examples
    --------
    >>> import mtjphys as mp
    >>> from mtjphys.macrospin.transport import conductance
    >>> barrier = mp.Barrier(resistance_parallel=5000.0, tunnel_magnetoresistance=1.0)
    >>> layer = mp.FreeLayer(
    ...     saturation_magnetisation=1e6, volume=1e-24, damping=0.1,
    ...     demagnetising_factors=(0, 0, 0), uniaxial_anisotropy=(1e4, (0, 0, 1)))
    >>> p = mp.MTJ(free_layer=layer, barrier=barrier).lane_parameters()
    >>> (1.0 / conductance(p, [1.0, 0.0, -1.0], 0.0)).round(1).tolist()
    [5000.0, 6666.7, 10000.0]
    """
    c = np.asarray(cosine, dtype=float)
    n = 1.0 + (np.asarray(voltage, dtype=float) * p.inverse_half_voltage) ** 2
    antiparallel = n / (n + p.tunnel_magnetoresistance)
    return np.asarray(p.conductance_parallel * (0.5 * (1.0 + c) + 0.5 * (1.0 - c) * antiparallel))


def cosine_of(p: Conducting, value: ArrayLike, voltage: ArrayLike) -> Floats:
    """Return the cosine m.p at which a junction has a conductance: `conductance` the other way round.

    Parameters
    ----------
    p : Conducting
        The junction, from `MTJ.lane_parameters`.
    value : array_like
        Conductance in S.
    voltage : array_like
        Across the junction in V.

    Returns
    -------
    ndarray
        Of the broadcast shape.
    """
    low, high = conductance(p, -1.0, voltage), conductance(p, 1.0, voltage)
    return np.asarray((2.0 * np.asarray(value, dtype=float) - high - low) / (high - low))


def circuit_weights(source: str, series_resistance: float) -> tuple[float, float]:
    """Return a and b of the circuit equation ``a V + b V G(V) = source`` (1, R_s or 0, 1)."""
    return (1.0, series_resistance) if source == "voltage" else (0.0, 1.0)


def junction_voltage(
    p: Conducting,
    cosine: ArrayLike,
    value: ArrayLike,
    *,
    source: str = "voltage",
    series_resistance: float = 0.0,
) -> Floats:
    """Return the voltage across a junction in its circuit, to rounding.

    A voltage source with series resistance R_s gives ``V (1 + R_s G(V)) = V_source``, a current source
    ``V G(V) = I``. The left-hand side increases with V, so that the root is unique.

    Parameters
    ----------
    p : Conducting
        The junction, from `MTJ.lane_parameters`.
    cosine : array_like
        ``m.p``.
    value : array_like
        Of the source, in V or A.
    source : {"voltage", "current"}
        What kind of source it is.
    series_resistance : float
        In ohm, of a voltage source.

    Returns
    -------
    ndarray
        Voltage in V, of the broadcast shape.

    Raises
    ------
    ParameterError
        If the source is neither voltage nor current.

    Examples
    --------
    >>> import mtjphys as mp
    >>> from mtjphys.macrospin.transport import junction_voltage
    >>> p = mp.presets.koenders_2025().lane_parameters()
    >>> v = junction_voltage(p, [1.0, -1.0], 0.1, series_resistance=10e3)
    >>> bool(v[0] < v[1])
    True
    """
    if source not in ("voltage", "current"):
        raise ParameterError(f"source={source!r} is unknown; give 'voltage' or 'current'")
    a, b = circuit_weights(source, series_resistance)
    c, s = np.broadcast_arrays(np.asarray(cosine, dtype=float), np.asarray(value, dtype=float))
    if b == 0.0:
        return np.array(s)
    target = np.abs(s)
    low = target / (a + b * p.conductance_parallel)
    lowest = p.conductance_parallel / (1.0 + p.tunnel_magnetoresistance)
    high = target / (a + b * lowest)
    for _ in range(200):
        middle = 0.5 * (low + high)
        above = middle * (a + b * conductance(p, c, middle)) > target
        high = np.where(above, middle, high)
        low = np.where(above, low, middle)
        if np.all(high - low <= 2e-16 * high):
            break
    return np.asarray(np.sign(s) * 0.5 * (low + high))
