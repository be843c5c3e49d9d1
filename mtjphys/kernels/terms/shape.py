r"""The shape anisotropy: the demagnetising field :math:`-\mu_0M_s\,N m` of the uniformly magnetised free layer."""

import numpy as np

from mtjphys.kernels.declaration import QuadraticTerm, Stack, Values


def _matrix(values: Values, stack: Stack) -> np.ndarray:
    return np.diag([-stack.polarisation * factor for factor in stack.demagnetising_factors])


def _energy(values: Values, stack: Stack, m: np.ndarray, voltage: float) -> np.ndarray:
    factors = np.array(stack.demagnetising_factors)
    return 0.5 * stack.polarisation * stack.saturation_magnetisation * (m**2 @ factors)


TERM = QuadraticTerm(
    name="shape",
    part="free_layer",
    title="shape anisotropy, from the demagnetising factors of the free layer",
    examples=({},),
    energy=_energy,
    follows="magnetisation",
    matrix=_matrix,
)
