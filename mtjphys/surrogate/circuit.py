"""A circuit in terms of another: which voltage in the circuit of a table does what a bias does in its own."""

from __future__ import annotations

import numpy as np
from scipy.special import roots_legendre

from mtjphys.kernels import surrogate as kernels
from mtjphys.kernels.conduction import junction_voltage
from mtjphys.surrogate.tables import Floats


def equivalent_voltage(levels: kernels.Levels, state: int, value: Floats, other: tuple[float, float]) -> Floats:
    """Return the source voltage at which leaving a state in the table's circuit sees the voltage of another circuit.

    That is where the mean of the junction's voltage on the way from ``m.p = +-1`` to the top at 0 is the same.

    Parameters
    ----------
    levels : Levels
        Conduction of the junction, and the table's circuit.
    state : int
        `PARALLEL` or `ANTIPARALLEL`.
    value : ndarray
        Of the source in the other circuit, in V or A.
    other : pair of float
        a and b of the other circuit's equation ``a V + b V G = source``.

    Returns
    -------
    ndarray
        In V.
    """
    nodes, weights = roots_legendre(8)
    way = (0.5 if state == kernels.PARALLEL else -0.5) * (nodes[:, None] + 1.0)

    def mean(value: Floats, a: float, b: float) -> Floats:
        return np.asarray(0.5 * weights @ junction_voltage(levels, way, value, a, b))

    wanted = mean(value, *other)
    voltage = wanted * (levels.a + levels.b * levels.conductance_parallel)
    for _ in range(50):  # the mean is nearly proportional to the voltage
        reached = mean(voltage, levels.a, levels.b)
        change = np.divide(wanted, reached, out=np.ones(wanted.shape), where=reached != 0.0)
        voltage = voltage * change
        if np.abs(change - 1.0).max() < 1e-12:
            break
    return voltage
