"""From the parts of a junction to the numbers of the kernels."""

from __future__ import annotations

from typing import Any

import numpy as np

from mtjphys.junction.parts import Vector
from mtjphys.kernels.contributions import TERMS, TORQUES
from mtjphys.kernels.declaration import LinearTerm, QuadraticTerm, Term
from mtjphys.kernels.parameters import LaneParameters


def values_of(junction: Any, term: Term) -> dict[str, Any] | None:
    """Return the parameters of a term's part; None where the junction lacks the part."""
    part = getattr(junction, term.part)
    return None if part is None else dict(part)


def lane_of(junction: Any, reference: Vector) -> LaneParameters:
    """Return the SI numbers that the kernels need of a junction with p in the direction given."""
    stack, layer, barrier, heating = junction.stack, junction.free_layer, junction.barrier, junction.heating
    sums = {"magnetisation": np.zeros((3, 3)), "anisotropy": np.zeros((3, 3)), "voltage": np.zeros((3, 3))}
    stray, general, torques = np.zeros(3), [], []
    for term in TERMS.all():
        values = values_of(junction, term)
        if values is None:
            continue
        if isinstance(term, QuadraticTerm):
            sums[term.follows] += term.matrix(values, stack)
        elif isinstance(term, LinearTerm):
            stray += term.field(values, stack)
        else:
            general.append(term.numbers(values, stack))
    for torque in TORQUES.all():
        values = values_of(junction, torque)
        torques.append(None if values is None else torque.numbers(values, stack))
    pairs = {"xx": (0, 0), "yy": (1, 1), "zz": (2, 2), "xy": (0, 1), "xz": (0, 2), "yz": (1, 2)}
    shape, anisotropy = sums["magnetisation"], sums["anisotropy"]
    return LaneParameters(
        gyromagnetic_ratio=layer.gyromagnetic_ratio,
        damping=layer.damping,
        moment=stack.moment,
        **{f"shape_{name}": float(shape[pair]) for name, pair in pairs.items()},
        **{f"anisotropy_{name}": float(anisotropy[pair]) for name, pair in pairs.items()},
        vcma=float(sums["voltage"][2, 2]),
        stray_x=float(stray[0]),
        stray_y=float(stray[1]),
        stray_z=float(stray[2]),
        reference_x=reference[0],
        reference_y=reference[1],
        reference_z=reference[2],
        conductance_parallel=stack.conductance_parallel,
        tunnel_magnetoresistance=barrier.tunnel_magnetoresistance,
        inverse_half_voltage=0.0 if barrier.half_voltage is None else 1.0 / barrier.half_voltage,
        thermal_resistance=0.0 if heating is None else heating.thermal_resistance,
        thermal_rate=0.0 if heating is None else 1.0 / heating.time_constant,
        reference_temperature=layer.reference_temperature,
        inverse_curie_temperature=(0.0 if layer.curie_temperature is None else 1.0 / layer.curie_temperature),
        bloch_exponent=layer.bloch_exponent,
        anisotropy_exponent=layer.anisotropy_exponent,
        terms=tuple(term for term in general if term is not None),
        torques=tuple(torque for torque in torques if torque is not None),
    )
