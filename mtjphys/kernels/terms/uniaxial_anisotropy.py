r"""A uniaxial anisotropy along any axis u: energy density :math:`K_u[1 - (u\cdot m)^2]`."""

import math

import numpy as np

from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.kernels.declaration import Parameter, QuadraticTerm, Stack, Values, Vector


def _check(values: Values, stack: Stack | None) -> None:
    if values["uniaxial_anisotropy"] is not None and not any(values["uniaxial_anisotropy"][1]):
        raise ParameterError("uniaxial_anisotropy axis=(0, 0, 0) has no direction; give a non-zero vector")


def _matrix(values: Values, stack: Stack) -> np.ndarray:
    if values["uniaxial_anisotropy"] is None:
        return np.zeros((3, 3))
    density, axis = values["uniaxial_anisotropy"]
    length = math.hypot(*axis)
    unit = [component / length for component in axis]
    return 2.0 * density / stack.saturation_magnetisation * np.outer(unit, unit)


def _energy(values: Values, stack: Stack, m: np.ndarray, voltage: float) -> np.ndarray | float:
    if values["uniaxial_anisotropy"] is None:
        return 0.0
    density, axis = values["uniaxial_anisotropy"]
    return density * (1.0 - (m @ axis) ** 2 / np.dot(axis, axis))


TERM = QuadraticTerm(
    name="uniaxial_anisotropy",
    part="free_layer",
    title="uniaxial anisotropy along any axis",
    parameters=(
        Parameter(
            "uniaxial_anisotropy",
            "Energy density in J/m3 and axis u (any length); the field is :math:`2K_u/M_s\\,(u\\cdot m)u`.",
            tuple[float, Vector] | None,
            Quantity("J/m3", -1e8, 1e8, (), "1 erg/cm3 is 0.1 J/m3"),
            None,
        ),
    ),
    check=_check,
    examples=({"uniaxial_anisotropy": (2e4, (1.0, 2.0, -0.5))},),
    energy=_energy,
    follows="anisotropy",
    matrix=_matrix,
)
