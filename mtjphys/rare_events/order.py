"""The order parameter from one well to the other, and the wells themselves."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.constants import Boltzmann

from mtjphys.bias import CHANNELS, Bias
from mtjphys.core.errors import ParameterError
from mtjphys.junction import MTJ
from mtjphys.kernels import splitting
from mtjphys.kernels.conduction import junction_voltage
from mtjphys.macrospin import energy
from mtjphys.macrospin.constant import circuit_weights

Floats = NDArray[np.float64]


class Wells(NamedTuple):
    """The well to leave and the other one in a landscape of energy, and the order parameter from one to the other."""

    start: Floats  # unit vector
    other: Floats
    depth: float  # kT, from the bottom of the well to leave to the ridge
    other_depth: float
    order: splitting.Order
    back: splitting.Order  # the order parameter from the other well to this one
    relaxation: float  # s, of the energy in the well to leave


def order_parameter(order: splitting.Order, m: Floats) -> Floats:
    """Return phi(m) of unit vectors m, shape (..., 3), as `mtjphys.kernels.splitting.Order` defines it."""
    return np.asarray(splitting.order_parameter(order, m[..., 0], m[..., 1], m[..., 2]))


def order_between(landscape: energy.Landscape, well: Floats, other: Floats, thermal: float) -> splitting.Order:
    """Return the energy over `thermal` from the ridge between two wells, negative about `well`, positive about `other`.

    The ridge is the circle normal to the line between the wells whose lowest energy is highest: with energies above
    that counted as that, the order parameter is continuous on the circle.
    """
    side = well - other
    side = side / np.linalg.norm(side)
    across = np.linalg.svd(side[None])[2][1:]
    turn = np.linspace(0.0, 2.0 * np.pi, 720, endpoint=False)
    around = np.stack([np.cos(turn), np.sin(turn)], axis=1) @ across
    low, high = float(side @ other), float(side @ well)
    height = ridge = 0.0
    for _ in range(3):
        heights = np.linspace(low, high, 101)[:, None, None]
        radii = np.sqrt(np.maximum(1.0 - heights**2, 0.0))
        lowest = energy.energy(landscape, heights * side + radii * around).min(axis=1)
        best = int(lowest.argmax())
        height, ridge = float(heights[best, 0, 0]), float(lowest[best])
        low, high = float(heights[max(best - 1, 0), 0, 0]), float(heights[min(best + 1, 100), 0, 0])
    linear = -landscape.moment / thermal * landscape.field
    # A constant is a multiple of |m|^2.
    matrix = -landscape.moment / thermal * landscape.matrix - 2.0 * ridge / thermal * np.eye(3)
    pairs = (matrix[0, 0], matrix[1, 1], matrix[2, 2], matrix[0, 1], matrix[0, 2], matrix[1, 2])
    numbers = [float(value) for value in (*linear, *pairs, *side, height, 0.0, 0.0, 0.0, math.inf)]
    order = splitting.Order(*numbers)  # type: ignore[arg-type]
    return order._replace(scale=landscape.moment / thermal, terms=landscape.terms)


def find_wells(junction: MTJ, bias: Bias, initial: str, table: Floats) -> Wells:
    """Return the wells of the energy at the mean of a table of the bias."""
    source, *applied, temperature, _ = table[: len(CHANNELS)].mean(axis=1)
    if not temperature > 0.0:
        raise ParameterError("temperature=0 K moves nothing; give a temperature above 0 K")
    voltage = junction_voltage(junction.lane_parameters(), 0.0, source, *circuit_weights(bias))
    x, y, z = map(float, applied)
    mean = Bias(voltage=float(voltage), field=(x, y, z), temperature=float(temperature))
    landscape = junction.landscape(mean)
    states = energy.barrier(landscape, np.asarray(junction.reference_direction))
    if states is None:
        raise ParameterError(
            f"leaving a state needs two wells, and the energy at this bias has {len(energy.wells(landscape))}; lower "
            "the field or the voltage, or use a junction with an easy axis"
        )
    well, other = states.parallel[0], states.antiparallel[0]
    if initial != "parallel":
        well, other = other, well
    layer = junction.free_layer
    settling = layer.damping * layer.gyromagnetic_ratio / (1.0 + layer.damping**2) * 0.5 * sum(well.curvatures)
    if not settling > 0.0:
        raise ParameterError(f"damping={layer.damping:g} lets nothing come to rest in a well; give a damping above 0")
    thermal = Boltzmann * float(temperature)
    start, end = well.direction, other.direction
    order = order_between(landscape, start, end, thermal)
    return Wells(
        start=start,
        other=end,
        depth=-float(order_parameter(order, start)),
        other_depth=float(order_parameter(order, end)),
        order=order,
        back=order_between(landscape, end, start, thermal),
        relaxation=1.0 / settling,
    )


def marked(order: splitting.Order, direction: Floats, level: float) -> splitting.Order:
    """Return the order parameter that is infinite where ``direction.m > level``."""
    x, y, z = (float(value) for value in direction)
    return order._replace(mark_x=x, mark_y=y, mark_z=z, level=level)
