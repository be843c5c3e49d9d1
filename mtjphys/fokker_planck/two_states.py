"""The slowest mode as a process of two states."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mtjphys.core.errors import ParameterError
from mtjphys.fokker_planck.axial import Axial
from mtjphys.fokker_planck.galerkin import Galerkin
from mtjphys.fokker_planck.levels import converge_slow
from mtjphys.macrospin.spin import Macrospin

Array = npt.NDArray[np.float64]


class TwoStates(NamedTuple):
    r"""The slowest mode f, of stationary mean 0, positive in the parallel well or negative there.

    With the committor :math:`q = (f - f_{min})/(f_{max} - f_{min})` the states have the shares
    :math:`\langle q\rangle` and :math:`1 - \langle q\rangle`.

    Attributes
    ----------
    rate : float
        In units of D.
    parallel, antiparallel : float
        Highest size of f in the well.
    places : array of shape (2, 3), or None
        Unit vectors where it is; None in axial symmetry.
    galerkin : Galerkin or None
        The operator; None in axial symmetry.
    """

    rate: float
    parallel: float
    antiparallel: float
    places: Array | None = None
    galerkin: Galerkin | None = None

    def dwell_times(self, diffusion: float) -> tuple[float, float]:
        """Return the dwell times in s; infinite beyond the range of float64."""
        whole, rate = self.parallel + self.antiparallel, self.rate * diffusion
        with np.errstate(divide="ignore"):
            up = np.float64(whole) / (rate * np.float64(self.parallel))
            down = np.float64(whole) / (rate * np.float64(self.antiparallel))
        return float(up), float(down)


def axial_states(spin: Macrospin) -> TwoStates:
    """Return the two states of an axially symmetric junction."""
    axis = spin.axis
    assert axis is not None  # for the type checker; the caller has seen to it
    rate, upper, lower = Axial(spin).slow_tops()
    alignment = float(axis @ spin.reference)
    check_alignment(alignment)
    return TwoStates(rate, *((upper, lower) if alignment > 0 else (lower, upper)))


def general_states(spin: Macrospin, rtol: float) -> TwoStates:
    """Return the two states of any other junction, with rate and shares stable to `rtol`."""
    galerkin, _ = converge_slow(spin, rtol, _shares)
    (upper, top), (lower, bottom) = galerkin.slow_tops
    nodes, weights = galerkin.distribution
    # f times the probability
    share = galerkin.grid[1] * galerkin.values(galerkin.stationary) * galerkin.values(galerkin.slow_mode.right.real)
    cosine = nodes @ spin.reference
    alignment = float(share @ (cosine - weights @ cosine) / np.abs(share).sum())
    check_alignment(alignment)
    if alignment < 0:
        upper, lower, top, bottom = lower, upper, bottom, top
    return TwoStates(galerkin.slow_mode.rate.real, upper, lower, np.array([top, bottom]), galerkin)


def check_alignment(alignment: float) -> None:
    """Raise where the mode does not show in m.p."""
    if abs(alignment) < 1e-6:
        raise ParameterError(
            "the slowest mode does not show in m.p: the two wells have the same resistance, "
            "so there are no parallel and antiparallel dwell times; tilt the reference layer"
        )


def _shares(galerkin: Galerkin) -> Array:
    """Return the shares of the two wells, the smaller one first: the sign of the mode is chance."""
    tops = np.sort([top for top, _ in galerkin.slow_tops])
    return np.asarray(tops / tops.sum())
