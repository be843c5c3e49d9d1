"""Macrospins in units of the thermal field, for the tests of the closed forms."""

import numpy as np

from mtjphys import fokker_planck as fp
from mtjphys import theory

GAMMA = theory.GYROMAGNETIC_RATIO
THERMAL_FIELD = 0.01  # T
FIELD, ALPHA = 0.3, 0.01  # T, 1: of a perpendicular junction
DIFFUSION_TIME = (1 + ALPHA**2) / (ALPHA * GAMMA * FIELD)


def spin(field, diagonal, damping, **more):
    """A macrospin with field and matrix given in units of the thermal field."""
    matrix = THERMAL_FIELD * np.diag(diagonal).astype(float)
    options = {"reference": [0, 0, 1], "gyromagnetic_ratio": GAMMA} | more
    return fp.Macrospin(THERMAL_FIELD * np.array(field, float), matrix, THERMAL_FIELD, damping, **options)


def uniaxial(sigma, drive=0.0, damping=0.1):
    return spin([0, 0, 2 * sigma * drive], [0, 0, 2 * sigma], damping)


def in_plane(delta, flatness, damping, field=(0, 0, 0)):
    """Easy axis x, B_d/B_k = flatness; `field` in units of B_k."""
    return spin(2 * delta * np.array(field), [2 * delta, 0, -2 * delta * flatness], damping, reference=[1, 0, 0])
