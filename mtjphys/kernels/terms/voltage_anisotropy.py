r"""Voltage-controlled anisotropy: the interfacial energy falls by :math:`\xi V/t_b`."""

import numpy as np

from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.kernels.declaration import Parameter, QuadraticTerm, Stack, Values


def _check(values: Values, stack: Stack | None) -> None:
    if values["voltage_anisotropy"] and stack is not None and stack.thickness is None:
        raise ParameterError(
            "voltage_anisotropy needs the thickness of the free layer; give the free layer by its stack "
            "(diameter and thickness) instead of by volume"
        )


def _matrix(values: Values, stack: Stack) -> np.ndarray:
    matrix = np.zeros((3, 3))
    if stack.thickness is not None:
        volume = stack.saturation_magnetisation * stack.thickness * stack.barrier_thickness
        matrix[2, 2] = -2.0 * values["voltage_anisotropy"] / volume
    return matrix


def _energy(values: Values, stack: Stack, m: np.ndarray, voltage: float) -> np.ndarray | float:
    if stack.thickness is None:
        return 0.0
    density = -values["voltage_anisotropy"] * voltage / (stack.thickness * stack.barrier_thickness)
    return density * (1.0 - m[..., 2] ** 2)


TERM = QuadraticTerm(
    name="voltage_anisotropy",
    part="barrier",
    title="voltage-controlled anisotropy",
    parameters=(
        Parameter(
            "voltage_anisotropy",
            "xi, J/(V m): positive voltage lowers the interfacial anisotropy by xi V/thickness.",
            float,
            Quantity("J/(V m)", -1e-11, 1e-11, ((1e-3, 1e5, 1e-15, "fJ/(V m)"),)),
        ),
    ),
    check=_check,
    examples=({"voltage_anisotropy": 5e-14},),
    energy=_energy,
    follows="voltage",
    matrix=_matrix,
)
