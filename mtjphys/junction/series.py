"""Junctions in series behind one source: what each of them is driven by, and what is read across all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.junction.given import as_junctions

Floats = NDArray[np.float64]

LONGEST = 32


@dataclass(frozen=True)
class Series:
    r"""Junctions in series, behind the series resistor and the source of one bias.

    A chain of n junctions of resistances :math:`R_i(t)` behind a series resistor is read as the voltage across all of
    them, :math:`V = U \sum_i R_i/(R_s + \sum_i R_i)`. Junctions of two levels give n + 1 levels if they are alike and
    up to :math:`2^n` if they are not, and the chain switches at the sum of their rates,
    :math:`\Gamma = \sum_i 1/\tau_i`.

    Each junction is simulated behind the source with the series resistor and the *mean* resistance
    :math:`R_P(1 + \mathrm{TMR}/2)` of the others: it sees its own switching in the voltage that drives it, but not
    that of its neighbours. The voltage that is read has the resistance of every junction. For one junction, and for a
    current source, this is exact; otherwise it leaves out that the junctions drive each other through their common
    current: keep the voltage of each small against its critical voltage.

    Parameters
    ----------
    junctions : sequence of MTJ, str or Path
        In order, each itself, the name of a preset, or the path of a TOML file; or stand-ins for them.
    bias : Bias
        Source, series resistor, field and temperature of the chain.

    Raises
    ------
    ParameterError
        If there are none or too many.

    References
    ----------
    For the coupling that is left out, L. Schnitzspan et al., arXiv:2307.15165.

    Examples
    --------
    >>> import mtjphys as mp
    >>> junctions = [mp.presets.schnitzspan_2023()] * 3
    >>> chain = Series(junctions, mp.Bias(voltage=0.1, series_resistance=1e4))
    >>> [round(bias.series_resistance) for bias in chain.biases()]  # each sees the other two
    [30092, 30092, 30092]
    """

    junctions: Sequence[Any]
    bias: Bias

    def __post_init__(self) -> None:
        if not isinstance(self.junctions, list | tuple) or not 1 <= len(self.junctions) <= LONGEST:
            raise ParameterError(f"junction={self.junctions!r} is not a chain: give a list of 1 to {LONGEST} junctions")
        object.__setattr__(self, "junctions", as_junctions(self.junctions))

    def resistance_beside(self, place: int) -> float:
        """Return the series resistor and the mean resistance of the other junctions, ohm."""
        means = [_mean_resistance(junction) for junction in self.junctions]
        return math.fsum([self.bias.series_resistance, *means[:place], *means[place + 1 :]])

    def biases(self) -> list[Bias]:
        """Return what each junction is simulated with."""
        if self.bias.source == "current":
            return [self.bias] * len(self.junctions)
        changes = [{"series_resistance": self.resistance_beside(place)} for place in range(len(self.junctions))]
        return [self.bias.model_copy(update=change) for change in changes]

    def read(self, voltage: Floats, resistance: Floats) -> tuple[Floats, Floats]:
        """Return voltage (V) and resistance (ohm) of the whole chain, from those of its junctions (first axis)."""
        total = reduce(np.add, resistance)  # in order, whatever the shape
        current = voltage[0] / resistance[0]
        if self.bias.source == "voltage":
            applied = voltage[0] + current * self.resistance_beside(0)
            current = applied / (self.bias.series_resistance + total)
        return current * total, total


def _mean_resistance(junction: Any) -> float:
    """Return the mean of R_P and R_AP at zero bias, ohm."""
    ratio = getattr(junction, "barrier", junction).tunnel_magnetoresistance
    return float(junction.resistance_parallel * (1.0 + 0.5 * ratio))
