r"""How rates and means change with the drift, to first order, from the modes of one operator.

The backward operator in units of D is :math:`L = \nabla^2 + w\cdot\nabla` with the drift w. A change
:math:`\delta w`, whatever parameter makes it, changes

- a rate :math:`\kappa` with modes f and :math:`\psi` by
  :math:`-\langle\psi|\delta w\cdot\nabla f\rangle/\langle\psi|f\rangle`;
- a mean :math:`\langle g\rangle` by :math:`\langle\rho|\delta w\cdot\nabla\varphi\rangle` with
  :math:`L\varphi = \langle g\rangle - g`;
- a linear functional h of f, :math:`h(f) = 0`, by :math:`-\langle\zeta|\delta w\cdot\nabla f\rangle`, with
  :math:`\zeta(L + \kappa) = h` but for the component along :math:`\psi`.

Each is one field on the sphere, a `Current`, whatever the number of parameters.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import roots_legendre

from mtjphys.core.errors import SimulationError
from mtjphys.fokker_planck.edge import legendre_table
from mtjphys.fokker_planck.galerkin import Galerkin
from mtjphys.fokker_planck.two_states import TwoStates

Array = npt.NDArray[np.float64]

_FINEST = 31  # degree of the changes of drift that are taken whole


class Current(NamedTuple):
    """What a number takes of a change of drift: the sum over the nodes of the scalar product with `weights`."""

    nodes: Array  # unit vectors (points, 3)
    weights: Array  # (points, 3)

    def of(self, drift: Array) -> float:
        """Return the change by a change of drift at the nodes."""
        return float((self.weights * drift).sum())


@lru_cache(maxsize=1)
def _coarse() -> tuple[Array, Array, Array]:
    """Return cosines, azimuths and weights of a rule that is exact up to twice the finest degree."""
    z, weight = roots_legendre(_FINEST + 1)
    count = 2 * _FINEST + 2
    return z, 2 * np.pi * np.arange(count) / count, weight * 2 * np.pi / count


def current(galerkin: Galerkin, left: Array, right: Array) -> Current:
    """Return ``<left|dw.grad right>`` as a current on few nodes: its harmonics up to the degree of a smooth change."""
    fine, areas = galerkin.current(left, right), galerkin.grid[1]
    own = galerkin.grid[0] @ galerkin.frame.T
    z = own[:, 2].reshape(galerkin.shape)[:, 0]
    phi = np.arctan2(own[:, 1], own[:, 0]).reshape(galerkin.shape)[0]
    flow = (fine * areas[:, None]).reshape(*galerkin.shape, 3)
    cosines, azimuths, weights = _coarse()
    tables = (legendre_table(z, _FINEST, _FINEST), legendre_table(cosines, _FINEST, _FINEST))
    result = np.zeros((cosines.size, azimuths.size, 3))
    for order, (there, here) in enumerate(zip(*tables, strict=True)):
        for wave in (np.cos, np.sin):
            ring = np.einsum("p,zpi->zi", wave(order * phi), flow)
            result += np.multiply.outer(here.T @ (there @ ring), wave(order * azimuths)).transpose(0, 2, 1)
    sine = np.sqrt(1 - cosines**2)
    around = np.stack((np.cos(azimuths), np.sin(azimuths)), -1)
    m = np.concatenate(
        (sine[:, None, None] * around, np.broadcast_to(cosines[:, None, None], (cosines.size, azimuths.size, 1))), -1
    )
    return Current(m.reshape(-1, 3) @ galerkin.frame, (result * weights[:, None, None]).reshape(-1, 3))


def of_rate(galerkin: Galerkin) -> Current:
    """Return the current of the slowest rate, in units of D."""
    mode = galerkin.slow_mode
    if abs(mode.rate.imag) > 1e-9 * abs(mode.rate):
        raise SimulationError(
            "the slowest mode precesses, so there is no barrier to cross and no derivative of a rate; bring the bias "
            "nearer to zero"
        )
    left, right = galerkin.slow_left, mode.right.real
    return current(galerkin, -left / (left @ right), right)


def of_ratio(states: TwoStates) -> Current:
    """Return the current of the logarithm of the highest over the lowest value of the slowest mode."""
    galerkin = states.galerkin
    assert galerkin is not None and states.places is not None
    left, right, rate = galerkin.slow_left, galerkin.slow_mode.right.real, states.rate
    left = left / (left @ right)
    rows = galerkin.rows(states.places)
    row = rows[0] / (rows[0] @ right) - rows[1] / (rows[1] @ right)
    # The slowest mode keeps its mean of 0, so along the constant function it changes by the mean over the rate.
    constant = float(row @ galerkin.constant)
    solution = np.zeros(row.size)
    for _ in range(300):
        following = galerkin.solve(row - rate * solution, True)
        following -= left * (following @ right)
        change = float(np.linalg.norm(following - solution))
        solution = following
        if change <= 1e-12 * float(np.linalg.norm(solution)):
            break
    return current(galerkin, -solution - constant / rate * galerkin.stationary, right)


def of_mean(galerkin: Galerkin, row: Array) -> Current:
    """Return the current of a stationary mean ``row @ stationary``."""
    return current(galerkin, galerkin.stationary, -galerkin.solve(row))
