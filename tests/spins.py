"""Macrospins and junctions of the tests of Fokker-Planck."""

import numpy as np

from mtjphys import fokker_planck as fp
from mtjphys.junction import MTJ, Barrier, FreeLayer

THERMAL_FIELD = 0.01  # T
ZERO = np.zeros(3)


def uniaxial(sigma, field=0.0, torque=0.0, angle=0.0, damping=0.1, **more):
    """Barrier sigma kT along z; `field` in units of B_k, `torque` in units of damping B_k."""
    b_k = 2 * sigma * THERMAL_FIELD
    direction = np.array([np.sin(angle), 0.0, np.cos(angle)])
    return fp.Macrospin(
        field * b_k * direction,
        np.diag([0.0, 0.0, b_k]),
        THERMAL_FIELD,
        damping,
        damping_like=[0.0, 0.0, torque * damping * b_k],
        **more,
    )


def biaxial(delta, ratio, damping):
    b_k = 2 * delta * THERMAL_FIELD
    matrix = np.diag([b_k, 0.0, -ratio * b_k])
    return fp.Macrospin(ZERO, matrix, THERMAL_FIELD, damping, reference=[1, 0, 0])


def general(spin):
    """Return `spin` with its axial symmetry hidden, so that the spherical-harmonic solver runs."""
    spin.__dict__["axis"] = None
    return spin


def reduced(spin, **options):
    return fp.relaxation_rate(spin, **options) / spin.diffusion


def perpendicular(**more):
    layer = FreeLayer(
        saturation_magnetisation=1e6,
        volume=1e-24,
        damping=0.1,
        demagnetising_factors=(0.0, 0.0, 0.0),
        uniaxial_anisotropy=(2e4, (0.0, 0.0, 1.0)),
    )
    barrier = dict(damping_like_per_volt=0.05, half_voltage=0.5, resistance_parallel=5000.0)
    return MTJ(free_layer=layer, barrier=Barrier(**barrier), **more)
