r"""What a junction does where the Fokker-Planck equation does not hold, by the stochastic LLG equation.

Joule heating gives the temperature a memory of its own, of which the density on the sphere knows nothing. The lanes of
a condition have the same random numbers whatever the junction, and a step that is a power of two of the sample
interval, so that their mean is a nearly smooth function of the junction's numbers (common random numbers). What is left
of chance is that of `LANES` trials or of `STAYS` stays, and counts in the likelihood beside that of the data.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np
from numpy.typing import NDArray

from mtjphys import fokker_planck
from mtjphys.bias import Bias
from mtjphys.calibration.forward.exact import answered
from mtjphys.calibration.forward.kept import OutOfReach, Unanswered, kept
from mtjphys.core.errors import ParameterError
from mtjphys.fokker_planck.axial import barrier_top
from mtjphys.fokker_planck.pulses import start_of
from mtjphys.fokker_planck.volumes import potential_along_reference
from mtjphys.junction import MTJ
from mtjphys.junction.spin import resolve
from mtjphys.simulation import Simulator

Floats = NDArray[np.float64]

LANES = 8192
"""Pulses that are simulated, at each condition."""

STAYS = 1000
"""Stays that are simulated in each state, at least, at each condition."""

THRESHOLDS = (-0.7, 0.7)
"""Of m.p, between which a state is not left yet: dwell times are then within 1 % of those of the slowest mode, down to
barriers of 5 kT (by the exact ones of both)."""

_WALKERS = 256  # lanes of dwell times
_MOST = 5e9  # lane-steps of a condition, about 40 s of one core
_SHORTEST = 8  # samples of the shortest pulse
_LONGEST = 4096  # samples of a condition


def refused(junction: MTJ, bias: Bias) -> str:
    """Return why the Fokker-Planck equation does not hold for a junction under a bias; empty if it does."""
    try:
        resolve(junction, bias)
    except ParameterError as error:
        return str(error)
    return ""


def _lanes(junction: MTJ, bias: Bias, interval: float, initial: Floats, **options: object) -> Simulator:
    """Return lanes from these directions, with random numbers and a step that hardly depend on the junction."""
    seed = int(hashlib.sha256(repr(bias).encode()).hexdigest()[:12], 16)
    probe = answered(Simulator, junction, bias, sample_interval=interval)
    step = interval / 2 ** math.ceil(math.log2(probe.steps_per_sample))
    start = initial[None, None]
    lanes: Simulator = answered(
        Simulator, junction, bias, sample_interval=interval, step=step, seed=seed, replicas=len(initial),
        initial=start, threads=1, **options,
    )  # fmt: skip
    return lanes


def _edge(junction: MTJ, bias: Bias) -> float:
    """Return m.p between the states without voltage: the barrier's top of an axially symmetric junction, else 0."""
    spin = answered(resolve, junction, start_of(bias, None))
    if spin.axis is None:
        return 0.0
    top = barrier_top(answered(potential_along_reference, spin))
    if top is None:
        raise Unanswered("the junction has no second well without voltage, so no pulse can switch it")
    return top


def _resting(junction: MTJ, bias: Bias, sign: float, count: int) -> Floats:
    """Return directions of the Boltzmann distribution in a well without voltage, (count, 3), at fixed quantiles."""
    found = answered(fokker_planck.equilibrium, junction, start_of(bias, None), rtol=1e-3)
    cosine = found.nodes @ found.spin.reference
    weight = np.where(sign * (cosine - _edge(junction, bias)) > 0.0, found.probabilities, 0.0)
    if not weight.sum() > 0.0:
        raise Unanswered(f"there is no {'parallel' if sign > 0 else 'antiparallel'} state before the pulse")
    order = np.argsort(cosine, kind="stable")
    total = np.cumsum(weight[order])
    quantiles = (np.arange(count) + 0.5) / count * total[-1]
    return np.asarray(found.nodes[order][np.searchsorted(total, quantiles)])


@kept(np.array)
def simulated_logit_switching(junction: MTJ, bias: Bias, durations: tuple[float, ...], initial: str) -> Floats:
    """Return logit of the shares of `LANES` pulses that switch the junction, as m.p says at their end.

    One lane more of each outcome keeps it finite. Between samples, eight of the shortest pulse, it is interpolated.

    Raises
    ------
    Unanswered
        If the junction has no such state before the pulse.
    OutOfReach
        If there would be too much to simulate.
    """
    longest, shortest = max(durations), min(time for time in durations if time > 0.0)
    samples = math.ceil(_SHORTEST * longest / shortest)
    sign = 1.0 if initial == "parallel" else -1.0
    if samples > _LONGEST:
        raise OutOfReach(
            f"pulses of {shortest:g} to {longest:g} s are too different for one simulation; measure them apart"
        )
    live = _lanes(junction, bias, longest / samples, _resting(junction, bias, sign, LANES), record=("m",))
    _check_work(samples * live.steps_per_sample * LANES)
    p, edge = np.asarray(junction.reference_direction), _edge(junction, bias)
    shares = [0.0]
    for _ in range(samples):
        shares.append(float(np.mean(sign * (live.advance(1)["m"].reshape(-1, 3) @ p - edge) < 0.0)))
    switched = np.interp(durations, np.linspace(0.0, longest, samples + 1), shares) * LANES
    return np.log((switched + 0.5) / (LANES - switched + 0.5))


@kept(tuple)
def simulated_log_dwell_times(junction: MTJ, bias: Bias) -> tuple[float, float]:
    """Return ln of the mean dwell times in s, (parallel, antiparallel), read with `THRESHOLDS`.

    Time in a state over the exits from it, of at least `STAYS` exits.

    Raises
    ------
    Unanswered
        If the junction has no such states.
    OutOfReach
        If there would be too much to simulate.
    """
    halves = [_resting(junction, bias, sign, _WALKERS // 2) for sign in (1.0, -1.0)]
    interval = 1e-9
    live = _lanes(junction, bias, interval, np.concatenate(halves), record=(), thresholds=THRESHOLDS)
    samples = 64
    while True:
        live.advance(samples)
        found = live.statistics()
        exits = found["transitions_into"][1].reshape(-1, 2).sum(axis=0)[::-1]  # from parallel, from antiparallel
        if exits.min() >= STAYS:
            break
        _check_work(2 * live.steps_done * _WALKERS)
        samples = live.steps_done // live.steps_per_sample  # twice as long in all
    share = float(found["parallel_share"][1].mean())
    total = _WALKERS * live.steps_done * live.step
    return math.log(share * total / exits[0]), math.log((1.0 - share) * total / exits[1])


def simulated_logit_occupation(junction: MTJ, bias: Bias) -> float:
    """Return logit of the probability of the antiparallel state, from the dwell times."""
    parallel, antiparallel = simulated_log_dwell_times(junction, bias)
    return antiparallel - parallel


def _check_work(lane_steps: float) -> None:
    if lane_steps > _MOST:
        raise OutOfReach(
            f"one condition would take {lane_steps:.2g} steps of a lane, which are minutes; simulate faster junctions "
            "or shorter pulses, or take the heating out"
        )
