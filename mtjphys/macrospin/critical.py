"""The drive at which an equilibrium loses its stability."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from mtjphys.core.errors import ParameterError
from mtjphys.kernels.conduction import conductance
from mtjphys.kernels.contributions import TORQUES
from mtjphys.kernels.llg import velocity, voltage_fields
from mtjphys.macrospin.constant import ConstantFields
from mtjphys.macrospin.landscape import Landscape, States, StationaryPoint, effective_field
from mtjphys.macrospin.search import axis_of

_LARGEST_MOVE = 0.3  # rad, that Newton's method may take from one drive to the next
_ACCURACY = 1e-6

Tangents = Callable[[np.ndarray], np.ndarray]


def tangent_plane(m: np.ndarray) -> np.ndarray:
    """Return two unit vectors across m, shape (2, 3)."""
    return np.asarray(np.linalg.svd(m[None, :])[2][1:])


def critical_drive(
    torque: Callable[[np.ndarray, float], np.ndarray],
    start: np.ndarray,
    estimate: float,
    span: float = 20.0,
    tangents: Tangents = tangent_plane,
) -> float | None:
    """Return the drive at which the equilibrium that grows out of `start` loses its stability.

    The equilibrium ``torque(m, v) = 0`` is followed by Newton's method from v = 0 while v grows in
    the direction of `estimate`; the linearised dynamics about it is unstable when an eigenvalue of
    its Jacobian has a positive real part, or when the equilibrium ceases to exist: when it is not found
    however little the drive has grown.

    Parameters
    ----------
    torque : callable
        ``torque(m, v)`` returns dm/dt, shape (3,), in any time unit.
    start : ndarray, shape (3,)
        Equilibrium at v = 0.
    estimate : float
        Expected critical drive with its sign; sets the step.
    span : float
        The search ends at `span` times `estimate`.
    tangents : callable
        ``tangents(m)`` returns the unit vectors, shape (k, 3), along which the equilibrium may move: the tangent
        plane, or its polar direction alone where the equilibrium is a circle about an axis.

    Returns
    -------
    float or None
        The critical drive to 1e-6 of itself; None if the equilibrium is stable throughout.
    """

    def followed(m: np.ndarray, drive: float) -> tuple[float, np.ndarray] | None:
        """Return the growth rate at the equilibrium near m, and the equilibrium; None if it is not near."""
        step = 1e-6
        for _ in range(50):
            basis = tangents(m)
            residual = basis @ torque(m, drive)
            jacobian = np.empty((len(basis), len(basis)))
            for k, tangent in enumerate(basis):
                ahead, behind = m + step * tangent, m - step * tangent
                difference = torque(ahead / math.sqrt(ahead @ ahead), drive) - torque(
                    behind / math.sqrt(behind @ behind), drive
                )
                jacobian[:, k] = basis @ difference / (2.0 * step)
            try:
                move = -np.linalg.solve(jacobian, residual)
            except np.linalg.LinAlgError:
                return None
            length = math.sqrt(move @ move)
            if length > _LARGEST_MOVE:
                return None
            m = m + move @ basis
            m = m / math.sqrt(m @ m)
            if length < 1e-10:
                return float(np.linalg.eigvals(jacobian).real.max()), m
        return None

    step = estimate / 16.0
    stable, m = 0.0, start
    unstable: float | None = None
    while abs(stable) < span * abs(estimate):
        drive = stable + step
        if unstable is not None and abs(drive) >= abs(unstable):
            drive = 0.5 * (stable + unstable)
        found = followed(m, drive)
        if found is not None and found[0] <= 0.0:
            stable, m = drive, found[1]
            step *= 1.1
        else:
            # Unstable there, or lost: then perhaps only because the drive grew too fast.
            step *= 0.5
            if found is not None:
                unstable = drive
        reached = stable + step if unstable is None else unstable
        if abs(reached - stable) <= _ACCURACY * abs(reached):
            return 0.5 * (stable + reached)
    return None


def critical_voltages(at_rest: ConstantFields, wells: tuple[StationaryPoint, StationaryPoint]) -> States:
    """Return the junction voltages at which the two states lose their stability at zero temperature.

    Parameters
    ----------
    at_rest : ConstantFields
        The junction without voltage.
    wells : pair of StationaryPoint
        The parallel and the antiparallel one.

    Returns
    -------
    States
        V, with their signs.

    Raises
    ------
    ParameterError
        If there is no damping-like torque along a well, or no instability.
    """
    p, c = at_rest.p, at_rest.c
    reference = np.array([p.reference_x, p.reference_y, p.reference_z], dtype=float)
    landscape = Landscape(at_rest.field, at_rest.matrix, at_rest.moment, c.terms)

    ax, ay, az = at_rest.damping_like.tolist()

    def torque(m: np.ndarray, voltage: float) -> np.ndarray:
        mx, my, mz = m.tolist()  # Python's own numbers: arrays of three take ten times as long
        fields = effective_field(landscape, m).tolist()
        linear, quadratic = voltage_fields(p, c, mx, my, mz, float(m @ reference), voltage)
        crossed = (my * az - mz * ay, mz * ax - mx * az, mx * ay - my * ax)
        h = (
            field + across + voltage * (slope + voltage * bend)
            for field, across, slope, bend in zip(fields, crossed, linear, quadratic, strict=True)
        )
        return np.array(velocity(p.damping, mx, my, mz, *h))

    critical = []
    for well in wells:
        axis = axis_of(landscape) if well.ring_radius and landscape.terms else None
        centre = well.direction if axis is None else float(well.direction @ axis) * axis
        cosine = float(centre @ reference)
        slope = sum(_per_volt(at_rest, item, cosine, reference) for item in c.torques)
        if abs(slope * cosine) < 1e-12:
            raise ParameterError(
                "a critical voltage needs a damping-like torque along the easy axis; "
                f"a_DL is {slope:g} T/V and m.p is {cosine:.3g} in the well"
            )
        estimate = -p.damping * sum(well.curvatures) / (2.0 * slope * cosine)
        tangents: Tangents = tangent_plane if axis is None else _polar(axis)
        found = critical_drive(torque, well.direction, estimate, tangents=tangents) if estimate else 0.0
        if found is None:
            raise ParameterError(
                f"the well at m.p={cosine:.3g} stays stable up to {20 * estimate:.3g} V; "
                "its critical voltage does not exist"
            )
        critical.append(found)
    return States(*critical)


def _per_volt(at_rest: ConstantFields, torque: object, cosine: float, reference: np.ndarray) -> float:
    """Return the damping-like amplitude per volt of one torque along the reference direction, T/V."""
    declared = TORQUES.of(type(torque))
    if declared.powers is None:
        return 0.0
    along = np.array(declared.direction(torque, at_rest.p), dtype=float) @ reference
    return float(declared.powers(torque, cosine, conductance(at_rest.p, cosine, 0.0))[0] * along)


def _polar(axis: np.ndarray) -> Tangents:
    def tangents(m: np.ndarray) -> np.ndarray:
        polar = axis - float(axis @ m) * m
        length = float(np.linalg.norm(polar))
        return (polar / length)[None] if length > 0.0 else np.array([[math.nan] * 3])

    return tangents
