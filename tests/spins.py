"""Macrospins and junctions of the tests of Fokker-Planck."""

import numpy as np

from mtjphys import fokker_planck as fp
from mtjphys.junction import MTJ, Barrier, FreeLayer, ReferenceLayer

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


def perpendicular(density=2e4, **more):
    """Return a junction of 1e-24 m3 with an axis along z of `density` J/m3 and a torque of 0.05 T/V."""
    layer = FreeLayer(
        saturation_magnetisation=1e6,
        volume=1e-24,
        damping=0.1,
        demagnetising_factors=(0.0, 0.0, 0.0),
        uniaxial_anisotropy=(density, (0.0, 0.0, 1.0)),
    )
    barrier = dict(damping_like_per_volt=0.05, half_voltage=0.5, resistance_parallel=5000.0)
    return MTJ(free_layer=layer, barrier=Barrier(**barrier), **more)


def in_plane_junction():
    """Return an ellipse of 1e-24 m3 with its axis and reference along x."""
    layer = FreeLayer(
        saturation_magnetisation=1e6,
        volume=1e-24,
        damping=0.1,
        demagnetising_factors=(0, 0, 1),
        uniaxial_anisotropy=(1e4, (1, 0, 0)),
    )
    return MTJ(free_layer=layer, reference=ReferenceLayer(direction=(1, 0, 0)))


def far_from_equilibrium():
    """Return a macrospin without symmetry or detailed balance."""
    return fp.Macrospin(
        [0.01, 0.0, 0.005],
        np.diag([0.04, 0.0, -0.1]),
        THERMAL_FIELD,
        0.1,
        [0.002, 0.0, 0.001],
        reference=[0.8, 0.6, 0.0],
        resistance=lambda c: 1e4 / (1.5 + 0.5 * c),
    )


def along(delta, torque=0.0, field=(0.0, 0.0, 0.0), damping=0.1, hidden=False, **more):
    """Barrier delta kT along z; the vector `field` in units of B_k, `torque` in units of damping B_k.

    With `hidden` the axial symmetry is not seen, so that the spherical-harmonic solver runs.
    """
    b_k = 2 * delta * THERMAL_FIELD
    q = [0.0, 0.0, torque * damping * b_k]
    spin = fp.Macrospin(b_k * np.array(field), np.diag([0, 0, b_k]), THERMAL_FIELD, damping, q, **more)
    return general(spin) if hidden else spin
