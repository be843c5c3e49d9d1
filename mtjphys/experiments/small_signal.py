"""The linear response of a junction to a small alternating current."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.junction import MTJ
from mtjphys.junction.spin import macrospin
from mtjphys.kernels.conduction import junction_voltage
from mtjphys.macrospin.critical import tangent_plane
from mtjphys.telegraph.intervals import Floats

_COLDEST = 1e-3  # K; the deterministic motion needs no noise, but the macrospin a thermal field
_SMALL_ANGLE = 1e-4  # rad, of differences
_LARGEST_MOVE = 0.1  # rad, of one step of Newton's method


class SmallSignal(NamedTuple):
    """A junction's motion about an equilibrium, linear in the tangent plane and in the current."""

    equilibrium: Floats  # m, unit vector
    jacobian: Floats  # (2, 2), 1/s
    drive: Floats  # (2,), dv/dI, 1/(s A)
    projection: Floats  # (2,), p in the tangent plane
    mixing: float  # d2V/(dc dI), ohm
    curvature: float  # d2V/dI2, V/A2

    @property
    def resonance_frequency(self) -> float:
        """Imaginary part of the eigenvalue of the Jacobian over 2 pi, Hz; 0 if it is overdamped."""
        return float(np.abs(np.linalg.eigvals(self.jacobian).imag).max()) / (2.0 * math.pi)

    @property
    def linewidth(self) -> float:
        """Full width of the resonance, ``-tr J/(2 pi)``, Hz."""
        return -float(np.trace(self.jacobian)) / (2.0 * math.pi)

    def rectified(self, frequencies: Floats, amplitude: float) -> Floats:
        """Return the rectified voltage at frequencies (Hz) of an amplitude (A), V."""
        omega = 2.0j * math.pi * np.asarray(frequencies, dtype=float)
        moved = np.linalg.solve(omega[:, None, None] * np.eye(2) - self.jacobian, self.drive[:, None])[..., 0]
        turned = (moved @ self.projection).real
        return np.asarray(amplitude**2 * (0.5 * self.mixing * turned + 0.25 * self.curvature))


def small_signal(junction: MTJ, bias: Bias, start: ArrayLike | None = None) -> SmallSignal:
    """Return the linear response of a junction about the equilibrium under a constant current.

    Parameters
    ----------
    junction : MTJ
        The junction, whose heating is left out.
    bias : Bias
        Constant, with a current source.
    start : array_like, optional
        Direction near the equilibrium; default the well nearest to the parallel state without current.

    Returns
    -------
    SmallSignal
        The response.

    Raises
    ------
    ParameterError
        If there is no stable equilibrium near the start.
    """
    if not bias.is_constant:
        raise ParameterError("the bias of a spectrum varies in time beside the alternating current; give numbers")
    cold = junction.with_parameters({"heating": None})
    warmed = {"temperature": max(float(bias.channels[4].bounds()[0]), _COLDEST)}
    current = float(bias.channels[0].bounds()[0])
    if start is None:
        wells = cold.wells(bias.model_copy(update=warmed | {"current": 0.0}))
        if not wells:
            raise ParameterError("the junction has no well to resonate in; give it an anisotropy or a field")
        start = wells[0].direction
    given = np.asarray(start, dtype=float)
    m = given / np.linalg.norm(given)

    def velocity(current: float, m: Floats) -> Floats:
        spin = macrospin(cold, bias.model_copy(update=warmed | {"current": current}))
        return np.asarray(spin.drift(m / np.linalg.norm(m, axis=-1, keepdims=True)) * spin.diffusion)

    for _ in range(200):
        tangents = tangent_plane(m)
        ahead = m + _SMALL_ANGLE * np.concatenate([tangents, -tangents])
        moved = velocity(current, ahead) @ tangents.T
        jacobian = ((moved[:2] - moved[2:]) / (2.0 * _SMALL_ANGLE)).T
        step = np.linalg.solve(jacobian, -tangents @ velocity(current, m))
        size = float(np.linalg.norm(step))
        m = m + tangents.T @ step * min(1.0, _LARGEST_MOVE / max(size, 1e-300))
        m = m / np.linalg.norm(m)
        if size < 1e-10:
            break
    if size > 1e-6 or np.linalg.eigvals(jacobian).real.max() >= 0.0:
        raise ParameterError(
            f"no stable equilibrium is near {given.round(3).tolist()} at {current:g} A; lower the direct current, "
            "or give `initial` near the well that is meant"
        )
    lane, p = junction.lane_parameters(), np.asarray(junction.reference_direction)
    small = 1e-3 * lane.conductance_parallel  # A, of a millivolt, for differences
    cosine = float(m @ p)
    drive = tangents @ (velocity(current + small, m) - velocity(current - small, m)) / (2.0 * small)

    def volts(c: float, i: float) -> float:
        return float(junction_voltage(lane, np.array(c), i, 0.0, 1.0))

    h = 1e-4
    mixing = sum(
        a * b * volts(cosine + a * h, current + b * small) for a in (1, -1) for b in (1, -1)
    ) / (4.0 * h * small)  # fmt: skip
    large = 10.0 * small
    curvature = (
        volts(cosine, current + large) - 2.0 * volts(cosine, current) + volts(cosine, current - large)
    ) / large**2
    return SmallSignal(m, jacobian, drive, tangents @ p, mixing, curvature)
