"""The junction that both codes run: a uniaxial macrospin of Delta = 3 at 300 K."""

from typing import Final

import numpy as np
from scipy import constants, integrate

SATURATION_MAGNETISATION: Final = 1.0e6  # A/m
THICKNESS: Final = 1.0e-9  # m
AREA: Final = 1.0e-15  # m^2
VOLUME: Final = THICKNESS * AREA
TEMPERATURE: Final = 300.0  # K
STABILITY: Final = 3.0
ANISOTROPY: Final = STABILITY * constants.k * TEMPERATURE / VOLUME  # J/m^3, easy axis z

PARALLEL_RESISTANCE: Final = 5.0e3  # ohm
ANTIPARALLEL_RESISTANCE: Final = 10.0e3  # ohm


def boltzmann() -> float:
    """Return <mz^2> = int_0^1 z^2 exp(Delta z^2) dz / int_0^1 exp(Delta z^2) dz."""
    weight = [integrate.quad(lambda z, n=n: z**n * np.exp(STABILITY * z**2), 0, 1)[0] for n in (2, 0)]
    return weight[0] / weight[1]
