r"""The perpendicular anisotropy of the interfaces: energy density :math:`(K_i/t)(1 - m_z^2)`."""

import numpy as np

from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import Quantity
from mtjphys.kernels.declaration import Parameter, QuadraticTerm, Stack, Values


def _check(values: Values, stack: Stack | None) -> None:
    if values["interfacial_anisotropy"] and values["volume"] is not None:
        raise ParameterError(
            "interfacial_anisotropy (of a stack) and volume (of a macrospin) exclude each other; give diameter and "
            "thickness instead of volume, or uniaxial_anisotropy along z"
        )


def _matrix(values: Values, stack: Stack) -> np.ndarray:
    matrix = np.zeros((3, 3))
    if stack.thickness is not None:
        matrix[2, 2] = 2.0 * values["interfacial_anisotropy"] / (stack.saturation_magnetisation * stack.thickness)
    return matrix


def _energy(values: Values, stack: Stack, m: np.ndarray, voltage: float) -> np.ndarray | float:
    if stack.thickness is None:
        return 0.0
    return values["interfacial_anisotropy"] / stack.thickness * (1.0 - m[..., 2] ** 2)


TERM = QuadraticTerm(
    name="interfacial_anisotropy",
    part="free_layer",
    title="perpendicular anisotropy of the interfaces",
    parameters=(
        Parameter(
            "interfacial_anisotropy",
            "Total perpendicular interfacial anisotropy energy of both interfaces, J/m2; the field is "
            ":math:`2K_i/(M_s t)\\,m_z`. Positive favours the normal z.",
            float,
            Quantity("J/m2", -0.02, 0.02, ((0.02, 50.0, 1e-3, "mJ/m2"),)),
        ),
    ),
    check=_check,
    examples=({"interfacial_anisotropy": 1.2e-3},),
    energy=_energy,
    follows="anisotropy",
    matrix=_matrix,
)
