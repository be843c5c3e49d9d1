"""The macrospin in cmtj (https://pypi.org/project/cmtj).

cmtj steps one junction at a time. Its solver Heun is the stochastic Heun scheme; its solver
EulerHeun takes an Euler step for the drift.
"""

import cmtj
import numpy as np
from numpy.typing import NDArray
from scipy import constants

from validation.benchmarks import macrospin

SOLVERS = {"Heun": cmtj.Heun, "EulerHeun": cmtj.EulerHeun}
CURRENT_DENSITY = 1.0e9  # A/m^2
PART = 2_000_000  # steps


def junction(damping: float, seed: int, torque: bool = False) -> cmtj.Junction:
    """Return the macrospin, with spin-transfer torque and magnetoresistance if `torque`."""
    up = cmtj.CVector(0.0, 0.0, 1.0)
    common = (
        "free",
        cmtj.CVector(0.0, 0.0, 1.0),
        up,
        macrospin.SATURATION_MAGNETISATION * constants.mu_0,
        macrospin.THICKNESS,
        macrospin.AREA,
        [cmtj.CVector(0.0, 0.0, 0.0)] * 3,
    )
    if torque:
        layer = cmtj.Layer.createSTTLayer(
            *common,
            damping=damping,
            SlonczewskiSpacerLayerParameter=1.0,
            beta=0.1,
            spinPolarisation=0.5,
        )
        layer.setReferenceLayer(up)
        found = cmtj.Junction([layer], macrospin.PARALLEL_RESISTANCE, macrospin.ANTIPARALLEL_RESISTANCE)
        found.setLayerCurrentDriver("free", cmtj.constantDriver(CURRENT_DENSITY))
    else:
        found = cmtj.Junction([cmtj.Layer(*common, damping=damping)])
    found.setLayerAnisotropyDriver("free", cmtj.constantDriver(macrospin.ANISOTROPY))
    found.setLayerTemperatureDriver("free", cmtj.constantDriver(macrospin.TEMPERATURE))
    found.setLayerSeed("free", seed)
    return found


def trace(
    solver: str,
    damping: float,
    step: float,
    steps: int,
    every: int,
    seed: int = 1,
    torque: bool = False,
) -> NDArray[np.float64]:
    """Run `steps` steps and return mz, one sample in `every` steps, shape (1, samples)."""
    run = junction(damping, seed, torque)
    parts = []
    # The log comes back as Python floats: a part at a time keeps the memory small.
    for start in range(0, steps, PART):
        length = min(PART, steps - start)
        # cmtj truncates both quotients to integers; half a step more keeps rounding out of them.
        run.runSimulation((length + 0.5) * step, step, (every + 0.5) * step, solverMode=SOLVERS[solver])
        parts.append(np.asarray(run.getLog()["free_mz"]))
        run.clearLog()
    return np.concatenate(parts)[np.newaxis]
