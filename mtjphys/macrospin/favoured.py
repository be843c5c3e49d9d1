"""Which state a pulse favours, beside what holds before it."""

from __future__ import annotations

import numpy as np

from mtjphys.macrospin import energy
from mtjphys.macrospin.series import Array
from mtjphys.macrospin.spin import Macrospin

_COSINES = np.linspace(-1.0, 1.0, 5)


def favoured(pulse: Macrospin, start: Macrospin) -> int:
    r"""Return the state that a pulse drives towards: 1 the parallel one, -1 the antiparallel one, 0 neither.

    What counts is what the pulse adds to `start`, a field :math:`\Delta B` and a damping-like torque :math:`\Delta q`,
    together the field

    .. math:: D = \Delta B + \kappa\,\Delta q/\alpha

    along the line between the wells of `start`. In an axially symmetric junction the torque acts as the field
    :math:`q/\alpha`, hence :math:`\kappa = 1`, and the stationary density is multiplied by :math:`e^{D\cdot m/b}`, b
    being :math:`k_BT/(M_sV)`: the occupation of the well ahead rises. Otherwise the barrier of a well of the stiffness
    fields :math:`B_1\le B_2` changes, to first order, by the factor :math:`1 + 2\Delta B/B_1` in a field and
    :math:`1 + 2\Delta q/\alpha(B_1 + B_2)` under a torque, its ratio to the critical one, hence
    :math:`\kappa = B_1/(B_1 + B_2)`. What is even in m, as voltage-controlled anisotropy, favours neither state.

    A drive that is weaker than b, of either sign at different m.p, or more across the line than along it, is none.
    """
    p = start.reference
    wells = sorted(energy.wells(start.landscape), key=lambda well: float(well.direction @ p))
    if len(wells) < 2:
        return 0
    line = wells[-1].direction - wells[0].direction
    line = line / np.linalg.norm(line)
    weight = 1.0
    if pulse.axis is None or start.axis is None:
        weight = min(low / (low + high) for low, high in (well.curvatures for well in wells))
    added = _fields(pulse, weight) - _fields(start, weight)
    along = added @ line
    across = np.linalg.norm(added - along[:, None] * line, axis=1)
    for state in (1, -1):
        if np.all(state * along > np.maximum(across, start.thermal_field)):
            return state
    return 0


def _fields(spin: Macrospin, weight: float) -> Array:
    """Return field and weighted torque over the damping at some m.p, (number, 3), T."""
    total = np.tile(spin.field + weight * spin.damping_like / spin.damping, (_COSINES.size, 1))
    for part in spin.modulations:
        size = np.broadcast_to(np.asarray(part.profile(_COSINES), float), _COSINES.shape)
        total += size[:, None] * (np.asarray(part.field) + weight * np.asarray(part.damping_like) / spin.damping)
    return np.asarray(total)


def already_there(initial: str) -> str:
    """Return the warning of a pulse that drives towards the state that it starts from."""
    other = "antiparallel" if initial == "parallel" else "parallel"
    return (
        f'the pulse drives towards the state that it starts from, initial="{initial}", and does not switch it: '
        f'change the sign of the voltage (or field), or give initial="{other}"'
    )
