"""Weighted ensembles in a pulse."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.bias import CHANNELS, Bias
from mtjphys.core.checks import as_count, as_seconds
from mtjphys.core.errors import MtjphysWarning, ParameterError, SimulationError
from mtjphys.core.interrupt import Flag
from mtjphys.core.machine import available_cores
from mtjphys.core.shown import Shown
from mtjphys.core.streams import Use, as_seed, generator
from mtjphys.core.text import human
from mtjphys.junction import MTJ, JunctionLike
from mtjphys.junction.spin import macrospin
from mtjphys.kernels import memory
from mtjphys.macrospin.favoured import already_there, favoured
from mtjphys.rare_events.order import Floats, Wells, find_wells, order_parameter
from mtjphys.rare_events.rounds import (
    GROUPS,
    Stopped,
    checked_junction,
    fine_step,
    rounds_wanted,
    rounds_with_progress,
    settling,
)
from mtjphys.simulation import Simulator

MEMBERS = 512
"""Of a weighted ensemble."""

FEWEST_SPLITS, MOST_SPLITS = 64, 1024
"""Times that an ensemble is resampled in a pulse."""

PARTS = 32
"""Of a pulse that varies, at each of which it is asked what it favours."""


@dataclass(frozen=True, repr=False)
class RareSwitching(Shown):
    """The probability of having switched after a given time, by weighted ensembles.

    Attributes
    ----------
    value, standard_error : float
        Of having switched.
    complement, complement_error : float
        Of not having switched, with a relative accuracy of its own: the write error.
    repetitions : int
        Independent repetitions.
    steps : int
        Steps of single junctions taken.
    step : float
        Integration step in s.
    seed : int
        Of all repetitions.
    """

    value: float
    standard_error: float
    complement: float
    complement_error: float
    repetitions: int
    steps: int
    step: float
    seed: int

    def told(self) -> tuple[str, list[tuple[str, str]]]:
        """Return what was found in a line, and its rows (quantity, value)."""
        switched = f"{self.value:.4g} +- {self.standard_error:.2g}"
        failed = f"{self.complement:.4g} +- {self.complement_error:.2g}"
        return f"switched {switched}, not switched {failed}", [
            ("switched", switched),
            ("not switched", failed),
            ("repetitions", str(self.repetitions)),
            ("steps", f"{self.steps:,}"),
            ("step", human(self.step, "s")),
        ]


def resample(bins: NDArray[np.intp], weights: Floats, u: float) -> tuple[NDArray[np.intp], Floats]:
    """Return whom each member copies and its new weight: as many members for each bin, equal weights within one.

    On average, over `u` uniform in [0, 1), each gets ``slots weight/(weight of its bin)`` copies, which leaves every
    mean as it is; the weight of a bin is kept exactly.
    """
    n = len(bins)
    order = np.argsort(bins, kind="stable")
    _, first, member = np.unique(bins[order], return_index=True, return_inverse=True)
    total = np.add.reduceat(weights[order], first)
    slots = n // len(total) + (np.arange(len(total)) < n % len(total))
    edge = np.cumsum(weights[order] * (slots / total)[member])
    chosen = np.minimum(np.searchsorted(edge, np.arange(n) + u, side="right"), n - 1)
    return order[chosen], np.repeat(total / slots, slots)


def edges_of_bins(wells: Wells) -> Floats:
    """Return the edges of the bins of the order parameter: 1.5 kT apart, finer by factors of two at the bottoms."""
    fine = 2.0 ** np.arange(-4.0, 1.0)
    near, far = wells.depth, wells.other_depth
    climb = np.arange(1.5, near, 1.5) - near, far - np.arange(1.5, far, 1.5)
    return np.unique(np.concatenate([fine - near, *climb, [0.0], far - fine]))


class Pulse(NamedTuple):
    """A pulse, and how its ensembles run."""

    junction: MTJ
    bias: Bias
    start: Bias
    wells: Wells
    intervals: int
    interval: float  # s
    step: float
    seed: int
    threads: int


def run_pulse(pulse: Pulse, number: int, interrupt: Flag) -> tuple[Floats, int]:
    """Return the weight on the other side and on this one after the pulse, one row a repetition, and the steps."""
    lanes = GROUPS * MEMBERS
    rest, run = (
        Simulator(
            pulse.junction,
            bias,
            sample_interval=interval,
            step=step,
            replicas=lanes,
            seed=pulse.seed,
            initial=pulse.wells.start,
            record=(),
            threads=pulse.threads,
            first_lane=(2 * number + k) * lanes,
        )
        for k, bias, interval, step in (
            (0, pulse.start, settling(pulse.junction, pulse.wells), None),
            (1, pulse.bias, pulse.interval, pulse.step),
        )
    )
    order = pulse.wells.order
    side = np.array([order.side_x, order.side_y, order.side_z])
    groups = np.arange(lanes).reshape(GROUPS, MEMBERS)
    random = generator(pulse.seed, number, Use.ENSEMBLE)
    rest.advance(1)
    before, state = rest.lanes.state, run.lanes.state
    for group in groups:
        home = group[side @ before[:3, group] > order.edge]
        if not len(home):
            raise ParameterError("nothing stays in its well before the pulse; give a start with a higher barrier")
        chosen = home[np.arange(MEMBERS) % len(home)]
        # The voltage is the pulse's from the first step on; without heating the temperature is, too.
        state[:3, group] = before[:3, chosen]
        if pulse.junction.heating is not None:
            state[memory.TEMPERATURE, group] = before[memory.TEMPERATURE, chosen]
    levels = edges_of_bins(pulse.wells)
    weights = np.full((GROUPS, MEMBERS), 1.0 / MEMBERS)
    for _ in range(pulse.intervals):
        if interrupt.is_set():
            raise Stopped
        bins = np.searchsorted(levels, order_parameter(order, state[:3].T))
        for row, group in zip(weights, groups, strict=True):
            chosen, row[:] = resample(bins[group], row, random.random())
            state[:5, group] = state[:5, group[chosen]]
        run.advance(1)
    switched = (side @ state[:3] < order.edge).reshape(GROUPS, MEMBERS)
    shares = np.stack([(weights * switched).sum(axis=1), (weights * ~switched).sum(axis=1)], axis=1)
    return shares, (rest.steps_done + run.steps_done) * lanes


def switching_probability(
    junction: JunctionLike,
    bias: Bias,
    duration: float,
    *,
    start: Bias | None = None,
    initial: str = "parallel",
    relative_error: float = 0.1,
    seed: int | None = 0,
    step: float | None = None,
    threads: int | None = None,
    progress: bool = False,
) -> RareSwitching:
    """Return the probability of having switched after a pulse, and the write error, by weighted ensembles.

    Switched is who is on the other side of the ridge between the wells of the energy under `start` when the time is
    up; from the thermal distribution of its well under `start`, the ensemble goes through the bias from time zero on.
    Pulses of any shape, with what follows them, are waveforms of the bias.

    Parameters
    ----------
    junction : MTJ, str or Path
        The junction, the name of a preset, or the path of a TOML file; its energy under `start` needs two wells.
    bias : Bias
        The pulse, a constant or waveforms.
    duration : float
        Time in s after which the side counts.
    start : Bias, optional
        Constant bias before the pulse; default as in `mtjphys.fokker_planck.switching_probability`: that of the pulse
        with voltage (or current) 0.
    initial : {"parallel", "antiparallel"}
        The state before the pulse.
    relative_error : float
        Standard error to reach, as a fraction of the smaller of the two probabilities.
    seed : int or None
        Non-negative; None draws one. The result has it. The same seed gives the same bits for any number of threads.
    step : float, optional
        Largest integration step in s; None is half of what `mtjphys.simulate` chooses.
    threads : int, optional
        Default: the cores this process may use.
    progress : bool
        Show a progress bar.

    Returns
    -------
    RareSwitching
        Both probabilities with their standard errors.

    Raises
    ------
    ParameterError
        If an argument is illegal, or the energy under `start` has no two wells.
    SimulationError
        If no member of any ensemble ends on one of the sides.
    SimulationInterrupted
        At Ctrl-C; it holds the `RareSwitching` of the rounds that are done, or None.

    Warns
    -----
    MtjphysWarning
        If the pulse drives towards the state that it starts from, and does not switch it.

    References
    ----------
    B. W. Zhang, D. Jasnow, D. M. Zuckerman, J. Chem. Phys. 132, 054107 (2010).

    Examples
    --------
    Half the switching field, applied against the magnetisation for 5 ns:

    >>> import mtjphys as mp
    >>> layer = mp.FreeLayer(
    ...     saturation_magnetisation=1e6, volume=6e-24, damping=0.1,
    ...     demagnetising_factors=(0, 0, 0), uniaxial_anisotropy=(1e4, (0, 0, 1)))
    >>> pulse = mp.Bias(field=(0.0, 0.0, -0.01))
    >>> rare = mp.rare_events.switching_probability(mp.MTJ(free_layer=layer), pulse, 5e-9, start=mp.Bias())
    >>> 4e-4 < rare.value < 8e-4, rare.standard_error < 0.1 * rare.value
    (True, True)
    """
    junction = checked_junction(junction, bias, initial, relative_error)
    duration = as_seconds("duration", duration)
    if start is None:
        start = bias.model_copy(update={"voltage": 0.0} if bias.current is None else {"current": 0.0})
    if not isinstance(start, Bias) or not start.is_constant:
        raise ParameterError(f"start={start!r} is not a constant Bias; give the one that holds before the pulse")
    wells = find_wells(junction, start, initial, start.table(0, 1, 1e-12))
    intervals = min(max(math.ceil(4.0 * duration / wells.relaxation), FEWEST_SPLITS), MOST_SPLITS)
    interval = duration / intervals
    if step is None:
        step = fine_step(junction, bias, interval)
    step = interval / math.ceil(interval / as_seconds("step", step) * (1.0 - 1e-12))
    threads = available_cores() if threads is None else as_count("threads", threads)
    pulse = Pulse(junction, bias, start, wells, intervals, interval, step, as_seed(seed), threads)
    rounds: list[Floats] = []
    steps, wanted = 0, 1

    def result() -> RareSwitching | None:
        if not rounds:
            return None
        shares = np.concatenate(rounds)
        mean, error = shares.mean(axis=0), shares.std(axis=0, ddof=1) / math.sqrt(len(shares))
        return RareSwitching(
            value=float(mean[0]),
            standard_error=float(error[0]),
            complement=float(mean[1]),
            complement_error=float(error[1]),
            repetitions=len(shares),
            steps=steps,
            step=step,
            seed=pulse.seed,
        )

    with rounds_with_progress(progress, result) as (interrupt, bar):
        while len(rounds) < wanted:
            shares, more = run_pulse(pulse, len(rounds), interrupt)
            rounds.append(shares)
            steps += more
            mean = np.concatenate(rounds).mean(axis=0)
            rarer = int(mean.argmin())
            if not mean[rarer] > 0.0:
                raise SimulationError(
                    f"no member of any ensemble is on {'this' if rarer else 'the other'} side after {duration:g} s; "
                    "the probability is too small to be sampled: use a shorter or a longer pulse"
                )
            error = np.concatenate(rounds)[:, rarer].std(ddof=1) / math.sqrt(GROUPS * len(rounds))
            wanted = rounds_wanted(len(rounds), float(mean[rarer]), float(error), relative_error)
            bar.total = wanted
            bar.update()
    switching = result()
    assert switching is not None
    if switching.value < 0.5 and _already_there(pulse, duration, initial):
        warnings.warn(already_there(initial), MtjphysWarning, stacklevel=2)
    return switching


def _already_there(pulse: Pulse, duration: float, initial: str) -> bool:
    """Return whether the pulse drives towards the state that it starts from, and never away from it."""
    # Heating does not change which way the drive points.
    junction = pulse.junction.with_parameters({"heating": None})
    before = macrospin(junction, pulse.start)
    temperature = float(pulse.start.channels[4].bounds()[0])
    columns = 1 if pulse.bias.is_constant else PARTS
    directions = set()
    for source, x, y, z, _, channel in pulse.bias.table(0, columns, duration / columns)[: len(CHANNELS)].T.tolist():
        changed = {pulse.bias.source: source, "field": (x, y, z), "spin_orbit_current": channel}
        bias = pulse.bias.model_copy(update=changed | {"temperature": temperature})
        directions.add(favoured(macrospin(junction, bias), before))
    state = 1 if initial == "parallel" else -1
    return state in directions and -state not in directions
