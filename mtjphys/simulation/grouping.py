"""Which lanes run in one call of a kernel: those of one kind, in whole blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mtjphys.bias import Bias
from mtjphys.junction import MTJ
from mtjphys.kernels.conduction import DIVIDED, FIXED, STIFF
from mtjphys.kernels.contributions import follow_state
from mtjphys.kernels.parameters import LaneParameters, structure
from mtjphys.kernels.simd import WIDTH

# Share of the thermal time constant for which coefficients are held.
HELD = 0.1


class Kind(NamedTuple):
    """What lanes share that run in one call of a kernel."""

    structure: tuple[str, ...]  # energy terms and torques
    circuit: int
    driven: bool
    hot: bool
    hold: int  # steps for which the coefficients of a hot junction are held
    noisy: bool


class Group(NamedTuple):
    """Consecutive lanes of one kind."""

    first: int  # lane, a multiple of WIDTH
    last: int  # lane, excluded, padding included
    size: int  # lanes without padding
    kind: Kind
    example: LaneParameters


def kind_of(junction: MTJ, bias: Bias, parameters: LaneParameters, step: float) -> Kind:
    """Return the kind of the lanes of a junction under a bias."""
    if bias.source == "current" or bias.series_resistance > 0.0:
        circuit = DIVIDED
    else:
        circuit = FIXED if follow_state(parameters.torques) else STIFF
    temperature = bias.channels[4]
    hot = junction.heating is not None or not temperature.is_constant
    hold = 1
    if junction.heating is not None and temperature.is_constant:
        hold = max(1, int(HELD * junction.heating.time_constant / step))
    noisy = junction.heating is not None or temperature.bounds()[1] > 0.0
    return Kind(structure(parameters), circuit, not bias.is_constant, hot, hold, noisy)


def grouped(
    junctions: Sequence[MTJ],
    biases: Sequence[Bias],
    parameters: Sequence[LaneParameters],
    replicas: int,
    step: float,
) -> tuple[list[Group], list[int]]:
    """Return groups of lanes of one kind, and the lane that stands at each place of the kernels' arrays.

    Parameters
    ----------
    junctions, biases : sequence
        Every combination has its `replicas`, the replica running fastest, then the bias.
    parameters : sequence of LaneParameters
        Of the junctions.
    replicas : int
        Copies of each.
    step : float
        In s.

    Returns
    -------
    tuple
        The groups, and numbers of lanes, -1 for padding.
    """
    pairs = [(d, b) for d in range(len(junctions)) for b in range(len(biases))]
    kinds = {(d, b): kind_of(junctions[d], biases[b], parameters[d], step) for d, b in pairs}
    groups = []
    order: list[int] = []
    for kind in sorted(set(kinds.values())):
        members = [pair for pair in pairs if kinds[pair] == kind]
        rows = [replicas * (d * len(biases) + b) + r for d, b in members for r in range(replicas)]
        padding = -len(rows) % WIDTH
        groups.append(Group(len(order), len(order) + len(rows) + padding, len(rows), kind, parameters[members[0][0]]))
        order += rows + [-1] * padding
    return groups, order
