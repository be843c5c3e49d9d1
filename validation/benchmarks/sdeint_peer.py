"""The macrospin in sdeint (https://pypi.org/project/sdeint), which solves any stochastic equation in Python.

Its solver stratHeun is the stochastic Heun scheme; stratSRS2 is Roessler's scheme of strong order 1. Drift and
diffusion are those of the Landau-Lifshitz-Gilbert equation with the thermal field of W. F. Brown, Phys. Rev. 130, 1677
(1963). Neither keeps |m|, which is put right at every sample.
"""

import math
from collections.abc import Callable

import numpy as np
import sdeint
from numpy.typing import NDArray
from scipy import constants

from validation.benchmarks import macrospin

Array = NDArray[np.float64]

SOLVERS = {"stratHeun": sdeint.stratHeun, "stratSRS2": sdeint.stratSRS2}
GYROMAGNETIC_RATIO = constants.physical_constants["electron gyromag. ratio"][0]  # rad/(s T)
MOMENT = macrospin.SATURATION_MAGNETISATION * macrospin.VOLUME  # A m^2
ANISOTROPY_FIELD = 2.0 * macrospin.ANISOTROPY / macrospin.SATURATION_MAGNETISATION  # T


def equation(damping: float) -> tuple[Callable[[Array, float], Array], Callable[[Array, float], Array]]:
    """Return drift (1/s) and diffusion (1/sqrt(s)) as functions of m and of the time."""
    gamma = GYROMAGNETIC_RATIO / (1.0 + damping**2)
    thermal = math.sqrt(2.0 * damping * constants.k * macrospin.TEMPERATURE / (GYROMAGNETIC_RATIO * MOMENT))

    def drift(m: Array, time: float) -> Array:
        """Return ``-gamma/(1 + alpha^2) [m x B + alpha m x (m x B)]``, B = B_k mz z."""
        x, y, z = m.tolist()
        b = gamma * ANISOTROPY_FIELD * z
        return np.array([-b * (y + damping * x * z), b * (x - damping * y * z), b * damping * (x * x + y * y)])

    def diffusion(m: Array, time: float) -> Array:
        """Return the same with the unit vectors in the place of B, as columns."""
        x, y, z = m.tolist()
        turn = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
        return -gamma * thermal * (turn + damping * turn @ turn)

    return drift, diffusion


def trace(solver: str, damping: float, step: float, steps: int, every: int, seed: int = 1) -> Array:
    """Run `steps` steps and return mz, one sample in `every` steps, shape (1, samples)."""
    drift, diffusion = equation(damping)
    generator = np.random.default_rng(seed)
    m = np.array([0.0, 0.0, 1.0])
    times = step * np.arange(every + 1.0)
    samples = np.empty((1, steps // every))
    for k in range(samples.shape[1]):
        m = SOLVERS[solver](drift, diffusion, m, times, generator=generator)[-1]
        m /= np.linalg.norm(m)
        samples[0, k] = m[2]
    return samples
