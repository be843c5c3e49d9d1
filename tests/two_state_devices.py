"""Junctions and two-state surrogates of the tests."""

import numpy as np
from scipy.constants import Boltzmann

import mtjphys as mp

VOLTS = np.linspace(-0.2, 0.2, 9)


def axial(stability=8.0, damping=0.1, torque=0.004):
    """A uniaxial macrospin along z with a barrier of `stability` kT and a torque in T/V."""
    return mp.MTJ(
        free_layer=mp.FreeLayer(
            saturation_magnetisation=1e6,
            volume=2.0 * stability * Boltzmann * 300.0 / (1e6 * 0.05),
            demagnetising_factors=(0.0, 0.0, 0.0),
            uniaxial_anisotropy=(0.5 * 0.05 * 1e6, (0.0, 0.0, 1.0)),
            damping=damping,
        ),
        barrier=mp.Barrier(resistance_parallel=5e3, half_voltage=0.5, damping_like_per_volt=torque),
        reference=mp.ReferenceLayer(direction=(0.0, 0.0, 1.0)),
        name="axial",
    )


def toy(up=(1e3, 2e4), down=(3e4, 5e2), **rest):
    """Rates of leaving AP and P that change with voltage as a parabola in the logarithm."""
    volts = np.linspace(-1.0, 1.0, 9)

    def rates(low, high):
        return np.exp(np.interp(volts, (-1, 1), np.log([low, high])) - 1.0 * (1.0 - volts**2))

    return mp.surrogate.from_measurement(
        volts,
        1.0 / rates(*down),
        1.0 / rates(*up),
        resistance_parallel=1e3,
        resistance_antiparallel=2e3,
        **rest,
    )
