"""Junctions of the tests of rare events, and how results are compared."""

import math

import numpy as np

import mtjphys as mp

FIELD = 0.02  # T, anisotropy

SIGMAS = 5.0
"""Standard errors of 32 or more repetitions: exceeded by chance in one of 50,000 comparisons (Student's t)."""


def junction(stability, damping=0.1, *, in_plane=0.0, heating=None, **barrier):
    """Return an axial junction, or an elongated film with a demagnetising field of `in_plane` anisotropy fields."""
    magnetisation = in_plane * FIELD / (4e-7 * math.pi) if in_plane else 1e6
    easy = (1.0, 0.0, 0.0) if in_plane else (0.0, 0.0, 1.0)
    volume = 2.0 * stability * 1.380649e-23 * 300.0 / (magnetisation * FIELD)
    return mp.MTJ(
        free_layer=mp.FreeLayer(
            saturation_magnetisation=magnetisation,
            volume=volume,
            damping=damping,
            demagnetising_factors=(0.0, 0.0, 1.0 if in_plane else 0.0),
            uniaxial_anisotropy=(0.5 * FIELD * magnetisation, easy),
        ),
        barrier=mp.Barrier(**{"resistance_parallel": 5e3, "damping_like_efficiency": 0.0} | barrier),
        reference=mp.ReferenceLayer(direction=easy),
        heating=heating,
    )


def critical_voltage(device):
    """Return the voltage at which the spin torque cancels the damping of the parallel state."""
    return -FIELD * device.free_layer.damping / device.spin_torque_per_volt


def close(rare, expected):
    """Say whether a result is within five standard errors, which have to mean something."""
    return rare.relative_error < 0.1 and abs(rare.value - expected) < SIGMAS * rare.standard_error


def same_bits(one, other):
    """Say whether two results are equal in every number."""
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in vars(one))
